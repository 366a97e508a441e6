"""/reject, after a second look."""

from bot.chat.moderation.decisions import open_edits
from bot.chat.moderation.references import taken
from bot.chat.screens.renderer import act_button
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Key
from bot.services.desk import claims
from bot.services.desk.decisions import duplicates, rejection

_NEXT = act_button("moderator.next", "mnext", role=ButtonRole.ONWARD)


async def reject(turn: Turn) -> None:
    """/reject REF, or its button: ask for the reason."""
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


async def reject_surely(turn: Turn) -> None:
    """The reason was tapped: the report is rejected."""
    report = await claims.take(turn.unit, turn.moderator, turn.act.first)
    await rejection.reject(turn.unit, turn.moderator, report, turn.act.second)
    open_edits.forget(turn, report)
    turn.answer_tap()
    turn.say(Key("moderator.rejected", {"ref": report.ref}), rows=[[_NEXT]])
