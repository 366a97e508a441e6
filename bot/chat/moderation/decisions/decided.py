"""Confirmation of a decision, with undo while it is possible."""

from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Key
from bot.services.desk.decisions import undoing
from bot.services.reports.states import Status
from db.models import Report

_NEXT = act_button("moderator.next", "mnext", role=ButtonRole.ONWARD)


def say(turn: Turn, report: Report, done: Key, *beside: ActButton) -> None:
    """Confirm a decision, and say until when it can be undone."""
    if report.status != Status.UNDOABLE:
        turn.say(done, rows=[[*beside, _NEXT]])
        return
    until = Key("moderator.undo.until", {"n": turn.unit.settings.undo_minutes})
    rows = [[*beside, _NEXT], [act_button("moderator.undo", "mundo", report.ref)]]
    turn.say(done, until, rows=rows)


async def undo(turn: Turn) -> None:
    """Undo a decision. The moderator holds the report again as it was."""
    report = await undoing.undo(turn.unit, turn.moderator, turn.act.first)
    turn.answer_tap()
    turn.drop_buttons()
    rows = [[act_button("moderator.open", "mopen", report.ref, role=ButtonRole.ONWARD)]]
    turn.say(Key("moderator.undone", {"ref": report.ref}), rows=rows, report_id=report.id)
