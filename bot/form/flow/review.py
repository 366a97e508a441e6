"""The review: all answers, to be sent or corrected; the list of answers to correct."""

from collections.abc import Iterator

from bot.form.answers import Chosen
from bot.form.draft import REVIEW
from bot.form.events import Back, Cancel, Edit, Extend, Goto, Reveal, Submit
from bot.form.flow.filled.filling import Filling
from bot.form.flow.filled.outline import Place
from bot.form.flow.question import cancel_row
from bot.form.flow.routing.guests import is_asked_elsewhere
from bot.form.flow.routing.route import extended, resumed, visit
from bot.form.kinds import answer_phrase
from bot.form.pages import page_of
from bot.form.screen import (
    Button,
    ButtonRole,
    Joined,
    Key,
    Phrase,
    Said,
    Screen,
    ScreenKind,
    button,
)


def submit(filling: Filling) -> Filling:
    """The end of the flow; if an answer is missing or no longer allowed, to that question instead."""
    if filling.position != REVIEW or filling.is_editing:
        return filling.say("flow.submit.not_yet")
    for path in filling.steps:
        answer = filling.answer(path)
        if answer is None and filling.required(path):
            left = Key("flow.submit.missing")
            message = filling.missing(path)
            return visit(filling, path).say(left if message is None else Joined((left, message), "\n"))
        reason = None if answer is None else filling.refusal(path, answer)
        if reason is not None:
            return visit(filling, path).say(reason)
    return filling.end(ScreenKind.SUBMITTED)


def edit(filling: Filling) -> Filling:
    """From the review to the list of answers to correct."""
    return (
        filling.look(filling.view.changed(editing=True, page=None))
        if filling.position == REVIEW
        else filling.say("flow.gone")
    )


def goto(filling: Filling, event: Goto) -> Filling:
    """To an entry of that list."""
    places = tuple(_places(filling))
    if not filling.is_editing or not 0 <= event.index < len(places):
        return filling.say("flow.gone")
    return visit(filling, places[event.index])


def extend(filling: Filling) -> Filling:
    """From the review to the questions of the longer form, and back to the review from there."""
    if filling.position != REVIEW or filling.is_editing:
        return filling.say("flow.gone")
    place = _extension(filling)
    if place is None:
        return resumed(filling) if _passed(filling) else filling.say("flow.gone")
    path, longer = place
    reason = filling.refusal(path, longer)
    return extended(filling, path, longer) if reason is None else filling.say(reason)


def reveal(filling: Filling, event: Reveal) -> Filling:
    """Show or hide the answers at the review of a draft that leaves nothing in the chat."""
    if filling.position != REVIEW or filling.is_editing or not filling.draft.leaves_nothing:
        return filling.say("flow.gone")
    return filling.look(filling.view.changed(revealed=event.on))


def review_screen(filling: Filling) -> Screen:
    """Every question with its answer; in a draft that leaves nothing in the chat only once they are asked for."""
    hides, shown = filling.draft.leaves_nothing, filling.view.revealed
    lines = (_line(filling, number, place) for number, place in enumerate(_told_at(filling), 1))
    body = (Key("flow.review.hidden"),) if hides and not shown else tuple(lines)
    seeing = ((button("flow.review.hide" if shown else "flow.review.show", Reveal(not shown)),),)
    longer = ((button("flow.extend", Extend()),),) if _extension(filling) or _passed(filling) else ()
    rows = (
        (button("flow.send", Submit(), ButtonRole.COMPLETE),),
        *(seeing if hides else ()),
        *longer,
        (button("flow.edit", Edit()), button("flow.delete", Cancel(), ButtonRole.DESTROY)),
    )
    return Screen(ScreenKind.REVIEW, (Key("flow.review"), *body), rows, filling.notice)


def edit_screen(filling: Filling) -> Screen:
    """The list of answers to correct."""
    places = list(enumerate(_places(filling)))
    shown, turning = page_of(places, filling.view.page)
    rows = tuple((Button(_entry(filling, index + 1, path), Goto(index)),) for index, path in shown)
    last = (button("flow.back", Back()),)
    return Screen(
        ScreenKind.EDIT, (Key("flow.edit.which"),), (*rows, *turning, last, *cancel_row()), filling.notice
    )


def last_screen(kind: ScreenKind) -> Screen:
    """What is shown when the flow has ended."""
    key = "flow.submitted" if kind is ScreenKind.SUBMITTED else "flow.cancelled"
    return Screen(kind, (Key(key),))


def _told_at(filling: Filling) -> Iterator[Place]:
    """The places that take an answer, and repeats."""
    for place in filling.asked_places.values():
        if place.part.group is not None or place.part.takes_answer:
            yield place


def _places(filling: Filling) -> Iterator[str]:
    """The positions of those places."""
    return (place.path for place in _told_at(filling))


def _extension(filling: Filling) -> tuple[str, Chosen] | None:
    """The first question that can make the form longer but does not yet, with the answer that does; also one that
    does already while some of what it adds was never asked, since a person may have turned back from there."""
    for path, place in filling.asked_places.items():
        name = place.part.question.bot.get("extend") if place.part.question is not None else None
        if not name or (filling.answer(path) == Chosen((name,)) and not _is_unasked_left(filling)):
            continue
        if any(choice.name == name for _, choice in filling.instance.choices(path)):
            return path, Chosen((name,))
    return None


def _is_unasked_left(filling: Filling) -> bool:
    """Whether any place was never asked, though some were."""
    return bool(filling.draft.trail) and any(_was_never_asked(filling, path) for path in _places(filling))


def _was_never_asked(filling: Filling, path: str) -> bool:
    """Whether a place was passed over, or is new since then."""
    if filling.answer(path) is not None or filling.draft.count(path):
        return False
    return path in filling.draft.passed or not (path in filling.trail or is_asked_elsewhere(filling, path))


def _passed(filling: Filling) -> tuple[str, ...]:
    """The places that were passed over together and can still be answered."""
    passed = filling.draft.passed
    if not passed:
        return ()
    return tuple(path for path in _places(filling) if path in passed and _was_never_asked(filling, path))


def _line(filling: Filling, number: int, place: Place) -> Phrase:
    path, question = place.path, place.part.question
    if question is None:
        answer: Phrase = Said(str(filling.draft.count(path)))
    else:
        answer = answer_phrase(question, filling.answer(path))
    return Key("flow.review.line", {"number": number, "question": place.title, "answer": answer})


def _entry(filling: Filling, number: int, path: str) -> Phrase:
    """Numbered as in the review, so that an entry can be found even if its label is cut on the button."""
    return Key("flow.edit.entry", {"number": number, "question": filling.instance.place(path).title})
