"""Retention: data past its time is destroyed.

Each step in STEPS finds due rows without writing, then destroys them a few at a time, if still due.
`Work.destroy_due` gives each piece its own transaction.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, TextClause, and_, delete, or_, select, text

from bot.desk.forms import service as forms_service
from bot.desk.people import service as people_service
from bot.desk.sharing import service as sharing_service
from bot.publish.export import exports
from bot.reports import approvals, claims, links, states, withdrawal
from bot.reports.filling import endings
from bot.reports.states import UNDECIDED, Move, Status, after
from bot.reports.talk import service as talk_service
from bot.reports.talk import ways
from bot.store import allowances, audit, message_slots, sent_messages, vault, withdrawals
from bot.store.unit import AS_STORED, HOURS_A_DAY, SEEN_HOURS, UnitOfWork
from db.engine import free_pages, give_back
from db.models import (
    IS_APPROVED,
    IS_CLAIMED,
    IS_PROPOSED,
    IS_REJECTED,
    IS_SET_ASIDE,
    DraftRow,
    Export,
    FailedUpdate,
    InstalledForm,
    Invite,
    Mark,
    PublicVersion,
    Report,
    SeenUpdate,
)

SWEEP_LIMIT = 500
FAILED_DAYS = 30
"""Time for which the shape of an update that failed is kept: a bug is found and its repair released by then."""
PAGES_KEPT = 64
"""Unused pages that a SQLite file keeps for the next rows: 256 kB."""
REPORTS_AT_ONCE, ROWS_AT_ONCE = 10, 100
"""Reports, and other rows, destroyed by one transaction, for which people wait."""


Conditions = Collection[ColumnElement[bool] | TextClause]


@dataclass(frozen=True, slots=True)
class RetentionStep:
    """Destruction of rows. `find` returns due keys. `act` destroys those still due of at most `at_once`."""

    find: Callable[[UnitOfWork, int], Awaitable[Sequence[Any]]]
    act: Callable[[UnitOfWork, Sequence[Any]], Awaitable[int]]
    at_once: int = ROWS_AT_ONCE


async def sweep(unit: UnitOfWork) -> Mapping[str, int]:
    """Destroy all due data in one transaction, meant to be rolled back. Returns the number of each kind."""
    unit.session.info[AS_STORED] = True
    return {
        name: await step.act(unit, keys) if (keys := await step.find(unit, SWEEP_LIMIT)) else 0
        for name, step in STEPS.items()
    }


def is_done(swept: Mapping[str, int]) -> bool:
    return all(number < SWEEP_LIMIT for number in swept.values())


def _rows(
    key: Any, over: Callable[[UnitOfWork], ColumnElement[bool]], *, sealed: bool = True
) -> RetentionStep:
    """Step that deletes rows. Those with a chat's hash or `sealed` data must leave the write-ahead log too."""

    async def find(unit: UnitOfWork, limit: int) -> Sequence[Any]:
        return (await unit.session.scalars(select(key).where(over(unit)).limit(limit))).all()

    async def act(unit: UnitOfWork, keys: Sequence[Any]) -> int:
        statement = delete(key.class_).where(key.in_(keys), over(unit))
        done = await unit.session.execute(statement.execution_options(synchronize_session=False))
        if sealed:
            vault.note_erasure(unit)
        return int(getattr(done, "rowcount", 0))

    return RetentionStep(find, act)


def _reports(
    due: Callable[[UnitOfWork], Conditions],
    act: Callable[[UnitOfWork, Sequence[Report]], Awaitable[None]],
    *order: Any,
) -> RetentionStep:
    async def find(unit: UnitOfWork, limit: int) -> Sequence[str]:
        found = select(Report.id).where(*due(unit)).order_by(*order).limit(limit)
        return (await unit.session.scalars(found)).all()

    async def destroy(unit: UnitOfWork, ids: Sequence[str]) -> int:
        await audit.begin(unit)  # before any row, in the order of a claim
        # Locked on PostgreSQL, since another replica may sweep too and destroys the rows that it has locked.
        query = select(Report).where(Report.id.in_(ids), *due(unit)).with_for_update(skip_locked=True)
        reports = (await unit.session.scalars(query)).all()
        await act(unit, reports)
        return len(reports)

    return RetentionStep(find, destroy, REPORTS_AT_ONCE)


async def _end_claims(unit: UnitOfWork, over: Sequence[Report]) -> None:
    """End expired claims. An open edit stays until another moderator claims the report."""
    edits = select(DraftRow.report_id).where(DraftRow.report_id.in_([report.id for report in over]))
    done = set(await claims.done_with(unit, over)) - set(await unit.session.scalars(edits))
    for report in over:
        claims.give_back(unit, report, is_done=report.id in done)
    await audit.record_all(unit, audit.SYSTEM, "expire", [(report.ref, "") for report in over])


async def _resume(unit: UnitOfWork, over: Sequence[Report]) -> None:
    for report in over:
        talk_service.resume(report)
        approvals.came_back(unit, report)
    await audit.record_all(unit, audit.SYSTEM, "resume", [(report.ref, "") for report in over])


async def _erase_rejected(unit: UnitOfWork, rejected: Sequence[Report]) -> None:
    await withdrawal.erase(unit, rejected, public_too=True)
    await links.forget_all(unit, rejected)
    for report in rejected:
        states.forget(report)
    await audit.record_all(unit, audit.SYSTEM, "erase", [(report.ref, "rejected") for report in rejected])


async def _erase_approved(unit: UnitOfWork, approved: Sequence[Report]) -> None:
    await withdrawal.erase(unit, approved, public_too=False)
    await audit.record_all(unit, audit.SYSTEM, "erase", [(report.ref, "approved") for report in approved])


async def expire_all(unit: UnitOfWork, reports: Sequence[Report], why: str = "old") -> None:
    """Destroy content and proposed versions, for a reason in the audit log. Undecided reports are closed."""
    await audit.begin(unit)
    public = await _public(unit, reports)
    await withdrawal.erase(unit, reports, public_too=False)
    for report in reports:
        if report.status in UNDECIDED:
            close(unit, report, Move.STAND if report.id in public else Move.EXPIRE)
        if report.status in {Status.REJECTED, Status.EXPIRED}:
            states.forget(report)
    await links.forget_all(unit, [one for one in reports if one.status in {Status.REJECTED, Status.EXPIRED}])
    await audit.record_all(unit, audit.SYSTEM, "erase", [(report.ref, why) for report in reports])


def close(unit: UnitOfWork, report: Report, move: Move) -> None:
    report.status = after(Status(report.status), move)
    report.moderator_id = report.claimed_until_hour = None
    report.closed_hour = unit.hour
    sent_messages.end(unit, report.id, whole=True)


async def _public(unit: UnitOfWork, reports: Sequence[Report]) -> set[str]:
    version = PublicVersion
    ids = [report.id for report in reports]
    query = select(version.report_id).where(version.current, version.report_id.in_(ids))
    return set(await unit.session.scalars(query)) if ids else set()


async def restored(unit: UnitOfWork) -> Sequence[str]:
    """Some reports whose key, or whose version's, a restoration left out. One blank id once there is none."""
    if await unit.session.get(Mark, withdrawals.RESTORED) is None:
        return []
    version = PublicVersion
    lost = version.data_key_id.is_(None), version.content.is_not(None)
    without = and_(Report.data_key_id.is_(None), Report.content.is_not(None))
    query = select(Report.id).where(or_(without, Report.id.in_(select(version.report_id).where(*lost))))
    return (await unit.session.scalars(query.limit(REPORTS_AT_ONCE))).all() or [""]


async def close_restored(unit: UnitOfWork, ids: Sequence[str]) -> None:
    """Withdraw reports and versions without a key, as far as they were public under no other."""
    unit.session.info[AS_STORED] = True
    await audit.begin(unit)
    reports = (await unit.session.scalars(select(Report).where(Report.id.in_(ids)))).all()
    versions = select(PublicVersion).where(
        PublicVersion.report_id.in_(ids), PublicVersion.data_key_id.is_(None)
    )
    for one in await unit.session.scalars(versions):
        withdrawal.forget_version(one)
    await unit.session.flush()
    public = await _public(unit, reports)
    for report in reports:
        if report.content is not None and report.data_key_id is None:
            sent_messages.end(unit, report.id, whole=True)
            if report.id in public:
                await withdrawal.erase(unit, [report], public_too=False)
            else:
                await withdrawal.withdraw(unit, report, audit.SYSTEM, why=withdrawals.RESTORED)
    if not reports:
        await unit.session.execute(delete(Mark).where(Mark.name == withdrawals.RESTORED))


def _closed_before(unit: UnitOfWork, days: int) -> ColumnElement[bool]:
    return Report.closed_hour < unit.hour - days * HOURS_A_DAY


def _rejected(unit: UnitOfWork) -> Conditions:
    return text(IS_REJECTED), _closed_before(unit, unit.settings.rejected_days)


def _proposed(unit: UnitOfWork) -> Conditions:
    proposed = Report.id.in_(select(PublicVersion.report_id).where(text(IS_PROPOSED)))
    return Report.status == Status.REJECTED, _closed_before(unit, unit.settings.rejected_days), proposed


def _approved(unit: UnitOfWork) -> Conditions:
    return text(IS_APPROVED), _closed_before(unit, unit.settings.approved_days)


def _old(unit: UnitOfWork) -> Conditions:
    """An unanswered question prolongs a report's time, as long as its reply channel can last."""
    oldest = unit.hour - unit.settings.report_days * HOURS_A_DAY
    latest = oldest - unit.settings.talk_days * HOURS_A_DAY
    over = or_(~Report.waits, Report.submitted_hour < latest)
    return Report.submitted_hour < oldest, Report.data_key_id.is_not(None), over


def _held(unit: UnitOfWork, state: str) -> Conditions:
    return text(state), Report.claimed_until_hour <= unit.hour


async def _unused_pages(unit: UnitOfWork, limit: int) -> Sequence[int]:
    return range(min(limit, await free_pages(unit.session) - PAGES_KEPT))


async def _give_pages_back(unit: UnitOfWork, pages: Sequence[int]) -> int:
    await give_back(unit.session, len(pages))
    vault.note_erasure(unit)  # emptying the log shortens the file
    return len(pages)


STEPS: Mapping[str, RetentionStep] = {
    "drafts": RetentionStep(endings.silent, endings.wipe_silent),
    "claims": _reports(partial(_held, state=IS_CLAIMED), _end_claims, Report.claimed_until_hour),
    "set_aside": _reports(partial(_held, state=IS_SET_ASIDE), _resume, Report.claimed_until_hour),
    "invites": _rows(Invite.token_hash, lambda unit: Invite.expires_hour <= unit.hour),
    "seen_updates": _rows(SeenUpdate.id, lambda unit: SeenUpdate.hour < unit.hour - SEEN_HOURS, sealed=False),
    "unseen": RetentionStep(sent_messages.unseen, sent_messages.note_unseen),
    "sent_messages": RetentionStep(sent_messages.old, sent_messages.forget_old),
    "slots": RetentionStep(message_slots.spare, message_slots.shrink),
    "loose_slots": RetentionStep(sent_messages.loose, sent_messages.tighten),
    "spilled": RetentionStep(sent_messages.tidied, sent_messages.forget_spilled),
    "failed_updates": _rows(
        FailedUpdate.reference, lambda unit: FailedUpdate.hour < unit.hour - FAILED_DAYS * HOURS_A_DAY
    ),
    "sharing_requests": RetentionStep(sharing_service.over, sharing_service.expire),
    "installed_forms": _rows(InstalledForm.id, forms_service.is_over),
    "blocks": RetentionStep(people_service.blocks_over, people_service.expire_blocks),
    "senders": RetentionStep(allowances.over, lambda unit, _days: allowances.forget(unit)),
    "rejected": _reports(_rejected, _erase_rejected, Report.closed_hour),
    "proposed": _reports(_proposed, _erase_rejected),
    "reports": _reports(_old, expire_all, Report.submitted_hour),
    "ways_back": RetentionStep(ways.over, ways.expire),
    "approved": _reports(_approved, _erase_approved, Report.closed_hour),
    "export_rows": RetentionStep(exports.rows_over, exports.expire_rows),
    "exports": _rows(Export.number, exports.is_over, sealed=False),
    "pages": RetentionStep(_unused_pages, _give_pages_back),  # after all that frees some
}
