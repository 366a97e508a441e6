"""Duplicates: a report that repeats another is closed with a reference to it."""

from bot.errors import Refusal
from bot.services import audit
from bot.services.desk import claims
from bot.services.desk.decisions import closing
from bot.services.desk.publishing import versions
from bot.services.reports import approvals
from bot.services.reports.states import UNDECIDED, Move, Status, VersionState, after
from bot.services.unit import Unit
from db.models import Moderator, Report

REASON = "duplicate"


async def original_of(unit: Unit, moderator: Moderator, report: Report, typed: str) -> Report:
    """Original of a duplicate, by its typed reference.

    Raises Refusal when:
    - the moderator does not hold the duplicate,
    - words of its reporter are unread,
    - the original is unknown, the report itself, rejected or gone, since the event would be lost.
    """
    after(Status(report.status), Move.CLOSE_AS_DUPLICATE)
    closing.require_held(unit, moderator, report)
    closing.require_read(report)
    original = await claims.find(unit, typed)
    if original.id == report.id:
        raise Refusal("moderator.duplicate.itself", {"ref": report.ref})
    if original.status not in {*UNDECIDED, Status.APPROVED}:
        raise Refusal("moderator.duplicate.gone", {"ref": original.ref})
    return original


async def close_as_duplicate(unit: Unit, moderator: Moderator, report: Report, typed: str) -> Report:
    """Close a report as a duplicate, end its public version, and return the original. Raises Refusal as
    `original_of` does."""
    original = await original_of(unit, moderator, report, typed)
    await versions.replace(unit, await versions.of_report(unit, report, VersionState.APPROVED))
    await approvals.void(unit, report)
    report.reject_reason, report.duplicate_of = REASON, original.id
    await closing.close(unit, report, after(Status(report.status), Move.CLOSE_AS_DUPLICATE))
    await audit.record(unit, moderator.alias, "duplicate", report.ref, original.ref)
    return original
