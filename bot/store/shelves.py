"""Places of a chat's rows among the slots of `sent_messages`: on a shelf given by the chat's hash, so that
they are found without reading all slots.

The hash stands in each row anyway, so a shelf tells no more. The slot on it is random. Shelves are added one
by one, each for half of the chats of an earlier one (linear hashing, Litwin 1980). Rows of a chat with too
many spill anywhere, and a mark tells to look for them there.
"""

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
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
_HOME_BYTES = 3
"""Bytes of a chat's hash that decide its shelf."""
_ID: Any = SentMessage.__table__.c.id
LAST = select(_ID).order_by(_ID.desc()).limit(1)
_LAST_LOCKED = LAST.with_for_update(read=True, key_share=True)


def number_of_shelves(slots: int) -> int:
    return max(1, slots // SHELF)


def _level(number: int) -> int:
    return 1 << number.bit_length() - 1


def shelf_of(chat_hash: bytes, slots: int) -> range:
    number = number_of_shelves(slots)
    width = slots // number
    place = int.from_bytes(chat_hash[:_HOME_BYTES]) % (2 * _level(number))
    first = 1 + (place if place < number else place - _level(number)) * width
    return range(first, first + width)


def draw(wanted: Mapping[bytes, int], slots: int) -> Mapping[range, Set[int]]:
    """Draw random slots for each chat on its shelf, all equally likely."""
    lot, drawn = iter(pseudonym.numbers(sum(wanted.values()))), dict[range, set[int]]()
    for chat, number in wanted.items() if slots else ():
        shelf = shelf_of(chat, slots)
        drawn.setdefault(shelf, set()).update(shelf[one % len(shelf)] for one in islice(lot, number))
    return drawn


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


@dataclass(slots=True)
class Room:
    """Free slots found on some shelves, how many were looked at, and `spilled` ones elsewhere, if shelves have none left."""

    slots: int
    free: dict[range, Collection[int]]
    looked_at: dict[range, int]
    spilled: Collection[int] = ()

    def lacks(self, chats: Iterable[bytes]) -> Sequence[range]:
        """Shelves with too few free slots for a random draw."""
        if not self.slots:
            return [range(0)]
        wanted = Counter[range]()
        for chat, number in Counter(chats).items():
            wanted[shelf_of(chat, self.slots)] += number
        return [shelf for shelf, number in wanted.items() if not (self.spilled or self._has(shelf, number))]

    def _has(self, shelf: range, wanted: int) -> bool:
        free, looked_at = len(self.free.get(shelf, ())), self.looked_at.get(shelf, 0)
        return free >= wanted and free * (8 if looked_at == len(shelf) else 3) >= looked_at

    def given(self, chats: Sequence[bytes]) -> Sequence[int]:
        spilled = pseudonym.shuffled(list(self.spilled))
        free = {shelf: pseudonym.shuffled(list(found)) for shelf, found in self.free.items()}
        of_chats = {chat: free.get(shelf_of(chat, self.slots), []) for chat in set(chats)}
        return [(of_chats[chat] or spilled).pop() for chat in chats]


def mark_of(chat_hash: bytes) -> str:
    return _SPILLED + chat_hash[:_MARK_BYTES].hex()


async def size(unit: UnitOfWork) -> int:
    """Number of slots, locked in their places. On PostgreSQL it waits for transactions that move rows."""
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
