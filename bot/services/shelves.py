"""Where the rows of a chat stand among the slots of `sent_messages`: on a shelf that the chat's hash gives, so that its rows are
found without reading all slots.

The hash stands in each row anyway, so a shelf tells nothing that the row does not; where on the shelf a row stands is drawn by
lot. While there are few slots there is one shelf. A chat that has so many rows that its shelf has no room puts them anywhere,
and as long as such rows are there, which a mark tells, those of that chat are looked for in all slots."""

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, literal, select, tuple_

from bot.services.unit import Unit
from db.models import Mark, SentMessage

SHELF = 2048
"""Slots of a shelf."""
EVERYBODY = "spilled"
"""The mark that rows of any chat may stand on no shelf of theirs: an earlier program put them anywhere."""
_SPILLED = "spilled "
_MARK_BYTES = 4
"""Of the hash of a chat whose rows stand on no shelf of theirs, after the word in its mark."""
DRAW_BITS = 31
_HOME_BYTES = 3
_ID: Any = SentMessage.__table__.c.id
_SIZE = select(func.coalesce(func.max(_ID), 0)).scalar_subquery()


def home(chat_hash: bytes) -> int:
    """What tells a chat's shelf, however many there are."""
    return int.from_bytes(chat_hash[:_HOME_BYTES], "big")


def number_of_shelves(slots: int) -> int:
    """How many shelves so many slots make."""
    return max(1, slots // SHELF)


def shelf_of(chat_hash: bytes, slots: int) -> range:
    """The slots of a chat's shelf."""
    number = number_of_shelves(slots)
    width = slots // number
    first = 1 + home(chat_hash) % number * width
    return range(first, first + width)


def holds(chat_hash: bytes) -> ColumnElement[bool]:
    """The SQL condition that a slot is one in which a row of a chat can stand."""
    number = case((_SIZE < 2 * SHELF, 1), else_=_SIZE // SHELF)
    width = _SIZE // number
    first = 1 + literal(home(chat_hash)) % number * width
    condition: ColumnElement[bool] = _ID.between(first, first + width - 1)
    return condition


def draw(chat_hash: bytes) -> int:
    """A number that says, together with how many slots there are, a slot of a chat's shelf, any as likely as any other."""
    return home(chat_hash) << DRAW_BITS | secrets.randbits(DRAW_BITS)


def drawn(number: int, slots: int) -> int:
    """The slot that a number of `draw` says."""
    shelves = number_of_shelves(slots)
    width = slots // shelves
    return 1 + (number >> DRAW_BITS) % shelves * width + (number & (1 << DRAW_BITS) - 1) % width


DRAWN = (
    f"1 + (({{draw}} >> {DRAW_BITS}) % whole.shelves) * (whole.size / whole.shelves) "
    f"+ ({{draw}} & {(1 << DRAW_BITS) - 1}) % (whole.size / whole.shelves)"
)
"""The same in SQL, for WHOLE."""
_SHELVES = f"CASE WHEN size < {2 * SHELF} THEN 1 ELSE size / {SHELF} END AS shelves"
WHOLE = f"(SELECT size, {_SHELVES} FROM (SELECT max(id) AS size FROM sent_messages) AS counted)"  # noqa: S608 - numbers of ours


def dealt(chats: Sequence[bytes], slots: int) -> tuple[Sequence[int], Collection[bytes]]:
    """A slot for a row of each of these chats, drawn by lot, and the chats of which some stand on no shelf of theirs: a full
    shelf's rest is put anywhere."""
    lot, free = secrets.SystemRandom(), set(range(1, slots + 1))
    of_home: dict[range, list[int]] = {}
    for at, chat in enumerate(chats):
        of_home.setdefault(shelf_of(chat, slots), []).append(at)
    given, rest = [0] * len(chats), []
    for shelf, places in of_home.items():
        lot.shuffle(places)
        taken = lot.sample(shelf, min(len(places), len(shelf) * 2 // 3))
        for at, slot in zip(places, taken, strict=False):
            given[at] = slot
        rest += places[len(taken) :]
        free.difference_update(taken)
    for at, slot in zip(rest, lot.sample(sorted(free), len(rest)), strict=True):
        given[at] = slot
    return given, {chats[at] for at in rest}


def untidy(rows: Iterable[tuple[int, bytes]], slots: int) -> Collection[bytes]:
    """The chats of those of these rows, a slot and a chat each, that stand on no shelf of theirs."""
    shelves: dict[bytes, range] = {}
    found = set()
    for slot, chat in rows:
        if chat not in shelves:
            shelves[chat] = shelf_of(chat, slots)
        if slot not in shelves[chat]:
            found.add(chat)
    return found


def is_crowded(numbers: Mapping[bytes, int]) -> bool:
    """Whether it is one chat, and not many, that takes the room of a shelf, so that more slots would not help: by the numbers
    of the rows that each chat has there."""
    return max(numbers.values(), default=0) > SHELF // 3


@dataclass(slots=True)
class Room:
    """Free slots that were found on shelves, and how many were looked at there."""

    slots: int
    _free: dict[range, list[int]]
    _looked_at: Counter[range]
    _spilled: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, free: Iterable[int], looked_at: Collection[int], slots: int) -> "Room":
        """Of so many slots these were looked at, and these found free."""
        made = cls(slots, {}, Counter(_around(slot, slots) for slot in looked_at))
        for slot in free:
            made._free.setdefault(_around(slot, slots), []).append(slot)
        return made

    def lacks(self, chats: Iterable[bytes]) -> Sequence[range]:
        """The shelves on which not enough slots for a row of each of these chats are free, or fewer than a third."""
        if not self.slots:
            return [range(0)]
        wanted = Counter(shelf_of(chat, self.slots) for chat in chats)
        return [shelf for shelf, number in wanted.items() if not self._is_enough(shelf, number)]

    def _is_enough(self, shelf: range, wanted: int) -> bool:
        free = len(self._free.get(shelf, ()))
        return bool(self._spilled) or (free >= wanted and 3 * free >= self._looked_at[shelf])

    def found(self, shelf: range, free: Sequence[int]) -> bool:
        """Note that these are all free slots of a shelf; whether they are a third of it."""
        self._free[shelf], self._looked_at[shelf] = list(free), len(shelf)
        return 3 * len(free) >= len(shelf)

    def spill(self, chats: Sequence[bytes], anywhere: Sequence[int]) -> bool:
        """Let the rows that have no room on their shelves go anywhere, where all these slots are free; False when these are too
        few."""
        self._spilled = list(anywhere)
        return len(anywhere) >= max(len(chats), self.slots // 3)

    def given(self, chats: Sequence[bytes]) -> Sequence[int]:
        """A slot for a row of each of these chats, drawn by lot."""
        lot = secrets.SystemRandom()
        given: list[int] = []
        for place in (self._spilled, *self._free.values()):
            lot.shuffle(place)
        taken: set[int] = set()
        for chat in chats:
            for place in (self._free.get(shelf_of(chat, self.slots), []), self._spilled):
                while place and place[-1] in taken:
                    place.pop()
                if place:
                    taken.add(place[-1])
                    given.append(place.pop())
                    break
        return given


def _around(slot: int, slots: int) -> range:
    """The shelf that a slot stands on."""
    width = slots // number_of_shelves(slots)
    first = (slot - 1) // width * width + 1
    return range(first, first + width)


def mark_of(chat_hash: bytes) -> str:
    """The name of a chat's mark."""
    return _SPILLED + chat_hash[:_MARK_BYTES].hex()


async def spilled(unit: Unit, chat_hashes: Collection[bytes]) -> Collection[bytes]:
    """Those of these chats of which rows may stand on no shelf of theirs."""
    names = {mark_of(chat) for chat in chat_hashes}
    found = set(await unit.session.scalars(select(Mark.name).where(Mark.name.in_({*names, EVERYBODY}))))
    return [chat for chat in chat_hashes if EVERYBODY in found or mark_of(chat) in found]


async def note_spilled(unit: Unit, chat_hashes: Collection[bytes]) -> None:
    """Remember that some rows of these chats stand on no shelf of theirs."""
    for name in {mark_of(chat) for chat in chat_hashes}:
        await unit.session.merge(Mark(name=name, value=secrets.token_hex(8)))
    await unit.session.flush()


async def marks(unit: Unit) -> Mapping[str, str]:
    """All that is remembered so: the values of the marks by their names."""
    found = await unit.session.scalars(select(Mark).where(Mark.name.startswith(EVERYBODY)))
    return {mark.name: mark.value for mark in found}


async def forget_spilled(unit: Unit, over: Collection[tuple[str, str]]) -> int:
    """The rows of these marks, a name and a value each, stand on their shelves again; how many marks are gone. One that has
    another value stays: rows have been spilled since."""
    gone = delete(Mark).where(tuple_(Mark.name, Mark.value).in_(over))
    done = await unit.session.execute(gone.execution_options(synchronize_session="fetch"))
    return int(getattr(done, "rowcount", 0))
