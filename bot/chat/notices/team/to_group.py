"""Optional line in the team's group that there is something new or urgent, without reference or number.

A group that becomes a supergroup gets a new number. Telegram tells it by a message in either group and in the
answer to a call.
"""

from collections.abc import Sequence
from dataclasses import replace

from telegram import Chat

from bot.chat.notices.reporters import questions
from bot.chat.screens.renderer import Renderer
from bot.chat.transport.sending.call import Call
from bot.chat.transport.sending.delivered import Delivered
from bot.chat.transport.sending.outbox import Outbox
from bot.chat.turn import Turn
from bot.form.screen import Key
from bot.services.desk.people import group
from bot.services.unit import Unit
from db.models import Report


async def notify(renderer: Renderer, unit: Unit, outbox: Outbox, reports: Sequence[Report]) -> None:
    """Enqueue one line for all these reports, in the first of the bot's languages."""
    chat_id = await group.number_of(unit) if reports else None
    if chat_id is None:
        return
    key = "moderator.group.urgent" if any(one.urgent for one in reports) else "moderator.group.new"
    message = renderer.message(unit.settings.languages[0], [Key(key)])
    _owe(unit, outbox, Call("sendMessage", {"chat_id": chat_id, **message.params()}, guarded=True))


async def moved(turn: Turn) -> None:
    message, configured = turn.whole_message, turn.unit.settings.notice_chat
    if message.migrate_to_chat_id is not None and message.chat.id == configured:
        await group.note_successor(turn.unit, message.migrate_to_chat_id)
    elif message.migrate_from_chat_id is not None and message.migrate_from_chat_id == configured:
        await group.note_successor(turn.unit, message.chat.id)


async def is_ours(turn: Turn, chat: Chat) -> bool:
    """Whether a group is the team's or may be its successor. A call to the old group decides that, and the
    bot leaves the new one if it is not."""
    settings = turn.unit.settings
    if settings.notice_chat is None:
        return False
    if chat.id in {settings.notice_chat, await group.number_of(turn.unit)}:
        return True
    if chat.type != chat.SUPERGROUP or not await group.may_become(turn.unit, chat.id):
        return False
    params = {"chat_id": settings.notice_chat, "action": "typing"}
    _owe(turn.unit, turn.outbox, Call("sendChatAction", params, decides=chat.id))
    return True


async def follow(renderer: Renderer, unit: Unit, outbox: Outbox, delivered: Sequence[Delivered]) -> None:
    """Send lines again that the old group refused, and leave groups that proved not to be its successor."""
    configured = unit.settings.notice_chat
    if configured is None:
        return
    hashed = unit.safe.pseudonyms.chat(configured)
    for done in [one for one in delivered if one.row.chat_hash == hashed]:
        call = Call.of(unit.safe.ring, done.row)
        if done.moved_to is not None:
            await group.note_successor(unit, done.moved_to)
            if call.decides is None:
                params = {**call.params, "chat_id": done.moved_to}
                _owe(unit, outbox, replace(call, params=params))
        if call.decides is not None and call.decides != await group.number_of(unit):
            leave(renderer, unit, outbox, unit.settings.languages[0], call.decides)


def leave(renderer: Renderer, unit: Unit, outbox: Outbox, language: str, chat_id: int) -> None:
    message = renderer.message(language, [Key("reporter.no_groups")])
    _owe(unit, outbox, Call("sendMessage", {"chat_id": chat_id, **message.params()}))
    _owe(unit, outbox, Call("leaveChat", {"chat_id": chat_id}))


def _owe(unit: Unit, outbox: Outbox, call: Call) -> None:
    outbox.add(unit.safe.pseudonyms.chat(call.params["chat_id"]), call)


async def leave_group(turn: Turn) -> None:
    """Leave a group or channel that is not the team's. Nothing is stored about it.

    If a private chat blocked the bot, its reply channels are forgotten and moderators are told.
    """
    member = turn.update.my_chat_member
    if member is None:
        return
    if member.chat.type == member.chat.PRIVATE:
        if member.new_chat_member.status == member.new_chat_member.BANNED:
            await questions.forget(turn.unit, [turn.chat.id])
        return
    if member.new_chat_member.status in {member.new_chat_member.LEFT, member.new_chat_member.BANNED}:
        return
    if not await is_ours(turn, member.chat):
        leave(turn.renderer, turn.unit, turn.outbox, turn.language, turn.chat.id)
