"""What the register of exports forgets: rows first, some at a time, then their export, by age (`export_days`)."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, exists, func, select, tuple_

from bot.services.unit import HOURS_A_DAY, Unit
from db.models import Export, ExportRow


def _oldest(unit: Unit) -> int:
    return unit.hour - unit.settings.export_days * HOURS_A_DAY


async def rows_over(unit: Unit, limit: int) -> Sequence[tuple[int, str]]:
    """At most so many rows of exports whose time is over, by export and report."""
    numbers = (await unit.session.scalars(select(Export.number).where(Export.hour < _oldest(unit)))).all()
    if not numbers:
        return ()
    query = select(ExportRow.export_number, ExportRow.report_id)
    query = query.where(ExportRow.export_number.in_(numbers)).limit(limit)
    return [(row.export_number, row.report_id) for row in await unit.session.execute(query)]


async def expire_rows(unit: Unit, keys: Collection[tuple[int, str]]) -> int:
    """Forget those of these rows whose time is over; how many."""
    over = select(Export.number).where(Export.hour < _oldest(unit))
    key = tuple_(ExportRow.export_number, ExportRow.report_id)
    gone = delete(ExportRow).where(key.in_(keys), ExportRow.export_number.in_(over))
    done = await unit.session.execute(gone.execution_options(synchronize_session=False))
    return int(getattr(done, "rowcount", 0))


async def over(unit: Unit, limit: int) -> Sequence[int]:
    """At most so many exports whose time is over and whose rows are gone. The newest stays, so that no number is used twice."""
    newest = select(func.max(Export.number)).scalar_subquery()
    held = exists().where(ExportRow.export_number == Export.number)
    query = (
        select(Export.number).where(Export.hour < _oldest(unit), Export.number < newest, ~held).limit(limit)
    )
    return (await unit.session.scalars(query)).all()


async def expire(unit: Unit, numbers: Collection[int]) -> int:
    """Forget those of these exports whose time is over; how many."""
    newest = select(func.max(Export.number)).scalar_subquery()
    due = Export.number.in_(numbers), Export.hour < _oldest(unit), Export.number < newest
    done = await unit.session.execute(delete(Export).where(*due).execution_options(synchronize_session=False))
    return int(getattr(done, "rowcount", 0))
