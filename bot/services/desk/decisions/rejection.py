"""Rejection: a report is closed with a reason, and no version of it stays public."""

from sqlalchemy import exists, or_, select

from bot.errors import Refusal
from bot.services import audit
from bot.services.desk.decisions import closing
from bot.services.desk.publishing import versions
from bot.services.reports import approvals
from bot.services.reports.states import Move, Status, VersionState, after
from bot.services.unit import Unit
from db.models import DraftRow, Moderator, PublicVersion, Report

REASONS = ("duplicate", "not_in_scope", "not_enough", "false", "harmful", "spam")
"""Reasons, with texts `moderator.reason.<code>`."""


async def check(unit: Unit, moderator: Moderator, report: Report, reason: str) -> None:
    """Raise Refusal for an unknown reason, when the moderator does not hold the report, or while words of
    its reporter are unread."""
    if reason not in REASONS:
        raise Refusal("moderator.reject.reason")
    after(Status(report.status), Move.REJECT)
    closing.require_held(unit, moderator, report)
    closing.require_read(report)


async def why_ask(unit: Unit, report: Report) -> str | None:
    """Reason to ask for confirmation, as the end of a text's key: an urgent report, or one whose edit was
    never begun."""
    if report.urgent:
        return "urgent"
    versions_of, edits_of = PublicVersion.report_id == report.id, DraftRow.report_id == report.id
    query = select(or_(exists().where(versions_of), exists().where(edits_of)))
    return None if await unit.session.scalar(query) else "unedited"


async def reject(unit: Unit, moderator: Moderator, report: Report, reason: str) -> None:
    """Close a report with a reason and end its public version. Raises Refusal as `check` does."""
    await check(unit, moderator, report, reason)
    await versions.replace(unit, await versions.of_report(unit, report, VersionState.APPROVED))
    await approvals.void(unit, report)
    report.reject_reason = reason
    await closing.close(unit, report, after(Status(report.status), Move.REJECT))
    await audit.record(unit, moderator.alias, "reject", report.ref, reason)
