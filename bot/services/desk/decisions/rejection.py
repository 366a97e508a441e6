"""Rejection: a report is closed with a reason, and nothing of it is public."""

from bot.errors import Refusal
from bot.services import audit
from bot.services.desk.decisions import closing
from bot.services.desk.publishing import versions
from bot.services.reports import approvals
from bot.services.reports.states import Move, Status, VersionState, after
from bot.services.unit import Unit
from db.models import Moderator, Report

REASONS = ("duplicate", "not_in_scope", "not_enough", "false", "harmful", "spam")
"""Why a report can be rejected; the texts are `moderator.reason.<code>`."""


async def reject(unit: Unit, moderator: Moderator, report: Report, reason: str) -> None:
    """Close a report with a reason of REASONS; what was public of it no longer is. Raises Refusal for another reason,
    when the moderator does not hold the report, and while nobody has read what its reporter told since."""
    if reason not in REASONS:
        raise Refusal("moderator.reject.reason")
    to = after(Status(report.status), Move.REJECT)
    closing.require_held(unit, moderator, report)
    closing.require_read(report)
    await versions.replace(unit, await versions.of_report(unit, report, VersionState.APPROVED))
    await approvals.void(unit, report)
    report.reject_reason = reason
    await closing.close(unit, report, to)
    await audit.record(unit, moderator.alias, "reject", report.ref, reason)
