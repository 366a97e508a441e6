"""Replies that nobody touches any more, or whose report is gone: destroyed with what stands of them in the chat. Questions that wait
for an answer still are told of by a notice again."""

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
"""The next sweep goes on."""
MOST_OPENED = 1000
"""Open replies that are looked into when a report has gone: what is beyond leaves its chat once nobody touches it."""


async def put_away(renderer: Renderer, unit: Unit, outbox: Outbox) -> None:
    """Destroy the replies that nobody has touched for `reply_hours`, and owe the deletion of what stands in their chats."""
    for reply in await silence.silent_replies(unit, MOST_AT_ONCE):
        await _put_away(renderer, unit, outbox, reply)


async def take_back_gone(renderer: Renderer, unit: Unit, outbox: Outbox) -> None:
    """The same of replies whose report is gone by now: at once, and without a word, since somebody else may have the phone. Only when
    a report has gone since the last look, for each of them has to be opened."""
    if await shown.take_replies_ended(unit):
        await put_away(
            renderer, unit, outbox
        )  # the code was used from elsewhere first: emptied by that, it has no report any more
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
    # Else a chat with fewer rows than others would be one that has answered nothing.
    sent_messages.scatter(unit, chat_hash)
