"""Claims: one moderator holds a report for some hours, and alone reads and decides it. An expired claim is no claim."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, delete, not_, or_, select, text

from bot.errors import Refusal, WrongArgument
from bot.reports import approvals
from bot.reports.states import UNDECIDED, Consent, Move, Status, VersionState, after
from bot.store import audit, sent_messages, vault
from bot.store.unit import QUESTION_FORM, REVIEW_FORM, UnitOfWork, require_reviewer
from db.models import IS_ARCHIVED, IS_CLAIMED, DataKey, DraftRow, Moderator, PublicVersion, Report

_READ_ALIKE = str.maketrans("OIL", "011")
"""References have no O, I or L (Crockford's base 32), so these mean digits."""
_SHAPE = re.compile("[A-Z][0-9A-HJKMNP-TV-Z]{5}")


def read_reference(typed: str) -> str:
    """Normalised reference, else '', since the database may log a statement with a name in it."""
    ref = typed.strip().upper()
    ref = ref[:1] + ref[1:].translate(_READ_ALIKE)
    return ref if _SHAPE.fullmatch(ref) else ""


async def find(unit: UnitOfWork, typed: str) -> Report:
    """Find a report by its typed reference and lock it until this unit ends. Raises Refusal if unknown."""
    await audit.begin(unit)
    await unit.session.flush()
    return await look_up(unit, typed, lock=True)


async def look_up(unit: UnitOfWork, typed: str, *, lock: bool = False) -> Report:
    """Find a report, without a `lock` to read only. Raises Refusal if unknown."""
    query = select(Report).where(Report.ref == read_reference(typed))
    if lock:  # it locks out other replicas' sweeps too
        query = query.execution_options(populate_existing=True).with_for_update()
    report = await unit.session.scalar(query)
    if report is None:
        raise WrongArgument("moderator.unknown_ref", {"ref": typed.strip()[:16]})
    return report


def waiting(unit: UnitOfWork) -> ColumnElement[bool]:
    """SQL condition: the report is undecided and not held."""
    return and_(Report.status.in_((Status.NEW, Status.CLAIMED)), unheld(unit))


def unheld(unit: UnitOfWork) -> ColumnElement[bool]:
    """SQL condition: a report of the queue is not held. Naming states would make PostgreSQL sort."""
    return not_(held(unit))


def held(unit: UnitOfWork) -> ColumnElement[bool]:
    """SQL condition: a moderator holds the report."""
    return and_(Report.status == Status.CLAIMED, Report.claimed_until_hour > unit.hour)


async def claim(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """Let the moderator hold the report for `claim_hours`. Of two at once one wins. Raises Refusal for a closed or
    held report, or a member who may not read reports."""
    require_reviewer(moderator)
    if report.status not in {Status.NEW, Status.CLAIMED}:
        after(Status(report.status), Move.CLAIM)
    own = and_(Report.status == Status.CLAIMED, Report.moderator_id == moderator.id)
    was_mine, before = holds(unit, moderator, report), report.moderator_id
    await _change(
        unit,
        report,
        or_(waiting(unit), own, Report.status == Status.NEEDS_INFO),
        status=Status.CLAIMED,
        moderator_id=moderator.id,
        claimed_until_hour=unit.hour + unit.settings.claim_hours,
        # Unread words of the reporter keep their alarm: working on a report is not reading them.
        alarm=report.alarm if report.unread else 0,
        returned=False,
    )
    if not was_mine:
        for chat_hash in await drop_edits(unit, report, but=moderator):
            # Of a moderator who went on writing after their claim.
            sent_messages.end(unit, report.id, chat_hash)
        holder = await unit.session.get(Moderator, before) if before not in {None, moderator.id} else None
        if holder is not None:
            sent_messages.end(unit, report.id, holder.chat_hash)
        await audit.record(unit, moderator.alias, "claim", report.ref)


def holds(unit: UnitOfWork, moderator: Moderator, report: Report) -> bool:
    good = report.claimed_until_hour is not None and report.claimed_until_hour > unit.hour
    return report.status == Status.CLAIMED and report.moderator_id == moderator.id and good


async def _held(unit: UnitOfWork, report: Report) -> Refusal:
    if report.status not in {Status.NEW, Status.CLAIMED}:
        return Refusal(f"state.is_{report.status}")
    holder = await unit.session.get(Moderator, report.moderator_id) if report.moderator_id else None
    return Refusal("moderator.held", {"ref": report.ref, "alias": holder.alias if holder else "?"})


async def _change(unit: UnitOfWork, report: Report, condition: ColumnElement[bool], **values: object) -> None:
    """Change the row if the condition still holds in the database. Raises Refusal if it does not."""
    await unit.session.flush()
    locked = select(Report, condition).where(Report.id == report.id).with_for_update()
    row = (await unit.session.execute(locked.execution_options(populate_existing=True))).first()
    if row is None or not row[1]:
        raise await _held(unit, report)
    for name, value in values.items():
        setattr(report, name, value)
    await unit.session.flush()


async def held_by(unit: UnitOfWork, moderator: Moderator) -> Sequence[Report]:
    """Reports that the moderator holds, urgent ones first, then oldest."""
    query = select(Report).where(held(unit), Report.moderator_id == moderator.id)
    return (await unit.session.scalars(query.order_by(Report.urgent.desc(), Report.submitted_hour))).all()


async def held_counts(unit: UnitOfWork) -> Mapping[str, int]:
    query = select(Report.moderator_id).where(text(IS_CLAIMED), held(unit), Report.moderator_id.is_not(None))
    return Counter(str(one) for one in await unit.session.scalars(query))


async def take(unit: UnitOfWork, moderator: Moderator, typed: str) -> Report:
    """Find a report and claim it. Raises Refusal as `find` and `claim` do."""
    report = await find(unit, typed)
    await claim(unit, moderator, report)
    return report


async def release(
    unit: UnitOfWork,
    moderator: Moderator,
    report: Report,
    *,
    any_holder: bool = False,
    actor: str | None = None,
) -> Moderator | None:
    """Give a report back to the queue, or to its approved state (`done_with`), and destroy its open edit.

    Returns the holder if that was another moderator. Raises Refusal unless the moderator holds it or
    `any_holder`. `actor` is who does it, if not the moderator. Other moderators are told if it is urgent or
    its holder did not give it back.
    """
    await unit.session.flush()
    is_done = report.id in await done_with(unit, [report])
    to = after(Status(report.status), Move.PUT_BACK if is_done else Move.RELEASE)
    holder_id = report.moderator_id
    own = Report.status == Status.CLAIMED
    if not any_holder:
        own = and_(own, Report.moderator_id == moderator.id)
    closed_hour = _closed(unit, report) if is_done else report.closed_hour
    given_back = {"moderator_id": None, "claimed_until_hour": None, "closed_hour": closed_hour}
    await _change(unit, report, own, status=to, **given_back)
    await drop_edits(unit, report)
    sent_messages.end(unit, report.id, whole=is_done)
    if not is_done and (report.urgent or actor is not None):
        approvals.came_back(unit, report)
    await audit.record(unit, actor or moderator.alias, "release", report.ref)
    return await unit.session.get(Moderator, holder_id) if holder_id not in {None, moderator.id} else None


async def require_handing(unit: UnitOfWork, moderator: Moderator, report: Report, other: Moderator) -> None:
    """Raise Refusal unless the moderator holds the report and the other may read reports."""
    require_reviewer(other)
    after(Status(report.status), Move.HAND_OVER)
    if not holds(unit, moderator, report):
        raise await _held(unit, report)


async def hand_over(unit: UnitOfWork, moderator: Moderator, report: Report, other: Moderator) -> None:
    """Hand a held report over for `claim_hours`, and destroy its open edit. Raises as `require_handing`."""
    await require_handing(unit, moderator, report, other)
    own = and_(held(unit), Report.moderator_id == moderator.id)
    until = unit.hour + unit.settings.claim_hours
    await _change(unit, report, own, moderator_id=other.id, claimed_until_hour=until)
    await drop_edits(unit, report)
    sent_messages.end(unit, report.id, moderator.chat_hash)
    await audit.record(unit, moderator.alias, "hand_over", report.ref, other.alias)


def give_back(unit: UnitOfWork, report: Report, *, is_done: bool) -> None:
    report.status = after(Status(report.status), Move.PUT_BACK if is_done else Move.RELEASE)
    report.moderator_id = report.claimed_until_hour = None
    if is_done:
        report.closed_hour = _closed(unit, report)
    else:
        approvals.came_back(unit, report)
    sent_messages.end(unit, report.id, whole=is_done)


def _closed(unit: UnitOfWork, report: Report) -> int:
    return unit.hour if report.closed_hour is None else report.closed_hour


async def done_with(unit: UnitOfWork, reports: Collection[Report]) -> Collection[str]:
    """Ids of approved reports with no proposed version or unread words, which need no claim any more."""
    read = [report.id for report in reports if not report.unread]
    query = select(PublicVersion.report_id, PublicVersion.state).where(
        PublicVersion.report_id.in_(read), PublicVersion.state != VersionState.REPLACED
    )
    found = (await unit.session.execute(query)).all() if read else []
    proposed = {report_id for report_id, state in found if state == VersionState.PROPOSED}
    return {report_id for report_id, _ in found} - proposed


async def reopen(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """Claim a rejected report. Raises Refusal in another state, or when its content is gone or in the sealed archive."""
    await _take_up(unit, moderator, report, Move.REOPEN)


async def correct(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """Claim an approved report for a new version. The public version stays until that is approved. Raises
    Refusal in another state, when its content is gone, or unless `may_correct`."""
    await _take_up(unit, moderator, report, Move.CORRECT)


async def is_archived(unit: UnitOfWork, report: Report) -> bool:
    """Whether the content is in the sealed archive, even if `sealed` waits for what came later."""
    key_id = report.data_key_id
    return bool(report.sealed) or (key_id is not None and await vault.is_archived(unit, key_id))


async def archived_of(unit: UnitOfWork, reports: Collection[Report]) -> Collection[str]:
    """Ids of the reports among these in the sealed archive. Queries only for those decided before and not now."""
    undecided = [one for one in reports if one.closed_hour is not None and one.status in UNDECIDED]
    again = {one.data_key_id: one.id for one in undecided}
    query = select(DataKey.id).where(DataKey.id.in_(again), text(IS_ARCHIVED))
    found = {again[key_id] for key_id in await unit.session.scalars(query)} if again else set[str]()
    return found | {one.id for one in reports if one.sealed}


async def require_open(unit: UnitOfWork, report: Report) -> None:
    """Raise InArchive for a report in the sealed archive."""
    if await is_archived(unit, report):
        raise vault.InArchive(report.ref)


async def may_correct(unit: UnitOfWork, report: Report) -> bool:
    """Whether what is open of an approved report is enough for a new version. Of one in the sealed archive that is
    the version that the reporter lets be published, unless later words, which may forbid it, are unread."""
    is_enough = report.consent_use == Consent.PUBLISH and not report.unread
    return is_enough or not await is_archived(unit, report)


async def _take_up(unit: UnitOfWork, moderator: Moderator, report: Report, move: Move) -> None:
    require_reviewer(moderator)
    to = after(Status(report.status), move)
    current = select(PublicVersion.id).where(PublicVersion.report_id == report.id, PublicVersion.current)
    if report.data_key_id is None and await unit.session.scalar(current) is None:
        raise Refusal("moderator.content.gone", {"ref": report.ref})
    if move is Move.REOPEN or not await may_correct(unit, report):
        await require_open(unit, report)
    await _change(
        unit,
        report,
        Report.status == report.status,
        status=to,
        moderator_id=moderator.id,
        claimed_until_hour=unit.hour + unit.settings.claim_hours,
        # For a release without a new version.
        closed_hour=report.closed_hour if move is Move.CORRECT else None,
        reject_reason=None,
        duplicate_of=None,
        sealed=False,  # what is written now is sealed after the decision
    )
    await audit.record(unit, moderator.alias, move, report.ref)


async def is_left(unit: UnitOfWork, edit: DraftRow) -> bool:
    """Whether another form may take an edit's place: its decision can be undone, or it is practice."""
    if edit.report_id is None:
        return edit.kind == REVIEW_FORM
    report = await unit.session.get(Report, edit.report_id)
    return report is not None and report.status == Status.UNDOABLE


async def drop_edits(unit: UnitOfWork, report: Report, but: Moderator | None = None) -> Collection[bytes]:
    """Destroy the open edits of a report, except those of `but`. Returns their chats."""
    others = DraftRow.report_id == report.id
    if but is not None:
        others = and_(others, DraftRow.chat_hash != but.chat_hash)
    return await _drop(unit, others)


async def drop_edits_of(unit: UnitOfWork, moderator: Moderator) -> None:
    of_desk = DraftRow.kind.in_((REVIEW_FORM, QUESTION_FORM))
    await _drop(unit, and_(DraftRow.chat_hash == moderator.chat_hash, of_desk))


async def _drop(unit: UnitOfWork, condition: ColumnElement[bool]) -> Collection[bytes]:
    await unit.session.flush()
    query = select(DraftRow.data_key_id, DraftRow.chat_hash).where(condition)
    dropped = (await unit.session.execute(query)).all()
    await unit.session.execute(delete(DraftRow).where(condition))
    await vault.destroy(unit, [one.data_key_id for one in dropped])
    return [one.chat_hash for one in dropped]
