"""Undoing: a decision takes effect after some minutes. Until then its moderator can undo it.

Claim, edit and public version stay meanwhile, so notices and exports need no rule of their own. These rows
live for minutes, and so they alone of a report's hold minutes.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select, text

from bot.desk.decisions import service as decisions_service
from bot.errors import Refusal
from bot.reports import claims
from bot.reports.states import Move, Status, after
from bot.store import audit, sent_messages
from bot.store.roles import is_reviewer
from bot.store.unit import UnitOfWork
from db.models import IS_UNDOABLE, Moderator, Report, UndoableDecision

MOST_AT_ONCE = 20
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
