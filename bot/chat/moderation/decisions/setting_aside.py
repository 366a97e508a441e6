"""Removal of a report from the queue until its reporter answers."""

from bot.chat.moderation.decisions import decided, releasing
from bot.chat.moderation.references import named
from bot.chat.turn import Turn
from bot.form.screen import Key
from bot.services.desk.decisions import undoing
from bot.services.reports.states import Move


async def set_aside(turn: Turn) -> None:
    report = await named(turn)
    await undoing.decide(turn.unit, turn.moderator, report, Move.SET_ASIDE)
    releasing.forget(turn, report)
    turn.answer_tap()
    done = Key("moderator.aside.done", {"ref": report.ref, "n": turn.unit.settings.talk_days})
    decided.say(turn, report, done)
