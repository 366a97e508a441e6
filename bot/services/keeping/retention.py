"""Retention: whatever is over its time is destroyed, a bounded number of rows in each sweep."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select

from bot.services import allowances, audit, sent_messages, shown, vault
from bot.services.desk import blocks, sharing
from bot.services.reports import classification, drafting, withdrawal
from bot.services.reports.states import Move, Status, after
from bot.services.unit import Unit
from db.models import FailedUpdate, Invite, PublicVersion, Report, SeenUpdate

SWEEP_LIMIT = 500
"""Rows of each kind that one sweep deals with; the next sweep goes on."""
REPORTS_AT_ONCE = 20
"""The same of reports: each costs a dozen statements, and until the sweep is committed nobody is answered."""
_OF_REPORTS = frozenset({"claims", "rejected", "reports", "approved"})
HOURS_A_DAY = 24


async def sweep(unit: Unit) -> Mapping[str, int]:
    """Destroy what is over its time; how many rows of each kind."""
    settings, hour = unit.settings, unit.hour
    return {
        "drafts": await drafting.wipe_silent(unit, SWEEP_LIMIT),
        "claims": await _end_claims(unit),
        "invites": await _forget(unit, Invite.token_hash, Invite.expires_hour <= hour),
        "seen_updates": await _prune(unit, SeenUpdate.id, SeenUpdate.hour < hour - settings.update_hours),
        "unseen": await sent_messages.note_unseen(unit),
        "sent_messages": await sent_messages.forget_old(unit),
        "failed_updates": await _forget(
            unit, FailedUpdate.reference, FailedUpdate.hour < hour - settings.failed_days * HOURS_A_DAY
        ),
        "sharing_requests": await sharing.expire(unit, SWEEP_LIMIT),
        "blocks": await blocks.expire(unit),
        "senders": await allowances.forget(unit),
        "rejected": await _erase_rejected(unit),
        "reports": await _erase_old(unit),
        "approved": await _erase_approved(unit),
    }


def is_done(swept: Mapping[str, int]) -> bool:
    """Whether a sweep reached none of its limits, so that nothing is left for the next."""
    return all(
        number < (REPORTS_AT_ONCE if name in _OF_REPORTS else SWEEP_LIMIT) for name, number in swept.items()
    )


async def _prune(unit: Unit, key: Any, over: ColumnElement[bool]) -> int:
    keys = (await unit.session.scalars(select(key).where(over).limit(SWEEP_LIMIT))).all()
    if keys:
        statement = delete(key.class_).where(key.in_(keys))
        await unit.session.execute(statement.execution_options(synchronize_session=False))
    return len(keys)


async def _forget(unit: Unit, key: Any, over: ColumnElement[bool]) -> int:
    """Prune rows that hold a chat's hash or something sealed: they must not be found in the write-ahead log either."""
    pruned = await _prune(unit, key, over)
    if pruned:
        vault.note_erasure(unit)
    return pruned


async def _reports(unit: Unit, *conditions: ColumnElement[bool]) -> Sequence[Report]:
    query = select(Report).where(*conditions).order_by(Report.submitted_hour, Report.id)
    query = query.limit(REPORTS_AT_ONCE)
    return (await unit.session.scalars(query)).all()


async def _end_claims(unit: Unit) -> int:
    """Give back what a moderator held too long. An open edit stays: until somebody else claims the report its moderator
    can take it up again."""
    over = await _reports(unit, Report.status == Status.CLAIMED, Report.claimed_until_hour <= unit.hour)
    for report in over:
        report.status = after(Status(report.status), Move.RELEASE)
        report.moderator_id = report.claimed_until_hour = None
        shown.end(unit, report.id)
        await audit.record(unit, audit.SYSTEM, "expire", report.ref)
    return len(over)


async def _erase_rejected(unit: Unit) -> int:
    oldest = unit.hour - unit.settings.rejected_days * HOURS_A_DAY
    version = PublicVersion
    has_version = exists().where(version.report_id == Report.id, version.data_key_id.is_not(None))
    rejected = await _reports(
        unit,
        Report.status == Status.REJECTED,
        Report.closed_hour < oldest,
        # Without this the rows of all times would come up again in every sweep.
        or_(
            Report.data_key_id.is_not(None),
            has_version,
            *(column.is_not(None) for column in classification.CLASSIFIED),
        ),
    )
    for report in rejected:
        await withdrawal.erase(unit, report, public_too=True)
        classification.forget(report)
        await audit.record(unit, audit.SYSTEM, "erase", report.ref, "rejected")
    return len(rejected)


async def _erase_approved(unit: Unit) -> int:
    """Destroy what reporters told once its public version has stood for its time; that stays."""
    oldest = unit.hour - unit.settings.approved_days * HOURS_A_DAY
    approved = await _reports(
        unit, Report.status == Status.APPROVED, Report.closed_hour < oldest, Report.data_key_id.is_not(None)
    )
    for report in approved:
        await withdrawal.erase(unit, report, public_too=False)
        await audit.record(unit, audit.SYSTEM, "erase", report.ref, "approved")
    return len(approved)


async def _erase_old(unit: Unit) -> int:
    """Destroy what reporters told once its time is over, whatever became of it, and what was proposed of it. What is
    public stays; an undecided report leaves the queue."""
    oldest = unit.hour - unit.settings.report_days * HOURS_A_DAY
    old = await _reports(unit, Report.submitted_hour < oldest, Report.data_key_id.is_not(None))
    await expire_all(unit, old, "old")
    return len(old)


async def expire_all(unit: Unit, reports: Sequence[Report], why: str) -> None:
    """Destroy what reporters told, and what was proposed of it, for a reason that the audit log gets. What is public stays; an
    undecided report leaves the queue."""
    public = await _public(unit, reports)
    for report in reports:
        await expire(unit, report, Move.STAND if report.id in public else Move.EXPIRE, why)


async def expire(unit: Unit, report: Report, undecided: Move, why: str = "old") -> None:
    """Destroy what a reporter told. `undecided` is the move of a report that nobody has decided: STAND if something of
    it is public, else EXPIRE."""
    await withdrawal.erase(unit, report, public_too=False)
    if report.status in {Status.NEW, Status.CLAIMED}:
        close(unit, report, undecided)
    if report.status in {Status.REJECTED, Status.EXPIRED}:
        classification.forget(report)
    await audit.record(unit, audit.SYSTEM, "erase", report.ref, why)


def close(unit: Unit, report: Report, move: Move) -> None:
    """Take an undecided report out of the queue; raises Refusal for a move that is not in the table."""
    report.status = after(Status(report.status), move)
    report.moderator_id = report.claimed_until_hour = None
    report.closed_hour = unit.hour
    shown.end(unit, report.id, whole=True)


async def _public(unit: Unit, reports: Sequence[Report]) -> set[str]:
    """The ids of those reports of which something is public."""
    version = PublicVersion
    ids = [report.id for report in reports]
    query = select(version.report_id).where(version.current, version.report_id.in_(ids))
    return set(await unit.session.scalars(query)) if ids else set()
