"""Slots for message ids: made in advance, taken at random within a shelf and overwritten in place."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, union_all, update

from bot.safety.sealing import UnsealError
from bot.services import shelves
from bot.services.unit import Unit
from bot.services.vault import RingSealed
from db.bulk import Bulk
from db.models import SentMessage

_MOST_SHELVES = 100
DECOY, UNKNOWN = 0, -1
"""Placeholders for a message id: no message, or one with an unknown id."""
_BYTES = 8
TABLE: Any = SentMessage.__table__
IS_FREE = TABLE.c.chat_hash == SentMessage.FREE_CHAT
COLUMNS = ("chat_hash", "message", "report_id", "hour", "minute")
_FILL = Bulk(
    update(TABLE)
    .where(TABLE.c.id == bindparam("slot"))
    .values({name: bindparam(f"new_{name}") for name in COLUMNS}),
    ("slot", *(f"new_{name}" for name in COLUMNS)),
)


@dataclass(frozen=True, slots=True)
class Row:
    chat_hash: bytes
    message: bytes
    report_id: str
    hour: int
    minute: int


def _place(chat_hash: bytes, report_id: str) -> str:
    """Context that binds a message id to its chat and report."""
    return f"sent_messages.message:{chat_hash.hex()}:{report_id}"


RING_SEALED = RingSealed(SentMessage.message, lambda row: _place(row.chat_hash, row.report_id))


def sealed(unit: Unit, chat_hash: bytes, message_id: int, report_id: str | None, minute: int) -> Row:
    report = report_id or SentMessage.NO_REPORT
    message = unit.safe.ring.seal(message_id.to_bytes(_BYTES, "big", signed=True), _place(chat_hash, report))
    return Row(chat_hash, message, report, unit.hour, minute)


def sealed_anew(unit: Unit, row: Row) -> Row:
    """Row sealed again at today's length, or unchanged if no key opens it."""
    ring, place = unit.safe.ring, _place(row.chat_hash, row.report_id)
    try:
        return replace(row, message=ring.seal(ring.unseal(row.message, place), place))
    except UnsealError:
        return row


def number_of(unit: Unit, row: Row) -> int:
    """Message id of a row, or UNKNOWN when its key has left the ring."""
    try:
        plain = unit.safe.ring.unseal(row.message, _place(row.chat_hash, row.report_id))
    except UnsealError:
        return UNKNOWN
    return int.from_bytes(plain, "big", signed=True)


async def taken(unit: Unit, chats: Collection[bytes] | None, *where: Any) -> list[Row]:
    """Free and overwrite the slots of these chats, or of all, and return their rows."""
    found = await _found(unit, chats, *where)
    await put(unit, [slot for *_, slot in found], [free(unit)] * len(found))
    return [Row(*row) for *row, _ in found]


async def standing(unit: Unit, chats: Collection[bytes]) -> list[Row]:
    return [Row(*row) for *row, _ in await _found(unit, chats)]


async def _found(unit: Unit, chats: Collection[bytes] | None, *where: Any) -> Sequence[Any]:
    columns: Any = select(*(TABLE.c[name] for name in (*COLUMNS, "id")))
    if chats is None:
        return (await unit.session.execute(columns.where(~IS_FREE, *where).with_for_update())).all()
    queries = [columns.where(*of_chat, *where) for of_chat in await standing_in(unit, chats)]
    found: list[Any] = []
    for start in range(0, len(queries), _MOST_SHELVES):
        together = union_all(*queries[start : start + _MOST_SHELVES])
        found += (await unit.session.execute(together)).all()
    return found


async def standing_in(unit: Unit, chats: Collection[bytes]) -> Sequence[tuple[ColumnElement[bool], ...]]:
    """SQL conditions for the rows of these chats, one a query. Locks rows in their slots until the
    transaction ends."""
    if not chats:
        return []
    size, anywhere = await shelves.spilled(unit, chats)
    of_chats = [(shelves.shelf_of(chat, size), chat) for chat in chats if chat not in anywhere]
    on_shelves = [(stands_on(shelf), TABLE.c.chat_hash == chat) for shelf, chat in of_chats]
    return [*on_shelves, *([(TABLE.c.chat_hash.in_(anywhere),)] if anywhere else [])]


def stands_on(shelf: range) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = TABLE.c.id.between(shelf.start, shelf.stop - 1)
    return condition


def free(unit: Unit) -> Row:
    """Content of a free slot, as long as a taken one's."""
    size = len(sealed(unit, SentMessage.FREE_CHAT, DECOY, None, SentMessage.NO_MINUTE).message)
    return Row(
        SentMessage.FREE_CHAT,
        bytes(size),
        SentMessage.NO_REPORT,
        SentMessage.FREE_HOUR,
        SentMessage.NO_MINUTE,
    )


def _filled(slot: int, row: Row) -> dict[str, object]:
    return {"slot": slot} | {f"new_{name}": getattr(row, name) for name in COLUMNS}


async def put(unit: Unit, slots: Sequence[int], rows: Sequence[Row]) -> None:
    filled = [_filled(slot, row) for slot, row in zip(slots, rows, strict=True)]
    await _FILL.run(await unit.session.connection(), filled)


async def tidied(unit: Unit, limit: int) -> Sequence[tuple[str, str]]:
    """At most `limit` marks of spilled rows that no row needs any more. May read all slots, so it is not for
    a writing unit."""
    marks = await shelves.marks(unit)
    if not marks:
        return []
    size, untidy = await unit.session.scalar(shelves.LAST) or 0, set[bytes]()
    for start in range(1, size + 1, shelves.SHELF):
        stands_here = stands_on(range(start, start + shelves.SHELF))
        rows = await unit.session.execute(select(TABLE.c.id, TABLE.c.chat_hash).where(~IS_FREE, stands_here))
        untidy.update(shelves.untidy(((row.id, row.chat_hash) for row in rows), size))
    needed = {shelves.mark_of(chat) for chat in untidy} | ({shelves.EVERYBODY} if untidy else set())
    return [mark for mark in marks.items() if mark[0] not in needed][:limit]
