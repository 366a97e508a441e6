"""The screen of a question: what is asked, what was answered, how to answer, and the ways on, back and out."""

from bot.form.answers import Answer, Chosen, Written
from bot.form.draft import REVIEW
from bot.form.events import Back, Cancel, Clear, Next, Skip
from bot.form.flow.contacts import needs_at
from bot.form.flow.filling import Filling
from bot.form.kinds import answer_phrase, kind_of
from bot.form.kinds.kind import Asked, Kind
from bot.form.model import Choice, Group, Question
from bot.form.screen import ButtonRole, ButtonRow, Key, Label, Phrase, Said, Screen, ScreenKind, button

_SHOWN = 700
"""Characters of a text that are shown again with its question."""


def question_screen(filling: Filling, question: Question) -> Screen:
    """The question at hand, asked for the first time or again."""
    kind, asked = filling.asked(question)
    body = (
        *_asked(filling, question),
        *((Label(question.hint),) if question.hint else ()),
        *_answered(question, asked.answer),
        *kept(filling),
        *kind.prompt(asked),
    )
    rows = (*kind.rows(asked), *_controls(filling, kind, asked))
    return Screen(ScreenKind.QUESTION, body, rows, filling.notice, progress_of(filling), filling.position)


def kept(filling: Filling) -> tuple[Phrase, ...]:
    """What a person typed that could not be taken."""
    text = filling.view.kept
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return (Key("flow.kept", {"text": Said(short)}),) if text else ()


def previous(filling: Filling) -> tuple[ButtonRow, ...]:
    """The way back, where there is one. What is open within a question, a search or a date picker, has its own."""
    question = filling.question
    if question is not None and kind_of(question).back(filling.view) is not None:
        return ()
    before = any(place == REVIEW or place in filling.steps for place in filling.draft.trail)
    return ((button("flow.back", Back()),),) if before or filling.draft.returning else ()


def cancel_row() -> tuple[ButtonRow, ...]:
    """The way to stop and wipe, on each screen."""
    return ((button("flow.cancel", Cancel(), ButtonRole.DESTROY),),)


def progress_of(filling: Filling) -> tuple[int, int] | None:
    """How far along: (this step, steps in all as far as known). None for a note, and for the only question known so
    far, on which all others hang."""
    counted = [path for path in filling.steps if _counts(filling, path)]
    if filling.position not in counted or len(counted) == 1:
        return None
    return counted.index(filling.position) + 1, len(counted)


def _counts(filling: Filling, path: str) -> bool:
    node = filling.instance.node(path)
    return isinstance(node, Group) or kind_of(node).answered_with is not None


def _asked(filling: Filling, question: Question) -> tuple[Phrase, ...]:
    """The label, with who helps below that of a note which tells it. Where nobody does, the label would be untrue."""
    needs = needs_at(filling.instance, filling.position)
    helped = any(_has_contact(need) for need in needs)
    label = (Label(question.label),) if helped or not needs else ()
    return (*label, *map(_contact, needs))


def _contact(need: Choice) -> Phrase:
    if not _has_contact(need):
        return Key("flow.contact.none", {"need": Label(need.label)})
    return Key("flow.contact", {"need": Label(need.label), "contact": Label(need.contact)})


def _has_contact(need: Choice) -> bool:
    return any(need.contact.values())


def _answered(question: Question, answer: Answer | None) -> tuple[Phrase, ...]:
    if answer is None:
        return ()
    return (Key("flow.current", {"answer": answer_phrase(question, answer, _SHOWN)}),)


def _controls(filling: Filling, kind: Kind, asked: Asked) -> tuple[ButtonRow, ...]:
    """The buttons below those that answer: on, back, skip, clear, stop."""
    gathered = kind.is_gathered(asked.question)
    onward: tuple[ButtonRow, ...] = ()
    if kind.answered_with is None:
        onward = ((button("flow.next", Next(), ButtonRole.ONWARD),),)
    elif asked.answer is not None:
        onward = ((button("flow.done" if gathered else "flow.keep", Next(), ButtonRole.ONWARD),),)
    small = [*(row[0] for row in previous(filling))]
    passable = not asked.required or filling.just_begun is not None
    # What was gathered is not thrown away by a button that stands beside the one to go on.
    passable = passable and not (asked.answer is not None and gathered)
    if kind.answered_with is not None and passable:
        small.append(button("flow.skip", Skip()))
    if isinstance(asked.answer, Written | Chosen) and gathered:
        small.append(button("flow.clear", Clear()))
    return (*onward, tuple(small), *cancel_row()) if small else (*onward, *cancel_row())
