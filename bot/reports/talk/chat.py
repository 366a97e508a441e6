"""Talk with moderators in a reporter's chat: questions are opened by the last part of the code, or at once
without one, and answered or declined."""

from collections.abc import Sequence

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.events import Show
from bot.form.screen import ButtonRole, Key
from bot.reports.filling import chat as filling_chat
from bot.reports.filling import endings
from bot.reports.filling.screens import is_meant, is_reply
from bot.reports.notices import chat as reporter_notices_chat
from bot.reports.talk import messages, ways
from bot.reports.talk import service as talk_service
from bot.safety.pseudonym import read_part
from bot.store import sent_messages
from bot.store.drafting import OpenDraft
from db.models import Report

PART = "reporter.talk.part"
"""Text that asks for the last part of a code. A reply names it, so nothing has to be stored."""
EXAMPLE_PART = "20TB"


async def open_(turn: Turn) -> None:
    """Open the questions, for the button of a notice."""
    if answers_something(turn):
        await show_again(turn)
        return
    require_nothing_open(turn)
    found = await waiting(turn)
    free = [way for way in found if way.part is None]
    if free:
        await _open_first(turn, free)
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
    notice = reporter_notices_chat.words_of_notice(turn.unit.settings, turn.language)
    turn.say(notice, rows=[[open_them], [begin]])
    return True


async def _open_first(turn: Turn, found: Sequence[ways.Way]) -> None:
    report = await ways.oldest(turn.unit, found)
    if report is None:
        raise Refusal("reporter.talk.nothing")
    await begin(turn, report, await messages.unanswered(turn.unit, report))


async def begin(turn: Turn, report: Report, asked: Sequence[messages.Message], *, seen: str = "") -> None:
    """Begin a reply in an emptied chat. `seen` is the check of the code that opened it."""
    reply = await talk_service.begin(turn.unit, turn.chat.hash, report, report.language, asked)
    if await endings.empty_chat(turn, seen=seen):
        sent_messages.note_doubt(turn.unit, turn.chat.hash)
    turn.chat.open_draft, turn.chat.prompt = reply, None
    await filling_chat.apply(turn, Show(), whole=True)


async def replied(turn: Turn) -> bool:
    """Handle a reply with the last part of a code. Returns False for any other message.

    While a form is open, other words are an answer to its question.
    """
    typed = turn.typed
    if turn.replied_key((PART,)) is None or (turn.chat.open_draft is not None and not read_part(typed)):
        return False
    if turn.chat.open_draft is not None:
        turn.delete([turn.message.message_id], surely=True)
        raise Refusal("reporter.talk.form_open")
    await _open_by_part(turn, typed)
    return True


async def part_alone(turn: Turn) -> bool:
    """Handle the last part of a code outside any form and not as a reply: open the questions, or say that
    nothing has changed. Returns False for any other text."""
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
    turn.answer_tap("reporter.tap.stale", alert=True)
    turn.drop_message()
    await filling_chat.apply(turn, Show(), whole=True)
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
