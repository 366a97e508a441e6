"""The slots in which the ids of messages stand: made in advance, taken at random within a shelf (see `shelves`), and overwritten in
place. `sent_messages` says what for.

When slots get scarce their number doubles and everything is dealt out anew, and so it is when the ring's key has a name of
another length: a row that grew would be moved within its page."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    bindparam,
    func,
    insert,
    literal,
    select,
    text,
    union_all,
    update,
)

from bot.safety.sealing import UnsealError
from bot.services import shelves
from bot.services.ring_sealed import RingSealed
from bot.services.unit import Unit
from db.bulk import Bulk
from db.models import SentMessage

FEWEST_SLOTS = 512
_MOST_AT_ONCE = 2000
"""Slots looked for by one query: more than a batch fills in which thirty people send their reports."""
_MOST_SHELVES = 100
"""Chats whose shelves are looked at by one query: SQLite takes 500 at most."""
_SPARE = 32
"""Slots that are looked at beside those that are needed: shared by the chats of a batch."""
DECOY, UNKNOWN = 0, -1
"""In place of the id of a message: there is none, and nobody knows it."""
_BYTES = 8
TABLE: Any = SentMessage.__table__
IS_FREE = TABLE.c.chat_hash == SentMessage.FREE_CHAT
_COLUMNS = ("chat_hash", "message", "report_id", "hour", "minute")
_FILL = Bulk(
    update(TABLE)
    .where(TABLE.c.id == bindparam("slot"))
    .values({name: bindparam(f"new_{name}") for name in _COLUMNS}),
    ("slot", *(f"new_{name}" for name in _COLUMNS)),
)
_LOOK_ON_SQLITE = text(f"""
    SELECT slot.id, whole.size FROM {shelves.WHOLE} AS whole
    CROSS JOIN json_each(:draws) AS drawn CROSS JOIN sent_messages AS slot
    WHERE slot.id = {shelves.DRAWN.format(draw="drawn.value")} AND slot.chat_hash = :free AND length(slot.message) = :length
""")  # noqa: S608 - numbers and names of ours
"""Free ones among the slots that are drawn (`shelves.draw`), and how many slots there are."""
_LOOK_ON_POSTGRESQL = text(f"""
    SELECT slot.id, whole.size FROM {shelves.WHOLE} AS whole CROSS JOIN sent_messages AS slot
    WHERE slot.id = ANY (ARRAY(
        SELECT {shelves.DRAWN.format(draw="drawn")} FROM {shelves.WHOLE} AS whole
        CROSS JOIN unnest(CAST(:draws AS bigint[])) AS drawn
    )) AND slot.chat_hash = :free AND length(slot.message) = :length
    FOR UPDATE OF slot SKIP LOCKED
""")  # noqa: S608 - the same
"""The same by an array, which is looked up in the index: joined with the draws the whole table would be read for each of them.
Locked, since another process may look for slots too; SQLite has one writer."""


@dataclass(frozen=True, slots=True)
class Row:
    """What fills a slot."""

    chat_hash: bytes
    message: bytes
    report_id: str
    hour: int
    minute: int


def _place(chat_hash: bytes, report_id: str) -> str:
    """A message's id opens only as one of its chat and its report."""
    return f"sent_messages.message:{chat_hash.hex()}:{report_id}"


RING_SEALED = RingSealed(SentMessage.message, lambda row: _place(row.chat_hash, row.report_id))


def sealed(unit: Unit, chat_hash: bytes, message_id: int, report_id: str | None, minute: int) -> Row:
    """A row that says which message stands in a chat; `minute` as in `SentMessage`."""
    report = report_id or SentMessage.NO_REPORT
    message = unit.safe.ring.seal(message_id.to_bytes(_BYTES, "big", signed=True), _place(chat_hash, report))
    return Row(chat_hash, message, report, unit.hour, minute)


def sealed_anew(unit: Unit, row: Row) -> Row:
    """The same, as long as whatever is sealed now; a row that no key opens stays as it is."""
    ring, place = unit.safe.ring, _place(row.chat_hash, row.report_id)
    try:
        return replace(row, message=ring.seal(ring.unseal(row.message, place), place))
    except UnsealError:
        return row


def number_of(unit: Unit, row: Row) -> int:
    """What a row says; one whose key has left the ring says that something may be there."""
    try:
        plain = unit.safe.ring.unseal(row.message, _place(row.chat_hash, row.report_id))
    except UnsealError:
        return UNKNOWN
    return int.from_bytes(plain, "big", signed=True)


async def taken(unit: Unit, chats: Collection[bytes] | None, *where: Any) -> list[Row]:
    """Rows, of these chats or of all, whose slots are freed and overwritten."""
    found = await _found(unit, chats, *where)
    free = _free(unit)
    slots = [_filled(slot, free) for *_, slot in found]
    await _FILL.run(await unit.session.connection(), slots)
    return [Row(*row) for *row, _ in found]


async def standing(unit: Unit, chats: Collection[bytes]) -> list[Row]:
    """Rows of these chats, which stay."""
    return [Row(*row) for *row, _ in await _found(unit, chats)]


async def _found(unit: Unit, chats: Collection[bytes] | None, *where: Any) -> Sequence[Any]:
    """Rows, of these chats or of all, each with its slot."""
    columns = [TABLE.c[name] for name in (*_COLUMNS, "id")]
    of_chats = [(~IS_FREE,)] if chats is None else await standing_in(unit, chats)
    queries = [select(*columns).where(*conditions, *where) for conditions in of_chats]
    found: list[Any] = []
    for start in range(0, len(queries), _MOST_SHELVES):
        together = union_all(*queries[start : start + _MOST_SHELVES])
        found += (await unit.session.execute(together)).all()
    return found


async def standing_in(unit: Unit, chats: Collection[bytes]) -> Sequence[tuple[ColumnElement[bool], ...]]:
    """The SQL conditions that a slot has a row of one of these chats, to be asked for one after the other: by shelf, and together
    those that may stand anywhere."""
    anywhere = await shelves.spilled(unit, chats) if chats else ()
    on_shelves = [(shelves.holds(chat), TABLE.c.chat_hash == chat) for chat in chats if chat not in anywhere]
    return [*on_shelves, *([(TABLE.c.chat_hash.in_(anywhere),)] if anywhere else [])]


def _free(unit: Unit) -> Row:
    """What a free slot holds: as many bytes as one that is taken."""
    size = len(sealed(unit, SentMessage.FREE_CHAT, DECOY, None, SentMessage.NO_MINUTE).message)
    return Row(
        SentMessage.FREE_CHAT,
        bytes(size),
        SentMessage.NO_REPORT,
        SentMessage.FREE_HOUR,
        SentMessage.NO_MINUTE,
    )


def _filled(slot: int, row: Row) -> dict[str, object]:
    return {"slot": slot} | {f"new_{name}": getattr(row, name) for name in _COLUMNS}


async def fill(unit: Unit, rows: Sequence[Row]) -> None:
    """Write rows into free slots."""
    for start in range(0, len(rows), _MOST_AT_ONCE):
        part = rows[start : start + _MOST_AT_ONCE]
        slots = await _free_slots(unit, [row.chat_hash for row in part])
        filled = [_filled(slot, row) for slot, row in zip(slots, part, strict=True)]
        await _FILL.run(await unit.session.connection(), filled)


async def _free_slots(unit: Unit, chats: Sequence[bytes]) -> Sequence[int]:
    """A free slot for a row of each of these chats, any of its shelf as likely as any other."""
    numbers = Counter(chats)
    draws = [
        shelves.draw(chat)
        for chat, number in numbers.items()
        for _ in range(4 * number + max(_SPARE // 4, _SPARE // len(numbers)))
    ]
    while True:
        free, size = await _looked_at(unit, draws)
        room = shelves.Room.of(free, {shelves.drawn(one, size) for one in draws} if size else (), size)
        if not room.lacks(chats) or await _has_room(unit, room, chats):
            return room.given(chats)
        await grow(unit)


async def _looked_at(unit: Unit, draws: Sequence[int]) -> tuple[Sequence[int], int]:
    """The free ones of the slots that these numbers say, and how many slots there are."""
    connection = await unit.session.connection()
    on_sqlite = connection.dialect.name == "sqlite"
    drawn = {
        "draws": json.dumps(draws) if on_sqlite else draws,
        "free": SentMessage.FREE_CHAT,
        "length": len(_free(unit).message),
    }
    found = (await connection.execute(_LOOK_ON_SQLITE if on_sqlite else _LOOK_ON_POSTGRESQL, drawn)).all()
    size = found[0].size if found else await unit.session.scalar(select(func.max(TABLE.c.id)))
    return list({slot for slot, _ in found}), size or 0


async def _has_room(unit: Unit, room: shelves.Room, chats: Sequence[bytes]) -> bool:
    """Whether shelves of which few free slots were drawn have room all the same, or one chat is so many rows that more slots would
    give it none: its rows go anywhere then. Of few slots more are made rather."""
    if room.slots < 2 * shelves.SHELF:
        return False
    fits = func.length(TABLE.c.message) == len(_free(unit).message)
    for shelf in room.lacks(chats):
        rows = select(TABLE.c.id, TABLE.c.chat_hash).where(TABLE.c.id.between(shelf.start, shelf.stop - 1))
        found = (await unit.session.execute(rows.where(fits).with_for_update(skip_locked=True))).all()
        free = [slot for slot, chat in found if chat == SentMessage.FREE_CHAT]
        numbers = Counter(chat for _, chat in found if chat != SentMessage.FREE_CHAT) + Counter(chats)
        if not room.found(shelf, free) and not shelves.is_crowded(numbers):
            return False
    without = room.lacks(chats)
    if without:
        lacking = [chat for chat in chats if shelves.shelf_of(chat, room.slots) in without]
        anywhere = select(TABLE.c.id).where(IS_FREE, fits).with_for_update(skip_locked=True)
        if not room.spill(chats, (await unit.session.scalars(anywhere)).all()):
            return False
        await shelves.note_spilled(unit, lacking)
    return True


async def grow(unit: Unit) -> None:
    """Twice as many slots, over which all rows are dealt out anew: the older half would tell which rows are older."""
    if unit.session.get_bind().dialect.name == "postgresql":
        await unit.session.execute(text("LOCK TABLE sent_messages IN EXCLUSIVE MODE"))
    size = await unit.session.scalar(select(func.max(TABLE.c.id))) or 0
    rows, free = await _all_sealed_anew(unit, size), _free(unit)
    empty = {name: getattr(free, name) for name in _COLUMNS}
    await unit.session.execute(update(TABLE).values(empty))
    grown = max(2 * size, FEWEST_SLOTS)
    await unit.session.execute(_made(size + 1, grown, empty))
    slots, untidy = shelves.dealt([row.chat_hash for row in rows], grown)
    for start in range(0, len(rows), _MOST_AT_ONCE):
        part = slice(start, start + _MOST_AT_ONCE)
        filled = [_filled(slot, row) for slot, row in zip(slots[part], rows[part], strict=True)]
        await _FILL.run(await unit.session.connection(), filled)
    await shelves.forget_spilled(unit, list((await shelves.marks(unit)).items()))
    await shelves.note_spilled(unit, untidy)


async def _all_sealed_anew(unit: Unit, size: int) -> Sequence[Row]:
    """All rows, a part of the slots at a time: beside the rows nothing that is as long as the table is held."""
    rows: list[Row] = []
    columns = [TABLE.c[name] for name in _COLUMNS]
    for start in range(1, size + 1, _MOST_AT_ONCE):
        part = select(*columns).where(~IS_FREE, TABLE.c.id.between(start, start + _MOST_AT_ONCE - 1))
        rows += [sealed_anew(unit, Row(*row)) for row in await unit.session.execute(part)]
    return rows


def _made(first: int, last: int, empty: Mapping[str, object]) -> Insert:
    """Slots with these numbers, counted by the database: by far most of them are made while everybody waits."""
    counted = select(literal(first).label("id")).cte("made", recursive=True)
    counted = counted.union_all(select(counted.c.id + 1).where(counted.c.id < last))
    values = (literal(value, TABLE.c[name].type) for name, value in empty.items())
    return insert(TABLE).from_select(["id", *empty], select(counted.c.id, *values))


async def tidied(unit: Unit, limit: int) -> Sequence[tuple[str, str]]:
    """At most so many marks that rows stand on no shelf of theirs, of which none do any more. It may read all slots, so it is not
    for a unit that writes."""
    marks = await shelves.marks(unit)
    if not marks:
        return []
    size = await unit.session.scalar(select(func.max(TABLE.c.id))) or 0
    rows = (await unit.session.execute(select(TABLE.c.id, TABLE.c.chat_hash).where(~IS_FREE))).all()
    untidy = shelves.untidy(((row.id, row.chat_hash) for row in rows), size)
    needed = {shelves.mark_of(chat) for chat in untidy} | ({shelves.EVERYBODY} if untidy else set())
    return [mark for mark in marks.items() if mark[0] not in needed][:limit]
