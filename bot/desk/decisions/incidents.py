"""Incidents of several reports, and links between related cases."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, func, select, text, tuple_

from bot.desk.decisions import service as decisions_service
from bot.errors import Refusal
from bot.reports import claims, links
from bot.reports.states import Move, Status, after
from bot.safety.pseudonym import new_reference
from bot.store import audit, vault
from bot.store.unit import UnitOfWork
from db.models import IS_IN_INCIDENT, Incident, Moderator, RelatedReport, Report

LETTER = "E"
MOST_SHOWN = 40


async def join(unit: UnitOfWork, moderator: Moderator, report: Report, typed: str) -> Incident:
    """Join a report to an incident, by the typed reference of the incident or of another report. An incident
    begins with both if neither has one.

    Raises Refusal when:
    - the moderator may not change the report,
    - the incident or other report is unknown, or the other is closed,
    - the report already belongs there.
    """
    require_may_link(unit, moderator, report, Move.JOIN)
    before = report.incident_id
    incident, both = await _meant(unit, report, typed)
    joining = [one for one in both if one.incident_id != incident.id]
    if not joining:
        raise Refusal("moderator.incident.already", {"ref": report.ref, "incident": incident.ref})
    for one in joining:
        one.incident_id = incident.id
    await audit.record_all(unit, moderator.alias, Move.JOIN, [(one.ref, incident.ref) for one in joining])
    await links.drop_empty(unit, [before] if before is not None else [])
    return incident


async def leave(unit: UnitOfWork, moderator: Moderator, report: Report) -> str:
    """Remove a report from its incident and return that reference. Raises Refusal when the moderator may
    not, or there is none."""
    require_may_link(unit, moderator, report, Move.LEAVE)
    incident = await links.incident_of(unit, report)
    if incident is None:
        raise Refusal("moderator.incident.none", {"ref": report.ref})
    ref, report.incident_id = incident.ref, None
    await links.drop_empty(unit, [incident.id])
    await audit.record(unit, moderator.alias, Move.LEAVE, report.ref, ref)
    return ref


def require_may_link(unit: UnitOfWork, moderator: Moderator, report: Report, move: Move) -> None:
    """Raise Refusal unless the report is approved or the moderator holds it."""
    after(Status(report.status), move)
    if report.status != Status.APPROVED:
        decisions_service.require_held(unit, moderator, report)


async def _meant(unit: UnitOfWork, report: Report, typed: str) -> tuple[Incident, Sequence[Report]]:
    if typed.strip().upper().startswith(LETTER):
        return await find(unit, typed), [report]
    other = await decisions_service.other_report(unit, report, typed, "moderator.link.itself")
    known = await links.incident_of(unit, other) or await links.incident_of(unit, report)
    return known or await _begin(unit), [other, report]


async def find(unit: UnitOfWork, typed: str) -> Incident:
    """Incident of a typed reference. Raises Refusal if unknown."""
    ref = claims.read_reference(typed)
    found = await unit.session.scalar(select(Incident).where(Incident.ref == ref))
    if found is None:
        raise Refusal("moderator.incident.unknown", {"ref": typed.strip()[:16]})
    return found


async def _begin(unit: UnitOfWork) -> Incident:
    ref = LETTER + new_reference()[1:]
    while await unit.session.scalar(select(Incident.id).where(Incident.ref == ref)) is not None:
        ref = LETTER + new_reference()[1:]
    incident = Incident(id=vault.new_id(), ref=ref, hour=unit.hour)
    unit.session.add(incident)
    await unit.session.flush()
    return incident


async def reports_of(unit: UnitOfWork, incident: Incident) -> Sequence[Report]:
    query = select(Report).where(text(IS_IN_INCIDENT), Report.incident_id == incident.id)
    query = query.order_by(Report.submitted_hour, Report.ref).limit(MOST_SHOWN)
    return (await unit.session.scalars(query)).all()


async def newest(
    unit: UnitOfWork, limit: int, after_ref: str = ""
) -> tuple[Sequence[tuple[Incident, int]], bool]:
    """Newest incidents, or those older than the one of `after_ref`, each with the number of its reports, and
    whether there are more."""
    by_ref = select(Incident).where(Incident.ref == after_ref)
    shown = await unit.session.scalar(by_ref) if after_ref else None
    of_it = text(f"reports.{IS_IN_INCIDENT}"), Report.incident_id == Incident.id
    number = select(func.count()).where(*of_it).correlate(Incident).scalar_subquery()
    query = select(Incident, number).order_by(Incident.hour.desc(), Incident.ref.desc())
    if shown is not None:
        query = query.where(tuple_(Incident.hour, Incident.ref) < (shown.hour, shown.ref))
    rows = [(row[0], int(row[1])) for row in await unit.session.execute(query.limit(limit + 1))]
    return rows[:limit], len(rows) > limit


async def relate(unit: UnitOfWork, moderator: Moderator, report: Report, typed: str) -> Report:
    """Relate a report to the one of the typed reference, and return that one. Idempotent. Raises Refusal
    when the moderator may not change the report, or for an unknown, closed or identical other one."""
    require_may_link(unit, moderator, report, Move.RELATE)
    other = await decisions_service.other_report(unit, report, typed, "moderator.link.itself")
    if not await _are_related(unit, report, other):
        pairs = [(report.id, other.id), (other.id, report.id)]
        unit.session.add_all(RelatedReport(report_id=one, other_id=another) for one, another in pairs)
        await unit.session.flush()
        await _record(unit, moderator, Move.RELATE, report, other)
    return other


async def part(unit: UnitOfWork, moderator: Moderator, report: Report, typed: str) -> Report:
    """End the relation of two reports, and return the other one. Idempotent. Raises Refusal when the
    moderator may not change the report, or the other is unknown."""
    require_may_link(unit, moderator, report, Move.RELATE)
    other = await claims.find(unit, typed)
    if await _are_related(unit, report, other):
        await unit.session.execute(delete(RelatedReport).where(_both(report, other)))
        await _record(unit, moderator, "part", report, other)
    return other


async def _are_related(unit: UnitOfWork, report: Report, other: Report) -> bool:
    query = select(RelatedReport.report_id).where(_both(report, other)).limit(1)
    return await unit.session.scalar(query) is not None


def _both(report: Report, other: Report) -> ColumnElement[bool]:
    pairs = [(report.id, other.id), (other.id, report.id)]
    return tuple_(RelatedReport.report_id, RelatedReport.other_id).in_(pairs)


async def _record(unit: UnitOfWork, moderator: Moderator, act: str, report: Report, other: Report) -> None:
    await audit.record_all(unit, moderator.alias, act, [(report.ref, other.ref), (other.ref, report.ref)])
