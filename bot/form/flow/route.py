"""The way through a form: which position comes next, and back.

Forward leads on in the order of the form, out of an instance to its repeat, at last to the review. When a
person came from the review, only what is new is asked before it is shown again, and what another answer has
left without one that it must have, or with one that is not allowed any more.
"""

from collections.abc import Collection, Iterable
from itertools import dropwhile

from bot.form.answers import Chosen
from bot.form.draft import REVIEW, View
from bot.form.expressions.references import filtered_by, following
from bot.form.flow.filling import Filling
from bot.form.model import Group, schema_path
from bot.form.screen import Phrase


def forward(filling: Filling) -> Filling:
    """On from the current position. When the form is at its end, what was left open is asked first. A
    repeat's instance left without any answer is taken away."""
    trail = filling.draft.trail
    if filling.draft.returning:
        trail = tuple(path for path in trail if not _may_be_new(filling, path))
    asked = filling.change(trail=(*trail, filling.position))
    place = _next(asked, filling.position)
    if place is None:
        asked = asked.change(returning=True)
        place = _open(asked, asked.steps) or _refused(asked, asked.steps) or REVIEW
    return _told(arrive(asked, place)).without_empty(filling.position)


def arrive(filling: Filling, place: str) -> Filling:
    """At a position, for the first time or again; the default of a question is its first answer. A repeat
    with `bot:first` that is met for the first time is met at the first question of its first instance."""
    if place == REVIEW:
        seen = (path for path in filling.draft.trail if path != REVIEW)
        return filling.change(position=REVIEW, trail=_last_of_each(seen), returning=False, view=View())
    if place in filling.draft.trail:
        return filling.change(position=place, view=View())
    return _begun(filling, place) or _with_default(filling.change(position=place, view=View()), place)


def into_new(filling: Filling, repeat: str) -> Filling | None:
    """At the first question of one more instance of a repeat; None if there is nothing to ask in it."""
    added = filling.with_instance(repeat)
    start = f"{repeat}[{added.count(repeat)}]/"
    first = next((path for path in added.steps if path.startswith(start)), None)
    return None if first is None else arrive(added.change(trail=(*filling.draft.trail, repeat)), first)


def back(filling: Filling) -> Filling:
    """To what was asked before and still is; a repeat's instance left without any answer is taken away."""
    trail = filling.draft.trail
    while trail:
        trail, place = trail[:-1], trail[-1]
        if place == REVIEW:
            return arrive(filling.change(trail=trail), REVIEW).look(View(editing=True))
        if place in filling.steps and place != filling.position:
            returning = filling.draft.returning or filling.position == REVIEW
            moved = filling.change(trail=trail, position=place, view=View(), returning=returning)
            return moved.without_empty(filling.position)
    return arrive(filling, REVIEW) if filling.draft.returning else filling


def visit(filling: Filling, place: str) -> Filling:
    """From the review to one position, and back to the review from there. In a form that began at its review
    everything counts as asked; in any other what was never asked still will be."""
    seen = {*filling.draft.trail, place}
    trail = (
        *(path for path in filling.steps if path not in seen and not filling.draft.trail),
        *(path for path in filling.draft.trail if path != place),
        REVIEW,
    )
    return filling.change(position=place, trail=trail, returning=True, view=View())


def settle(filling: Filling) -> Filling:
    """The filling at a position that is asked now: a draft may stand at one that no longer is."""
    if filling.position == REVIEW or filling.position in filling.steps:
        return filling
    return arrive(filling, _open(filling, filling.steps) or REVIEW)


def _next(filling: Filling, here: str) -> str | None:
    """The position after this one, which is in the trail already; None at the end of the form."""
    within = _open(filling, _below(filling, f"{here}["))
    if within:
        return within
    inside = _scope(filling, here)
    if filling.draft.returning:
        return _returning(filling, inside)
    after = [
        path for path in dropwhile(lambda path: path != here, filling.steps) if not _is_within(path, here)
    ]
    if inside and (not after or not after[0].startswith(inside)):
        return _repeat_of(inside)
    return after[0] if after else None


def _returning(filling: Filling, inside: str) -> str:
    touched = _touched(filling)
    next_ = (_due(filling, _below(filling, inside), touched)) if inside else None
    if next_:
        return next_
    if inside and _repeat_of(inside) in _since_review(filling.draft.trail):
        return _repeat_of(inside)
    return _due(filling, filling.steps, touched) or REVIEW


def _open(filling: Filling, places: Iterable[str]) -> str | None:
    """The first of these places that was never asked, has lost its answer, or must have one."""
    unanswered = (place for place in places if filling.answer(place) is None)
    return next((place for place in unanswered if _is_new(filling, place) or filling.required(place)), None)


def _due(filling: Filling, places: Iterable[str], touched: Collection[str]) -> str | None:
    """The first of these places that was never asked or has lost its answer; or is touched by what was corrected
    and now lacks an answer that it must have, or has one that is not allowed."""
    return next((place for place in places if _is_due(filling, place, schema_path(place) in touched)), None)


def _is_due(filling: Filling, place: str, touched: bool) -> bool:
    if filling.answer(place) is None:
        return _is_new(filling, place) or (touched and filling.required(place))
    return touched and _refusal(filling, place) is not None


def _refused(filling: Filling, places: Iterable[str]) -> str | None:
    """The first of these places whose answer is not allowed: one that came later may have made it so."""
    return next((place for place in places if _refusal(filling, place) is not None), None)


def _refusal(filling: Filling, place: str) -> Phrase | None:
    answer = filling.answer(place) if place != REVIEW else None
    return None if answer is None else filling.refusal(place, answer)


def _told(filling: Filling) -> Filling:
    """At an answer that is not allowed any more, that is told."""
    reason = (
        _refusal(filling, filling.position)
        if filling.draft.returning and filling.position in filling.draft.trail
        else None
    )
    return filling if reason is None else filling.say(reason)


def _touched(filling: Filling) -> Collection[str]:
    """The schema paths that the answers given since the review have a say in."""
    return following(filling.form, {schema_path(path) for path in _since_review(filling.draft.trail)})


def _is_new(filling: Filling, place: str) -> bool:
    return place not in filling.draft.trail or place in filling.draft.answers


def _begun(filling: Filling, place: str) -> Filling | None:
    node = filling.node_at(place)
    begins = isinstance(node, Group) and node.bot.get("first") == "yes" and not filling.count(place)
    return into_new(filling, place) if begins and place in filling.steps else None


def _may_be_new(filling: Filling, place: str) -> bool:
    """Whether a list without an answer depends on the answer at hand: other choices may be there now."""
    question = filling.asked_at(place)
    if question is None or not question.choice_filter or filling.answer(place) is not None:
        return False
    return schema_path(filling.position) in filtered_by(filling.form, question)


def _is_within(path: str, here: str) -> bool:
    return path == here or path.startswith(f"{here}[")


def _below(filling: Filling, prefix: str) -> list[str]:
    return [path for path in filling.steps if path.startswith(prefix)]


def _scope(filling: Filling, path: str) -> str:
    """The innermost instance around a position whose repeat is asked, `/f/person[1]/`; blank for none."""
    while "]/" in path:
        path = path[: path.rfind("]/") + 1]
        if _repeat_of(path) in filling.steps:
            return f"{path}/"
    return ""


def _repeat_of(instance: str) -> str:
    return instance.rpartition("[")[0]


def _since_review(trail: tuple[str, ...]) -> tuple[str, ...]:
    places = trail[::-1]
    return places[: places.index(REVIEW)] if REVIEW in places else places


def _last_of_each(places: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tuple(places)[::-1]))[::-1]


def _with_default(filling: Filling, place: str) -> Filling:
    question = filling.asked_at(place)
    if question is None or place in filling.draft.answers:
        return filling
    default = filling.instance.default(place)
    if isinstance(default, Chosen):
        names = {choice.name for _, choice in filling.instance.choices(place)}
        default = Chosen(tuple(name for name in default.names if name in names))
    return filling if default is None else filling.put(place, default)
