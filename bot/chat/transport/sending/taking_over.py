"""Orphaned outbox rows, which the leader takes over."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from bot.chat.transport.sending.call import OwedRow, owed_row
from bot.services.unit import Unit
from db.models import OutboxRow

_TABLE: Any = OutboxRow.__table__


async def take_over(
    unit: Unit, is_gone: Callable[[int], bool]
) -> tuple[Sequence[OwedRow], Sequence[OwedRow]]:
    """Take over rows: those never tried, and those of ended replicas, which may have been shown. Both are in
    order."""
    owners = set(await unit.session.scalars(select(OutboxRow.owner).where(_is_of_others(unit)).distinct()))
    gone = [owner for owner in owners if owner is not None and is_gone(owner)]
    left = await _take(unit, OutboxRow.owner.in_(gone)) if gone else []
    return await _take(unit, OutboxRow.owner.is_(None)) if None in owners else [], left


def _is_of_others(unit: Unit) -> ColumnElement[bool]:
    return or_(OutboxRow.owner.is_(None), OutboxRow.owner != unit.copy)


async def _take(unit: Unit, which: ColumnElement[bool]) -> Sequence[OwedRow]:
    # Locked rows are left for the next time: the lock of a dead host can last until the server drops it.
    free = select(_TABLE.c.id).where(which).with_for_update(skip_locked=True)
    taken = update(_TABLE).where(_TABLE.c.id.in_(free)).values(owner=unit.copy).returning(*_TABLE.columns)
    rows = [owed_row(found) for found in await unit.session.execute(taken)]
    return sorted(rows, key=lambda row: (row.chat_hash, row.number, row.id))


async def leave(unit: Unit, tried: Collection[bytes]) -> None:
    """Release this replica's rows. Rows of `tried` chats keep its number, so that the next owner knows."""
    left = update(OutboxRow).where(OutboxRow.owner == unit.copy, OutboxRow.chat_hash.not_in(tried))
    await unit.session.execute(left.values(owner=None).execution_options(synchronize_session=False))
