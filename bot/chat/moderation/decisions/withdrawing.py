"""Withdrawal of a report by a moderator on behalf of its reporter."""

from bot.chat.moderation.decisions import releasing
from bot.chat.moderation.references import taken
from bot.chat.notices.team.to_moderators import notify_withdrawn
from bot.chat.screens.renderer import act_button
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Key
from bot.services.desk import claims
from bot.services.desk.decisions import withdrawing


async def ask(turn: Turn) -> None:
    report = await taken(turn)
    rows = [
        [act_button(f"moderator.withdraw.{why}", "mtakeback", report.ref, why, ButtonRole.DESTROY)]
        for why in withdrawing.REASONS
    ]
    asked = Key("moderator.withdraw.ask", {"ref": report.ref})
    turn.say(asked, rows=[*rows, [act_button("moderator.keep", "mkeep")]], report_id=report.id)
    turn.answer_tap()


async def withdraw(turn: Turn) -> None:
    """Destroy the report's keys and tell every moderator."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    withdrawn = await withdrawing.withdraw(turn.unit, turn.moderator, report, turn.act.second)
    releasing.forget(turn, report)
    turn.outbox.drop_report(withdrawn.report_id)
    turn.answer_tap()
    await notify_withdrawn(turn, withdrawn)
