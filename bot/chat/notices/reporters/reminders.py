"""The one message that the bot sends to a reporter unasked: that what was begun is deleted soon, to whoever wanted to be told
so. It comes silently, and says nobody what the bot is for."""

from bot.chat.screens.renderer import ActButton, Renderer, act_button
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.outbox import Outbox
from bot.form.screen import ButtonRole, Key
from bot.services.reports import drafting
from bot.services.reports.drafting import OpenDraft
from bot.services.unit import Unit

MOST_AT_ONCE = 200
"""The next sweep goes on."""


async def owe(renderer: Renderer, unit: Unit, outbox: Outbox) -> None:
    """Owe a reminder to each person whose draft is due for one."""
    for open_draft in await drafting.take_silent(unit, MOST_AT_ONCE):
        chat_id = drafting.address(unit, open_draft)
        if chat_id is None:
            continue
        said = Key("reporter.reminder", {"hours": drafting.reminder_hours(unit)})
        message = renderer.message(open_draft.row.language, [said], _rows(unit, open_draft))
        params = {"chat_id": chat_id, **message.params(), "disable_notification": True}
        outbox.add(open_draft.row.chat_hash, Call("sendMessage", params, passing=True))


def _rows(unit: Unit, open_draft: OpenDraft) -> list[list[ActButton]]:
    rows = [[act_button("reporter.reminder.go_on", "resume", role=ButtonRole.ONWARD)]]
    if drafting.may_be_sent_unfinished(unit, open_draft):
        rows.append([act_button("flow.unfinished.send", "sendnow", role=ButtonRole.COMPLETE)])
    rows.append([act_button("reporter.reminder.delete", "panicnow", role=ButtonRole.DESTROY)])
    return rows
