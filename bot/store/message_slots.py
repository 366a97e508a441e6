"""Slots for the ids of sent messages: prepared in advance, taken at random within a shelf, and replenished."""

import json
import secrets
from collections import Counter
from collections.abc import Collection, Sequence, Set
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal, select, text, union_all
from sqlalchemy.exc import DBAPIError

from bot.safety import pseudonym
from bot.safety.sealing import RingSeal, UnsealError
from bot.store import shelves
from bot.store.unit import UnitOfWork
from bot.store.vault import RingSealed
from db.engine import Bulk
from db.models import SentMessage

_MOST_SHELVES = 100
DECOY, UNKNOWN = 0, -1
"""Placeholders for a message id: no message, or one with an unknown id."""
_BYTES = 8
TABLE: Any = SentMessage.__table__
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
_MOST_REWRITTEN = 16 * shelves.SHELF
"""Slots up to which PostgreSQL's file is written anew, for which everyone waits."""
_LOOSE_BYTES = 1024
"""Bytes of the file for each slot beyond which it is: a slot with all its dead rows takes some 200 to 500."""
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
    size, anywhere = await shelves.spilled(unit, chats)
    of_chats = [(shelves.shelf_of(chat, size), chat) for chat in chats if chat not in anywhere]
    on_shelves = [(stands_on(shelf), TABLE.c.chat_hash == chat) for shelf, chat in of_chats]
    return [*on_shelves, *([(TABLE.c.chat_hash.in_(anywhere),)] if anywhere else [])]


def stands_on(shelf: range) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = TABLE.c.id.between(shelf.start, shelf.stop - 1)
    return condition


def free_slot(unit: UnitOfWork) -> SlotContent:
    return empty_slot(unit.safe.ring)


def empty_slot(ring: RingSeal) -> SlotContent:
    """Content of a free slot, as long as a taken one's."""
    size = len(ring.seal(bytes(_BYTES), ""))
    return SlotContent(
        SentMessage.FREE_CHAT,
        bytes(size),
        SentMessage.NO_REPORT,
        SentMessage.FREE_HOUR,
        SentMessage.NO_MINUTE,
    )


async def put(unit: UnitOfWork, slots: Sequence[int], rows: Sequence[SlotContent]) -> None:
    filled = [
        {"slot": slot} | {f"new_{name}": getattr(row, name) for name in COLUMNS}
        for slot, row in zip(slots, rows, strict=True)
    ]
    await _FILL.run(await unit.session.connection(), filled)


async def tidied(unit: UnitOfWork, limit: int) -> Sequence[tuple[str, str]]:
    """At most `limit` marks that no spilled row needs. May read all slots: not for a writing unit."""
    marks = await shelves.marks(unit)
    if not marks:
        return []
    size, untidy = await unit.session.scalar(shelves.LAST) or 0, set[bytes]()
    for start in range(1, size + 1, shelves.SHELF):
        stands_here = stands_on(range(start, start + shelves.SHELF))
        rows = await unit.session.execute(select(TABLE.c.id, TABLE.c.chat_hash).where(~IS_FREE, stands_here))
        untidy.update(chat for slot, chat in rows if slot not in shelves.shelf_of(chat, size))
    needed = {shelves.mark_of(chat) for chat in untidy} | ({shelves.EVERYBODY} if untidy else set())
    return [mark for mark in marks.items() if mark[0] not in needed][:limit]


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
    may_grow = 1 + int(len(chats) / (SCARCE * shelves.SHELF))
    while True:
        drawn = shelves.draw(wanted, unit.safe.slots)
        found = await _looked_at(unit, [slot for slots in drawn.values() for slot in slots])
        if found.size != unit.safe.slots:  # at first, and after another process has moved rows
            unit.safe.slots = found.size
            continue
        if may_grow and await _are_scarce(unit, found):
            may_grow -= 1
            await grow(unit)
            continue
        free: dict[range, Collection[int]] = {shelf: found.free & slots for shelf, slots in drawn.items()}
        room = shelves.Room(found.size, free, {shelf: len(slots) for shelf, slots in drawn.items()})
        if not room.lacks(chats) or await _has_room(unit, room, chats):
            return room.given(chats)
        await grow(unit)


async def _looked_at(unit: UnitOfWork, slots: Collection[int]) -> _Look:
    looks = {**_sample(unit, _SAMPLE), "slots": _numbers(unit, [*slots])}
    looks["length"] = len(free_slot(unit).message)
    found = (await unit.session.execute(_LOOK[_dialect(unit)], looks)).all()
    if not found:
        return _Look(set(), await shelves.size(unit), 0)
    return _Look({row.id for row in found}, found[0].size, found[0].taken)


def _sample(unit: UnitOfWork, number: int) -> dict[str, object]:
    drawn = memoryview(secrets.token_bytes(4 * number)).cast("I").tolist()
    return {"sample": _numbers(unit, drawn), "free": SentMessage.FREE_CHAT}


def _numbers(unit: UnitOfWork, numbers: Sequence[int]) -> object:
    return json.dumps(numbers) if _dialect(unit) == "sqlite" else numbers


def _dialect(unit: UnitOfWork) -> str:
    return unit.session.get_bind().dialect.name


async def _are_scarce(unit: UnitOfWork, found: _Look) -> bool:
    if found.size < shelves.SHELF or found.taken <= _MANY * _SAMPLE:
        return False
    taken = await unit.session.scalar(_TAKEN[_dialect(unit)], _sample(unit, _LARGE_SAMPLE))
    return int(taken or 0) > SCARCE * _LARGE_SAMPLE


async def _has_room(unit: UnitOfWork, room: shelves.Room, chats: Sequence[bytes]) -> bool:
    """Whether shelves with few free slots drawn have room after all, or one chat's rows may spill."""
    if room.slots < 2 * shelves.SHELF:
        return False
    crowded = set()
    for shelf in room.lacks(chats):
        free, of_chats = await _on(unit, shelf, room.slots)
        room.free[shelf], room.looked_at[shelf] = free, len(shelf)
        # If one chat, and not many, fills a shelf, more slots would not help.
        if max((of_chats + Counter(chats)).values()) > shelves.SHELF // 3:
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
    unit: UnitOfWork, room: shelves.Room, chats: Sequence[bytes], without: Collection[range]
) -> bool:
    drawn = {1 + one % room.slots for one in pseudonym.numbers(8 * len(chats) + _SPARE)}
    found = await _looked_at(unit, drawn)
    elsewhere = set(found.free).difference(*room.free.values())
    if len(elsewhere) < len(chats) or len(found.free) < len(drawn) // 3:
        return False
    room.spilled = elsewhere
    spilled = [chat for chat in chats if shelves.shelf_of(chat, room.slots) in without]
    await shelves.note_spilled(unit, spilled)
    return True


async def grow(unit: UnitOfWork) -> None:
    """Double the slots up to one shelf, then add a shelf. Only rows of the parting shelf are dealt again."""
    await _lock(unit)
    size = await shelves.size(unit)
    grown, parting = shelves.after(size) or FEWEST_SLOTS, shelves.parting(size)
    rows = await _emptied(unit, parting)
    counted = select(literal(size + 1).label("id")).cte("made", recursive=True)
    counted = counted.union_all(select(counted.c.id + 1).where(counted.c.id < grown))
    empty = {name: literal(value, TABLE.c[name].type) for name, value in asdict(free_slot(unit)).items()}
    made = select(counted.c.id, *empty.values())
    await unit.session.execute(TABLE.insert().from_select(["id", *empty], made))
    await _deal(unit, rows, grown, [parting, shelves.last(grown)])
    unit.safe.slots = grown


async def spare(unit: UnitOfWork, limit: int) -> Sequence[int]:
    """At most `limit` shelves that may go, counted from the last one, since few slots are taken."""
    size = await unit.session.scalar(shelves.LAST) or 0
    taken = await unit.session.scalar(_TAKEN[_dialect(unit)], _sample(unit, _LARGE_SAMPLE)) if size else 0
    part = int(taken or 0) / _LARGE_SAMPLE
    wanted = max(shelves.SHELF, int(size * part / _LEFT))
    return range(min(limit, (size - wanted) // shelves.SHELF)) if part < _FEW and size > wanted else ()


async def shrink(unit: UnitOfWork, found: Sequence[int]) -> int:
    """Remove as many shelves as were `found`, and deal each one's rows on the shelf that it parted from, unless
    that would fill up. Nothing is destroyed, so the number is 0."""
    for _ in found:
        await _lock(unit)
        size = await shelves.size(unit)
        if size < 2 * shelves.SHELF:
            break
        fewer, gone = size - shelves.SHELF, shelves.last(size)
        kept = shelves.parting(fewer)
        here = select(func.count()).where(~IS_FREE, stands_on(kept) | stands_on(gone))
        if (await unit.session.scalar(here) or 0) > shelves.SHELF * _MANY:
            break
        rows = [*await _emptied(unit, kept), *await _emptied(unit, gone)]
        await unit.session.execute(TABLE.delete().where(stands_on(gone)))
        await _deal(unit, rows, fewer, [kept])
    return 0


async def loose(unit: UnitOfWork, limit: int) -> Sequence[int]:
    """A key for `tighten`, if a crowd left PostgreSQL's file mostly empty: VACUUM gives back only its end."""
    if _dialect(unit) == "sqlite":
        return ()
    size = await unit.session.scalar(shelves.LAST) or 0
    held = await unit.session.scalar(text("SELECT pg_table_size('sent_messages')")) or 0
    return range(min(limit, 0 < size <= _MOST_REWRITTEN and held > _LOOSE_BYTES * size))


async def tighten(unit: UnitOfWork, _found: Sequence[int]) -> int:
    """Write all slots into a new file, unless a reader is in the way. Nothing is destroyed, so the number is 0."""
    with suppress(DBAPIError):
        async with unit.session.begin_nested():
            await unit.session.execute(text("SET LOCAL lock_timeout = '100ms'"))
            await unit.session.execute(text("CLUSTER sent_messages USING pk_sent_messages"))
    return 0


async def _lock(unit: UnitOfWork) -> None:
    """Shut out transactions that look for slots or rows. PostgreSQL ends all but one of a deadlock; batches are repeated."""
    if _dialect(unit) == "postgresql":
        await unit.session.execute(text("LOCK TABLE sent_messages IN EXCLUSIVE MODE"))


async def _emptied(unit: UnitOfWork, shelf: range) -> Sequence[SlotContent]:
    columns = [TABLE.c[name] for name in COLUMNS]
    found = (await unit.session.execute(select(*columns).where(~IS_FREE, stands_on(shelf)))).all()
    fits = len(free_slot(unit).message)
    await unit.session.execute(TABLE.update().where(stands_on(shelf)).values(asdict(free_slot(unit))))
    rows = [SlotContent(*row) for row in found]
    return [row if len(row.message) == fits else sealed_anew(unit, row) for row in rows]


async def _deal(unit: UnitOfWork, rows: Sequence[SlotContent], size: int, places: Sequence[range]) -> None:
    await put(unit, shelves.dealt([row.chat_hash for row in rows], size, places), rows)
