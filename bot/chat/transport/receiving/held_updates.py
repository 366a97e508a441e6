"""Updates that wait until no call to their chat is under way, each chat's in its order."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.chat.transport.receiving.updates import RawUpdate, chat_of, id_of


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An update; it is taken at `until` at the latest, in the event loop's seconds. `chat` is None where it waits for none."""

    raw: RawUpdate
    chat: bytes | None
    until: float


@dataclass(slots=True)
class HeldUpdates:
    """`is_quiet` tells whether no call to a chat is under way, `hash_of` by which hash a chat is known."""

    hash_of: Callable[[int], bytes]
    is_quiet: Callable[[bytes], bool]
    _waiting: list[_Waiting] = field(default_factory=list)

    @property
    def ids(self) -> set[int]:
        """The ids of the updates that wait."""
        return {update_id for one in self._waiting if (update_id := id_of(one.raw)) is not None}

    def add(self, raws: Sequence[RawUpdate], until: float) -> None:
        """Let updates wait, until then at the latest. Those that cannot be acknowledged wait for nothing."""
        for raw in raws:
            chat_id = chat_of(raw) if id_of(raw) is not None else None
            chat = None if chat_id is None else self.hash_of(chat_id)
            self._waiting.append(_Waiting(raw, chat, until))

    def take_ready(self, now: float) -> list[RawUpdate]:
        """The updates that wait for nothing more, in their order. What is asked of the chats holds until the caller awaits
        something."""
        over = {one.chat for one in self._waiting if one.until <= now}
        busy = {
            one.chat for one in self._waiting if one.chat is not None and not self.is_quiet(one.chat)
        } - over
        ready = [one.raw for one in self._waiting if one.chat not in busy]
        self._waiting = [one for one in self._waiting if one.chat in busy]
        return ready

    def take_crowds(self, most: int) -> list[RawUpdate]:
        """All updates of each chat of which more than `most` wait, in their order: no answer can be given to them yet, but they
        can be kept elsewhere, so that they are not fetched again and again."""
        numbers = Counter(one.chat for one in self._waiting)
        crowds = {chat for chat, number in numbers.items() if number > most}
        taken = [one.raw for one in self._waiting if one.chat in crowds]
        self._waiting = [one for one in self._waiting if one.chat not in crowds]
        return taken

    def clear(self) -> None:
        """Forget them all."""
        self._waiting.clear()
