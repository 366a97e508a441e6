"""The review: all answers, sent or corrected; the list of what can be corrected; stopping."""

from collections.abc import Iterator
from dataclasses import replace

from bot.form.answers import Chosen
from bot.form.draft import REVIEW
from bot.form.events import Back, Cancel, Edit, Extend, Goto, Submit
from bot.form.flow.controls import cancel_row
from bot.form.flow.instances import count
from bot.form.flow.objections import missing, objection
from bot.form.flow.pages import button, page_of
from bot.form.flow.route import forward, visit
from bot.form.flow.turn import Turn
from bot.form.kinds.wording import answer_phrase, title_phrase
from bot.form.model import Group, Kind
from bot.form.screen import Button, Joined, Key, Phrase, Said, Screen, ScreenKind


def is_editing(turn: Turn) -> bool:
    """Whether the list of what can be corrected is shown."""
    return turn.position == REVIEW and turn.view("screen") == "edit"


def submit(turn: Turn) -> Turn:
    """The end of the flow, unless something is missing or no longer allowed: then there."""
    if turn.position != REVIEW or is_editing(turn):
        return turn.say("flow.submit.not_yet")
    for path in turn.steps:
        answer = turn.answer(path)
        if answer is None and turn.required(path):
            left = Key("flow.submit.missing")
            message = missing(turn, path)
            return visit(turn, path).say(left if message is None else Joined((left, message), "\n"))
        reason = None if answer is None else objection(turn, path, answer)
        if reason is not None:
            return visit(turn, path).say(reason)
    return replace(turn, ended=ScreenKind.SUBMITTED)


def edit(turn: Turn) -> Turn:
    """From the review to the list of what can be corrected."""
    return turn.look(screen="edit", page=None) if turn.position == REVIEW else turn.say("flow.gone")


def goto(turn: Turn, event: Goto) -> Turn:
    """To an entry of that list."""
    places = tuple(_places(turn))
    if not is_editing(turn) or not 0 <= event.index < len(places):
        return turn.say("flow.gone")
    return visit(turn, places[event.index])


def extend(turn: Turn) -> Turn:
    """From the review to what is asked when the form is made longer, and back to the review from there."""
    place = None if turn.position != REVIEW or is_editing(turn) else _extension(turn)
    if place is None:
        return turn.say("flow.gone")
    path, longer = place
    reason = objection(turn, path, longer)
    if reason is not None:
        return turn.say(reason)
    return forward(visit(turn, path).put(path, longer))


def cancel(turn: Turn, event: Cancel) -> Turn:
    """Stopping, once it is sure."""
    return replace(turn, ended=ScreenKind.CANCELLED) if event.sure else turn.look(cancel="yes")


def review_screen(turn: Turn) -> Screen:
    """All that was asked and answered."""
    body = [_line(turn, number, path) for number, path in enumerate(_places(turn), 1)]
    longer = ((button("flow.extend", Extend()),),) if _extension(turn) else ()
    rows = (
        (button("flow.send", Submit()),),
        *longer,
        (button("flow.edit", Edit()), button("flow.delete", Cancel())),
    )
    return Screen(ScreenKind.REVIEW, (Key("flow.review"), *body), rows, turn.notice)


def edit_screen(turn: Turn) -> Screen:
    """The list of what can be corrected."""
    places = list(enumerate(_places(turn)))
    shown, turning = page_of(turn, places)
    rows = tuple((Button(_entry(turn, index + 1, path), Goto(index)),) for index, path in shown)
    last = (button("flow.back", Back()),)
    return Screen(
        ScreenKind.EDIT, (Key("flow.edit.which"),), (*rows, *turning, last, *cancel_row()), turn.notice
    )


def cancel_screen(turn: Turn) -> Screen:
    """Whether all shall be wiped."""
    rows = ((button("flow.cancel.sure", Cancel(sure=True)),), (button("flow.cancel.no", Back()),))
    return Screen(ScreenKind.CONFIRM_CANCEL, (Key("flow.cancel.ask"),), rows, turn.notice)


def last_screen(kind: ScreenKind) -> Screen:
    """The end of a flow."""
    key = "flow.submitted" if kind is ScreenKind.SUBMITTED else "flow.cancelled"
    return Screen(kind, (Key(key),))


def _places(turn: Turn) -> Iterator[str]:
    """All that is asked but notes."""
    for path in turn.steps:
        node = turn.instance.node(path)
        if isinstance(node, Group) or node.kind is not Kind.NOTE:
            yield path


def _extension(turn: Turn) -> tuple[str, Chosen] | None:
    """The first question that makes the form longer and does not yet, with the answer that does; also one
    that does, while what it brings was never asked: a person may have turned back from there."""
    unasked = bool(turn.draft.trail) and any(_was_never_asked(turn, path) for path in _places(turn))
    for path in turn.steps:
        question = turn.asked_at(path)
        name = question.bot.get("extend") if question is not None else None
        if not name or (turn.answer(path) == Chosen((name,)) and not unasked):
            continue
        if any(choice.name == name for _, choice in turn.instance.choices(path)):
            return path, Chosen((name,))
    return None


def _was_never_asked(turn: Turn, path: str) -> bool:
    return path not in turn.draft.trail and turn.answer(path) is None


def _line(turn: Turn, number: int, path: str) -> Phrase:
    node = turn.instance.node(path)
    if isinstance(node, Group):
        answer: Phrase = Said(str(count(turn, path)))
    else:
        answer = answer_phrase(node, turn.answer(path))
    return Key(
        "flow.review.line", {"number": number, "question": title_phrase(turn.form, path), "answer": answer}
    )


def _entry(turn: Turn, number: int, path: str) -> Phrase:
    """As the review numbers it, so that an entry is found there even if its button is too short for it."""
    return Key("flow.edit.entry", {"number": number, "question": title_phrase(turn.form, path)})
