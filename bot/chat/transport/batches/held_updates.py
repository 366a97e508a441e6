"""Updates that wait for calls under way to their chats, or for another replica."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bot.chat.transport.receiving.updates import RawUpdate, chat_of, id_of

_LONGEST = 8


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An update that is taken between `after` and `until`, in the event loop's seconds."""

    raw: RawUpdate
    chat: bytes | None
    until: float
    after: float = 0.0
    times: int = 0


@dataclass(slots=True)
class HeldUpdates:
    hash_of: Callable[[int], bytes]
    is_quiet: Callable[[bytes], bool]
    is_slow: Callable[[bytes], bool]
    overdue: set[int] = field(default_factory=set)
    """Chats whose updates were taken because they had waited long enough."""
    _waiting: list[_Waiting] = field(default_factory=list)
    _taken: dict[int, _Waiting] = field(default_factory=dict)

    @property
    def ids(self) -> set[int]:
        return {update_id for one in self._waiting if (update_id := id_of(one.raw)) is not None}

    def add(self, raws: Sequence[RawUpdate], until: float) -> None:
        for raw in raws:
            chat_id = chat_of(raw) if id_of(raw) is not None else None
            chat = None if chat_id is None else self.hash_of(chat_id)
            self._waiting.append(_Waiting(raw, chat, until))

    def take_ready(self, now: float) -> list[RawUpdate]:
        """Take the updates with nothing to wait for. Valid until the caller awaits something."""
        over = {one.chat for one in self._waiting if one.until <= now}
        busy = {
            one.chat
            for one in self._waiting
            if one.chat is not None and (one.after > now or not self.is_quiet(one.chat))
        } - over
        self._taken.clear()
        ready = self._take([one for one in self._waiting if one.chat not in busy])
        late = [one for one in self._taken.values() if one.until <= now]
        self.overdue = {chat_id for one in late if (chat_id := chat_of(one.raw)) is not None}
        return ready

    def _take(self, taken: Sequence[_Waiting]) -> list[RawUpdate]:
        self._taken |= {update_id: one for one in taken if (update_id := id_of(one.raw)) is not None}
        gone = set(map(id, taken))
        self._waiting = [one for one in self._waiting if id(one) not in gone]
        return [one.raw for one in taken]

    def put_back(self, raws: Sequence[RawUpdate], now: float, pause: float) -> None:
        """Put back updates for another replica, before newer ones. The pause doubles up to `_LONGEST`
        pauses, since each try costs a transaction."""
        taken = [self._taken[id_of(raw) or 0] for raw in raws]
        again = [
            replace(one, after=now + pause * min(2**one.times, _LONGEST), times=one.times + 1)
            for one in taken
        ]
        self._waiting = [*again, *self._waiting]

    def wake(self) -> None:
        """Retry at once, since another replica is done."""
        self._waiting = [replace(one, after=0.0) if one.after else one for one in self._waiting]

    def take_crowds(self, most: int) -> list[RawUpdate]:
        """Take all updates of slow chats, and of chats with more than `most`, for the backlog. Then updates
        behind them are fetched."""
        numbers = Counter(one.chat for one in self._waiting)
        crowds = {
            chat
            for chat, number in numbers.items()
            if number > most or (chat is not None and self.is_slow(chat))
        }
        return self._take([one for one in self._waiting if one.chat in crowds])

    def clear(self) -> None:
        self._waiting.clear()
