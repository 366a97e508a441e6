"""Slots for the ids of sent messages: prepared in advance, taken at random within a shelf, and replenished.

A chat's rows stand on a shelf given by the chat's hash, so that they are found without reading all slots. The hash
stands in each row anyway, so a shelf tells no more. The slot on it is random. Shelves are added one by one, each for half
of the chats of an earlier one (linear hashing, Litwin 1980). Rows of a chat with too many spill anywhere, and a mark
tells to look for them there.
"""

import json
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal, select, text, union_all

from bot.safety import pseudonym
from bot.safety.sealing import RingSeal, UnsealError
from bot.store.unit import UnitOfWork
from bot.store.vault import RingSealed
from db.engine import Bulk
from db.models import Mark, SentMessage

TABLE: Any = SentMessage.__table__
SHELF = 2048
EVERYBODY = "spilled"
"""Mark of an earlier version, which put rows of any chat anywhere."""
_SPILLED = "spilled "
_MARK_BYTES = 4
_HOME_BYTES = 3
"""Bytes of a chat's hash that decide its shelf."""
LAST = select(TABLE.c.id).order_by(TABLE.c.id.desc()).limit(1)
_LAST_LOCKED = LAST.with_for_update(read=True, key_share=True)
_MOST_SHELVES = 100
DECOY, UNKNOWN = 0, -1
"""Placeholders for a message id: no message, or one with an unknown id."""
_BYTES = 8
IS_FREE = TABLE.c.chat_hash == SentMessage.FREE_CHAT
COLUMNS = ("chat_hash", "message", "report_id", "hour", "minute")
_FILL = Bulk(
    TABLE.update()
    .where(TABLE.c.id == bindparam("slot"))
    .values({name: bindparam(f"new_{name}") for name in COLUMNS}),
    ("slot", *(f"new_{name}" for name in COLUMNS)),
)

FEWEST_SLOTS = 512
_MOST_AT_ONCE = 2000
_SPARE = 32
_SAMPLE, _LARGE_SAMPLE = 64, 256
_MANY, SCARCE = 0.25, 0.2
"""Taken parts of samples beyond which shelves are added. An unparted shelf is twice as full as others."""
_FEW, _LEFT = 0.05, 0.1
"""Taken part of a sample below which shelves are removed, and the part taken afterwards."""
_SIZE = "(SELECT max(id) AS size FROM sent_messages)"
_TAKEN_ON_SQLITE = f"""(
    SELECT count(*) FROM {_SIZE} AS counted CROSS JOIN json_each(:sample) AS sampled CROSS JOIN sent_messages AS other
    WHERE other.id = 1 + sampled.value % counted.size AND other.chat_hash <> :free
)"""  # noqa: S608 - names of ours
_LOOK_ON_SQLITE = f"""
    SELECT slot.id, whole.size, {_TAKEN_ON_SQLITE} AS taken FROM {_SIZE} AS whole
    CROSS JOIN json_each(:slots) AS drawn CROSS JOIN sent_messages AS slot
    WHERE slot.id = drawn.value AND slot.chat_hash = :free AND length(slot.message) = :length
"""  # noqa: S608 - the same
_TAKEN_ON_POSTGRESQL = f"""(
    SELECT count(*) FROM sent_messages AS other WHERE other.chat_hash <> :free AND other.id = ANY (ARRAY(
        SELECT 1 + sampled % counted.size FROM {_SIZE} AS counted CROSS JOIN unnest(CAST(:sample AS bigint[])) AS sampled
    ))
)"""  # noqa: S608 - the same
_LOOK_ON_POSTGRESQL = f"""
    SELECT slot.id, whole.size, {_TAKEN_ON_POSTGRESQL} AS taken FROM {_SIZE} AS whole CROSS JOIN sent_messages AS slot
    WHERE slot.id = ANY (CAST(:slots AS bigint[])) AND slot.chat_hash = :free AND length(slot.message) = :length
    FOR UPDATE OF slot SKIP LOCKED
"""  # noqa: S608 - the same
"""PostgreSQL uses the index through an array. A join with the sample would read the table for each of them.
Rows are locked, since another process may look for slots too."""
_LOOK = {"sqlite": text(_LOOK_ON_SQLITE), "postgresql": text(_LOOK_ON_POSTGRESQL)}
_TAKEN = {"sqlite": text(f"SELECT {_TAKEN_ON_SQLITE}"), "postgresql": text(f"SELECT {_TAKEN_ON_POSTGRESQL}")}


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


@dataclass(frozen=True, slots=True)
class SlotContent:
    chat_hash: bytes
    message: bytes
    report_id: str
    hour: int
    minute: int


def _place(chat_hash: bytes, report_id: str) -> str:
    """Context that binds a message id to its chat and report."""
    return f"sent_messages.message:{chat_hash.hex()}:{report_id}"


RING_SEALED = RingSealed(SentMessage.message, lambda row: _place(row.chat_hash, row.report_id))


def sealed(
    unit: UnitOfWork, chat_hash: bytes, message_id: int, report_id: str | None, minute: int
) -> SlotContent:
    report = report_id or SentMessage.NO_REPORT
    message = unit.safe.ring.seal(message_id.to_bytes(_BYTES, "big", signed=True), _place(chat_hash, report))
    return SlotContent(chat_hash, message, report, unit.hour, minute)


def sealed_anew(unit: UnitOfWork, row: SlotContent) -> SlotContent:
    """Row sealed again at today's length, or unchanged if no key opens it."""
    ring, place = unit.safe.ring, _place(row.chat_hash, row.report_id)
    try:
        return replace(row, message=ring.seal(ring.unseal(row.message, place), place))
    except UnsealError:
        return row


def number_of(unit: UnitOfWork, row: SlotContent) -> int:
    """Message id of a row, or UNKNOWN when its key has left the ring."""
    try:
        plain = unit.safe.ring.unseal(row.message, _place(row.chat_hash, row.report_id))
    except UnsealError:
        return UNKNOWN
    return int.from_bytes(plain, "big", signed=True)


async def taken(unit: UnitOfWork, chats: Collection[bytes] | None, *where: Any) -> list[SlotContent]:
    """Free and overwrite the slots of these chats, or of all, and return their rows."""
    found = await _found(unit, chats, *where)
    await put(unit, [slot for *_, slot in found], [free_slot(unit)] * len(found))
    return [SlotContent(*row) for *row, _ in found]


async def standing(unit: UnitOfWork, chats: Collection[bytes]) -> list[SlotContent]:
    return [SlotContent(*row) for *row, _ in await _found(unit, chats)]


async def _found(unit: UnitOfWork, chats: Collection[bytes] | None, *where: Any) -> Sequence[Any]:
    columns: Any = select(*(TABLE.c[name] for name in (*COLUMNS, "id")))
    if chats is None:
        return (await unit.session.execute(columns.where(~IS_FREE, *where).with_for_update())).all()
    queries = [columns.where(*of_chat, *where) for of_chat in await standing_in(unit, chats)]
    found: list[Any] = []
    for start in range(0, len(queries), _MOST_SHELVES):
        together = union_all(*queries[start : start + _MOST_SHELVES])
        found += (await unit.session.execute(together)).all()
    return found


async def standing_in(
    unit: UnitOfWork, chats: Collection[bytes]
) -> Sequence[tuple[ColumnElement[bool], ...]]:
    """SQL conditions for the rows of these chats, one a query. Locks their slots for the transaction."""
    if not chats:
        return []
    slots, anywhere = await spilled(unit, chats)
    of_chats = [(shelf_of(chat, slots), chat) for chat in chats if chat not in anywhere]
    on_shelves = [(stands_on(shelf), TABLE.c.chat_hash == chat) for shelf, chat in of_chats]
    return [*on_shelves, *([(TABLE.c.chat_hash.in_(anywhere),)] if anywhere else [])]


def stands_on(shelf: range) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = TABLE.c.id.between(shelf.start, shelf.stop - 1)
    return condition


def free_slot(unit: UnitOfWork) -> SlotContent:
    return empty_slot(unit.safe.ring)


def empty_slot(ring: RingSeal) -> SlotContent:
    """Content of a free slot, as long as a taken one's."""
    length = len(ring.seal(bytes(_BYTES), ""))
    row = SentMessage
    return SlotContent(row.FREE_CHAT, bytes(length), row.NO_REPORT, row.FREE_HOUR, row.NO_MINUTE)


async def put(unit: UnitOfWork, slots: Sequence[int], rows: Sequence[SlotContent]) -> None:
    filled = [
        {"slot": slot} | {f"new_{name}": getattr(row, name) for name in COLUMNS}
        for slot, row in zip(slots, rows, strict=True)
    ]
    await _FILL.run(await unit.session.connection(), filled)


@dataclass(frozen=True, slots=True)
class _Look:
    free: Set[int]
    size: int
    taken: int


async def fill(unit: UnitOfWork, rows: Sequence[SlotContent]) -> None:
    for start in range(0, len(rows), _MOST_AT_ONCE):
        part = rows[start : start + _MOST_AT_ONCE]
        await put(unit, await _free_slots(unit, [row.chat_hash for row in part]), part)


async def _free_slots(unit: UnitOfWork, chats: Sequence[bytes]) -> Sequence[int]:
    numbers = Counter(chats)
    spare = max(_SPARE // 4, _SPARE // len(numbers))
    wanted = {chat: 4 * number + spare for chat, number in numbers.items()}
    may_grow = 1 + int(len(chats) / (SCARCE * SHELF))
    while True:
        drawn = draw(wanted, unit.safe.slots)
        found = await _looked_at(unit, [slot for slots in drawn.values() for slot in slots])
        if found.size != unit.safe.slots:  # at first, and after another process has moved rows
            unit.safe.slots = found.size
            continue
        if may_grow and await _are_scarce(unit, found):
            may_grow -= 1
            await grow(unit)
            continue
        free: dict[range, Collection[int]] = {shelf: found.free & slots for shelf, slots in drawn.items()}
        room = Room(found.size, free, {shelf: len(slots) for shelf, slots in drawn.items()})
        if not room.lacks(chats) or await _has_room(unit, room, chats):
            return room.given(chats)
        await grow(unit)


async def _looked_at(unit: UnitOfWork, slots: Collection[int]) -> _Look:
    looks = {**_sample(unit, _SAMPLE), "slots": _numbers(unit, [*slots])}
    looks["length"] = len(free_slot(unit).message)
    found = (await unit.session.execute(_LOOK[dialect(unit)], looks)).all()
    if not found:
        return _Look(set(), await size(unit), 0)
    return _Look({row.id for row in found}, found[0].size, found[0].taken)


def _sample(unit: UnitOfWork, number: int) -> dict[str, object]:
    drawn = memoryview(secrets.token_bytes(4 * number)).cast("I").tolist()
    return {"sample": _numbers(unit, drawn), "free": SentMessage.FREE_CHAT}


def _numbers(unit: UnitOfWork, numbers: Sequence[int]) -> object:
    return json.dumps(numbers) if dialect(unit) == "sqlite" else numbers


def dialect(unit: UnitOfWork) -> str:
    return unit.session.get_bind().dialect.name


async def _are_scarce(unit: UnitOfWork, found: _Look) -> bool:
    if found.size < SHELF or found.taken <= _MANY * _SAMPLE:
        return False
    taken = await unit.session.scalar(_TAKEN[dialect(unit)], _sample(unit, _LARGE_SAMPLE))
    return int(taken or 0) > SCARCE * _LARGE_SAMPLE


async def _has_room(unit: UnitOfWork, room: Room, chats: Sequence[bytes]) -> bool:
    """Whether shelves with few free slots drawn have room after all, or one chat's rows may spill."""
    if room.slots < 2 * SHELF:
        return False
    crowded = set()
    for shelf in room.lacks(chats):
        free, of_chats = await _on(unit, shelf, room.slots)
        room.free[shelf], room.looked_at[shelf] = free, len(shelf)
        # If one chat, and not many, fills a shelf, more slots would not help.
        if max((of_chats + Counter(chats)).values()) > SHELF // 3:
            crowded.add(shelf)
    without = room.lacks(chats)
    if not without:
        return True
    return crowded.issuperset(without) and await _has_room_anywhere(unit, room, chats, without)


async def _on(unit: UnitOfWork, shelf: range, size: int) -> tuple[Sequence[int], Counter[bytes]]:
    """Free slots of a shelf, and the rows of each chat there. Deals the shelf again if lengths differ."""
    rows = select(TABLE.c.id, TABLE.c.chat_hash, func.length(TABLE.c.message)).where(stands_on(shelf))
    fits = len(free_slot(unit).message)
    while True:
        found = (await unit.session.execute(rows.with_for_update(skip_locked=True))).all()
        free = [(slot, length) for slot, chat, length in found if chat == SentMessage.FREE_CHAT]
        if all(length == fits for _, length in free):
            break
        await _lock(unit)
        await _deal(unit, await _emptied(unit, shelf), size, [shelf])
    of_chats = Counter(chat for _, chat, _ in found if chat != SentMessage.FREE_CHAT)
    return [slot for slot, _ in free], of_chats


async def _has_room_anywhere(
    unit: UnitOfWork, room: Room, chats: Sequence[bytes], without: Collection[range]
) -> bool:
    drawn = {1 + one % room.slots for one in pseudonym.numbers(8 * len(chats) + _SPARE)}
    found = await _looked_at(unit, drawn)
    elsewhere = set(found.free).difference(*room.free.values())
    if len(elsewhere) < len(chats) or len(found.free) < len(drawn) // 3:
        return False
    room.spilled = elsewhere
    await note_spilled(unit, [chat for chat in chats if shelf_of(chat, room.slots) in without])
    return True


async def grow(unit: UnitOfWork) -> None:
    """Double the slots up to one shelf, then add a shelf. Only rows of the parting shelf are dealt again."""
    await _lock(unit)
    before = await size(unit)
    grown, shelf = after(before) or FEWEST_SLOTS, parting(before)
    rows = await _emptied(unit, shelf)
    counted = select(literal(before + 1).label("id")).cte("made", recursive=True)
    counted = counted.union_all(select(counted.c.id + 1).where(counted.c.id < grown))
    empty = {name: literal(value, TABLE.c[name].type) for name, value in asdict(free_slot(unit)).items()}
    made = select(counted.c.id, *empty.values())
    await unit.session.execute(TABLE.insert().from_select(["id", *empty], made))
    await _deal(unit, rows, grown, [shelf, last(grown)])
    unit.safe.slots = grown


async def spare(unit: UnitOfWork, limit: int) -> Sequence[int]:
    """At most `limit` shelves that may go, counted from the last one, since few slots are taken."""
    slots = await unit.session.scalar(LAST) or 0
    taken = await unit.session.scalar(_TAKEN[dialect(unit)], _sample(unit, _LARGE_SAMPLE)) if slots else 0
    part = int(taken or 0) / _LARGE_SAMPLE
    wanted = max(SHELF, int(slots * part / _LEFT))
    return range(min(limit, (slots - wanted) // SHELF)) if part < _FEW and slots > wanted else ()


async def shrink(unit: UnitOfWork, found: Sequence[int]) -> int:
    """Remove these shelves, and deal each one's rows on the one that it parted from, unless that would fill up. Returns 0."""
    for _ in found:
        await _lock(unit)
        slots = await size(unit)
        if slots < 2 * SHELF:
            break
        fewer, gone = slots - SHELF, last(slots)
        kept = parting(fewer)
        here = select(func.count()).where(~IS_FREE, stands_on(kept) | stands_on(gone))
        if (await unit.session.scalar(here) or 0) > SHELF * _MANY:
            break
        rows = [*await _emptied(unit, kept), *await _emptied(unit, gone)]
        await unit.session.execute(TABLE.delete().where(stands_on(gone)))
        await _deal(unit, rows, fewer, [kept])
    return 0


async def _lock(unit: UnitOfWork) -> None:
    """Shut out transactions that look for slots or rows. PostgreSQL ends all but one of a deadlock; batches are repeated."""
    if dialect(unit) == "postgresql":
        await unit.session.execute(text("LOCK TABLE sent_messages IN EXCLUSIVE MODE"))


async def _emptied(unit: UnitOfWork, shelf: range) -> Sequence[SlotContent]:
    columns = [TABLE.c[name] for name in COLUMNS]
    found = (await unit.session.execute(select(*columns).where(~IS_FREE, stands_on(shelf)))).all()
    fits = len(free_slot(unit).message)
    await unit.session.execute(TABLE.update().where(stands_on(shelf)).values(asdict(free_slot(unit))))
    rows = [SlotContent(*row) for row in found]
    return [row if len(row.message) == fits else sealed_anew(unit, row) for row in rows]


async def _deal(unit: UnitOfWork, rows: Sequence[SlotContent], size: int, places: Sequence[range]) -> None:
    await put(unit, dealt([row.chat_hash for row in rows], size, places), rows)
