"""Decisions on a report by one moderator or several, how each ends the work on it, and their undoing.

A decision takes effect after some minutes. Until then its moderator can undo it. Claim, edit and public version stay
meanwhile, so notices and exports need no rule of their own. These rows live for minutes, and so they alone of a
report's hold minutes.
"""

import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, func, or_, select, text

from bot.errors import Refusal
from bot.form.flow.instance import Instance
from bot.form.model import Question
from bot.publish import versions
from bot.publish.versions import Giveaway, OwnWords, VersionContent
from bot.reports import approvals, claims, withdrawal
from bot.reports.states import UNDECIDED, Move, Status, VersionState, after
from bot.reports.talk import ways
from bot.store import audit, sent_messages
from bot.store.unit import HOURS_A_DAY, REVIEW_FORM, UnitOfWork, is_reviewer
from db.engine import padded_to_power_of_two
from db.models import (
    IS_DATED,
    IS_UNDOABLE,
    AuditEntry,
    DraftRow,
    Moderator,
    PublicVersion,
    Report,
    UndoableDecision,
)

log = logging.getLogger(__name__)


def require_held(unit: UnitOfWork, moderator: Moderator, report: Report) -> None:
    """Raise Refusal unless the moderator holds the report."""
    if not claims.holds(unit, moderator, report):
        raise Refusal("moderator.not_held", {"ref": report.ref})


async def require_read(unit: UnitOfWork, report: Report) -> None:
    """Raise Refusal while words of the reporter are unread, which may forbid publication."""
    if report.unread:
        await claims.require_open(unit, report)
        raise Refusal("moderator.decide.unread", {"ref": report.ref})


async def close(unit: UnitOfWork, report: Report, to: Status) -> None:
    """Close a report: end the claim, destroy the open edit, and remove its messages from the chats."""
    await ways.prolong_of(unit, report)
    report.status, report.closed_hour = to, unit.hour
    report.moderator_id = report.claimed_until_hour = None
    await claims.drop_edits(unit, report)
    sent_messages.end(unit, report.id, whole=True)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Complete version that waits for approval.

    - `proof`: 16 hexadecimal digits for `approve`, from which follows that this version was shown, complete
      under today's review form.
    - `words`: the reporter's own, left out until confirmed.
    - `needed`, `given`: number of approvals, and aliases of approvers.
    """

    version: PublicVersion
    content: VersionContent
    proof: str
    words: tuple[OwnWords, ...] = ()
    needed: int = 1
    given: tuple[str, ...] = ()


async def proposal(unit: UnitOfWork, report: Report) -> Proposal:
    """Version that waits for approval, to be shown before it. Only here does an approval decrypt and validate. Raises
    Refusal if there is none, it is damaged, incomplete or too old, or its sealed consent differs from the one in the
    database."""
    version = waiting(report, await versions.of_report(unit, report, VersionState.PROPOSED))
    content = await versions.legible(unit, version)
    if content is None:
        log.error("report %s: the version that waits is damaged: it can be written anew", report.ref)
        raise Refusal("moderator.approve.damaged", {"ref": report.ref})
    if content.consent == versions.TOO_OLD:
        raise Refusal("moderator.approve.too_old", {"ref": report.ref})
    if content.consent != report.consent_use:
        log.error(
            "report %s: the consent in the database is not the one that was sealed: not approved", report.ref
        )
        raise Refusal("moderator.approve.consent_differs", {"ref": report.ref})
    if missing(unit, content):
        raise Refusal("moderator.approve.incomplete", {"ref": report.ref})
    needed = approvals.needed(unit, named=content.named)
    proof = approvals.proof_of(unit, report, version, named=content.named)
    given = await approvals.given(unit, version, proof) if report.approvals else ()
    words = versions.unconfirmed(unit.forms[REVIEW_FORM], content)
    words += await versions.unconfirmed_reported(unit, report, content)
    return Proposal(version, content, proof, words, needed, tuple(one.alias for one in given))


def waiting(report: Report, found: Sequence[PublicVersion]) -> PublicVersion:
    """Version among these that waits for approval. Raises Refusal if none."""
    for version in found:
        if version.state == VersionState.PROPOSED and version.data_key_id and version.content:
            return version
    raise Refusal("moderator.approve.nothing", {"ref": report.ref})


def words_proof(unit: UnitOfWork, found: Proposal, words: Sequence[OwnWords]) -> str:
    return approvals.keyed(unit, ":".join((found.version.id, *(f"{one.path}={one.digest}" for one in words))))


async def confirm_words(
    unit: UnitOfWork,
    moderator: Moderator,
    report: Report,
    found: Proposal,
    words: Sequence[OwnWords],
    proof: str,
) -> None:
    """Let words of a proposal be public once it is approved. Raises Refusal as `disclaim` does."""
    _require_shown(unit, moderator, report, words_proof(unit, found, words) if words else "", proof)
    await versions.confirm_own_words(unit, moderator, report, found.version, found.content, words)


def missing(unit: UnitOfWork, content: VersionContent) -> tuple[str, ...]:
    instance = Instance(unit.forms[REVIEW_FORM], content.answers, content.counts, unit.now)
    asked = (path for path in instance.order() if isinstance(instance.node(path), Question))
    return tuple(path for path in asked if instance.required(path) and instance.answer(path) is None)


def proof_of(unit: UnitOfWork, proposal: Proposal, names: Sequence[Giveaway]) -> str:
    return approvals.keyed(unit, "\x1f".join((proposal.proof, *(one.words for one in names))))


async def disclaim(
    unit: UnitOfWork,
    moderator: Moderator,
    report: Report,
    proposal: Proposal,
    names: Sequence[Giveaway],
    proof: str,
) -> None:
    """Record a moderator's word that these names belong to no one the report concerns. Raises Refusal for a
    proof of something else, or unless the moderator holds the report."""
    _require_shown(unit, moderator, report, proof_of(unit, proposal, names), proof)
    await audit.record(unit, moderator.alias, "disclaim_names", report.ref, f"v{proposal.version.version}")


def _require_shown(unit: UnitOfWork, moderator: Moderator, report: Report, wanted: str, proof: str) -> None:
    if not wanted or not hmac.compare_digest(wanted.encode(), proof.encode()):
        raise Refusal("moderator.approve.stale", {"ref": report.ref})
    require_held(unit, moderator, report)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of an approval: public once `given` reaches `needed`, in place of the versions of `replaces`."""

    version: PublicVersion
    given: int
    needed: int
    replaces: Sequence[PublicVersion] = ()

    @property
    def is_public(self) -> bool:
        return self.given >= self.needed


async def require_new(unit: UnitOfWork, moderator: Moderator, report: Report, proof: str) -> None:
    """Raise Refusal for a moderator who already approved the version shown, before they claim its report."""
    if report.approvals:
        version = waiting(report, await versions.of_report(unit, report, VersionState.PROPOSED))
        if moderator in await approvals.given(unit, version, proof):
            raise Refusal("moderator.approve.again", {"ref": report.ref})


async def outcome(unit: UnitOfWork, moderator: Moderator, report: Report, proof: str) -> Outcome:
    """Check an approval of the waiting version. Changes and decrypts nothing. `proof`, from its `proposal`, shows that
    the version was shown, complete, and how many approvals it needs. Raises Refusal for another proof, unless the
    moderator holds the report and has not approved it, and while words of the reporter are unread."""
    found = await versions.of_report(unit, report, VersionState.PROPOSED, VersionState.APPROVED)
    version = waiting(report, found)
    needed = approvals.needed_by(unit, report, version, proof)
    if needed is None:
        raise Refusal("moderator.approve.stale", {"ref": report.ref})
    require_held(unit, moderator, report)
    others = await approvals.given(unit, version, proof) if needed > 1 else ()
    if moderator in others:
        raise Refusal("moderator.approve.again", {"ref": report.ref})
    await require_read(unit, report)
    public = [one for one in found if one.state == VersionState.APPROVED]
    return Outcome(version, len(others) + 1, needed, public)


async def approve(unit: UnitOfWork, moderator: Moderator, report: Report, proof: str) -> Outcome:
    """Approve the waiting version and end the claim. Raises Refusal as `outcome` does."""
    found = await outcome(unit, moderator, report, proof)
    if found.is_public:
        await _publish(unit, moderator, report, found)
    else:
        await approvals.add(unit, moderator, report, found.version, proof, found.given - 1)
        await _hand_on(unit, moderator, report, found)
    return found


async def _publish(unit: UnitOfWork, moderator: Moderator, report: Report, found: Outcome) -> None:
    await versions.replace_versions(unit, found.replaces)
    to, version = after(Status(report.status), Move.APPROVE), found.version
    version.state, version.current = VersionState.APPROVED, True
    version.approved_hour, version.moderator_id = unit.hour, moderator.id
    version.consent = report.consent_use
    await approvals.void(unit, [report])
    await close(unit, report, to)
    await audit.record(unit, moderator.alias, "approve", report.ref, f"v{version.version}")


async def _hand_on(unit: UnitOfWork, moderator: Moderator, report: Report, found: Outcome) -> None:
    report.status = after(Status(report.status), Move.ENDORSE)
    report.moderator_id = report.claimed_until_hour = None
    approvals.came_back(unit, report)
    await claims.drop_edits(unit, report)
    sent_messages.end(unit, report.id)
    told = f"v{found.version.version} {found.given}/{found.needed}"
    await audit.record(unit, moderator.alias, "endorse", report.ref, told)


REJECTION_REASONS = ("duplicate", "not_in_scope", "not_enough", "false", "harmful", "spam")
"""Reasons, with texts `moderator.reason.<code>`."""


def reason_in(detail: str) -> str:
    """Reason of a rejection, which may be one of a lot: `spam:1f3c9a2e`."""
    return detail.partition(":")[0]


async def require_rejectable(unit: UnitOfWork, moderator: Moderator, report: Report, reason: str) -> None:
    """Raise Refusal for an unknown reason, and as `_require_closable` does."""
    if reason_in(reason) not in REJECTION_REASONS:
        raise Refusal("moderator.reject.reason")
    await _require_closable(unit, moderator, report, Move.REJECT)


async def _require_closable(unit: UnitOfWork, moderator: Moderator, report: Report, move: Move) -> None:
    """Raise Refusal unless the moderator holds the report, and while words of its reporter are unread."""
    after(Status(report.status), move)
    require_held(unit, moderator, report)
    await require_read(unit, report)


async def why_ask(unit: UnitOfWork, report: Report) -> str | None:
    """Reason to ask for confirmation, as the end of a text's key: urgent, or its edit was never begun."""
    if report.urgent:
        return "urgent"
    versions_of, edits_of = PublicVersion.report_id == report.id, DraftRow.report_id == report.id
    query = select(or_(exists().where(versions_of), exists().where(edits_of)))
    return None if await unit.session.scalar(query) else "unedited"


async def reject(unit: UnitOfWork, moderator: Moderator, report: Report, reason: str) -> None:
    """Close a report with a reason and end its public version. Raises Refusal as `require_rejectable` does."""
    await require_rejectable(unit, moderator, report, reason)
    await _reject(unit, report, Move.REJECT, reason_in(reason))
    await audit.record(unit, moderator.alias, "reject", report.ref, report.reject_reason or "")


async def _reject(
    unit: UnitOfWork, report: Report, move: Move, reason: str, original_id: str | None = None
) -> None:
    await versions.replace_versions(unit, await versions.of_report(unit, report, VersionState.APPROVED))
    await approvals.void(unit, [report])
    report.reject_reason, report.duplicate_of = reason, original_id
    await close(unit, report, after(Status(report.status), move))


REASON = "duplicate"


async def original_of(unit: UnitOfWork, moderator: Moderator, report: Report, typed: str) -> Report:
    """Original of a duplicate, by its typed reference. Raises Refusal as `reject` does, and for an original that is
    unknown, the report itself, rejected or gone, since the event would be lost."""
    await _require_closable(unit, moderator, report, Move.CLOSE_AS_DUPLICATE)
    return await other_report(unit, report, typed, "moderator.duplicate.itself")


async def other_report(unit: UnitOfWork, report: Report, typed: str, if_itself: str) -> Report:
    """Another report, undecided or approved. Raises Refusal otherwise."""
    other = await claims.find(unit, typed)
    if other.id == report.id:
        raise Refusal(if_itself, {"ref": report.ref})
    if other.status not in {*UNDECIDED, Status.APPROVED}:
        raise Refusal("moderator.duplicate.gone", {"ref": other.ref})
    return other


async def close_as_duplicate(unit: UnitOfWork, moderator: Moderator, report: Report, typed: str) -> Report:
    """Close a report as a duplicate, and return the original. Raises Refusal as `original_of` does."""
    original = await original_of(unit, moderator, report, typed)
    await _reject(unit, report, Move.CLOSE_AS_DUPLICATE, REASON, original.id)
    await audit.record(unit, moderator.alias, "duplicate", report.ref, original.ref)
    return original


MOST_CANDIDATES = 6


async def candidates(unit: UnitOfWork, moderator: Moderator, report: Report) -> Sequence[Report]:
    """Other undecided or approved reports: of equal region and first day, then those that the moderator holds."""
    found: list[Report] = []
    if report.region is not None and report.date_start is not None:
        same = Report.region == report.region, Report.date_start == report.date_start
        query = select(Report).where(text(IS_DATED), *same, Report.status.in_((*UNDECIDED, Status.APPROVED)))
        found += await unit.session.scalars(query.order_by(Report.ref).limit(MOST_CANDIDATES + 1))
    held = await claims.held_by(unit, moderator)
    others = {one.id: one for one in (*found, *held) if one.id != report.id}
    return list(others.values())[:MOST_CANDIDATES]


async def require_set_aside(
    unit: UnitOfWork, moderator: Moderator, report: Report, _detail: str = ""
) -> None:
    """Raise Refusal when the moderator does not hold the report, or no question waits for an answer."""
    after(Status(report.status), Move.SET_ASIDE)
    require_held(unit, moderator, report)
    if not report.waits:
        raise Refusal("moderator.aside.ask_first", {"ref": report.ref})


async def set_aside(unit: UnitOfWork, moderator: Moderator, report: Report, detail: str = "") -> None:
    """Take a report out of the queue for `talk_days`. Raises Refusal as `require_set_aside` does."""
    await require_set_aside(unit, moderator, report, detail)
    report.status, report.moderator_id = after(Status(report.status), Move.SET_ASIDE), None
    report.claimed_until_hour = unit.hour + unit.settings.talk_days * HOURS_A_DAY
    await claims.drop_edits(unit, report)
    sent_messages.end(unit, report.id)
    await audit.record(unit, moderator.alias, "set_aside", report.ref)


WITHDRAWAL_REASONS = ("asked", "danger")
"""Reasons, with texts `moderator.withdraw.<code>`."""
MOST_A_DAY = 3
"""Withdrawals of a moderator a day. Destruction is final, and a phone may be in other hands."""


async def withdraw(unit: UnitOfWork, moderator: Moderator, report: Report, reason: str) -> None:
    """Destroy a report and its public version at once. Raises Refusal unless the moderator holds it, and over MOST_A_DAY."""
    if reason not in WITHDRAWAL_REASONS:
        raise Refusal("reporter.tap.stale")
    after(Status(report.status), Move.TAKE_BACK)
    require_held(unit, moderator, report)
    own, today = AuditEntry.actor == moderator.alias, AuditEntry.hour > unit.hour - HOURS_A_DAY
    done = select(AuditEntry.id).where(AuditEntry.act == "withdraw", own, today).limit(MOST_A_DAY)
    if len((await unit.session.scalars(done)).all()) >= MOST_A_DAY:
        raise Refusal("moderator.withdraw.enough", {"n": MOST_A_DAY})
    await withdrawal.withdraw(unit, report, moderator.alias, Move.TAKE_BACK, reason)


MOST_AT_ONCE, MOST_SPAM = 20, 10
_AHEAD = 2
_Step = Callable[[UnitOfWork, Moderator, Report, str], Awaitable[Any]]
_STEPS: Mapping[Move, tuple[_Step, _Step]] = {
    Move.APPROVE: (outcome, approve),
    Move.REJECT: (require_rejectable, reject),
    Move.CLOSE_AS_DUPLICATE: (original_of, close_as_duplicate),
    Move.SET_ASIDE: (require_set_aside, set_aside),
}


async def decide(unit: UnitOfWork, moderator: Moderator, report: Report, move: Move, detail: str = "") -> Any:
    """Decide a held report, with effect after `undo_minutes`. Returns the result of its check or raises Refusal."""
    check, act = _STEPS[move]
    if not unit.settings.undo_minutes:
        return await act(unit, moderator, report, detail)
    found = await check(unit, moderator, report, detail)
    report.status = after(Status(report.status), Move.DECIDE)
    until = unit.minute + unit.settings.undo_minutes
    made = {"report_id": report.id, "moderator_id": moderator.id, "act": move, "detail": detail}
    await unit.session.execute(delete(UndoableDecision).where(UndoableDecision.report_id == report.id))
    unit.session.add(UndoableDecision(**made, until=until))
    sent_messages.end(unit, report.id, moderator.chat_hash, whole=True)
    return found


async def undo(unit: UnitOfWork, moderator: Moderator, typed: str) -> Report:
    """Undo a decision of this moderator, who holds the report again. Raises Refusal once
    `apply_decisions_once` has applied it, up to a minute after its time."""
    report = await claims.find(unit, typed)
    row = await unit.session.get(UndoableDecision, report.id, populate_existing=True)
    if row is None or row.moderator_id != moderator.id or not await _give_back(unit, row, report):
        raise Refusal("moderator.undo.over", {"ref": report.ref})
    await audit.record(unit, moderator.alias, "undo", report.ref, row.act)
    return report


async def due(unit: UnitOfWork) -> Sequence[str]:
    """References of some reports with a due decision, in random order, so that one failure holds up no
    others. Includes decisions that are lost, as in a backup, or dated by a clock that was put back."""
    row, latest = UndoableDecision, unit.minute + unit.settings.undo_minutes + _AHEAD
    over = or_(row.report_id.is_(None), row.until < unit.minute, row.until > latest)
    query = select(Report.ref).outerjoin(row, row.report_id == Report.id).where(text(IS_UNDOABLE), over)
    return (await unit.session.scalars(query.order_by(func.random()).limit(MOST_AT_ONCE))).all()


async def take_effect(unit: UnitOfWork, ref: str) -> tuple[Moderator, Refusal] | None:
    """Let a decision take effect. If it no longer can, returns its moderator, who has the report again, and
    the refusal. A revoked moderator's report returns to the queue."""
    report = await claims.find(unit, ref)
    row = await unit.session.get(UndoableDecision, report.id, populate_existing=True)
    moderator = await unit.session.get(Moderator, report.moderator_id) if report.moderator_id else None
    if not await _give_back(unit, row, report):
        return None
    if moderator is None:  # not written by the bot
        claims.give_back(unit, report, is_done=False)
        return None
    if not (moderator.active and is_reviewer(moderator)):
        await claims.release(unit, moderator, report, any_holder=True, actor=audit.SYSTEM)
        return None
    if row is None or row.moderator_id != moderator.id:  # lost, or not written by the bot
        return moderator, Refusal("moderator.undo.changed", {"ref": report.ref})
    try:
        await _STEPS[Move(row.act)][1](unit, moderator, report, row.detail)
    except Refusal as refusal:
        return moderator, refusal
    return None


async def _give_back(unit: UnitOfWork, row: UndoableDecision | None, report: Report) -> bool:
    """Resume the moderator's claim, for the rest of this hour at least. Returns False if there is none."""
    if row is not None:
        unit.session.expunge(row)
    await unit.session.execute(delete(UndoableDecision).where(UndoableDecision.report_id == report.id))
    if report.status != Status.UNDOABLE:
        return False
    report.status = after(Status(report.status), Move.UNDO)
    report.claimed_until_hour = max(report.claimed_until_hour or 0, unit.hour + 1)
    return True


async def may_be_spam(unit: UnitOfWork, moderator: Moderator) -> Sequence[Report]:
    """Reports that the moderator has opened, oldest first. None is urgent, was public, or has unread words."""
    held = [one for one in await claims.held_by(unit, moderator) if not (one.urgent or one.unread)]
    refs = [one.ref for one in held if one.closed_hour is None][:MOST_AT_ONCE]
    claimed = AuditEntry.actor == moderator.alias, AuditEntry.act == "claim"
    query = select(AuditEntry.subject).where(AuditEntry.subject.in_(padded_to_power_of_two(refs)), *claimed)
    opened = set(await unit.session.scalars(query)) if refs else set()
    found = (one for one in held if one.ref in opened)
    return sorted(found, key=lambda one: (one.submitted_hour, one.ref))[:MOST_SPAM]


async def reject_spam(unit: UnitOfWork, moderator: Moderator, reports: Sequence[Report]) -> str:
    """Reject these reports as spam. Returns the name of the lot, by which `undo_lot` undoes all at once.
    Raises Refusal before any is rejected, if one has become urgent, or as for one report."""
    locked = [await claims.find(unit, one.ref) for one in reports]
    for report in locked:
        await require_rejectable(unit, moderator, report, "spam")
    if not locked or any(one.urgent for one in locked):
        raise Refusal("moderator.spam.changed")
    lot = secrets.token_hex(4)
    for report in locked:
        await decide(unit, moderator, report, Move.REJECT, f"spam:{lot}")
    return lot


async def undo_lot(unit: UnitOfWork, moderator: Moderator, lot: str) -> Sequence[str]:
    """Undo the rejections of this moderator's lot, and return the references. Raises Refusal as `undo` does."""
    own = UndoableDecision.moderator_id == moderator.id, UndoableDecision.detail == f"spam:{lot}"
    query = select(Report.ref).join(UndoableDecision, UndoableDecision.report_id == Report.id).where(*own)
    refs = (await unit.session.scalars(query.order_by(Report.ref))).all()
    if not refs:
        raise Refusal("moderator.spam.over")
    return [(await undo(unit, moderator, ref)).ref for ref in refs]
