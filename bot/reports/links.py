"""Links between reports (incident, related cases, duplicates), and the exports that held a report."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, delete, func, literal, or_, select, text, union_all

from bot.store.unit import SECONDS_AN_HOUR, UnitOfWork
from db.models import IS_DUPLICATE, IS_IN_INCIDENT, Export, ExportRow, Incident, RelatedReport, Report

MOST_NAMED = 20
_INCIDENT, _RELATED, _DUPLICATE = "incident", "related", "duplicate"


@dataclass(frozen=True, slots=True)
class Links:
    """At most MOST_NAMED references of each kind: incident or '', reports of it, related cases, and duplicates."""

    incident: str = ""
    together: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()


async def of_report(unit: UnitOfWork, report: Report) -> Links:
    found = await unit.session.execute(union_all(*_queries(report)))
    refs: dict[str, list[str]] = {_INCIDENT: [], _RELATED: [], _DUPLICATE: []}
    for kind, ref in found:
        refs[kind].append(ref)
    incident = await incident_of(unit, report)
    together, related, duplicates = (tuple(sorted(some)) for some in refs.values())
    return Links(incident.ref if incident is not None else "", together, related, duplicates)


def _queries(report: Report) -> Sequence[Select[Any]]:
    related = select(literal(_RELATED), Report.ref).join(RelatedReport, RelatedReport.other_id == Report.id)
    of_it = text(IS_DUPLICATE), Report.duplicate_of == report.id
    duplicates = select(literal(_DUPLICATE), Report.ref).where(*of_it)
    queries = [related.where(RelatedReport.report_id == report.id), duplicates]
    if report.incident_id is not None:
        together = Report.incident_id == report.incident_id, Report.id != report.id
        queries.append(select(literal(_INCIDENT), Report.ref).where(text(IS_IN_INCIDENT), *together))
    return [select(one.limit(MOST_NAMED).subquery()) for one in queries]


async def incident_of(unit: UnitOfWork, report: Report) -> Incident | None:
    return await unit.session.get(Incident, report.incident_id) if report.incident_id else None


async def forget_all(unit: UnitOfWork, reports: Collection[Report]) -> None:
    """Remove all links of destroyed reports, and incidents left empty."""
    ids = [report.id for report in reports]
    if not ids:
        return
    either = or_(RelatedReport.report_id.in_(ids), RelatedReport.other_id.in_(ids))
    gone = delete(RelatedReport).where(either)
    await unit.session.execute(gone.execution_options(synchronize_session=False))
    left = {report.incident_id for report in reports if report.incident_id is not None}
    for report in reports:
        report.incident_id = report.duplicate_of = None
    await drop_empty(unit, left)


async def drop_empty(unit: UnitOfWork, incident_ids: Collection[str]) -> None:
    """Delete those of these incidents that have no report."""
    if not incident_ids:
        return
    await unit.session.flush()
    member = select(Report.id).where(text(IS_IN_INCIDENT), Report.incident_id == Incident.id).exists()
    await unit.session.execute(delete(Incident).where(Incident.id.in_(incident_ids), ~member))


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


def day_of(unit: UnitOfWork, hour: int) -> str:
    """ISO date of an hour in the configured time zone."""
    return datetime.fromtimestamp(hour * SECONDS_AN_HOUR, unit.settings.zone).date().isoformat()


async def holding(unit: UnitOfWork, report_id: str, newest: int = 0) -> Holding | None:
    """Exports that held a report, with the newest. Those with an unknown end may have been read."""
    held = ExportRow.report_id == report_id, Export.number == ExportRow.export_number
    of_it = *held, Export.state != ExportState.BROKEN
    counted = select(func.count(), func.min(Export.hour)).where(*of_it)
    number, since = (await unit.session.execute(counted)).one()
    if not number:
        return None
    shown = select(Export).where(*of_it).order_by(Export.number.desc()).limit(newest)
    return Holding(number, since, (await unit.session.scalars(shown)).all() if newest else ())
