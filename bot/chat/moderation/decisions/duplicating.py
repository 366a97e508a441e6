"""Closing of a report as a duplicate."""

from bot.chat.moderation.decisions import decided, menu, releasing
from bot.chat.moderation.references import taken
from bot.chat.screens.renderer import act_button
from bot.chat.turn import Turn
from bot.form.screen import Key
from bot.services.desk import claims
from bot.services.desk.decisions import undoing
from bot.services.reports.states import Move
from db.models import Report

REPLY = "moderator.duplicate.ask.reply"


async def ask(turn: Turn) -> None:
    report = await taken(turn)
    turn.answer_tap()
    await menu.ask(turn, report, "moderator.duplicate.ask", "mdupof", REPLY)


async def close(turn: Turn) -> None:
    await close_as_duplicate(turn, turn.act.first, turn.act.second)
    turn.answer_tap()


async def close_as_duplicate(turn: Turn, ref: str, typed: str) -> None:
    """Close the report `ref` as a duplicate of the typed one."""
    report = await claims.take(turn.unit, turn.moderator, ref)
    other = claims.read_reference(typed)
    original: Report = await undoing.decide(turn.unit, turn.moderator, report, Move.CLOSE_AS_DUPLICATE, other)
    releasing.forget(turn, report)
    days = turn.unit.settings.rejected_days
    done = Key("moderator.duplicate.done", {"ref": report.ref, "other": original.ref, "days": days})
    decided.say(turn, report, done, act_button("moderator.open_other", "mopen", original.ref))
