"""Related cases: a report and another that is no report of the same event, such as an arrest and its trial."""

from sqlalchemy import delete, select, tuple_

from bot.services import audit
from bot.services.desk.decisions import incidents
from bot.services.reports.states import Move
from bot.services.unit import Unit
from db.models import Moderator, RelatedReport, Report


async def relate(unit: Unit, moderator: Moderator, report: Report, typed: str) -> tuple[Report, bool]:
    """Relate a report to the one whose reference was typed, or, where they are, part them; the other, and whether they are related now.
    Raises Refusal when the moderator may not change the report, and for no or the same other report."""
    incidents.require_may_link(unit, moderator, report, Move.RELATE)
    other = await incidents.other_report(unit, report, typed)
    pairs = [(report.id, other.id), (other.id, report.id)]
    both = tuple_(RelatedReport.report_id, RelatedReport.other_id).in_(pairs)
    are_related = await unit.session.scalar(select(RelatedReport.report_id).where(both).limit(1)) is not None
    if are_related:
        await unit.session.execute(delete(RelatedReport).where(both))
    else:
        unit.session.add_all(RelatedReport(report_id=one, other_id=another) for one, another in pairs)
        await unit.session.flush()
    act = "part" if are_related else Move.RELATE
    await audit.record(unit, moderator.alias, act, report.ref, other.ref)
    return other, not are_related
