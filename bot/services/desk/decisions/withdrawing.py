"""Withdrawal by a moderator, for a reporter who asks otherwise than by receipt code, or for a person in
danger."""

from sqlalchemy import func, select

from bot.errors import Refusal
from bot.services.desk.decisions import closing
from bot.services.reports import withdrawal
from bot.services.reports.states import Move, Status, after
from bot.services.reports.withdrawal import Withdrawn
from bot.services.unit import HOURS_A_DAY, Unit
from db.models import AuditEntry, Moderator, Report

REASONS = ("asked", "danger")
"""Reasons, with texts `moderator.withdraw.<code>`."""
MOST_A_DAY = 3
"""Withdrawals of a moderator a day. Destruction is final, and a phone may be in other hands."""


async def withdraw(unit: Unit, moderator: Moderator, report: Report, reason: str) -> Withdrawn:
    """Destroy a report and its public version at once. Raises Refusal for an unknown reason, when the
    moderator does not hold the report, or over MOST_A_DAY."""
    if reason not in REASONS:
        raise Refusal("reporter.tap.stale")
    after(Status(report.status), Move.TAKE_BACK)
    closing.require_held(unit, moderator, report)
    if await _number_today(unit, moderator) >= MOST_A_DAY:
        raise Refusal("moderator.withdraw.enough", {"n": MOST_A_DAY})
    return await withdrawal.withdraw(unit, report, moderator.alias, Move.TAKE_BACK, reason)


async def _number_today(unit: Unit, moderator: Moderator) -> int:
    of_today = select(AuditEntry.id).where(
        AuditEntry.act == "withdraw",
        AuditEntry.actor == moderator.alias,
        AuditEntry.hour > unit.hour - HOURS_A_DAY,
    )
    return (
        await unit.session.scalar(select(func.count()).select_from(of_today.limit(MOST_A_DAY).subquery()))
        or 0
    )
