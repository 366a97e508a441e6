"""The one message that the bot sends to a reporter unasked: that what was begun is deleted soon, to whoever wanted to be told
so. It comes silently, and says nobody what the bot is for."""

from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, Renderer, act_button
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.outbox import Outbox
from bot.form.screen import ButtonRole, Key
from bot.services.reports.drafts import drafting, silence
from bot.services.reports.drafts.drafting import OpenDraft
from bot.services.unit import Unit

MOST_AT_ONCE = 200
"""The next sweep goes on."""


async def owe(renderer: Renderer, unit: Unit, outbox: Outbox) -> None:
    """Owe a reminder to each person whose draft is due for one."""
    for open_draft in await silence.take_silent(unit, MOST_AT_ONCE):
        chat_id = drafting.address(unit, open_draft)
        drafting.note_reminded(unit, open_draft)
        if chat_id is None:
            continue
        said = Key("reporter.reminder", {"hours": silence.reminder_hours(unit.settings)})
        message = renderer.message(open_draft.row.language, [said], _rows(unit, open_draft))
        params = {"chat_id": chat_id, **message.params(), "disable_notification": True}
        outbox.add(open_draft.row.chat_hash, Call("sendMessage", params, passing=True))


def _rows(unit: Unit, open_draft: OpenDraft) -> list[list[ActButton]]:
    named = _named(open_draft)
    rows = [[act_button("reporter.reminder.go_on", "resume", *named, role=ButtonRole.ONWARD)]]
    if drafting.may_be_sent_unfinished(unit, open_draft):
        rows.append([act_button("flow.unfinished.send", "sendnow", *named, role=ButtonRole.COMPLETE)])
    rows.append([act_button("reporter.reminder.delete", "panicnow", *named, role=ButtonRole.DESTROY)])
    return rows


def is_meant(act: Act, open_draft: OpenDraft) -> bool:
    """Whether the button of a reminder was shown for this draft, which stands where it stood then: what somebody has told since they
    went on is not what they were reminded of."""
    return (act.first, act.second) == _named(open_draft)


def _named(open_draft: OpenDraft) -> tuple[str, str]:
    return open_draft.row.id[:4], str(open_draft.draft.step)
