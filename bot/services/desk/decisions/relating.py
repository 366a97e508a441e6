"""Related cases: two reports of different events, such as an arrest and its trial."""

from sqlalchemy import ColumnElement, delete, select, tuple_

from bot.services import audit
from bot.services.desk import claims
from bot.services.desk.decisions import incidents
from bot.services.reports.states import Move
from bot.services.unit import Unit
from db.models import Moderator, RelatedReport, Report


async def relate(unit: Unit, moderator: Moderator, report: Report, typed: str) -> Report:
    """Relate a report to the one of the typed reference, and return that one. Idempotent. Raises Refusal
    when the moderator may not change the report, or for an unknown, closed or identical other one."""
    incidents.require_may_link(unit, moderator, report, Move.RELATE)
    other = await incidents.other_report(unit, report, typed)
    if not await _are_related(unit, report, other):
        pairs = [(report.id, other.id), (other.id, report.id)]
        unit.session.add_all(RelatedReport(report_id=one, other_id=another) for one, another in pairs)
        await unit.session.flush()
        await _record(unit, moderator, Move.RELATE, report, other)
    return other


async def part(unit: Unit, moderator: Moderator, report: Report, typed: str) -> Report:
    """End the relation of two reports, and return the other one. Idempotent. Raises Refusal when the
    moderator may not change the report, or the other is unknown."""
    incidents.require_may_link(unit, moderator, report, Move.RELATE)
    other = await claims.find(unit, typed)
    if await _are_related(unit, report, other):
        await unit.session.execute(delete(RelatedReport).where(_both(report, other)))
        await _record(unit, moderator, "part", report, other)
    return other


async def _are_related(unit: Unit, report: Report, other: Report) -> bool:
    query = select(RelatedReport.report_id).where(_both(report, other)).limit(1)
    return await unit.session.scalar(query) is not None


def _both(report: Report, other: Report) -> ColumnElement[bool]:
    pairs = [(report.id, other.id), (other.id, report.id)]
    return tuple_(RelatedReport.report_id, RelatedReport.other_id).in_(pairs)


async def _record(unit: Unit, moderator: Moderator, act: str, report: Report, other: Report) -> None:
    await audit.record_all(unit, moderator.alias, act, [(report.ref, other.ref), (other.ref, report.ref)])
