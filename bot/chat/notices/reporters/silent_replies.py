"""Destruction of abandoned replies and of those to deleted reports, with their messages. Unanswered
questions are announced again."""

from dataclasses import replace

from bot.chat.screens.renderer import Renderer
from bot.chat.transport.sending.call import Call, deletions
from bot.chat.transport.sending.outbox import Outbox
from bot.form.screen import Key
from bot.services import sent_messages, shown
from bot.services.reports.drafts import drafting, silence
from bot.services.reports.drafts.drafting import OpenDraft
from bot.services.reports.talk import answering
from bot.services.unit import Unit

MOST_AT_ONCE = 200
MOST_OPENED = 1000
"""Most open replies that are decrypted after a report is deleted. Others are destroyed once abandoned."""


async def put_away(renderer: Renderer, unit: Unit, outbox: Outbox) -> None:
    """Destroy replies untouched for `reply_hours`, and enqueue the deletion of their messages."""
    for reply in await silence.silent_replies(unit, MOST_AT_ONCE):
        await _put_away(renderer, unit, outbox, reply)


async def take_back_gone(renderer: Renderer, unit: Unit, outbox: Outbox) -> None:
    """Destroy replies to deleted reports at once and silently, since another person may have the phone. Each
    has to be decrypted, so this runs only after a report was deleted."""
    if await shown.take_replies_ended(unit):
        await put_away(renderer, unit, outbox)  # an emptied reply has no report any more
        for reply in await answering.about_nothing(unit, MOST_OPENED):
            await _put_away(renderer, unit, outbox, reply)


async def _put_away(renderer: Renderer, unit: Unit, outbox: Outbox, reply: OpenDraft) -> None:
    chat_id = drafting.address(unit, reply)
    if chat_id is not None:
        await _clear(renderer, unit, outbox, reply, chat_id)
        await answering.ask_again(unit, [chat_id])
    await drafting.wipe(unit, reply)


async def _clear(renderer: Renderer, unit: Unit, outbox: Outbox, reply: OpenDraft, chat_id: int) -> None:
    chat_hash = reply.row.chat_hash
    dropped = await outbox.drop_shown(chat_hash)
    taken = await sent_messages.take(unit, chat_hash)
    left = renderer.message(reply.language, [Key("reporter.left")]).params()
    for call in deletions(chat_id, taken.ids, {"chat_id": chat_id, **left}):
        outbox.add(chat_hash, replace(call, passing=True))
    if taken.doubtful or dropped.doubtful:
        remains = renderer.message(reply.language, [Key("reporter.may_remain")]).params()
        params = {"chat_id": chat_id, **remains, "disable_notification": True}
        outbox.add(chat_hash, Call("sendMessage", params, passing=True))
    for receipt in dropped.receipts:
        outbox.add(chat_hash, receipt)
    # Otherwise a low number of rows would reveal a chat that has not answered.
    sent_messages.scatter(unit, chat_hash)
