"""Actions on a report by its receipt code: read questions, add information, mark it urgent or safe, allow or
forbid questions, withdraw. Each button carries a ticket instead of the code."""

from collections.abc import Iterator, Sequence

from bot.chat import endings
from bot.chat.notices.reporters import questions
from bot.chat.replies import contacts
from bot.chat.reporter import commands, talk
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.turn import Turn
from bot.errors import Refusal
from bot.form.screen import ButtonRole, Key, Phrase
from bot.services import vault
from bot.services.reports import holdings, intake, tickets
from bot.services.reports.states import Status
from bot.services.reports.talk import answering, words
from bot.services.reports.talk.answering import OPEN
from bot.services.reports.talk.words import Message, Sign
from bot.services.reports.tickets import Use
from db.models import Report


async def show(turn: Turn, report: Report, code: str, *before: Phrase, gone: Sequence[int]) -> None:
    """Show a report's status and actions, once the messages in `gone` are deleted.

    Any other recorded chat is forgotten at once, and the report's open replies in other chats are emptied.
    """
    unit, paragraphs = turn.unit, [*before]
    turn.report_language = report.language
    way, has_moved = await answering.come(unit, report, turn.chat.id)
    if has_moved:
        paragraphs.append(Key("reporter.code.moved"))
    await vault.open_keys(unit, [report.data_key_id], lenient=True)
    is_open = report.data_key_id in unit.keys
    asked = await words.unanswered(unit, report) if is_open else ()
    paragraphs.append(Key(f"reporter.status.{report.status}"))
    paragraphs += await exported(turn, report)
    if asked:
        paragraphs.append(Key("reporter.code.asked", {"n": len(asked)}))
    last = words.last_about(await words.newest(unit, report), words.SAFETY) if is_open else None
    sealed = tickets.ticket(unit, code, turn.chat.hash, Use.STATE)
    is_safe = last is not None and last.words.sign is Sign.SAFE
    rows = [
        [one]
        for one in _buttons(report, sealed, asked, is_safe=is_safe, has_way=way is not None, is_open=is_open)
    ]
    turn.say_after_deleting(gone, *paragraphs, "reporter.status.then", endings.older(turn), rows=rows)


async def exported(turn: Turn, report: Report) -> Sequence[Phrase]:
    """Number of exports that held a report, and since when. Empty if there are none."""
    held = await holdings.holding(turn.unit, report.id)
    if held is None:
        return ()
    return [Key("reporter.exported", {"number": held.number, "since": held.since(turn.unit)})]


def _buttons(
    report: Report, sealed: str, asked: Sequence[Message], *, is_safe: bool, has_way: bool, is_open: bool
) -> Iterator[ActButton]:
    """Actions on a report. `is_safe`: its reporter last said so. `is_open`: its key is available."""
    if report.status in {Status.WITHDRAWN, Status.EXPIRED}:
        return
    if asked:
        label = Key("reporter.code.read", {"n": len(asked)})
        yield ActButton(label, Act("cread", sealed), ButtonRole.ONWARD)
    if is_open:
        if report.status in OPEN:
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
    """Report and code of the tapped button. Raises Refusal for a button that has expired or belongs to
    another chat, and for a withdrawn report."""
    try:
        code = tickets.open_ticket(turn.unit, turn.act.first, turn.chat.hash, use)
    except Refusal as over:
        # Telegram shows the answer to a tap only at once. After an outage the reporter would not learn of the refusal.
        turn.say_after_deleting(turn.tapped, Key(over.key))
        raise
    try:
        report = await intake.find_by_code(
            turn.unit, code
        )  # not counted as a guess: the button was made for a right code
    except Refusal:
        turn.drop_message()  # its id was unknown when the report was withdrawn
        raise
    turn.report_language = report.language
    return report, code


async def read(turn: Turn) -> None:
    report, code = await tapped(turn)
    if talk.answers_something(turn, report):
        await talk.show_again(turn)
        return
    talk.require_nothing_open(turn)
    asked = await words.unanswered(turn.unit, report)
    turn.answer_tap()
    if asked:
        await talk.begin(turn, report, asked, seen=intake.check_of(turn.unit, code))
    else:
        await show(turn, report, code, Key("reporter.talk.nothing"), gone=turn.tapped)


async def add(turn: Turn) -> None:
    """Open a form for more information on an undecided report. It counts towards the daily limit of reports."""
    talk.require_nothing_open(turn)
    report, code = await tapped(turn)
    if report.status in OPEN:
        await commands.count(turn)
    await talk.begin(turn, report, (), seen=intake.check_of(turn.unit, code))
    turn.answer_tap()


async def urgent(turn: Turn) -> None:
    """Tell moderators that a person is in danger now, and show contacts of helpers."""
    report, code = await tapped(turn)
    await answering.sign(turn.unit, report, Sign.URGENT)
    turn.answer_tap()
    await show(turn, report, code, Key("reporter.code.urgent.done"), *contacts(turn.unit), gone=turn.tapped)


async def safe(turn: Turn) -> None:
    """Tell moderators that the danger is over."""
    report, code = await tapped(turn)
    await answering.sign(turn.unit, report, Sign.SAFE)
    turn.answer_tap()
    await show(turn, report, code, Key("reporter.code.safe.done"), gone=turn.tapped)


async def ask_to_let(turn: Turn) -> None:
    """Explain what is stored if moderators may ask, and ask for consent."""
    report, _ = await tapped(turn)
    days = turn.unit.settings.talk_days
    yes = act_button("reporter.code.let.yes", "cletyes", turn.act.first, role=ButtonRole.ONWARD)
    no = act_button("reporter.code.let.no", "cstay", turn.act.first)
    turn.answer_tap()
    notice = questions.words_of_notice(turn.unit.settings, report.language)
    said = Key("reporter.code.let.sure", {"days": days, "notice": notice})
    turn.say_after_deleting(turn.tapped, said, rows=[[yes], [no]])


async def let(turn: Turn) -> None:
    """Allow moderators to ask, in this chat."""
    report, code = await tapped(turn)
    await answering.let(turn.unit, report, turn.chat.id, code)
    turn.answer_tap()
    await show(turn, report, code, Key("reporter.code.let.done"), gone=turn.tapped)


async def never(turn: Turn) -> None:
    """Forbid further questions. The chat is forgotten at once."""
    report, code = await tapped(turn)
    asked = await words.open_questions(turn.unit, report)
    await answering.sign(turn.unit, report, Sign.NO_MORE, asked)
    await answering.sign_no_more(turn.unit, turn.chat.id)
    turn.answer_tap()
    await show(turn, report, code, Key("reporter.talk.never.done"), gone=turn.tapped)


async def stay(turn: Turn) -> None:
    report, code = await tapped(turn)
    turn.answer_tap()
    await show(turn, report, code, gone=turn.tapped)
