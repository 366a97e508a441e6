"""Undoing: a decision takes effect after some minutes. Until then its moderator can undo it.

Claim, edit and public version stay meanwhile, so notices and exports need no rule of their own. These rows
live for minutes, and so they alone of a report's hold minutes.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select, text

from bot.desk.decisions import service as decisions_service
from bot.errors import Refusal
from bot.reports import claims
from bot.reports.states import Move, Status, after
from bot.store import audit, sent_messages
from bot.store.unit import UnitOfWork, is_reviewer
from db.engine import padded_to_power_of_two
from db.models import IS_UNDOABLE, AuditEntry, Moderator, Report, UndoableDecision

MOST_AT_ONCE, MOST_SPAM = 20, 10
_AHEAD = 2
_Step = Callable[[UnitOfWork, Moderator, Report, str], Awaitable[Any]]
_STEPS: Mapping[Move, tuple[_Step, _Step]] = {
    Move.APPROVE: (decisions_service.outcome, decisions_service.approve),
    Move.REJECT: (decisions_service.require_rejectable, decisions_service.reject),
    Move.CLOSE_AS_DUPLICATE: (decisions_service.original_of, decisions_service.close_as_duplicate),
    Move.SET_ASIDE: (decisions_service.require_set_aside, decisions_service.set_aside),
}


async def decide(unit: UnitOfWork, moderator: Moderator, report: Report, move: Move, detail: str = "") -> Any:
    """Decide a report that the moderator holds, with effect after `undo_minutes`. Returns the result of the
    decision's check and raises its Refusal."""
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
    """Undo a decision: the moderator holds the report again, with its edit. Raises Refusal once it has taken
    effect, and for another moderator's decision."""
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
    the refusal. A revoked moderator's decision has no effect: the report returns to the queue."""
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
    """Resume the moderator's claim, for the rest of this hour at least. Returns False when the report is not
    undoable."""
    if row is not None:
        unit.session.expunge(row)
    await unit.session.execute(delete(UndoableDecision).where(UndoableDecision.report_id == report.id))
    if report.status != Status.UNDOABLE:
        return False
    report.status = after(Status(report.status), Move.UNDO)
    report.claimed_until_hour = max(report.claimed_until_hour or 0, unit.hour + 1)
    return True


async def may_be_spam(unit: UnitOfWork, moderator: Moderator) -> Sequence[Report]:
    """At most MOST_SPAM reports that the moderator holds and has opened, oldest first. None of them is urgent,
    was public, or has unread words."""
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
        await decisions_service.require_rejectable(unit, moderator, report, "spam")
    if not locked or any(one.urgent for one in locked):
        raise Refusal("moderator.spam.changed")
    lot = secrets.token_hex(4)
    for report in locked:
        await decide(unit, moderator, report, Move.REJECT, f"spam:{lot}")
    return lot


async def undo_lot(unit: UnitOfWork, moderator: Moderator, lot: str) -> Sequence[str]:
    """Undo the rejections of a lot, and return the references. Raises Refusal once they have taken effect,
    and for another moderator's."""
    own = UndoableDecision.moderator_id == moderator.id, UndoableDecision.detail == f"spam:{lot}"
    query = select(Report.ref).join(UndoableDecision, UndoableDecision.report_id == Report.id).where(*own)
    refs = (await unit.session.scalars(query.order_by(Report.ref))).all()
    if not refs:
        raise Refusal("moderator.spam.over")
    return [(await undo(unit, moderator, ref)).ref for ref in refs]
