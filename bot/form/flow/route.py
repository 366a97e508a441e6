"""The way through a form: which position comes next, and back.

Forward leads on in the order of the form, out of an instance to its repeat, at last to the review. When a
person came from the review, only what is new is asked before it is shown again, and what another answer has
left without one that it must have, or with one that is not allowed any more.
"""

import re
from collections.abc import Collection, Iterable
from itertools import dropwhile

from bot.form.answers import Chosen
from bot.form.draft import REVIEW
from bot.form.expressions.references import filtered_by, following
from bot.form.flow.instances import add, count, drop_empty
from bot.form.flow.objections import objection
from bot.form.flow.turn import SELECTS, Turn
from bot.form.model import Group
from bot.form.screen import Phrase


def forward(turn: Turn) -> Turn:
    """On from the current position. When the form is at its end, what was left open is asked first. A
    repeat's instance left without any answer is taken away."""
    trail = turn.draft.trail
    if turn.draft.returning:
        trail = tuple(path for path in trail if not _may_be_new(turn, path))
    asked = turn.change(trail=(*trail, turn.position))
    place = _next(asked, turn.position)
    if place is None:
        asked = asked.change(returning=True)
        place = _open(asked, asked.steps) or _refused(asked, asked.steps) or REVIEW
    return drop_empty(_told(arrive(asked, place)), turn.position)


def arrive(turn: Turn, place: str) -> Turn:
    """At a position, for the first time or again; the default of a question is its first answer. A repeat
    with `bot:first` that is met for the first time is met at the first question of its first instance."""
    if place == REVIEW:
        seen = (path for path in turn.draft.trail if path != REVIEW)
        return turn.change(position=REVIEW, trail=_last_of_each(seen), returning=False, view={})
    if place in turn.draft.trail:
        return turn.change(position=place, view={})
    return _begun(turn, place) or _with_default(turn.change(position=place, view={}), place)


def into_new(turn: Turn, repeat: str) -> Turn | None:
    """At the first question of one more instance of a repeat; None if there is nothing to ask in it."""
    added = add(turn, repeat)
    start = f"{repeat}[{count(added, repeat)}]/"
    first = next((path for path in added.steps if path.startswith(start)), None)
    return None if first is None else arrive(added.change(trail=(*turn.draft.trail, repeat)), first)


def back(turn: Turn) -> Turn:
    """To what was asked before and still is; a repeat's instance left without any answer is taken away."""
    trail = turn.draft.trail
    while trail:
        trail, place = trail[:-1], trail[-1]
        if place == REVIEW:
            return arrive(turn.change(trail=trail), REVIEW).look(screen="edit")
        if place in turn.steps and place != turn.position:
            returning = turn.draft.returning or turn.position == REVIEW
            moved = turn.change(trail=trail, position=place, view={}, returning=returning)
            return drop_empty(moved, turn.position)
    return arrive(turn, REVIEW) if turn.draft.returning else turn


def visit(turn: Turn, place: str) -> Turn:
    """From the review to one position, and back to the review from there. In a form that began at its review
    everything counts as asked; in any other what was never asked still will be."""
    seen = {*turn.draft.trail, place}
    trail = (
        *(path for path in turn.steps if path not in seen and not turn.draft.trail),
        *(path for path in turn.draft.trail if path != place),
        REVIEW,
    )
    return turn.change(position=place, trail=trail, returning=True, view={})


def settle(turn: Turn) -> Turn:
    """The turn at a position that is asked now: a draft may stand at one that no longer is."""
    if turn.position == REVIEW or turn.position in turn.steps:
        return turn
    return arrive(turn, _open(turn, turn.steps) or REVIEW)


def _next(turn: Turn, here: str) -> str | None:
    """The position after this one, which is in the trail already; None at the end of the form."""
    within = _open(turn, _below(turn, f"{here}["))
    if within:
        return within
    inside = _scope(turn, here)
    if turn.draft.returning:
        return _returning(turn, inside)
    after = [path for path in dropwhile(lambda path: path != here, turn.steps) if not _is_within(path, here)]
    if inside and (not after or not after[0].startswith(inside)):
        return _repeat_of(inside)
    return after[0] if after else None


def _returning(turn: Turn, inside: str) -> str:
    touched = _touched(turn)
    next_ = (_due(turn, _below(turn, inside), touched)) if inside else None
    if next_:
        return next_
    if inside and _repeat_of(inside) in _since_review(turn.draft.trail):
        return _repeat_of(inside)
    return _due(turn, turn.steps, touched) or REVIEW


def _open(turn: Turn, places: Iterable[str]) -> str | None:
    """The first of these places that was never asked, has lost its answer, or must have one."""
    unanswered = (place for place in places if turn.answer(place) is None)
    return next((place for place in unanswered if _is_new(turn, place) or turn.required(place)), None)


def _due(turn: Turn, places: Iterable[str], touched: Collection[str]) -> str | None:
    """The first of these places that was never asked or has lost its answer; or is touched by what was corrected
    and now lacks an answer that it must have, or has one that is not allowed."""
    return next((place for place in places if _is_due(turn, place, _schema(place) in touched)), None)


def _is_due(turn: Turn, place: str, touched: bool) -> bool:
    if turn.answer(place) is None:
        return _is_new(turn, place) or (touched and turn.required(place))
    return touched and _refusal(turn, place) is not None


def _refused(turn: Turn, places: Iterable[str]) -> str | None:
    """The first of these places whose answer is not allowed: one that came later may have made it so."""
    return next((place for place in places if _refusal(turn, place) is not None), None)


def _refusal(turn: Turn, place: str) -> Phrase | None:
    answer = turn.answer(place) if place != REVIEW else None
    return None if answer is None else objection(turn, place, answer)


def _told(turn: Turn) -> Turn:
    """At an answer that is not allowed any more, that is told."""
    reason = (
        _refusal(turn, turn.position) if turn.draft.returning and turn.position in turn.draft.trail else None
    )
    return turn if reason is None else turn.say(reason)


def _touched(turn: Turn) -> Collection[str]:
    """The schema paths that the answers given since the review have a say in."""
    return following(turn.form, {_schema(path) for path in _since_review(turn.draft.trail)})


def _schema(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)


def _is_new(turn: Turn, place: str) -> bool:
    return place not in turn.draft.trail or place in turn.draft.answers


def _begun(turn: Turn, place: str) -> Turn | None:
    node = turn.instance.node(place)
    begins = isinstance(node, Group) and node.bot.get("first") == "yes" and not count(turn, place)
    return into_new(turn, place) if begins and place in turn.steps else None


def _may_be_new(turn: Turn, place: str) -> bool:
    """Whether a list without an answer depends on the answer at hand: other choices may be there now."""
    question = turn.asked_at(place)
    if question is None or not question.choice_filter or turn.answer(place) is not None:
        return False
    return _schema(turn.position) in filtered_by(turn.form, question)


def _is_within(path: str, here: str) -> bool:
    return path == here or path.startswith(f"{here}[")


def _below(turn: Turn, prefix: str) -> list[str]:
    return [path for path in turn.steps if path.startswith(prefix)]


def _scope(turn: Turn, path: str) -> str:
    """The innermost instance around a position whose repeat is asked, `/f/person[1]/`; blank for none."""
    while "]/" in path:
        path = path[: path.rfind("]/") + 1]
        if _repeat_of(path) in turn.steps:
            return f"{path}/"
    return ""


def _repeat_of(instance: str) -> str:
    return instance.rpartition("[")[0]


def _since_review(trail: tuple[str, ...]) -> tuple[str, ...]:
    places = trail[::-1]
    return places[: places.index(REVIEW)] if REVIEW in places else places


def _last_of_each(places: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tuple(places)[::-1]))[::-1]


def _with_default(turn: Turn, place: str) -> Turn:
    question = turn.asked_at(place)
    if question is None or place in turn.draft.answers:
        return turn
    default = turn.instance.default(place)
    if question.kind in SELECTS and isinstance(default, Chosen):
        names = {choice.name for _, choice in turn.instance.choices(place)}
        default = Chosen(tuple(name for name in default.names if name in names))
    return turn if default is None else turn.put(place, default)
