"""What is owed and nobody sends: a copy of the bot that is gone has left it, or a command owes it. The copy that keeps house
takes charge of it."""

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
    """The rows of this unit's copy from now on: those that certainly nobody tried, and those of copies that are gone, which may have
    been shown; each in the order in which its chat is owed them."""
    owners = set(await unit.session.scalars(select(OutboxRow.owner).where(_is_of_others(unit)).distinct()))
    gone = [owner for owner in owners if owner is not None and is_gone(owner)]
    left = await _take(unit, OutboxRow.owner.in_(gone)) if gone else []
    return await _take(unit, OutboxRow.owner.is_(None)) if None in owners else [], left


def _is_of_others(unit: Unit) -> ColumnElement[bool]:
    return or_(OutboxRow.owner.is_(None), OutboxRow.owner != unit.copy)


async def _take(unit: Unit, which: ColumnElement[bool]) -> Sequence[OwedRow]:
    # What another transaction has locked is left to the next look: that of a host which is gone can last until the server gives it up.
    free = select(_TABLE.c.id).where(which).with_for_update(skip_locked=True)
    taken = update(_TABLE).where(_TABLE.c.id.in_(free)).values(owner=unit.copy).returning(*_TABLE.columns)
    rows = [owed_row(found) for found in await unit.session.execute(taken)]
    return sorted(rows, key=lambda row: (row.chat_hash, row.number, row.id))


async def leave(unit: Unit, tried: Collection[bytes]) -> None:
    """Let others send what this unit's copy still owes, since it ends. What it owes `tried` chats, to which something may have been
    shown, stays under its number: whoever takes it over once it is gone is to know that."""
    left = update(OutboxRow).where(OutboxRow.owner == unit.copy, OutboxRow.chat_hash.not_in(tried))
    await unit.session.execute(left.values(owner=None).execution_options(synchronize_session=False))
