"""The route through a form. After an instance, the repeat is shown again only if no question follows. Otherwise
the next question sums up the instance and offers another. A note is shown above the question that follows it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile

from bot.form.answers import Answer, Chosen
from bot.form.draft import REVIEW, ScreenState, instances_around
from bot.form.expressions.expression import filtered_by
from bot.form.flow.filling import Filling
from bot.form.flow.guests import is_aside, is_asked_elsewhere
from bot.form.flow.outline import FormPosition
from bot.form.model import Form, Question, schema_path
from bot.form.screen import Phrase


def settled(filling: Filling) -> Filling:
    """Move on from a position that is no longer asked."""
    if filling.position == REVIEW or filling.here is not None:
        return filling
    return _past_what_needs_no_screen(
        _arrive(filling, _open(filling, filling.steps) or REVIEW), filling.position
    )


def forward(filling: Filling) -> Filling:
    """Go to the next position in the order of the form, at last to open questions and the review. After the
    review, only new questions are asked, and those whose answer has become missing or invalid."""
    return _past_what_needs_no_screen(_step(filling), filling.position)


def past_answered(filling: Filling) -> Filling:
    """Go on from a position that another screen answered, so that Back passes it too."""
    return _past_what_needs_no_screen(_step(filling, shown=False), filling.position)


def past_repeat(filling: Filling, repeat: str) -> Filling:
    """Go on after leaving an instance: to the next question, or else to the repeat."""
    at_repeat = filling.change(position=repeat, view=ScreenState())
    return _past_what_needs_no_screen(at_repeat, f"{repeat}[1]/")


def has_back(filling: Filling) -> bool:
    return filling.draft.returning or _before(filling) is not None


def back(filling: Filling) -> Filling:
    """Return to the previous position that is still asked. Empty instances are removed."""
    found = _before(filling)
    if found is None:
        return _arrive(filling, REVIEW) if filling.draft.returning else filling
    trail, place = found
    if place == REVIEW:
        left = _arrive(filling.change(trail=trail), REVIEW).look(ScreenState(editing=True))
        return left.without_empty(filling.position)
    returning = filling.draft.returning or filling.position == REVIEW
    moved = filling.change(trail=trail, position=place, view=ScreenState(), returning=returning)
    return moved.without_empty(filling.position)


def visit(filling: Filling, place: str) -> Filling:
    """Go from the review to a position and return. In a form that began at its review, all questions count as asked."""
    draft = filling.draft
    seen = {*draft.trail, place}
    trail = (
        *(path for path in filling.steps if path not in seen and not draft.trail),
        *(path for path in draft.trail if path != place),
        REVIEW,
    )
    passed = tuple(path for path in draft.passed if path != place)
    return filling.change(position=place, trail=trail, returning=True, view=ScreenState(), passed=passed)


def visit_in_turn(filling: Filling, places: Sequence[str]) -> Filling:
    """Go from the review to several positions in turn. `places[0]` must be the first in the form."""
    there = visit(filling, places[0])
    return there.change(trail=tuple(path for path in there.draft.trail if path not in places[1:]))


def visit_first(filling: Filling, repeat: str) -> Filling | None:
    """Go from the review into a new first instance of a repeat. None if it has instances, or no questions."""
    inside = filling.with_instance(repeat)
    first = next(inside.asked_inside(f"{repeat}[1]"), None)
    if filling.draft.count(repeat) or first is None:
        return None
    there = visit(filling, repeat)
    return inside.change(
        position=first.path, trail=(repeat, *there.draft.trail), returning=True, view=ScreenState()
    )


def extended(filling: Filling, place: str, longer: Answer) -> Filling:
    """Go from the review to questions added by an answer that makes the form longer. Skipped ones count as new."""
    visited = visit(filling, place)
    trail = tuple(path for path in visited.draft.trail if path not in filling.draft.passed)
    left = visited.put(place, longer).change(position=REVIEW, trail=(*trail, place), passed=())
    return _past_what_needs_no_screen(_arrive(left, _next_due(left, "")), place)


def resumed(filling: Filling) -> Filling:
    draft = filling.draft
    trail = (*(path for path in draft.trail if path not in draft.passed), REVIEW)
    left = filling.change(trail=trail, returning=True, passed=())
    return _past_what_needs_no_screen(_arrive(left, _next_due(left, "")), REVIEW)


def into_new(filling: Filling, repeat: str) -> Filling | None:
    """Add an instance and go to its first question. None if it has no questions."""
    added = filling.with_instance(repeat)
    first = next(added.asked_inside(f"{repeat}[{added.draft.count(repeat)}]"), None)
    return None if first is None else _arrive(added.change(trail=(*filling.draft.trail, repeat)), first.path)


def to_end_of(filling: Filling) -> Filling:
    """Go to the review, or to a question that must be answered before it."""
    refused = (path for path in filling.steps if _objection(filling, path) is not None)
    place = _open(filling, filling.steps) or next(refused, REVIEW)
    return _told(_arrive(filling.change(returning=True), place))


def notes_before(filling: Filling) -> tuple[str, ...]:
    return tuple(path for path in _just_passed(filling) if filling.asked_at(path) is not None)[::-1]


def repeat_before(filling: Filling) -> str | None:
    """The repeat completed just before the current question."""
    last = next((path for path in _just_passed(filling) if filling.asked_at(path) is None), None)
    if last is None or filling.position.startswith(f"{last}["):
        return None
    return last if filling.draft.count(last) else None


def _step(filling: Filling, *, shown: bool = True) -> Filling:
    trail = filling.draft.trail
    if filling.draft.returning and schema_path(filling.position) in _filters(filling.form):
        trail = tuple(path for path in trail if not _may_offer_more(filling, path))
    asked = filling.change(trail=(*trail, filling.position) if shown else trail)
    place = _next(asked, filling.position)
    arrived = to_end_of(asked) if place is None else _told(_arrive(asked, place))
    return arrived.without_empty(filling.position)


def _past_what_needs_no_screen(filling: Filling, left: str) -> Filling:
    while _needs_no_screen(filling, left):
        further = _step(filling)
        if further.question is None:
            return filling
        filling, left = further, filling.position
    return filling


def _needs_no_screen(filling: Filling, left: str) -> bool:
    if filling.repeat is not None:
        return left.startswith(f"{filling.position}[")
    return filling.here is not None and not filling.here.part.takes_answer


def _arrive(filling: Filling, place: str) -> Filling:
    """Arrive at a position. A default becomes the first answer, and `bot:first` begins a repeat with an instance."""
    trail = filling.draft.trail
    if place == REVIEW:
        unasked = (path for path in filling.steps if path not in filling.trail)
        guests = (p for p in unasked if is_asked_elsewhere(filling, p) and not is_aside(filling, p))
        seen = (*(path for path in trail if path != REVIEW), *guests)
        last_of_each = tuple(dict.fromkeys(seen[::-1]))[::-1]
        return filling.change(position=REVIEW, trail=last_of_each, returning=False, view=ScreenState())
    passed = tuple(path for path in filling.draft.passed if path != place)
    arrived = filling.change(position=place, view=ScreenState(), passed=passed)
    if place in trail:
        return arrived
    node = filling.instance.node(place)
    if isinstance(node, Question):
        return _with_default(arrived, place)
    begins = node.bot.get("first") == "yes" and filling.asked_place(place) is not None
    return (_into_first(arrived, place) if begins else None) or arrived


def _into_first(filling: Filling, repeat: str) -> Filling | None:
    if not filling.draft.count(repeat):
        return into_new(filling, repeat)
    place = _open(filling, (one.path for one in filling.asked_inside(f"{repeat}[1]")))
    return _arrive(filling.change(trail=(*filling.draft.trail, repeat)), place) if place else None


def _with_default(filling: Filling, place: str) -> Filling:
    if filling.asked_at(place) is None or place in filling.draft.answers:
        return filling
    default = filling.instance.default(place)
    if isinstance(default, Chosen):
        offered = filling.instance.offered(filling.instance.place(place)).names
        default = Chosen(tuple(name for name in default.names if name in offered))
    return filling if default is None else filling.with_answer(place, default)


def _told(filling: Filling) -> Filling:
    again = filling.draft.returning and filling.position in filling.draft.trail
    reason = _objection(filling, filling.position) if again else None
    return filling if reason is None else filling.say(reason)


def _before(filling: Filling) -> tuple[tuple[str, ...], str] | None:
    """The previous position still asked, and the trail there, without what needed no screen on the way."""
    trail, here, begun = filling.draft.trail, filling.position, filling.just_begun
    fallback = None
    while trail:
        trail, place = trail[:-1], trail[-1]
        if place == REVIEW:
            return trail, place
        asked = filling.asked_place(place)
        if asked is None or place == here or is_asked_elsewhere(filling, place):
            continue
        is_note = asked.part.question is not None and not asked.part.takes_answer
        if is_note and filling.question is not None:
            continue
        if begun == (place, 1) and asked.part.node.bot.get("first") == "yes":
            fallback = (trail, place)
            continue
        return trail, place
    return fallback


def _just_passed(filling: Filling) -> Iterator[str]:
    begun = filling.just_begun
    for place in reversed(filling.draft.trail if filling.question is not None else ()):
        asked = filling.asked_place(place)
        if asked is None or asked.part.takes_answer:
            return
        if asked.part.question is not None:
            yield place
        elif begun != (place, 1):
            yield place
            return


def _next(filling: Filling, here: str) -> str | None:
    """The position after `here`, which must be in the trail already."""
    if filling.repeat is not None:
        within = _open(filling, (place.path for place in filling.asked_inside(here)))
        if within:
            return within
    around = (one for one in instances_around(here) if filling.asked_place(one[0]) is not None)
    inside = next((f"{repeat}[{number}]/" for repeat, number in around), "")
    if filling.draft.returning:
        return _next_due(filling, inside)
    follow = (place.path for place in filling.asked_after(here))
    after = next((path for path in follow if not is_asked_elsewhere(filling, path)), None)
    if inside and (after is None or not after.startswith(inside)):
        return _repeat_of(inside)
    return after


def _next_due(filling: Filling, inside: str) -> str:
    def first(places: Iterable[FormPosition]) -> str | None:
        return next((place.path for place in places if _is_due(filling, place)), None)

    within = first(filling.asked_inside(inside[:-1])) if inside else None
    if within is None and inside and _repeat_of(inside) in filling.draft.since_review:
        return _repeat_of(inside)
    ahead = first(filling.asked_after(filling.position)) if within is None else None
    return within or ahead or first(filling.asked_places.values()) or REVIEW


def _is_due(filling: Filling, place: FormPosition) -> bool:
    path = place.path
    if filling.answer(path) is None:
        return _is_new(filling, path) or (place.schema in filling.touched and filling.required(path))
    return place.schema in filling.touched and _objection(filling, path) is not None


def _open(filling: Filling, places: Iterable[str]) -> str | None:
    unanswered = (place for place in places if filling.answer(place) is None)
    return next((place for place in unanswered if _is_new(filling, place) or filling.required(place)), None)


def _objection(filling: Filling, place: str) -> Phrase | None:
    answer = filling.answer(place) if place != REVIEW else None
    return None if answer is None else filling.refusal(place, answer)


def _is_new(filling: Filling, place: str) -> bool:
    if place in filling.draft.answers:
        return True
    return (
        place not in filling.trail
        and place not in filling.draft.passed
        and not is_asked_elsewhere(filling, place)
    )


def _filters(form: Form) -> frozenset[str]:
    def found() -> frozenset[str]:
        listed = (one for one in form.questions if one.choice_filter)
        return frozenset(path for one in listed for path in filtered_by(form, one))

    return form.once("filters", "", found)


def _may_offer_more(filling: Filling, place: str) -> bool:
    question = filling.asked_at(place)
    if question is None or not question.choice_filter or filling.answer(place) is not None:
        return False
    return schema_path(filling.position) in filtered_by(filling.form, question)


def _repeat_of(instance: str) -> str:
    return instance.rpartition("[")[0]


def skip_rest(filling: Filling) -> Filling:
    """Go to the next required question, or to the review, which offers the skipped ones."""
    if not may_skip_rest(filling):
        return filling.say("flow.gone")
    here, begun = filling.position, filling.just_begun
    if begun is None:
        filling = filling.change(trail=(*filling.draft.trail, here))
    passed = tuple(_passable(filling))
    target = next(islice(_ahead(filling), len(passed), None), None)
    passed = passed if begun is not None else (here, *passed)
    left = _without_begun(filling, *begun) if begun is not None else filling
    left = left.change(passed=tuple(dict.fromkeys((*left.draft.passed, *passed))))
    for place in passed:
        left = _with_default(left, place)
    moved = to_end_of(left) if target is None else _arrive(left, target)
    return moved.without_empty(here).say("flow.skip.rest.done", n=len(passed))


def may_skip_rest(filling: Filling) -> bool:
    """Whether the current question is optional and unanswered, and others like it follow."""
    here = filling.position
    if filling.question is None or here == REVIEW or filling.answer(here) is not None:
        return False
    if filling.required(here) and filling.just_begun is None:
        return False
    return sum(1 for _ in islice(_passable(filling), 2)) == 2


def _passable(filling: Filling) -> Iterator[str]:
    return takewhile(lambda path: not filling.required(path), _ahead(filling))


def _ahead(filling: Filling) -> Iterator[str]:
    """Unanswered positions still to come, without notes and an empty current instance, even its required questions."""
    here, draft, begun = filling.position, filling.draft, filling.just_begun
    inside = f"{begun[0]}[{begun[1]}]/" if begun is not None else None
    skipped = draft.passed if draft.returning else ()
    for place in filling.asked_after(here):
        path = place.path
        if path == here or path in skipped or path in filling.trail or filling.answer(path) is not None:
            continue
        if inside is not None and path.startswith(inside):
            continue
        if place.part.group is not None:
            if not draft.count(path) and not here.startswith(f"{path}["):
                yield path
        elif place.part.takes_answer and not is_asked_elsewhere(filling, path):
            yield path


def _without_begun(filling: Filling, repeat: str, number: int) -> Filling:
    left = filling.without_instance(repeat, number)
    if left.draft.count(repeat):
        return left.change(position=repeat, view=ScreenState())
    trail = tuple(path for path in left.draft.trail if path != repeat)
    return left.change(position=repeat, view=ScreenState(), trail=trail, passed=(*left.draft.passed, repeat))
