"""What the code of a receipt is good for: the status of its report, and taking the report back."""

from bot.chat import endings, form_events
from bot.chat.notices import notify_withdrawn
from bot.chat.renderer import act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import Key
from bot.safety.receipt import read_code
from bot.services.reports import intake, withdrawal


async def status(turn: Turn) -> None:
    """/status CODE."""
    if not turn.argument:
        raise Refusal("reporter.status.how")
    await tell_status(turn, turn.argument)


async def tell_status(turn: Turn, code: str) -> None:
    """Say where the report of a code stands. The message with the code leaves the chat, and the answer asks for the rest
    to be deleted."""
    turn.delete([turn.message.message_id])
    found = await intake.find_by_code(turn.unit, code)
    turn.report_language = found.language
    turn.say(f"reporter.status.{found.status}", "reporter.status.then")


async def withdraw(turn: Turn) -> None:
    """/withdraw CODE: ask once more. The message with the code leaves the chat."""
    if not turn.argument:
        raise Refusal("reporter.withdraw.how")
    turn.delete([turn.message.message_id])
    found = await intake.find_by_code(turn.unit, turn.argument)
    turn.report_language = found.language
    code = read_code(turn.argument) or ""
    yes = act_button("reporter.withdraw.yes", "withdraw", code)
    no = act_button("reporter.withdraw.no", "keep", found.language)
    turn.say("reporter.withdraw.sure", rows=[[yes], [no]])


async def withdraw_surely(turn: Turn) -> None:
    """The report's keys are destroyed now, and the moderators are told."""
    found = await intake.find_by_code(turn.unit, turn.act.first)
    turn.report_language = found.language
    turn.answer_tap()
    withdrawn = await withdrawal.withdraw(turn.unit, found)
    turn.drop_message()
    turn.say("reporter.withdraw.done")
    turn.outbox.drop_report(withdrawn.report_id)
    await notify_withdrawn(turn, withdrawn)


async def keep(turn: Turn) -> None:
    """The reporter thought better of the withdrawal."""
    turn.report_language = turn.act.first
    turn.answer_tap("reporter.withdraw.kept")
    turn.drop_message()


async def clear(turn: Turn) -> None:
    """Clear the chat once the receipt was written down."""
    turn.answer_tap(Key("reporter.cleared", {"hours": turn.unit.settings.message_hours}), alert=True)
    await endings.clear_chat(turn)
    await form_events.show(turn)  # another form may be open by now; its question went with the rest
