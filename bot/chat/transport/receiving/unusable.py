"""Updates without a usable id, which no offset acknowledges, so that they come again with each fetch."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.chat.transport.receiving.updates import RawUpdate, id_of

_MOST_KEPT = 1000


@dataclass(slots=True)
class UnusableUpdates:
    """Those that were set aside since the start: nobody is told of them again."""

    _known: set[int] = field(default_factory=set)

    def without_known(self, raws: Iterable[RawUpdate]) -> list[RawUpdate]:
        """Updates in their order, without those of these."""
        return [raw for raw in raws if id_of(raw) is not None or _look_of(raw) not in self._known]

    def note(self, raw: RawUpdate) -> None:
        """Remember an update that was set aside, if it has no usable id."""
        if id_of(raw) is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known.add(_look_of(raw))


def _look_of(raw: RawUpdate) -> int:
    """A number by which an update is known again, without any of its words."""
    try:
        return hash(repr(raw))
    except RecursionError:
        return 0
