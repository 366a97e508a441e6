"""Replies that nobody touches any more: destroyed with what stands of them in the chat. Their questions wait for an answer still, so
a notice says again that something is there."""

from dataclasses import replace

from bot.chat.screens.renderer import Renderer
from bot.chat.transport.sending.call import Call, deletions
from bot.chat.transport.sending.outbox import Outbox
from bot.form.screen import Key
from bot.services import sent_messages
from bot.services.reports import drafting
from bot.services.reports.drafting import OpenDraft
from bot.services.reports.talk import answering
from bot.services.unit import Unit

MOST_AT_ONCE = 200
"""The next sweep goes on."""


async def put_away(renderer: Renderer, unit: Unit, outbox: Outbox) -> None:
    """Destroy the replies that nobody has touched for `reply_hours`, and owe the deletion of what stands in their chats."""
    for reply in await drafting.silent_replies(unit, MOST_AT_ONCE):
        chat_id = drafting.address(unit, reply)
        if chat_id is not None:
            await _clear(renderer, unit, outbox, reply, chat_id)
            await answering.ask_again(unit, chat_id)
        await drafting.wipe(unit, reply)


async def _clear(renderer: Renderer, unit: Unit, outbox: Outbox, reply: OpenDraft, chat_id: int) -> None:
    chat_hash = reply.row.chat_hash
    under_way = await outbox.drop_shown(chat_hash)
    taken = await sent_messages.take(unit, chat_hash)
    left = renderer.message(reply.language, [Key("reporter.left")]).params()
    for call in deletions(chat_id, taken.ids, {"chat_id": chat_id, **left}):
        outbox.add(chat_hash, replace(call, passing=True))
    if taken.doubtful or under_way:
        remains = renderer.message(reply.language, [Key("reporter.may_remain")]).params()
        params = {"chat_id": chat_id, **remains, "disable_notification": True}
        outbox.add(chat_hash, Call("sendMessage", params, passing=True))
    # Else a chat with fewer rows than others would be one that has answered nothing.
    sent_messages.scatter(unit, chat_hash)
