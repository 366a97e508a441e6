"""Places of a chat's rows among the slots of `sent_messages`: on a shelf given by the chat's hash, so that
they are found without reading all slots.

The hash stands in each row anyway, so a shelf tells no more. The slot on it is random. Shelves are added one
by one, each for half of the chats of an earlier one (linear hashing, Litwin 1980). Rows of a chat with too
many spill anywhere, and a mark tells to look for them there.
"""

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import delete, select, tuple_

from bot.safety import pseudonym
from bot.store.unit import UnitOfWork
from db.models import Mark, SentMessage

SHELF = 2048
EVERYBODY = "spilled"
"""Mark of an earlier version, which put rows of any chat anywhere."""
_SPILLED = "spilled "
_MARK_BYTES = 4
DRAW_BITS = 31
_HOME_BYTES = 3
_DRAWN_BITS = (1 << DRAW_BITS) - 1
_ANYWHERE_BITS = (1 << DRAW_BITS + 8 * _HOME_BYTES) - 1
_MOST_LEVELS = 20
_ID: Any = SentMessage.__table__.c.id
LAST = select(_ID).order_by(_ID.desc()).limit(1)
_LAST_LOCKED = LAST.with_for_update(read=True, key_share=True)

_PLACE = f"(({{draw}} >> {DRAW_BITS}) % (2 * whole.level))"
DRAWN = (
    f"1 + (CASE WHEN {_PLACE} < whole.shelves THEN {_PLACE} ELSE {_PLACE} - whole.level END) * (whole.size / whole.shelves) "
    f"+ ({{draw}} & {_DRAWN_BITS}) % (whole.size / whole.shelves)"
)
"""Slot of a drawn number as SQL, for WHOLE. Mirrors `drawn`."""
_SHELVES = f"CASE WHEN size < {2 * SHELF} THEN 1 ELSE size / {SHELF} END AS shelves"
_LEVELS = " ".join(f"WHEN shelves >= {1 << level} THEN {1 << level}" for level in range(_MOST_LEVELS, 0, -1))
WHOLE = (
    f"(SELECT size, shelves, CASE {_LEVELS} ELSE 1 END AS level FROM "  # noqa: S608 - numbers of ours
    f"(SELECT size, {_SHELVES} FROM (SELECT max(id) AS size FROM sent_messages) AS counted) AS shelved)"
)


def home(chat_hash: bytes) -> int:
    """Part of a chat's hash that decides its shelf."""
    return int.from_bytes(chat_hash[:_HOME_BYTES], "big")


def number_of_shelves(slots: int) -> int:
    return max(1, slots // SHELF)


def _level(number: int) -> int:
    return 1 << number.bit_length() - 1


def shelf_of(chat_hash: bytes, slots: int) -> range:
    number = number_of_shelves(slots)
    width = slots // number
    place = home(chat_hash) % (2 * _level(number))
    first = 1 + (place if place < number else place - _level(number)) * width
    return range(first, first + width)


def draw(wanted: Mapping[bytes, int]) -> list[int]:
    """Draw random numbers for each chat. Each gives a slot of the chat's shelf, all equally likely, at any
    number of slots."""
    lot, draws = iter(pseudonym.numbers(sum(wanted.values()))), list[int]()
    for chat, number in wanted.items():
        place = home(chat) << DRAW_BITS
        draws += [place | one & _DRAWN_BITS for one in islice(lot, number)]
    return draws


def draw_anywhere(number: int) -> list[int]:
    return [one & _ANYWHERE_BITS for one in pseudonym.numbers(number)]


def drawn(draws: Iterable[int], slots: int) -> Mapping[range, Collection[int]]:
    number = number_of_shelves(slots)
    width, level = slots // number, _level(number)
    found: dict[int, set[int]] = {}
    for one in draws:  # hundreds for each batch
        place = (one >> DRAW_BITS) % (2 * level)
        first = 1 + (place if place < number else place - level) * width
        found.setdefault(first, set()).add(first + (one & _DRAWN_BITS) % width)
    return {range(first, first + width): slots_there for first, slots_there in found.items()}


def parting(slots: int) -> range:
    """Shelf that parts at the next growth."""
    number = number_of_shelves(slots)
    width = slots // number
    first = 1 + (number - _level(number)) * width
    return range(first, first + width)


def after(slots: int) -> int:
    return slots + min(slots, SHELF)


def last(slots: int) -> range:
    width = slots // number_of_shelves(slots)
    return range(slots - width + 1, slots + 1)


def dealt(chats: Sequence[bytes], slots: int, places: Sequence[range]) -> Sequence[int]:
    """Draw a slot for each row on its chat's shelf, or on the first of `places` if that is not among them."""
    lot = secrets.SystemRandom()
    left = {place: lot.sample(place, len(place)) for place in places}
    return [left.get(shelf_of(chat, slots), left[places[0]]).pop() for chat in chats]


def untidy(rows: Iterable[tuple[int, bytes]], slots: int) -> Collection[bytes]:
    shelves: dict[bytes, range] = {}
    found = set()
    for slot, chat in rows:
        if chat not in shelves:
            shelves[chat] = shelf_of(chat, slots)
        if slot not in shelves[chat]:
            found.add(chat)
    return found


def is_crowded(numbers: Mapping[bytes, int]) -> bool:
    """Whether one chat, and not many, fills a shelf, so that more slots would not help."""
    return max(numbers.values(), default=0) > SHELF // 3


@dataclass(slots=True)
class Room:
    """Free slots found on some shelves, and how many were looked at."""

    slots: int
    _free: dict[range, list[int]]
    _looked_at: Counter[range]
    _whole: set[range] = field(default_factory=set)
    _spilled: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, free: Collection[int], draws: Sequence[int], slots: int) -> "Room":
        looked_at, them = drawn(draws, slots) if slots else {}, set(free)
        numbers = Counter({shelf: len(found) for shelf, found in looked_at.items()})
        return cls(
            slots, {shelf: list(them.intersection(found)) for shelf, found in looked_at.items()}, numbers
        )

    def lacks(self, chats: Iterable[bytes]) -> Sequence[range]:
        """Shelves with too few free slots for a random draw."""
        if not self.slots:
            return [range(0)]
        wanted = Counter[range]()
        for chat, number in Counter(chats).items():
            wanted[shelf_of(chat, self.slots)] += number
        return [shelf for shelf, number in wanted.items() if not self._is_enough(shelf, number)]

    def _is_enough(self, shelf: range, wanted: int) -> bool:
        free, part = len(self._free.get(shelf, ())), 8 if shelf in self._whole else 3
        return bool(self._spilled) or (free >= wanted and part * free >= self._looked_at[shelf])

    def found(self, shelf: range, free: Sequence[int]) -> None:
        self._free[shelf], self._looked_at[shelf] = list(free), len(shelf)
        self._whole.add(shelf)

    def spill(self, anywhere: Sequence[int]) -> None:
        self._spilled = list(anywhere)

    def given(self, chats: Sequence[bytes]) -> Sequence[int]:
        given: list[int] = []
        spilled = pseudonym.shuffled(self._spilled)
        free = {shelf: pseudonym.shuffled(found) for shelf, found in self._free.items()}
        of_chats = {chat: free.get(shelf_of(chat, self.slots), []) for chat in set(chats)}
        taken: set[int] = set()
        for chat in chats:
            for place in (of_chats[chat], spilled):
                while place and place[-1] in taken:
                    place.pop()
                if place:
                    taken.add(place[-1])
                    given.append(place.pop())
                    break
        return given


def mark_of(chat_hash: bytes) -> str:
    return _SPILLED + chat_hash[:_MARK_BYTES].hex()


async def size(unit: UnitOfWork) -> int:
    """Number of slots. On PostgreSQL this waits for transactions that move rows, and locks rows in their
    slots."""
    return await unit.session.scalar(_LAST_LOCKED) or 0


async def spilled(unit: UnitOfWork, chat_hashes: Collection[bytes]) -> tuple[int, Collection[bytes]]:
    """Number of slots, locked as by `size`, and those of these chats with spilled rows."""
    names = {mark_of(chat) for chat in chat_hashes}
    last = _LAST_LOCKED.subquery("last")
    both = select(last.c.id, Mark.name).outerjoin_from(last, Mark, Mark.name.in_({*names, EVERYBODY}))
    rows = (await unit.session.execute(both)).all()
    found = {name for _, name in rows}
    anywhere = [chat for chat in chat_hashes if EVERYBODY in found or mark_of(chat) in found]
    return rows[0].id if rows else 0, anywhere


async def note_spilled(unit: UnitOfWork, chat_hashes: Collection[bytes]) -> None:
    for name in {mark_of(chat) for chat in chat_hashes}:
        await unit.session.merge(Mark(name=name, value=secrets.token_hex(8)))
    await unit.session.flush()


async def marks(unit: UnitOfWork) -> Mapping[str, str]:
    found = await unit.session.scalars(select(Mark).where(Mark.name.startswith(EVERYBODY)))
    return {mark.name: mark.value for mark in found}


async def forget_spilled(unit: UnitOfWork, over: Collection[tuple[str, str]]) -> int:
    """Delete these marks, name and value. A mark with another value stays: rows were spilled since."""
    gone = delete(Mark).where(tuple_(Mark.name, Mark.value).in_(over))
    done = await unit.session.execute(gone.execution_options(synchronize_session="fetch"))
    return int(getattr(done, "rowcount", 0))
