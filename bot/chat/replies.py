"""Extras on the screens of a reply: the questions, always signed "Moderator", and buttons to decline them."""

from collections.abc import Sequence

from bot.chat.form_screens import NOTHING_BESIDE, Beside
from bot.chat.kept_files import SEND_METHODS
from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton, act_button
from bot.chat.transport.sending.call import Call
from bot.chat.turn import Turn
from bot.form.answers import FileRef
from bot.form.screen import ButtonRole, Joined, Key, Label, Phrase, Said, Screen, ScreenKind
from bot.services.reports.drafts.drafting import OpenDraft
from bot.services.reports.files import CLEANED, PENDING, KeptFile
from bot.services.reports.talk import answering, words
from bot.services.reports.talk.words import CONTACTS, Message
from bot.services.unit import REPLY_FORM, REPORT_FORM, Unit


def is_reply(open_draft: OpenDraft | None) -> bool:
    return open_draft is not None and open_draft.row.kind == REPLY_FORM


async def beside(turn: Turn, open_draft: OpenDraft, screen: Screen, *, whole: bool) -> Beside:
    """Extras of a reply's screen that asks for words. Other screens have none. `whole` adds the files and
    the questions asked since the reply was opened."""
    if not is_reply(open_draft) or screen.kind is not ScreenKind.QUESTION or screen.path != answering.WORDS:
        return NOTHING_BESIDE
    report = await answering.report_of(turn.unit, open_draft)
    if report is None or not answering.questions_of(open_draft):
        return NOTHING_BESIDE
    if whole:
        answering.widen(open_draft, await words.unanswered(turn.unit, report))
    numbers = answering.questions_of(open_draft)
    asked = [one for one in await words.said(turn.unit, report) if one.number in numbers]
    known = await words.known_files(turn.unit, asked)
    notes = tuple(_note(turn.unit, one, known) for one in asked)
    refs = [ref for one in asked for ref in one.words.files]
    return Beside(notes, _files(turn, refs, known) if whole else (), _rows(open_draft, asked))


def _note(unit: Unit, asked: Message, known: dict[str, KeptFile]) -> tuple[Phrase, ...]:
    said = asked.words
    if said.ready == CONTACTS:
        return (Key("reporter.question.contacts"), *contacts(unit))
    ready = (Key(f"talk.ready.{said.ready}"),) if said.ready is not None else ()
    own = (Said(said.text),) if said.text.strip() else ()
    return (Key("reporter.question"), *ready, *own, *_doubts(said.files, known))


def _doubts(refs: Sequence[FileRef], known: dict[str, KeptFile]) -> tuple[Phrase, ...]:
    states = {known[ref.id].status if ref.id in known else "" for ref in refs} - {CLEANED}
    later = (Key("reporter.question.file_later"),) if PENDING in states else ()
    return (*later, *((Key("reporter.question.file_lost"),) if states - {PENDING} else ()))


def contacts(unit: Unit) -> tuple[Phrase, ...]:
    """Contacts of helpers, from the questionnaire."""
    asked = unit.forms[REPORT_FORM].questions
    helped = {one.name: one for question in asked for one in question.choices if any(one.contact.values())}
    lines = tuple(
        Key("flow.contact", {"need": Label(one.label), "contact": Label(one.contact)})
        for one in helped.values()
    )
    return (Joined(lines, "\n"),) if lines else ()


def _files(turn: Turn, refs: Sequence[FileRef], known: dict[str, KeptFile]) -> tuple[Call, ...]:
    """Clean copies of files, under names that reveal nothing."""
    shown = [ref for ref in refs if ref.id in known and known[ref.id].status == CLEANED]
    otherwise = turn.renderer.phrase(Key("reporter.question.file_lost"), turn.language)
    calls = []
    for number, ref in enumerate(shown, 1):
        method, parameter = SEND_METHODS[ref.kind]
        params = {"chat_id": turn.chat.id, "protect_content": True}
        attach = {parameter: f"copy:{ref.id}:{number}"}
        calls.append(Call(method, params, attach, otherwise=otherwise))
    return tuple(calls)


def _rows(reply: OpenDraft, asked: Sequence[Message]) -> tuple[tuple[ActButton, ...], ...]:
    named = reply.row.id[:4], str(len(answering.questions_of(reply)))
    never = (act_button("reporter.question.never", "qnever", *named),)
    if any(one.waits for one in asked):
        return (act_button("reporter.question.skip", "qskip", *named),), never
    return (act_button("reporter.question.read", "qskip", *named, role=ButtonRole.ONWARD),), never


def is_meant(act: Act, reply: OpenDraft) -> bool:
    """Whether a question's button belongs to this reply and was shown with all its current questions."""
    asked = len(answering.questions_of(reply))
    return act.first == reply.row.id[:4] and act.second.isdecimal() and int(act.second) >= asked
