"""Links between reports: those of one incident, those of related cases, those that repeat another."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, literal, or_, select, text, union_all

from bot.services.unit import Unit
from db.models import IS_DUPLICATE, IS_IN_INCIDENT, Incident, RelatedReport, Report

MOST_NAMED = 20
"""Reports of a kind that are named."""
_INCIDENT, _RELATED, _DUPLICATE = "incident", "related", "duplicate"


@dataclass(frozen=True, slots=True)
class Links:
    """What a report is linked to, by references, MOST_NAMED of each kind at most: its incident (blank for none) with the other reports
    of it, related cases, and the reports that repeat it."""

    incident: str = ""
    together: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()


async def of_report(unit: Unit, report: Report) -> Links:
    """The links of a report, with one query, or two for one of an incident."""
    found = await unit.session.execute(union_all(*_queries(report)))
    refs: dict[str, list[str]] = {_INCIDENT: [], _RELATED: [], _DUPLICATE: []}
    for kind, ref in found:
        refs[kind].append(ref)
    incident = await incident_of(unit, report)
    together, related, duplicates = (tuple(sorted(some)) for some in refs.values())
    return Links(incident.ref if incident is not None else "", together, related, duplicates)


def _queries(report: Report) -> Sequence[Select[Any]]:
    related = select(literal(_RELATED), Report.ref).join(RelatedReport, RelatedReport.other_id == Report.id)
    duplicates = select(literal(_DUPLICATE), Report.ref).where(
        text(IS_DUPLICATE), Report.duplicate_of == report.id
    )
    queries = [related.where(RelatedReport.report_id == report.id), duplicates]
    if report.incident_id is not None:
        together = Report.incident_id == report.incident_id, Report.id != report.id
        queries.append(select(literal(_INCIDENT), Report.ref).where(text(IS_IN_INCIDENT), *together))
    return [select(one.limit(MOST_NAMED).subquery()) for one in queries]


async def incident_of(unit: Unit, report: Report) -> Incident | None:
    """The incident that a report belongs to."""
    return await unit.session.get(Incident, report.incident_id) if report.incident_id else None


async def forget_all(unit: Unit, reports: Collection[Report]) -> None:
    """Reports of which nothing is left belong to nothing; an incident goes with the last of its reports."""
    ids = [report.id for report in reports]
    if not ids:
        return
    either = or_(RelatedReport.report_id.in_(ids), RelatedReport.other_id.in_(ids))
    await unit.session.execute(
        delete(RelatedReport).where(either).execution_options(synchronize_session=False)
    )
    left = {report.incident_id for report in reports if report.incident_id is not None}
    for report in reports:
        report.incident_id = report.duplicate_of = None
    await drop_empty(unit, left)


async def drop_empty(unit: Unit, incident_ids: Collection[str]) -> None:
    """Delete those of these incidents to which no report belongs any more."""
    if not incident_ids:
        return
    await unit.session.flush()
    member = select(Report.id).where(text(IS_IN_INCIDENT), Report.incident_id == Incident.id).exists()
    await unit.session.execute(delete(Incident).where(Incident.id.in_(incident_ids), ~member))
