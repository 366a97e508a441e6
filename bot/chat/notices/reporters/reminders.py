"""Silent reminders of drafts that expire soon, for reporters who asked for them. The text does not tell the
bot's purpose."""

from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, Renderer, act_button
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.outbox import Outbox
from bot.form.screen import ButtonRole, Key
from bot.services.reports.drafts import drafting, silence
from bot.services.reports.drafts.drafting import OpenDraft
from bot.services.unit import Unit

MOST_AT_ONCE = 200


async def owe(renderer: Renderer, unit: Unit, outbox: Outbox) -> None:
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
    """Whether a reminder's button was shown for this draft at its current step. Later answers are not what
    it was about."""
    return (act.first, act.second) == _named(open_draft)


def _named(open_draft: OpenDraft) -> tuple[str, str]:
    return open_draft.row.id[:4], str(open_draft.draft.step)
