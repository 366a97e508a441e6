"""End of the work on a report by a decision."""

from bot.errors import Refusal
from bot.services import shown
from bot.services.desk import claims
from bot.services.reports.states import Status
from bot.services.reports.talk import ways
from bot.services.unit import Unit
from db.models import Moderator, Report


def require_held(unit: Unit, moderator: Moderator, report: Report) -> None:
    """Raise Refusal unless the moderator holds the report."""
    if not claims.holds(unit, moderator, report):
        raise Refusal("moderator.not_held", {"ref": report.ref})


def require_read(report: Report) -> None:
    """Raise Refusal while words of the reporter are unread. They may forbid publication, or hold what was
    missing."""
    if report.unread:
        raise Refusal("moderator.decide.unread", {"ref": report.ref})


async def close(unit: Unit, report: Report, to: Status) -> None:
    """Close a report: end the claim, destroy the open edit, and remove its messages from the chats."""
    await ways.prolong_of(unit, report)
    report.status, report.closed_hour = to, unit.hour
    report.moderator_id = report.claimed_until_hour = None
    await claims.drop_edits(unit, report)
    shown.end(unit, report.id, whole=True)
