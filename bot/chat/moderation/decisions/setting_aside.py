"""Setting a report aside until its reporter answers."""

from bot.chat.moderation.decisions import open_edits
from bot.chat.moderation.references import named
from bot.chat.screens.renderer import act_button
from bot.chat.turn import Turn
from bot.form.screen import ButtonRole, Key
from bot.services.desk.decisions import setting_aside


async def set_aside(turn: Turn) -> None:
    """Its button was tapped: the report leaves the queue until it is answered."""
    report = await named(turn)
    await setting_aside.set_aside(turn.unit, turn.moderator, report)
    open_edits.forget(turn, report)
    turn.answer_tap()
    done = Key("moderator.aside.done", {"ref": report.ref, "n": turn.unit.settings.talk_days})
    onward = act_button("moderator.next", "mnext", role=ButtonRole.ONWARD)
    turn.say(done, rows=[[onward]])
