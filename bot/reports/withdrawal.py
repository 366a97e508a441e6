"""Withdrawal and erasure of a report with all that was made of it."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select, text

from bot.reports import approvals, links, states
from bot.reports.states import Move, Status, VersionState, after
from bot.reports.talk import messages, ways
from bot.store import audit, sent_messages, vault
from bot.store.unit import UnitOfWork
from db.models import IS_DUPLICATE, DraftRow, OutboxRow, PublicVersion, Report, TalkMessage, UndoableDecision


async def withdraw(
    unit: UnitOfWork, report: Report, actor: str = audit.REPORTER, move: Move = Move.WITHDRAW, why: str = ""
) -> None:
    """Destroy a report and its public version at once. Its duplicates return to the queue. `why` is a code for the audit log."""
    if await audit.begin(unit):
        await unit.session.flush()
        await unit.session.refresh(report)  # a moderator may have decided meanwhile
    to = after(Status(report.status), move)
    await erase(unit, [report], public_too=True)
    await links.forget_all(unit, [report])
    report.status = to
    report.receipt_hash = None
    report.moderator_id = report.claimed_until_hour = None
    report.closed_hour = unit.hour
    states.forget(report)
    await audit.record(unit, actor, "withdraw", report.ref, why)
    await _revive_duplicates(unit, report)


async def _revive_duplicates(unit: UnitOfWork, report: Report) -> None:
    query = select(Report).where(text(IS_DUPLICATE), Report.duplicate_of == report.id)
    revived = []
    for one in await unit.session.scalars(query.with_for_update()):
        one.duplicate_of = None
        if one.status == Status.REJECTED and one.data_key_id is not None:
            one.status = after(Status(one.status), Move.REVIVE)
            one.closed_hour = one.reject_reason = None
            approvals.came_back(unit, one)
            revived.append((one.ref, ""))
    await audit.record_all(unit, audit.SYSTEM, "revive", revived)


async def erase(unit: UnitOfWork, reports: Sequence[Report], *, public_too: bool) -> None:
    """Destroy the reports' content, talk, notes, reply channels, open edits, proposed versions and queued
    messages, by a constant number of statements. With `public_too` the public versions too."""
    ids = [report.id for report in reports]
    if not ids:
        return
    edits = (await unit.session.scalars(select(DraftRow).where(DraftRow.report_id.in_(ids)))).all()
    versions = select(PublicVersion).where(PublicVersion.report_id.in_(ids))
    if not public_too:
        versions = versions.where(PublicVersion.state == VersionState.PROPOSED)
    doomed = [*(report.data_key_id for report in reports), *(edit.data_key_id for edit in edits)]
    doomed += await messages.keys_of(unit, ids)
    for version in await unit.session.scalars(versions):
        doomed.append(version.data_key_id)
        forget_version(version)
    for report in reports:
        report.content = report.notes = report.data_key_id = None
        report.waits = report.unread = report.untold = report.returned = report.sealed = False
    await ways.forget(unit, ids)
    sent_messages.end_replies(unit)
    await approvals.void(unit, reports)
    await unit.session.flush()
    await unit.session.execute(delete(TalkMessage).where(TalkMessage.report_id.in_(ids)))
    await unit.session.execute(delete(DraftRow).where(DraftRow.report_id.in_(ids)))
    if any(report.status == Status.UNDOABLE for report in reports):
        await unit.session.execute(delete(UndoableDecision).where(UndoableDecision.report_id.in_(ids)))
    await _drop_messages(unit, ids)
    await vault.destroy(unit, doomed)


async def _drop_messages(unit: UnitOfWork, report_ids: Collection[str]) -> None:
    """Delete queued messages of these reports. One under way may arrive under an unknown id after a kill."""
    gone = delete(OutboxRow).where(OutboxRow.report_id.in_(report_ids))
    returned = gone.returning(OutboxRow.chat_hash, OutboxRow.report_id)
    found = await unit.session.execute(returned.execution_options(synchronize_session=False))
    for chat_hash, report_id in {(row.chat_hash, row.report_id) for row in found}:
        sent_messages.note_doubt(unit, chat_hash, report_id)


def forget_version(version: PublicVersion) -> None:
    """Reduce a public version to its number. The caller destroys its key."""
    version.state, version.current = VersionState.REPLACED, False
    version.content = version.data_key_id = version.consent = None
