"""The screen of a question."""

from collections.abc import Collection, Iterable, Iterator

from bot.form.answers import Answer, Chosen, Written
from bot.form.draft import MOST_INSTANCES
from bot.form.events import AddMore, Back, Cancel, Clear, Next, Skip, SkipRest
from bot.form.flow.filled.contacts import needs_at
from bot.form.flow.filled.filling import Filling
from bot.form.flow.routing.guests import guests_asked_here
from bot.form.flow.routing.rest import may_skip_rest
from bot.form.flow.routing.route import has_back, notes_before, repeat_before
from bot.form.flow.stopping import is_first_kept, leave_nothing_row
from bot.form.flow.summaries import told_of
from bot.form.kinds import answer_phrase, kind_of
from bot.form.kinds.kind import Asked, Kind
from bot.form.model import Choice, Question
from bot.form.screen import (
    Button,
    ButtonRole,
    ButtonRow,
    Joined,
    Key,
    Label,
    Phrase,
    Said,
    Screen,
    ScreenKind,
    button,
)

_SHOWN = 700


def question_screen(filling: Filling, question: Question) -> Screen:
    kind, asked = filling.asked(question)
    guests = tuple(guests_asked_here(filling, filling.position))
    switch = leave_nothing_row(filling) if is_first_kept(filling) else ()
    body = (
        *_note(filling, filling.position, question),
        *_answered(question, asked.answer),
        *kept(filling),
        *kind.prompt(asked),
        *_guests(filling, guests),
        *((Key("flow.leave_nothing.hint"),) if switch else ()),
    )
    repeat = repeat_before(filling)
    is_answered = asked.answer is not None or any(filling.answer(path) is not None for path, _ in guests)
    controls = _controls(filling, kind, asked, repeat, is_answered=is_answered)
    return Screen(
        ScreenKind.QUESTION,
        body,
        (*kind.rows(asked), *controls, *switch, *cancel_row()),
        filling.notice,
        progress_of(filling),
        filling.position,
        told=None if repeat is None else told_of(filling, repeat),
    )


def notes_told(filling: Filling, before: Collection[str]) -> tuple[tuple[Phrase, ...], ...]:
    """Notes above the current question, except those in `before`."""
    asked = ((path, filling.asked_at(path)) for path in notes_before(filling) if path not in before)
    return tuple(_note(filling, path, note) for path, note in asked if note is not None)


def _note(filling: Filling, path: str, question: Question) -> tuple[Phrase, ...]:
    """Label, contacts and hint of a note. Without any contact the label, which promises help, is left out."""
    needs = needs_at(filling.instance, path)
    helped = any(_has_contact(need) for need in needs)
    label = (Label(question.label),) if helped or not needs else ()
    return (*label, *map(_contact, needs), *((Label(question.hint),) if question.hint else ()))


def kept(filling: Filling) -> tuple[Phrase, ...]:
    text = filling.view.kept
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return (Key("flow.kept", {"text": Said(short)}),) if text else ()


def previous(filling: Filling) -> tuple[ButtonRow, ...]:
    """Back button, except in an open date picker, which has its own."""
    question = filling.question
    if question is not None and kind_of(question).back(filling.view) is not None:
        return ()
    return ((button("flow.back", Back()),),) if has_back(filling) else ()


def cancel_row() -> tuple[ButtonRow, ...]:
    return ((button("flow.cancel", Cancel(), ButtonRole.DESTROY),),)


def progress_of(filling: Filling) -> tuple[int, int] | None:
    """Progress as (this step, all steps). None where that would be wrong:

    - in a form with repeats, which has no fixed length
    - on the way back to the review
    - at a note
    - at the only known question
    """
    here = filling.here
    if here is None or not here.part.takes_answer or filling.draft.returning:
        return None
    if any(map(filling.asked_place, filling.form.repeats)):
        return None
    number = steps = 0
    for place in filling.asked_places.values():
        if place.part.group is not None:
            return None
        if place.part.takes_answer:
            steps += 1
            if place.path == filling.position:
                number = steps
    return (number, steps) if number and steps > 1 else None


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


def _guests(filling: Filling, guests: Iterable[tuple[str, Question]]) -> Iterator[Phrase]:
    for path, guest in guests:
        answer = filling.answer(path)
        if answer is not None:
            yield Joined((Label(guest.label), *_answered(guest, answer)), "\n")
            continue
        yield Label(guest.label)
        yield from (Label(hint) for hint in [guest.hint] if hint)
        yield from kind_of(guest).prompt(filling.asked_about(path, guest)[1])


def _controls(
    filling: Filling, kind: Kind, asked: Asked, repeat: str | None, *, is_answered: bool
) -> tuple[ButtonRow, ...]:
    gathered = kind.is_gathered(asked.question)
    onward: tuple[ButtonRow, ...] = ()
    if kind.answered_with is None:
        onward = ((button("flow.next", Next(), ButtonRole.ONWARD),),)
    elif asked.answer is not None:
        onward = ((button("flow.done" if gathered else "flow.keep", Next(), ButtonRole.ONWARD),),)
    elif is_answered:
        onward = ((button("flow.done", Next(), ButtonRole.ONWARD),),)
    if repeat is not None and filling.draft.count(repeat) < MOST_INSTANCES:
        label = Label(filling.instance.node(repeat).label)
        onward = (*onward, (Button(Key("flow.repeat.more_of", {"repeat": label}), AddMore()),))
    small = [*(row[0] for row in previous(filling))]
    passable = not asked.required or filling.just_begun is not None
    # No button beside Done may discard a gathered answer.
    passable = passable and not (is_answered and (gathered or asked.answer is None))
    if kind.answered_with is not None and passable:
        small.append(button("flow.skip", Skip()))
    if isinstance(asked.answer, Written | Chosen) and gathered:
        small.append(button("flow.clear", Clear()))
    rest = ((button("flow.skip.rest", SkipRest()),),) if passable and may_skip_rest(filling) else ()
    return (*onward, *((tuple(small),) if small else ()), *rest)
