"""The review: all answers, sent or corrected; the list of what can be corrected; stopping."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.form.controls import cancel_row
from bot.form.draft import REVIEW
from bot.form.events import Back, Cancel, Edit, Goto, Submit
from bot.form.instances import count
from bot.form.model import Group, Kind
from bot.form.objections import objection
from bot.form.pages import button, page_of
from bot.form.route import visit
from bot.form.screen import Button, Joined, Key, Label, Phrase, Said, Screen, ScreenKind
from bot.form.turn import Turn
from bot.form.wording import answer_phrase


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
            return visit(turn, path).say("flow.submit.missing")
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


def cancel(turn: Turn, event: Cancel) -> Turn:
    """Stopping, once it is sure."""
    return replace(turn, ended=ScreenKind.CANCELLED) if event.sure else turn.look(cancel="yes")


def review_screen(turn: Turn) -> Screen:
    """All that was asked and answered."""
    body = [_line(turn, path) for path in _places(turn)]
    rows = (
        (button("flow.send", Submit()),),
        (button("flow.edit", Edit()), button("flow.delete", Cancel())),
    )
    return Screen(ScreenKind.REVIEW, (Key("flow.review"), *body), rows, turn.notice)


def edit_screen(turn: Turn) -> Screen:
    """The list of what can be corrected."""
    places = list(enumerate(_places(turn)))
    shown, turning = page_of(turn, places)
    rows = tuple((Button(_title(turn, path), Goto(index)),) for index, path in shown)
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


def _line(turn: Turn, path: str) -> Phrase:
    node = turn.instance.node(path)
    if isinstance(node, Group):
        answer: Phrase = Said(str(count(turn, path)))
    else:
        answer = answer_phrase(node, turn.answer(path))
    return Key("flow.review.line", {"question": _title(turn, path), "answer": answer})


def _title(turn: Turn, path: str) -> Phrase:
    """The label of a question, after those of the instances it stands in."""
    around = [path[: match.end()] for match in re.finditer(r"\[\d+\](?=/)", path)]
    numbered = [
        Joined((Label(turn.instance.node(place).label), Said(place[place.rindex("[") + 1 : -1])), " ")
        for place in around
    ]
    label = Label(turn.instance.node(path).label)
    return Joined((*numbered, label), " · ") if numbered else label
