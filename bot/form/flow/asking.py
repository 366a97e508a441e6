"""The screen of a question: what is asked, what was answered, how to answer."""

from bot.form.answers import Answer, Written
from bot.form.events import RemoveFile
from bot.form.flow.controls import controls, progress_of
from bot.form.flow.objections import is_multiline
from bot.form.flow.pages import WHOLE, Row
from bot.form.flow.turn import FILE_KINDS, SELECTS, Turn
from bot.form.kinds.attachments import files_of
from bot.form.kinds.datepicker import date_prompt, date_rows
from bot.form.kinds.picking import asks_how_many, choice_rows, may_mean
from bot.form.kinds.wording import answer_phrase
from bot.form.model import Kind, Question
from bot.form.screen import Button, Key, Label, Phrase, Said, Screen, ScreenKind
from bot.form.xlsform.contacts import told

SHOWN = 700
"""Characters of a text that are shown again with its question."""


def question_screen(turn: Turn, question: Question) -> Screen:
    """The question at hand, asked for the first time or again."""
    answer = turn.answer(turn.position)
    body = [
        Label(question.label),
        *_contacts(turn),
        *_hint(question),
        *_answered(question, answer),
        *kept(turn),
    ]
    return Screen(
        ScreenKind.QUESTION,
        (*body, *_prompt(turn, question, answer)),
        (*_rows(turn, question, answer), *controls(turn, question)),
        turn.notice,
        progress_of(turn),
        turn.position,
    )


def kept(turn: Turn) -> tuple[Phrase, ...]:
    """What a person typed that could not be taken."""
    text = turn.view("kept")
    return (Key("flow.kept", {"text": Said(_shortened(text))}),) if text else ()


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _hint(question: Question) -> tuple[Phrase, ...]:
    return (Label(question.hint),) if question.hint else ()


def _contacts(turn: Turn) -> tuple[Phrase, ...]:
    """Who helps, where a note tells that."""
    return tuple(
        Key("flow.contact", {"need": Label(choice.label), "contact": Label(choice.contact)})
        for choice in told(turn.instance, turn.position)
    )


def _answered(question: Question, answer: Answer | None) -> tuple[Phrase, ...]:
    if answer is None:
        return ()
    return (Key("flow.current", {"answer": answer_phrase(question, answer, SHOWN)}),)


def _prompt(turn: Turn, question: Question, answer: Answer | None) -> tuple[Phrase, ...]:
    """How to go on, where the buttons do not say it."""
    if question.kind is Kind.DATE:
        return date_prompt(turn)
    if question.kind in SELECTS:
        return _list_prompt(turn)
    if question.kind is Kind.GEOPOINT:
        how = Key("flow.place.how")
        return (how,) if turn.required(turn.position) else (how, Key("flow.place.optional"))
    if answer is not None and (question.kind in FILE_KINDS or is_multiline(question)):
        return (Key("flow.more_or_done"),)
    return ()


def _list_prompt(turn: Turn) -> tuple[Phrase, ...]:
    if turn.view("search"):
        found = "flow.count.fitting" if may_mean(turn) else "flow.search.found"
        return (Key(found, {"text": Said(_shortened(turn.view("search")))}),)
    if asks_how_many(turn):
        return (Key("flow.count.hint"),)
    return (Key("flow.search.hint"),) if len(turn.instance.choices(turn.position)) > WHOLE else ()


def _rows(turn: Turn, question: Question, answer: Answer | None) -> tuple[Row, ...]:
    if question.kind in SELECTS:
        return choice_rows(turn)
    if question.kind is Kind.DATE:
        return date_rows(turn)
    key = "flow.voice.remove" if isinstance(answer, Written) else "flow.file.remove"
    return tuple(
        (Button(_removal(key, place + 1, file.name), RemoveFile(place)),)
        for place, file in enumerate(files_of(answer))
    )


def _removal(key: str, number: int, name: str) -> Phrase:
    """Files are told apart by their names where they have one."""
    if not name or key == "flow.voice.remove":
        return Key(key, {"number": number})
    short = name if len(name) <= 18 else f"{name[:8]}…{name[-9:]}"
    return Key("flow.file.remove_named", {"number": number, "name": Said(short)})
