"""Seals decided reports without open questions or edits to the recipients of the archive."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text, tuple_, union_all, update

from bot.reports.states import Consent, Status, VersionState
from bot.reports.talk import service as talk_service
from bot.store import archive_keys, audit, files, vault
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from db.engine import padded_to_power_of_two
from db.models import (
    IS_ARCHIVABLE,
    AuditEntry,
    DataKey,
    DraftRow,
    File,
    OutboxRow,
    PublicVersion,
    Report,
    SharingRequest,
    TalkMessage,
    UndoableDecision,
)

AT_ONCE, LOOKED_AT = 2, 100
"""Reports sealed by one transaction, for which people wait, and reports looked at by one query."""
_MOST_REPLIES = 1000
_SHARED = "made"
"""State of a sharing request (`bot.desk.sharing.service`) that reads no report any more."""
REOPENED = "unseal"
"""Act in the audit log that brought a report back from the archive."""
Place = tuple[int, str]
"""Hour of a decision and id of its report, by which the archive is filled."""
FIRST: Place = (-1, "")


@dataclass(frozen=True, slots=True)
class Progress:
    """Numbers of decided reports: sealed, still to seal, and those of the latter with something open."""

    sealed: int
    left: int
    waiting: int


async def archivable(unit: UnitOfWork, after: Place = FIRST) -> tuple[list[str], Place]:
    """Ids of reports to seal among the LOOKED_AT next ones behind a place, and the place to go on from, FIRST at the
    end. So reports that have to wait cost little and hold up no others."""
    place = tuple_(Report.closed_hour, Report.id)
    query = select(Report.id, Report.closed_hour, _is_over(unit).label("is_over"))
    query = query.join(DataKey, DataKey.id == Report.data_key_id).where(text(IS_ARCHIVABLE), place > after)
    rows = (await unit.session.execute(query.order_by(*place.clauses).limit(LOOKED_AT))).all()
    last = (rows[-1].closed_hour, rows[-1].id) if len(rows) == LOOKED_AT else FIRST
    return [row.id for row in rows if row.is_over], last


def _is_over(unit: UnitOfWork) -> ColumnElement[bool]:
    """Condition on a decided report and its data key: nothing of it is open, and no file is on its way.

    Once its key is sealed only files count: moderators cannot read other additions.
    """
    of_talk = select(TalkMessage.files_key_id).where(TalkMessage.report_id == Report.id).correlate(Report)
    keys = or_(File.data_key_id == Report.data_key_id, File.data_key_id.in_(of_talk))
    is_coming = exists().where(File.status == files.PENDING, keys)
    return and_(~is_coming, or_(DataKey.sealed_to.is_not(None), and_(*_nothing_is_open(unit))))


def _nothing_is_open(unit: UnitOfWork) -> Iterator[ColumnElement[bool]]:
    yield ~Report.unread & ~Report.untold & (Report.approvals == 0)
    asks = TalkMessage.report_id == Report.id, TalkMessage.open, ~TalkMessage.from_reporter
    # As in retention: an unanswered question counts as long as its reply channel can last.
    is_late = Report.closed_hour < unit.hour - unit.settings.talk_days * HOURS_A_DAY
    yield or_(is_late, ~Report.waits & ~exists().where(*asks))
    yield ~exists().where(DraftRow.report_id == Report.id)
    yield ~exists().where(UndoableDecision.report_id == Report.id)
    yield ~exists().where(OutboxRow.report_id == Report.id)  # it may show the story
    shares = exists().where(SharingRequest.state != _SHARED, SharingRequest.expires_hour > unit.hour)
    yield or_(Report.status == Status.REJECTED, ~shares)


async def seal_due(unit: UnitOfWork, report_ids: Collection[str]) -> int:
    """Seal those of these reports that are still to be sealed. Returns their number, 0 until all recipients have
    answered."""
    to = await archive_keys.ready_recipients(unit)
    if not to:
        return 0
    await audit.begin(unit)  # before any row, in the order of a claim
    query = select(Report).join(DataKey, DataKey.id == Report.data_key_id)
    query = query.where(Report.id.in_(report_ids), text(IS_ARCHIVABLE), _is_over(unit)).order_by(Report.id)
    query = query.execution_options(populate_existing=True).with_for_update(of=Report, skip_locked=True)
    reports = (await unit.session.scalars(query)).all()
    answered = await _answered_now(unit, reports)
    done = [one.ref for one in reports if one.id not in answered and await seal_report(unit, one, to)]
    await audit.record_all(unit, audit.SYSTEM, "seal", [(ref, "") for ref in done])
    reopened = AuditEntry.subject.in_(padded_to_power_of_two(done)), AuditEntry.act == REOPENED
    if done and await unit.session.scalar(select(exists().where(*reopened))):
        await archive_keys.end_server_identity(unit)  # else the file that reopened it would open it for ever
    return len(done)


async def _answered_now(unit: UnitOfWork, reports: Sequence[Report]) -> Collection[str]:
    """Reports that an open reply is about. One begun before the decision lasts a day at most."""
    is_new = any((one.closed_hour or 0) > unit.hour - HOURS_A_DAY for one in reports)
    replies = await talk_service.busy_replies(unit, _MOST_REPLIES) if is_new else ()
    return {one.id for one in reports for reply in replies if talk_service.is_about(reply, one)}


async def seal_report(unit: UnitOfWork, report: Report, to: Sequence[str]) -> bool:
    """Seal all open keys of a locked report to these recipients, but that of a version that all may read.
    Returns False, with nothing changed, if the ring lacks one of them."""
    keys = set(await _open_keys_of(unit, report))
    await vault.open_keys(unit, keys, lenient=True)
    if not keys <= unit.keys.keys():
        return False
    await archive_keys.seal_keys(unit, report.ref, keys, to)
    of_team = TalkMessage.report_id == report.id, TalkMessage.open, ~TalkMessage.from_reporter
    await unit.session.execute(update(TalkMessage).where(*of_team).values(open=False))
    report.waits, report.sealed = False, True
    return True


async def _open_keys_of(unit: UnitOfWork, report: Report) -> Sequence[str]:
    of_talk = select(TalkMessage.files_key_id).where(TalkMessage.report_id == report.id)
    of_versions = select(PublicVersion.data_key_id).where(PublicVersion.report_id == report.id)
    if report.consent_use == Consent.PUBLISH:
        of_versions = of_versions.where(PublicVersion.state == VersionState.PROPOSED)
    of_report = select(Report.data_key_id).where(Report.id == report.id)
    keys = DataKey.id.in_(union_all(of_report, of_talk, of_versions))
    return (await unit.session.scalars(select(DataKey.id).where(keys, DataKey.sealed_to.is_(None)))).all()


async def progress(unit: UnitOfWork) -> Progress:
    """Numbers of sealed reports and of those still to seal. Reads all decided reports: for the command line."""
    is_decided = Report.status.in_((Status.APPROVED, Status.REJECTED))
    query = select(
        func.count().filter(DataKey.sealed_to.is_not(None), Report.sealed),
        # whatever `sealed` says
        func.count().filter(or_(text(IS_ARCHIVABLE), is_decided & DataKey.sealed_to.is_(None))),
        func.count().filter(text(IS_ARCHIVABLE), _is_over(unit)),
    )
    query = query.select_from(Report).join(DataKey, DataKey.id == Report.data_key_id)
    sealed, left, due = (await unit.session.execute(query)).one()
    return Progress(sealed, left, left - due)
