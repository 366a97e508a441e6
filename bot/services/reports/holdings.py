"""Exports that held a report, read from the export register."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select

from bot.services.unit import SECONDS_AN_HOUR, Unit
from db.models import Export, ExportRow


class ExportState(StrEnum):
    """State of an export. BEGUN: being made, or its end is unknown. BROKEN: no file was kept."""

    BEGUN = "begun"
    MADE = "made"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Holding:
    """Exports that held a report."""

    number: int
    since_hour: int
    newest: Sequence[Export]

    def since(self, unit: Unit) -> str:
        return day_of(unit, self.since_hour)


def day_of(unit: Unit, hour: int) -> str:
    """ISO date of an hour in the configured time zone."""
    return datetime.fromtimestamp(hour * SECONDS_AN_HOUR, unit.settings.zone).date().isoformat()


async def holding(unit: Unit, report_id: str, newest: int = 0) -> Holding | None:
    """Exports that held any version of a report, with the newest. Those whose end is unknown count, since
    their files may have been read."""
    of_it = (
        ExportRow.report_id == report_id,
        Export.number == ExportRow.export_number,
        Export.state != ExportState.BROKEN,
    )
    number, since = (
        await unit.session.execute(select(func.count(), func.min(Export.hour)).where(*of_it))
    ).one()
    if not number:
        return None
    shown = select(Export).where(*of_it).order_by(Export.number.desc()).limit(newest)
    return Holding(number, since, (await unit.session.scalars(shown)).all() if newest else ())
