"""Talk with moderators in a reporter's chat: a notice tells of questions, which are opened by the last part of the
code, or at once without one, and answered or declined. Silent replies are destroyed."""

import logging
import random
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, Renderer, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.events import Show
from bot.form.screen import ButtonRole, Key
from bot.reports.filling import chat as filling_chat
from bot.reports.filling import endings
from bot.reports.filling.screens import is_meant, is_reply
from bot.reports.talk import messages, ways
from bot.reports.talk import service as talk_service
from bot.safety.pseudonym import read_part
from bot.safety.sealing import UnsealError
from bot.store import drafting, sent_messages
from bot.store.drafting import OpenDraft
from bot.store.unit import UnitOfWork
from bot.transport.call import Call, Delivered, deletions
from bot.transport.outbox import Outbox
from db.models import Report

log = logging.getLogger(__name__)
PART = "reporter.talk.part"
"""Text that asks for the last part of a code. A reply names it, so nothing has to be stored."""
EXAMPLE_PART = "20TB"
_MOST_PUT_AWAY = 200
_MOST_OPENED = 1000
"""Most open replies that are decrypted after a report is deleted. Others are destroyed once abandoned."""


async def open_(turn: Turn) -> None:
    """Open the questions, for the button of a notice."""
    if answers_something(turn):
        await show_again(turn)
        return
    require_nothing_open(turn)
    found = await waiting(turn)
    free = [way for way in found if way.part is None]
    if free:
        report = await ways.oldest(turn.unit, free)
        if report is None:
            raise Refusal("reporter.talk.nothing")
        await begin(turn, report, await messages.unanswered(turn.unit, report))
    elif found:
        turn.report_language = found[0].language
        turn.ask_reply(Key(PART), EXAMPLE_PART)
    else:
        turn.drop_message()
        raise Refusal("reporter.talk.nothing")


async def show_again(turn: Turn) -> None:
    """Show the open reply's questions again, with their files and newer questions."""
    turn.drop_message()
    await filling_chat.apply(turn, Show(), whole=True)


async def show_instead(turn: Turn) -> None:
    """Show the open form in place of a message whose button is stale."""
    turn.answer_tap("reporter.tap.stale", alert=True)
    await show_again(turn)


def require_nothing_open(turn: Turn) -> None:
    """Raise Refusal if a form is open, which would be lost."""
    if turn.chat.open_draft is not None:
        raise Refusal("reporter.talk.form_open")


def answers_something(turn: Turn, of: Report | None = None) -> bool:
    """Whether a reply to questions is open, to any report or to `of`. Unasked information does not count."""
    reply = turn.chat.open_draft
    if reply is None or not is_reply(reply) or not talk_service.questions_of(reply):
        return False
    return of is None or talk_service.is_about(reply, of)


async def waiting(turn: Turn) -> Sequence[ways.Way]:
    """Reply channels of this chat with unanswered questions."""
    found = await ways.of_chats(turn.unit, [turn.chat.id])
    if not found:
        return ()
    asked = await messages.waiting(turn.unit, [way.row.report_id for way in found])
    return [way for way in found if way.row.report_id in asked]


async def offered(turn: Turn) -> bool:
    """Offer waiting questions beside a new report, to a reporter without a code. False if there are none."""
    free = [way for way in await waiting(turn) if way.part is None]
    if not free:
        return False
    turn.report_language = free[0].language
    begin = ActButton(Key("reporter.begin"), Act("begin", turn.language))
    open_them = act_button("reporter.talk.open", "qopen", role=ButtonRole.ONWARD)
    notice = talk_service.words_of_notice(turn.unit.settings, turn.language)
    turn.say(notice, rows=[[open_them], [begin]])
    return True


async def begin(turn: Turn, report: Report, asked: Sequence[messages.Message], *, seen: str = "") -> None:
    """Begin a reply in an emptied chat. `seen` is the check of the code that opened it."""
    reply = await talk_service.begin(turn.unit, turn.chat.hash, report, report.language, asked)
    if await endings.empty_chat(turn, seen=seen):
        sent_messages.note_doubt(turn.unit, turn.chat.hash)
    turn.chat.open_draft, turn.chat.prompt = reply, None
    await filling_chat.apply(turn, Show(), whole=True)


async def replied(turn: Turn) -> bool:
    """Handle a reply with the last part of a code. False for another message, or an answer to an open form."""
    typed = turn.typed
    if turn.replied_key((PART,)) is None or (turn.chat.open_draft is not None and not read_part(typed)):
        return False
    if turn.chat.open_draft is not None:
        turn.delete([turn.message.message_id], surely=True)
        raise Refusal("reporter.talk.form_open")
    await _open_by_part(turn, typed)
    return True


async def part_alone(turn: Turn) -> bool:
    """Open the questions for a code's last part outside any form, or say that nothing changed. False for another text."""
    if read_part(turn.typed) is None:
        return False
    if any(way.part is not None for way in await waiting(turn)):
        await _open_by_part(turn, turn.typed)
    else:
        turn.say_after_deleting([turn.message.message_id], "reporter.part_alone")
    return True


async def _open_by_part(turn: Turn, typed: str) -> None:
    try:
        way = await ways.proved(turn.unit, turn.chat.id, typed, turn.chat.allowance)
    except Refusal as refused:
        turn.say_after_deleting([turn.message.message_id], Key(refused.key, refused.arguments))
        if refused.key != "receipt.enough_guesses":
            turn.ask_reply(Key(PART), EXAMPLE_PART)
        return
    report = await turn.unit.session.get(Report, way.row.report_id)
    asked = await messages.unanswered(turn.unit, report) if report is not None else ()
    if report is None or not asked:
        turn.report_language = way.language
        turn.say_after_deleting([turn.message.message_id], "reporter.talk.nothing")
        return
    await begin(turn, report, asked, seen=way.check)


async def skip(turn: Turn) -> None:
    await _end(turn, messages.Sign.SKIPPED, "reporter.talk.skipped")


async def ask_never(turn: Turn) -> None:
    if await _meant_reply(turn) is None:
        return
    named = turn.act.first, turn.act.second
    yes = act_button("reporter.talk.never.yes", "qstop", *named, role=ButtonRole.DESTROY)
    no = act_button("reporter.talk.never.no", "qstay")
    turn.say("reporter.talk.never.sure", rows=[[yes], [no]])


async def never(turn: Turn) -> None:
    """Forbid further questions. The chat is forgotten at once."""
    if await _end(turn, messages.Sign.NO_MORE, "reporter.talk.never.done"):
        await talk_service.sign_no_more(turn.unit, turn.chat.id)


async def stay(turn: Turn) -> None:
    turn.drop_message()


async def _meant_reply(turn: Turn) -> OpenDraft | None:
    """Open reply of the tapped button. None for an older one. Raises Refusal if no reply is open."""
    reply = turn.chat.open_draft
    if reply is None or not is_reply(reply):
        turn.drop_message()
        raise Refusal("reporter.talk.nothing")
    if is_meant(turn.act, reply):
        return reply
    await show_instead(turn)
    return None


async def _end(turn: Turn, sign: messages.Sign, said: str) -> bool:
    """End the open reply with a sign. Nothing of it stays. Returns False for an older button."""
    reply = await _meant_reply(turn)
    if reply is None:
        return False
    turn.report_language = reply.language
    report, numbers = await talk_service.report_of(turn.unit, reply), talk_service.questions_of(reply)
    await endings.wipe(turn)
    if report is not None:
        asked = [one for one in await messages.unanswered(turn.unit, report) if one.number in numbers]
        if sign is messages.Sign.SKIPPED and asked and not any(one.waits for one in asked):
            # Only contacts were shown: there is no question to decline.
            await messages.close(turn.unit, report, numbers)
            said = "reporter.talk.read"
        else:
            await talk_service.sign(turn.unit, report, sign, asked)
    await endings.leave_line(turn, turn.language, Key(said if report is not None else "talk.report.gone"))
    return True


async def enqueue_question(
    renderer: Renderer, unit: UnitOfWork, outbox: Outbox, way_ids: Collection[int]
) -> None:
    """Enqueue a notice for each chat of these reply channels that is still due."""
    due = await ways.take_due(unit, way_ids)
    random.SystemRandom().shuffle(due)
    button = act_button("reporter.talk.open", "qopen", role=ButtonRole.ONWARD)
    for way, older in due:
        said = talk_service.words_of_notice(unit.settings, way.language)
        message = renderer.message(way.language, [said], [[button]])
        params = {"chat_id": way.chat_id, **message.params(), "disable_notification": True}
        call = Call("sendMessage", params, deletes=tuple(older), passing=True, way=way.row.id)
        outbox.add(unit.safe.pseudonyms.chat(way.chat_id), call)


async def note_told(unit: UnitOfWork, outbox: Outbox, delivered: Sequence[Delivered]) -> None:
    """Record delivered notices for later ones to replace. Deletes older ones that were not replaced."""
    told: dict[int, list[int]] = {}
    for done in delivered:
        way = Call.of(unit.safe.ring, done.row).way if done.message_ids else None
        if way is not None:
            told.setdefault(way, []).extend(done.message_ids)
            # Otherwise an additional row would reveal a chat that was asked something.
            sent_messages.scatter(unit, done.row.chat_hash, reached=True)
    replaced = await ways.note_told(unit, told) if told else {}
    for chat_id, ids in replaced.items():
        for call in deletions(chat_id, sorted(ids)):
            outbox.add(unit.safe.pseudonyms.chat(chat_id), replace(call, passing=True))


async def note_unreachable(unit: UnitOfWork, delivered: Sequence[Delivered]) -> None:
    """Forget unreachable chats."""
    lost = [Call.of(unit.safe.ring, done.row) for done in delivered if done.unreachable]
    chat_ids = {call.params.get("chat_id") for call in lost if not call.guarded}
    if chat_ids:
        await forget_unreachable(unit, [one for one in chat_ids if isinstance(one, int)])


async def forget_unreachable(unit: UnitOfWork, chat_ids: Collection[int]) -> None:
    """Forget the reply channels of these chats, and tell the moderators."""
    for report_id in await ways.lost(unit, chat_ids):
        report = await unit.session.get(Report, report_id)
        if report is not None and report.data_key_id is not None:
            try:
                await talk_service.sign(unit, report, messages.Sign.LOST)
            except UnsealError:  # one damaged report must not stop the recording of deliveries
                log.error("a talk does not open: nobody is told that its reporter was lost")  # noqa: TRY400 - no trace helps


async def put_away(renderer: Renderer, unit: UnitOfWork, outbox: Outbox) -> None:
    """Destroy replies untouched for `reply_hours`, and enqueue the deletion of their messages."""
    for reply in await talk_service.silent_replies(unit, _MOST_PUT_AWAY):
        await _put_away(renderer, unit, outbox, reply)


async def take_back_gone(renderer: Renderer, unit: UnitOfWork, outbox: Outbox) -> None:
    """Destroy replies to deleted reports at once and silently, by decrypting each, so only after a report was deleted."""
    if await sent_messages.take_replies_ended(unit):
        await put_away(renderer, unit, outbox)  # an emptied reply has no report any more
        for reply in await talk_service.about_nothing(unit, _MOST_OPENED):
            await _put_away(renderer, unit, outbox, reply)


async def _put_away(renderer: Renderer, unit: UnitOfWork, outbox: Outbox, reply: OpenDraft) -> None:
    chat_id = drafting.address(unit, reply.row)
    if chat_id is not None:
        await _clear(renderer, unit, outbox, reply, chat_id)
        await talk_service.ask_again(unit, [chat_id])
    await drafting.wipe(unit, reply)


async def _clear(
    renderer: Renderer, unit: UnitOfWork, outbox: Outbox, reply: OpenDraft, chat_id: int
) -> None:
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
