"""Command /reject."""

from bot.chat.moderation.decisions import decided, releasing
from bot.chat.moderation.references import taken
from bot.chat.screens.renderer import act_button
from bot.chat.turn import Turn
from bot.form.screen import Key
from bot.services.desk import claims
from bot.services.desk.decisions import duplicates, rejection, undoing
from bot.services.reports.states import Move


async def reject(turn: Turn) -> None:
    report = await taken(turn)
    rows = [
        [act_button(f"moderator.reason.{reason}", "mreject", report.ref, reason)]
        for reason in rejection.REASONS
        if reason != duplicates.REASON
    ]
    rows.insert(0, [act_button("moderator.duplicate", "mdup", report.ref)])
    asked = Key("moderator.reject.ask", {"ref": report.ref, "days": turn.unit.settings.rejected_days})
    turn.say(asked, rows=[*rows, [act_button("moderator.keep", "mkeep")]], report_id=report.id)
    turn.answer_tap()


async def choose(turn: Turn) -> None:
    """Reject a report for the tapped reason. An urgent one, or one without any edit, needs a confirmation."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await rejection.check(turn.unit, turn.moderator, report, turn.act.second)
    why = await rejection.why_ask(turn.unit, report)
    if why is None:
        await reject_surely(turn)
        return
    surely = act_button("moderator.reject.surely", "mrejectyes", report.ref, turn.act.second)
    rows = [
        [act_button("moderator.open", "mopen", report.ref)],
        [surely],
        [act_button("moderator.keep", "mkeep")],
    ]
    asked = Key(f"moderator.reject.{why}", {"ref": report.ref})
    turn.drop_message()  # its id may be known only by this tap
    turn.say(asked, Key(f"moderator.reason.{turn.act.second}"), rows=rows, report_id=report.id)
    turn.answer_tap()


async def reject_surely(turn: Turn) -> None:
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await undoing.decide(turn.unit, turn.moderator, report, Move.REJECT, turn.act.second)
    releasing.forget(turn, report)
    turn.answer_tap()
    decided.say(turn, report, Key("moderator.rejected", {"ref": report.ref}))
