"""Approvals of a waiting version, and news of reports: those not announced yet, and unread words of reporters."""

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, TextClause, delete, or_, select, text

from bot.reports.states import UNDECIDED, Status
from bot.reports.talk import messages
from bot.safety.pseudonym import Purpose
from bot.store import vault
from bot.store.unit import REVIEW_FORM, UnitOfWork
from db.engine import padded_to_power_of_two
from db.models import Approval, Moderator, PublicVersion, Report

_PROOF_DIGITS = 16
MOST_AT_ONCE = 100
ALARM = 1
"""Alarm of an urgent report announced once. See `desk.notices.service`."""
UNREAD = {Status.NEW, Status.CLAIMED}
"""States in which a reporter's words may be unread. A holder can be asleep too."""


def needed(unit: UnitOfWork, *, named: bool) -> int:
    """Number of approvals that a version needs, never fewer if the reporter named a person."""
    settings = unit.settings
    return max(settings.approvals, settings.approvals_named) if named else settings.approvals


def proof_of(unit: UnitOfWork, report: Report, version: PublicVersion, *, named: bool) -> str:
    """Keyed hash of a version's content, consent, form, approvals needed, and `named`."""
    content = hashlib.sha256(version.content or b"").hexdigest()
    terms = f"{unit.forms[REVIEW_FORM].digest}:{named}:{needed(unit, named=named)}"
    return keyed(unit, f"{version.id}:{content}:{report.consent_use}:{terms}")


def keyed(unit: UnitOfWork, shown: str) -> str:
    """Keyed hash by which a button proves what was shown."""
    return unit.safe.pseudonyms.of(Purpose.PROPOSAL, shown).hex()[:_PROOF_DIGITS]


def needed_by(unit: UnitOfWork, report: Report, version: PublicVersion, proof: str) -> int | None:
    """Number of approvals by the proof, None if it fits no longer. Decrypts nothing."""
    for named in (False, True):
        expected = proof_of(unit, report, version, named=named)
        if hmac.compare_digest(expected.encode(), proof.encode()):
            return needed(unit, named=named)
    return None


async def given(unit: UnitOfWork, version: PublicVersion, proof: str) -> Sequence[Moderator]:
    query = (
        select(Moderator, Approval)
        .join(Approval, Approval.moderator_id == Moderator.id)
        .where(Approval.version_id == version.id, Approval.proof == proof, Moderator.active)
        .order_by(Moderator.alias)
    )
    return [one for one, _ in await unit.session.execute(query)]


@dataclass(slots=True)
class Votes:
    """Moderators, by alias, with a valid approval of a report's waiting version, and how many it needs."""

    given: list[Moderator] = field(default_factory=list)
    needed: int = 0


async def votes(unit: UnitOfWork, reports: Collection[Report]) -> Mapping[str, Votes]:
    """Votes by report id, for those that have any. One query."""
    ids = [report.id for report in reports if report.approvals]
    if not ids:
        return {}
    found: dict[str, Votes] = {}
    which = Approval.report_id.in_(padded_to_power_of_two(ids))
    for report, moderator, needs in await _judged(unit, which):
        if needs is not None:
            of_report = found.setdefault(report.id, Votes())
            of_report.given.append(moderator)
            of_report.needed = needs
    return found


async def stale_of(unit: UnitOfWork, moderator: Moderator) -> Sequence[str]:
    """Ids of reports that a moderator has approved under outdated terms, and may approve again."""
    rows = await _judged(unit, Approval.moderator_id == moderator.id)
    return [report.id for report, _, needs in rows if needs is None]


async def _judged(
    unit: UnitOfWork, which: ColumnElement[bool]
) -> Sequence[tuple[Report, Moderator, int | None]]:
    """Approvals, each with the number that its version needs, or None if outdated."""
    query = (
        select(Approval, Moderator, PublicVersion, Report)
        .join(Moderator, Moderator.id == Approval.moderator_id)
        .join(PublicVersion, PublicVersion.id == Approval.version_id)
        .join(Report, Report.id == Approval.report_id)
        .where(which, Moderator.active)
        .order_by(Moderator.alias)
    )
    rows = await unit.session.execute(query)
    return [
        (report, moderator, needed_by(unit, report, version, approval.proof))
        for approval, moderator, version, report in rows
    ]


async def add(
    unit: UnitOfWork, moderator: Moderator, report: Report, version: PublicVersion, proof: str, others: int
) -> None:
    """Store a moderator's approval beside `others`. Deletes approvals under other proofs."""
    earlier = or_(Approval.proof != proof, Approval.moderator_id == moderator.id)  # both outdated
    await unit.session.execute(delete(Approval).where(Approval.version_id == version.id, earlier))
    row = Approval(version_id=version.id, moderator_id=moderator.id, report_id=report.id, proof=proof)
    unit.session.add(row)
    await unit.session.flush()
    report.approvals = others + 1


async def forget_of(unit: UnitOfWork, moderator: Moderator) -> None:
    own = Approval.moderator_id == moderator.id
    query = select(Report).join(Approval, Approval.report_id == Report.id).where(own)
    for report in await unit.session.scalars(query):
        report.approvals = max(0, report.approvals - 1)
    await unit.session.execute(delete(Approval).where(own).execution_options(synchronize_session=False))


async def void(unit: UnitOfWork, reports: Collection[Report]) -> None:
    """Void the approvals of these reports. One statement."""
    ids = [report.id for report in reports if report.approvals]
    if not ids:
        return
    statement = delete(Approval).where(Approval.report_id.in_(ids))
    await unit.session.execute(statement.execution_options(synchronize_session=False))
    for report in reports:
        report.approvals = 0


async def waiting(unit: UnitOfWork) -> Sequence[str]:
    query = select(Report.id).where(~Report.announced).limit(MOST_AT_ONCE)
    return (await unit.session.scalars(query)).all()


async def told(unit: UnitOfWork) -> Sequence[str]:
    """Ids of reports with unannounced later words."""
    query = select(Report.id).where(text("untold")).limit(MOST_AT_ONCE)
    return (await unit.session.scalars(query)).all()


async def take_told(unit: UnitOfWork, report_ids: Collection[str]) -> list[Report]:
    """Reports among these with unannounced words, to announce in this transaction. Empties the write-ahead log."""
    vault.note_erasure(unit)
    reports = await _locked(unit, report_ids, text("untold"))
    pressing = await messages.pressing(unit, [report for report in reports if report.urgent])
    for report in reports:
        report.untold = False
        if report.id in pressing and report.status in UNREAD:
            _raise(report)
    return reports


def came_back(unit: UnitOfWork, report: Report) -> None:
    """Have a report announced that waits again, but not for words of its reporter."""
    report.returned = unit.reported = True


async def returned(unit: UnitOfWork) -> Sequence[str]:
    query = select(Report.id).where(text("returned")).limit(MOST_AT_ONCE)
    return (await unit.session.scalars(query)).all()


async def take_returned(unit: UnitOfWork, report_ids: Collection[str]) -> list[Report]:
    """Reports among these that still wait, to announce in this transaction."""
    reports = await _locked(unit, report_ids, text("returned"))
    for report in reports:
        report.returned = False
        # An approver has opened it.
        if report.status == Status.NEW and not report.approvals:
            _raise(report)
    return [report for report in reports if report.status == Status.NEW]


async def _locked(unit: UnitOfWork, report_ids: Collection[str], *where: TextClause) -> list[Report]:
    query = select(Report).where(Report.id.in_(report_ids), *where).order_by(Report.id)
    return list(await unit.session.scalars(query.with_for_update()))


def _raise(report: Report) -> None:
    if report.urgent:
        report.alarm = report.alarm or ALARM


async def take(unit: UnitOfWork, report_ids: Collection[str]) -> list[Report]:
    """Undecided reports among these, to announce in this transaction. Empties the write-ahead log, which tells of chats."""
    vault.note_erasure(unit)
    reports = await _locked(unit, report_ids)
    for report in reports:
        report.announced = True
        if report.status == Status.NEW:
            _raise(report)
    return [report for report in reports if report.status in UNDECIDED]
