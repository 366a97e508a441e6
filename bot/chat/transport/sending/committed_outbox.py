"""The outbox as committed to the database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, delete, select

from bot.chat.transport.sending.call import OwedRow, owed_row
from bot.services.unit import MakeUnit, Unit
from db.bulk import evened
from db.models import OutboxRow

_OWED = select(OutboxRow.id).where(OutboxRow.id == bindparam("id"), OutboxRow.chat_hash == bindparam("chat"))
_FORGET = delete(OutboxRow).where(OutboxRow.id.in_(bindparam("ids", expanding=True))).returning(OutboxRow.id)


async def forget(unit: Unit, row_ids: Collection[int]) -> set[int]:
    """Delete rows. Returns the ids that were still there."""
    if not row_ids:
        return set()
    return set(await (await unit.session.connection()).scalars(_FORGET, {"ids": evened(row_ids)}))


@dataclass(frozen=True, slots=True)
class CommittedOutbox:
    read: MakeUnit

    async def rows(self) -> Sequence[OwedRow]:
        """All rows, ordered within each chat."""
        return await self._rows()

    async def others(self, known: Collection[int]) -> Sequence[OwedRow]:
        """Rows of other processes, such as a command."""
        unknown = await self.ids() - set(known)
        return await self._rows(OutboxRow.id.in_(unknown)) if unknown else []

    async def ids(self) -> set[int]:
        """Ids of all rows, or of this replica's."""
        async with self.read() as unit:
            own = [] if unit.copy is None else [OutboxRow.owner == unit.copy]
            return set(await unit.session.scalars(select(OutboxRow.id).where(*own)))

    async def _rows(self, *where: ColumnElement[bool]) -> Sequence[OwedRow]:
        query = select(*OutboxRow.__table__.columns).where(*where)
        async with self.read() as unit:
            ordered = query.order_by(OutboxRow.chat_hash, OutboxRow.number, OutboxRow.id)
            return [owed_row(found) for found in await unit.session.execute(ordered)]

    async def owes(self, row: OwedRow) -> bool:
        """Whether a row still exists. A command may have revoked its moderator."""
        async with self.read() as unit:
            found = await (await unit.session.connection()).scalar(
                _OWED, {"id": row.id, "chat": row.chat_hash}
            )
            return found is not None
