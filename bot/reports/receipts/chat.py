"""Receipt codes in a chat: status of a report, additions, questions, and withdrawal."""

from collections.abc import Iterable, Iterator, Sequence

from bot.chat.buttons import Act
from bot.chat.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.kinds.calendar import date_phrase
from bot.form.screen import ButtonRole, Joined, Key, Phrase, Said
from bot.reports import commands as reporter_commands_chat
from bot.reports import links, withdrawal
from bot.reports.filling import chat as filling_chat
from bot.reports.filling import endings
from bot.reports.filling.screens import contacts, is_reply
from bot.reports.receipts import service as receipts_service
from bot.reports.receipts.service import Use
from bot.reports.states import Status
from bot.reports.talk import chat as talk_chat
from bot.reports.talk import messages, ways
from bot.reports.talk import service as talk_service
from bot.safety.pseudonym import code_in, read_part
from bot.store import sent_messages, vault
from bot.texts import Texts
from db.models import Report

STATUS_CODE, WITHDRAWAL_CODE = "reporter.status.code", "reporter.withdraw.code"
"""Texts that ask for a code. A reply names its text, so nothing has to be stored."""
EXAMPLE_CODE = "7K3Q-V9XM-20TB"
PROOF = "reporter.receipt.prove"
"""Text that asks for the last part of a code, with two unseen check letters, so nothing is stored."""
_UNSEEN = "\u200b\u200c"
"""Characters without width, which Telegram keeps: a bit each, seven bits a letter."""


async def show(turn: Turn, report: Report, code: str, *before: Phrase) -> None:
    """Show a report's status and actions, once the message that asked for them is deleted. Any other recorded chat is
    forgotten at once, and the report's open replies in other chats are emptied."""
    unit, paragraphs = turn.unit, [*before]
    turn.report_language = report.language
    way, has_moved = await talk_service.come(unit, report, turn.chat.id)
    if has_moved:
        paragraphs.append(Key("reporter.code.moved"))
    await vault.open_keys(unit, [report.data_key_id], lenient=True)
    is_open = report.data_key_id in unit.keys
    asked = await messages.unanswered(unit, report) if is_open else ()
    paragraphs.append(Key(f"reporter.status.{report.status}", {"days": unit.settings.rejected_days}))
    paragraphs += await exported(turn, report)
    if asked:
        paragraphs.append(Key("reporter.code.asked", {"n": len(asked)}))
    last = messages.last_about(await messages.newest(unit, report), messages.SAFETY) if is_open else None
    sealed = receipts_service.ticket(unit, code, turn.chat.hash, Use.STATE)
    is_safe = last is not None and last.words.sign is messages.Sign.SAFE
    is_kept = is_open or await vault.is_archived(unit, report.data_key_id)
    buttons = _buttons(report, sealed, asked, is_safe=is_safe, has_way=way is not None, is_kept=is_kept)
    rows = [[one] for one in buttons]
    gone = turn.tapped or [turn.message.message_id]
    turn.say_after_deleting(gone, *paragraphs, "reporter.status.then", rows=rows)


async def exported(turn: Turn, report: Report) -> Sequence[Phrase]:
    """Number of exports that held a report, and since when. Empty if there are none."""
    held = await links.holding(turn.unit, report.id)
    if held is None:
        return ()
    since = date_phrase(links.day_of(turn.unit, held.since_hour))
    return [Key("reporter.exported", {"number": held.number, "since": since})]


def _buttons(
    report: Report,
    sealed: str,
    asked: Sequence[messages.Message],
    *,
    is_safe: bool,
    has_way: bool,
    is_kept: bool,
) -> Iterator[ActButton]:
    """Actions on a report. `is_safe`: its reporter last said so. `is_kept`: its key is open or sealed."""
    if report.status in {Status.WITHDRAWN, Status.EXPIRED}:
        return
    if asked:
        label = Key("reporter.code.read", {"n": len(asked)})
        yield ActButton(label, Act("cread", sealed), ButtonRole.ONWARD)
    if is_kept:
        if report.status in talk_service.OPEN:
            yield act_button("reporter.code.add", "cadd", sealed)
            if not report.urgent or is_safe:
                yield act_button("reporter.code.urgent", "curgent", sealed)
        if report.urgent and not is_safe:
            yield act_button("reporter.code.safe", "csafe", sealed)
        if has_way:
            yield act_button("reporter.code.never", "cnever", sealed)
        else:
            yield act_button("reporter.code.let", "clet", sealed)
    yield act_button("reporter.code.withdraw", "cwithdraw", sealed, role=ButtonRole.DESTROY)


async def tapped(turn: Turn, use: Use = Use.STATE) -> tuple[Report, str]:
    """Report and code of the tapped button. Raises Refusal if either is over, or not of this chat."""
    try:
        code = receipts_service.open_ticket(turn.unit, turn.act.first, turn.chat.hash, use)
    except Refusal as over:
        # Telegram shows the answer to a tap only at once. After an outage the reporter would not learn of the refusal.
        turn.say_after_deleting(turn.tapped, Key(over.key))
        raise
    try:
        # Not counted as a guess: the button was made for a right code.
        report = await receipts_service.find_by_code(turn.unit, code)
    except Refusal:
        turn.drop_message()  # its id was unknown when the report was withdrawn
        raise
    turn.report_language = report.language
    return report, code


async def read(turn: Turn) -> None:
    report, code = await tapped(turn)
    if talk_chat.answers_something(turn, report):
        await talk_chat.show_again(turn)
        return
    talk_chat.require_nothing_open(turn)
    asked = await messages.unanswered(turn.unit, report)
    if asked:
        await talk_chat.begin(turn, report, asked, seen=receipts_service.check_of(turn.unit, code))
    else:
        await show(turn, report, code, Key("reporter.talk.nothing"))


async def add(turn: Turn) -> None:
    """Open a form for more information on an undecided report. It counts towards the daily limit of reports."""
    talk_chat.require_nothing_open(turn)
    report, code = await tapped(turn)
    if report.status in talk_service.OPEN:
        await reporter_commands_chat.count_beginning(turn)
    await talk_chat.begin(turn, report, (), seen=receipts_service.check_of(turn.unit, code))


async def urgent(turn: Turn) -> None:
    """Tell moderators that a person is in danger now, and show contacts of helpers."""
    report, code = await tapped(turn)
    await talk_service.sign(turn.unit, report, messages.Sign.URGENT)
    await show(turn, report, code, Key("reporter.code.urgent.done"), *contacts(turn.unit))


async def safe(turn: Turn) -> None:
    """Tell moderators that the danger is over."""
    report, code = await tapped(turn)
    await talk_service.sign(turn.unit, report, messages.Sign.SAFE)
    await show(turn, report, code, Key("reporter.code.safe.done"))


async def ask_to_let(turn: Turn) -> None:
    """Explain what is stored if moderators may ask, and ask for consent."""
    report, _ = await tapped(turn)
    days = turn.unit.settings.talk_days
    yes = act_button("reporter.code.let.yes", "cletyes", turn.act.first, role=ButtonRole.ONWARD)
    no = act_button("reporter.code.let.no", "cstay", turn.act.first)
    notice = talk_service.words_of_notice(turn.unit.settings, report.language)
    said = Key("reporter.code.let.sure", {"days": days, "notice": notice})
    turn.say_after_deleting(turn.tapped, said, rows=[[yes], [no]])


async def let(turn: Turn) -> None:
    """Allow moderators to ask, in this chat."""
    report, code = await tapped(turn)
    await talk_service.let(turn.unit, report, turn.chat.id, code)
    await show(turn, report, code, Key("reporter.code.let.done"))


async def never(turn: Turn) -> None:
    """Forbid further questions. The chat is forgotten at once."""
    report, code = await tapped(turn)
    asked = await messages.open_questions(turn.unit, report)
    await talk_service.sign(turn.unit, report, messages.Sign.NO_MORE, asked)
    await talk_service.sign_no_more(turn.unit, turn.chat.id)
    await show(turn, report, code, Key("reporter.talk.never.done"))


async def stay(turn: Turn) -> None:
    report, code = await tapped(turn)
    await show(turn, report, code)


async def status(turn: Turn) -> None:
    if turn.argument:
        await tell_status(turn, turn.argument)
    else:
        turn.ask_reply(Key(STATUS_CODE), EXAMPLE_CODE)


async def tell_status(turn: Turn, typed: str) -> None:
    """Show the status of a code's report. The message with the code is deleted, with any file."""
    found = await _found(turn, typed)
    before = [Key("reporter.file.beside_code")] if filling_chat.brings_file(turn.update) else []
    await show(turn, found, code_in(typed) or "", *before)


async def _found(turn: Turn, code: str) -> Report:
    """Report of a code. Raises Refusal, and then deletes the message too."""
    try:
        return await receipts_service.find_by_code(turn.unit, code, turn.chat.allowance)
    except Refusal:
        turn.delete([turn.message.message_id], surely=True)
        raise


async def withdraw(turn: Turn) -> None:
    if turn.argument:
        await ask_to_withdraw(turn, turn.argument)
    else:
        turn.ask_reply(Key(WITHDRAWAL_CODE), EXAMPLE_CODE)


async def ask_to_withdraw(turn: Turn, typed: str) -> None:
    """Ask for confirmation of a withdrawal and delete the message with the code."""
    found = await _found(turn, typed)
    await _ask_whether_sure(turn, found, code_in(typed) or "")


async def withdraw_by_button(turn: Turn) -> None:
    """Ask for confirmation of a withdrawal, for the button beside a report's status."""
    await _ask_whether_sure(turn, *await tapped(turn))


async def _ask_whether_sure(turn: Turn, found: Report, code: str) -> None:
    turn.report_language = found.language
    sealed = receipts_service.ticket(turn.unit, code, turn.chat.hash, Use.WITHDRAWAL)
    yes = act_button("reporter.withdraw.yes", "withdraw", sealed, role=ButtonRole.DESTROY)
    no = act_button("reporter.withdraw.no", "keep", found.language)
    held, gone = await exported(turn, found), turn.tapped or [turn.message.message_id]
    turn.say_after_deleting(gone, "reporter.withdraw.sure", *held, rows=[[yes], [no]])


async def replied(turn: Turn) -> bool:
    """Handle a reply to a question for a code or its last part. False for another message, or an answer to an open form."""
    if await _proved(turn):
        return True
    asked, typed = turn.replied_key((STATUS_CODE, WITHDRAWAL_CODE)), turn.typed
    if asked is None or (turn.chat.open_draft is not None and not code_in(typed)):
        return False
    await (ask_to_withdraw if asked == WITHDRAWAL_CODE else tell_status)(turn, typed)
    return True


async def code_alone(turn: Turn) -> bool:
    """Handle a message with a code outside any form, or before consent. Returns False for any other message."""
    open_draft, allowance = turn.chat.open_draft, turn.chat.allowance
    if (open_draft is not None and open_draft.agrees) or code_in(turn.typed) is None:
        return False
    if open_draft is not None and not await receipts_service.holds_code(turn.unit, turn.typed, allowance):
        return False  # it only looks like one
    await tell_status(turn, turn.typed)
    return True


def brings_what_was_asked(turn: Turn) -> bool:
    """Whether a message replies to a question for a code or its last part, and holds one."""
    if turn.replied_key((STATUS_CODE, WITHDRAWAL_CODE)) is not None:
        return code_in(turn.typed) is not None
    is_part = turn.replied_key((talk_chat.PART,)) is not None or _asked_part(turn) is not None
    return is_part and read_part(turn.typed) is not None


async def prove(turn: Turn) -> None:
    """Ask for the last part of the code, so that the reporter can check the written copy."""
    turn.answer_tap()
    turn.report_language = turn.act.second
    _ask_for_part(turn, turn.act.first)


def _ask_for_part(turn: Turn, check: str) -> None:
    turn.ask_reply(Key(PROOF, {"check": Said(unseen(check))}), EXAMPLE_CODE[-4:])


async def _proved(turn: Turn) -> bool:
    """Handle a reply with the last part of a code: clear the chat if it is right. False if it is none."""
    typed = turn.typed
    found = _asked_part(turn)
    if found is None or (turn.chat.open_draft is not None and not read_part(typed)):
        return False
    check, turn.report_language = found
    if receipts_service.is_last_part(turn.unit, typed, check):
        await endings.leave_empty(turn, turn.language, Key("reporter.receipt.proved"), seen=check)
        await filling_chat.show(turn)
    else:
        turn.say_after_deleting([turn.message.message_id], "reporter.receipt.wrong_part")
        _ask_for_part(turn, check)
    return True


def _asked_part(turn: Turn) -> tuple[str, str] | None:
    asked = turn.message.reply_to_message
    if asked is None or asked.from_user is None or not asked.from_user.is_bot or not asked.text:
        return None
    return check_asked(turn.renderer.texts, turn.unit.settings.languages, asked.text)


def check_asked(texts: Texts, languages: Iterable[str], asked: str) -> tuple[str, str] | None:
    """Check letters and language of a question for the last part of a code. None for any other text."""
    marks = "".join(one for one in asked if one in _UNSEEN)
    bits = "".join(str(_UNSEEN.index(one)) for one in marks)
    check = "".join(chr(int(bits[at : at + 7], 2)) for at in range(0, len(bits), 7))
    asking = (code for code in languages if marks and texts.text(code, PROOF, {"check": marks}) == asked)
    return next(((check, code) for code in asking), None)


def unseen(check: str) -> str:
    """Check letters in characters that no one sees."""
    return "".join(_UNSEEN[int(bit)] for one in check for bit in f"{ord(one):07b}")


def asks_for_code(texts: Texts, languages: Iterable[str], asked: str) -> bool:
    """Whether a text of the bot asks for a code or a part of one."""
    keys, spoken = (STATUS_CODE, WITHDRAWAL_CODE, talk_chat.PART), tuple(languages)
    if not asked:
        return False
    is_for_all = any(texts.text(code, key) == asked for key in keys for code in spoken)
    return is_for_all or check_asked(texts, spoken, asked) is not None


async def without_code(turn: Turn) -> None:
    """Delete the receipt for a reporter who keeps no code. No one has the code then."""
    turn.report_language, check = turn.act.first, turn.act.second
    onward = act_button("reporter.clear.all", "clear", check, turn.report_language, role=ButtonRole.ONWARD)
    said = ["reporter.receipt.dropped"]
    if check and await turn.outbox.drop_receipt(turn.chat.hash, check):
        sent_messages.note_doubt(turn.unit, turn.chat.hash)
        said.append("reporter.may_remain")
    if check and await ways.keeps_no_code(turn.unit, turn.chat.id, check):
        said.append("reporter.receipt.asked_without")
    turn.say_after_deleting(turn.tapped, *said, rows=[[onward]], deleted="reporter.refused.deleted")


async def withdraw_surely(turn: Turn) -> Report:
    """Withdraw a report and clear this chat, as any message may be about it. The caller tells the moderators."""
    found, code = await tapped(turn, Use.WITHDRAWAL)
    held = await exported(turn, found)
    await withdrawal.withdraw(turn.unit, found)
    reply = turn.chat.open_draft
    if reply is not None and is_reply(reply) and talk_service.is_about(reply, found):
        await endings.wipe(turn)
    turn.outbox.drop_report(found.id)
    done = Joined((Key("reporter.withdraw.done"), *held), "\n\n")
    await endings.leave_empty(turn, turn.language, done, seen=receipts_service.check_of(turn.unit, code))
    # Otherwise a low number of rows would reveal a chat that has withdrawn a report.
    sent_messages.scatter(turn.unit, turn.chat.hash)
    await filling_chat.show(turn)  # another form may be open; its question was deleted too
    return found


async def keep(turn: Turn) -> None:
    turn.report_language = turn.act.first
    turn.answer_tap("reporter.withdraw.kept")
    turn.drop_message()


async def clear(turn: Turn) -> None:
    """Clear the chat once the receipt was written down. Buttons of earlier versions do not name the receipt."""
    seen, turn.report_language = turn.act.first, turn.act.second
    doubtful = await endings.clear_chat(turn, seen=seen)
    turn.answer_tap(Key("reporter.cleared", {"hours": sent_messages.MESSAGE_HOURS}), alert=True)
    if doubtful:
        turn.say("reporter.may_remain")
    await filling_chat.show(turn)  # another form may be open by now; its question was deleted too
