"""The sealed archive of decided reports: seals them, and takes in the files that open one again or replace envelopes.

The server's recipient is no secret, so such a file may come from anyone. A key is taken only if it opens what it
sealed, in place of the very envelope that lies here.
"""

import hashlib
from base64 import b64decode
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text, tuple_, union_all, update

from bot import json_text
from bot.errors import ArgumentError, Refusal
from bot.reports import approvals, claims
from bot.reports.states import UNDECIDED, Consent, Move, Status, VersionState, after
from bot.reports.talk import service as talk_service
from bot.safety import offline
from bot.safety.sealing import SecretKey, UnsealError
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
    """Ids of reports to seal among the LOOKED_AT next ones, and the place to go on from, FIRST at the end. So waiting ones hold up no others."""
    place = tuple_(Report.closed_hour, Report.id)
    query = select(Report.id, Report.closed_hour, _is_over(unit).label("is_over"))
    query = query.join(DataKey, DataKey.id == Report.data_key_id).where(text(IS_ARCHIVABLE), place > after)
    rows = (await unit.session.execute(query.order_by(*place.clauses).limit(LOOKED_AT))).all()
    last = (rows[-1].closed_hour, rows[-1].id) if len(rows) == LOOKED_AT else FIRST
    return [row.id for row in rows if row.is_over], last


def _is_over(unit: UnitOfWork) -> ColumnElement[bool]:
    """Condition on a decided report and its key: nothing of it is open, and no file on its way. Once it is sealed only files count."""
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
    """Seal these reports as far as they are still due. Returns their number, 0 until all recipients have answered."""
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
    """Seal all open keys of a locked report, but that of a version that all may read. Returns False, with nothing changed, if one is lacking."""
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


FORMAT = 1
MOST_BYTES = 1024 * 1024
"""Size of a reopening file: a few hundred keys."""
_KEYS_AT_ONCE = 500


class Kind(StrEnum):
    """Kind of a file that comes back."""

    REOPENING = "reopening"
    RESEALING = "resealing"


def _wrong(why: str, ref: str = "") -> Refusal:
    return Refusal(f"archive.returned.{why}", {"ref": ref} if ref else {})


async def read(unit: UnitOfWork, sealed: bytes, kind: Kind) -> Mapping[str, Any]:
    """Content of a file that was sealed to this server. Raises Refusal for one that is cut, or of another installation or kind."""
    if not sealed.startswith(archive_keys.AGE):
        raise _wrong("foreign")
    try:
        plain = archive_keys.opened([await archive_keys.server_identity(unit)], sealed)
    except ValueError:
        raise _wrong("foreign") from None
    except OSError:
        raise _wrong("cut") from None
    with suppress(ValueError, KeyError, TypeError):
        told: Mapping[str, Any] = json_text.loaded(plain)
        is_ours = told["installation"] == await archive_keys.installation(unit)
        if is_ours and (told["kuager"], told["format"]) == (kind, FORMAT):
            return told
    raise _wrong("foreign")


@dataclass(frozen=True, slots=True)
class Reopening:
    """A report, and all its data keys that are in the archive."""

    report: Report
    keys: Mapping[str, SecretKey]


async def reopening(unit: UnitOfWork, told: Mapping[str, Any]) -> Reopening:
    """Report of a reopening file, locked, with its proven keys. Raises Refusal if the report is withdrawn or open, or the file old."""
    try:
        given, ref = told["keys"].items(), str(told["report"])
        keys = {one: archive_keys.decoded_key(value) for one, value in given}
        digests = {one: str(value["envelope"]) for one, value in given}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _wrong("foreign") from None
    if not claims.read_reference(ref):
        raise _wrong("foreign")
    report = await claims.find(unit, ref)
    values = [one async for one in _sealed_values(unit, report)]
    lie = await _lying(unit, {one.key_id for one in values})
    if not lie:
        raise _wrong("withdrawn" if report.data_key_id is None else "open", report.ref)
    if lie != digests:
        raise _wrong("old", report.ref)
    await vault.open_keys(unit, [report.data_key_id], lenient=True)
    of_report = keys.get(report.data_key_id or "") or unit.keys.get(report.data_key_id or "")
    if not all(
        _is_proven(unit, key, [one for one in values if one.key_id == key_id], of_report)
        for key_id, key in keys.items()
    ):
        raise _wrong("foreign")
    return Reopening(report, keys)


class _Sealed(NamedTuple):
    key_id: str
    context: str
    value: bytes


async def _sealed_values(unit: UnitOfWork, report: Report) -> AsyncIterator[_Sealed]:
    """Values that the keys of a report seal. A message may be sealed by that of the report instead."""
    if report.data_key_id is not None:
        yield _Sealed(report.data_key_id, f"reports.content:{report.id}", report.content or b"")
    versions = PublicVersion.report_id == report.id, PublicVersion.data_key_id.is_not(None)
    for version in await unit.session.scalars(select(PublicVersion).where(*versions)):
        context = f"public_versions.content:{version.id}"
        yield _Sealed(version.data_key_id or "", context, version.content or b"")
    talk = TalkMessage.report_id == report.id, TalkMessage.files_key_id.is_not(None)
    rows = (await unit.session.scalars(select(TalkMessage).where(*talk))).all()
    for row in rows:
        yield _Sealed(row.files_key_id or "", f"talk_messages.content:{row.id}", row.content)
    of_talk = File.data_key_id.in_([row.files_key_id for row in rows])
    for file in await unit.session.scalars(select(File).where(of_talk)):
        yield _Sealed(file.data_key_id or "", f"files.meta:{file.id}", file.meta)


def _is_proven(
    unit: UnitOfWork, key: SecretKey, values: Sequence[_Sealed], of_report: SecretKey | None
) -> bool:
    """Whether a key opens what it sealed, if anything. One damaged value does not count against it."""

    def opens(key: SecretKey | None, one: _Sealed) -> bool:
        with suppress(UnsealError):
            return key is not None and unit.safe.ring.scheme.unseal(key, one.value, one.context) is not None
        return False

    own = [one for one in values if one.value and (key == of_report or not opens(of_report, one))]
    return not own or any(opens(key, one) for one in own)


async def _lying(unit: UnitOfWork, key_ids: Collection[str]) -> Mapping[str, str]:
    found = await vault.envelopes(unit, padded_to_power_of_two(sorted(key_ids))) if key_ids else {}
    return {key_id: hashlib.sha256(envelope).hexdigest() for key_id, envelope in found.items()}


async def bring_back(unit: UnitOfWork, found: Reopening) -> None:
    """Open a report again. A decided one returns to the queue, and its public version stays until a new decision."""
    report, was = found.report, Status(found.report.status)
    report.status = after(was, Move.BRING_BACK)  # may refuse, before any key is changed
    await vault.bring_back(unit, found.keys)
    report.sealed = False
    if was not in UNDECIDED:
        report.closed_hour = report.closed_hour if was == Status.APPROVED else None
        report.reject_reason = report.duplicate_of = None
        approvals.came_back(unit, report)


async def reseal(unit: UnitOfWork, told: Mapping[str, Any]) -> tuple[str, int, int]:
    """Replace envelopes by those of a reseal file, all or none. Returns fingerprints of their recipients, and numbers of keys replaced
    and destroyed meanwhile. Raises ArgumentError for an old file and for recipients without an answer; the caller rolls back."""
    try:
        to = [offline.read_recipient(one) for one in told["to"]]
        new = {one: b64decode(value["new"], validate=True) for one, value in told["envelopes"].items()}
        old = {one: str(value["old"]) for one, value in told["envelopes"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _wrong("foreign") from None
    answered = {one.recipient for one in await archive_keys.recipients(unit) if one.answered_hour is not None}
    if not to or not set(to) <= answered:
        raise ArgumentError(
            "FILE is wrong: it is for recipients that the settings do not name, or that have not answered. Run: python -m bot archive words"
        )
    if not all(one.startswith(archive_keys.AGE) for one in new.values()):
        raise _wrong("foreign")
    gone, ids, sealed_to = 0, list(new), archive_keys.sealed_to(to)
    for some in (ids[start : start + _KEYS_AT_ONCE] for start in range(0, len(ids), _KEYS_AT_ONCE)):
        kept = set(
            await unit.session.scalars(select(DataKey.id).where(DataKey.id.in_(some)).with_for_update())
        )
        lie = await _lying(unit, some)
        if any(lie.get(one) != old[one] for one in kept):
            raise ArgumentError(
                "FILE is old: some of it was reopened or sealed anew since. Nothing was taken in. Export a new bundle and reseal that: python -m bot archive export"
            )
        gone += len(some) - len(kept)
        await vault.exchange(unit, {one: new[one] for one in kept}, sealed_to)
    return sealed_to, len(new) - gone, gone
