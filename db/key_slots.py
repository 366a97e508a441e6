"""Slots for wrapped keys: rows of one size, overwritten in place and reused.

SQLite moves rows that come and go, and old bytes can stay in gaps that `secure_delete` does not reach. A row
of constant size is overwritten in place (https://www.sqlite.org/src/file/src/btree.c, btreeOverwriteCell). On
PostgreSQL this promises nothing.
"""

import secrets
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, event, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from db.models import SLOT_BYTES, DataKey, FreeSlot, KeySlot, padded

BLOCK = 256
"""Slots made at once. The first block exceeds a page, so that the root page holds no slot."""
LEAST_FREE = 64
"""Free slots to choose from at least, so that a slot's number does not tell its key's age."""
_DRAWS = 2**62
_LOCK = 0x6B736C74
_SLOTS: Any = KeySlot.__table__
_FREE_SLOTS: Any = FreeSlot.__table__
_FREE = (
    select(_FREE_SLOTS.c.draw, _FREE_SLOTS.c.number)
    .order_by(_FREE_SLOTS.c.draw)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_TAKE = delete(_FREE_SLOTS).where(_FREE_SLOTS.c.draw == bindparam("taken"))
_FILL = update(_SLOTS).where(_SLOTS.c.number == bindparam("slot")).values(content=bindparam("new_content"))
"""A statement on tables, so that the session does not search its objects."""


class KeySession(Session):
    """A session that gives new data keys a slot when it flushes."""


@event.listens_for(KeySession, "before_flush")
def _place_new_keys(session: KeySession, _context: object, _instances: object) -> None:
    new = [row for row in session.new if isinstance(row, DataKey)]
    if not new:
        return
    numbers = _take(session, len(new))
    contents = []
    for row, number in zip(new, numbers, strict=True):
        row.slot = number
        contents.append({"slot": number, "new_content": padded(row.new_wrapped)})
    session.connection().execute(_FILL, contents)


def _take(session: Session, count: int) -> Sequence[int]:
    connection, most = session.connection(), {"most": count + LEAST_FREE}
    found = connection.execute(_FREE, most).all()
    while len(found) < count + LEAST_FREE:
        _grow(session)
        found = connection.execute(_FREE, most).all()
    taken = found[:count]
    connection.execute(_TAKE, [{"taken": draw} for draw, _ in taken])
    return [number for _, number in taken]


def _grow(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    first = (session.scalar(select(func.max(KeySlot.number))) or 0) + 1
    numbers = range(first, first + BLOCK)
    session.execute(insert(KeySlot), [{"number": number, "content": bytes(SLOT_BYTES)} for number in numbers])
    session.execute(insert(FreeSlot), [free_slot(number) for number in numbers])


def free_slot(number: int) -> dict[str, int]:
    """Row of a free slot, with a random draw."""
    return {"draw": secrets.randbelow(_DRAWS), "number": number}


async def destroy(session: AsyncSession, key_ids: Collection[str]) -> None:
    """Overwrite the slots of these flushed data keys and delete their rows."""
    if not key_ids:
        return
    gone = delete(DataKey).where(DataKey.id.in_(key_ids)).returning(DataKey.slot)
    slots = (await session.scalars(gone)).all()
    if not slots:
        return
    emptied = update(KeySlot).where(KeySlot.number.in_(slots)).values(content=bytes(SLOT_BYTES))
    await session.execute(emptied.execution_options(synchronize_session=False))
    await session.execute(insert(FreeSlot), [free_slot(number) for number in slots])


async def overwrite(session: AsyncSession, wrapped: Collection[tuple[DataKey, bytes]], ring: str) -> None:
    """Replace data keys in place by their new wrapping under the ring's key `ring`."""
    if not wrapped:
        return
    contents = [{"number": row.slot, "content": padded(content)} for row, content in wrapped]
    await session.execute(update(KeySlot), contents)
    for row, _ in wrapped:
        row.ring = ring
