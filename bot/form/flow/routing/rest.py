"""Skip optional questions up to the next required one or the review."""

from collections.abc import Iterator
from itertools import islice, takewhile

from bot.form.draft import REVIEW, View
from bot.form.flow.filled.filling import Filling
from bot.form.flow.routing.route import ahead, arrive, to_end_of, without_empty
from bot.form.model import Question

_LEAST = 2


def skip_rest(filling: Filling) -> Filling:
    """Go to the next required question, or to the review, which offers the skipped ones."""
    if not may_skip_rest(filling):
        return filling.say("flow.gone")
    here, begun = filling.position, filling.just_begun
    if begun is None:
        filling = filling.change(trail=(*filling.draft.trail, here))
    passed, target = _rest(filling)
    passed = passed if begun is not None else (here, *passed)
    left = _without_begun(filling, *begun) if begun is not None else filling
    left = left.change(passed=tuple(dict.fromkeys((*left.draft.passed, *passed))))
    moved = without_empty(to_end_of(left) if target is None else arrive(left, target), here)
    return moved.say("flow.skip.rest.done", n=len(passed))


def may_skip_rest(filling: Filling) -> bool:
    """Whether the current question is optional and unanswered, and others like it follow."""
    here = filling.position
    if filling.question is None or here == REVIEW or filling.answer(here) is not None:
        return False
    if filling.required(here) and filling.just_begun is None:
        return False
    return sum(1 for _ in islice(_passable(filling), _LEAST)) == _LEAST


def _rest(filling: Filling) -> tuple[tuple[str, ...], str | None]:
    passed = tuple(_passable(filling))
    over = {*passed}
    return passed, next((path for path in _ahead(filling) if path not in over), None)


def _passable(filling: Filling) -> Iterator[str]:
    return takewhile(lambda path: not _must_be_answered(filling, path), _ahead(filling))


def _must_be_answered(filling: Filling, path: str) -> bool:
    return isinstance(filling.instance.node(path), Question) and filling.required(path)


def _ahead(filling: Filling) -> Iterator[str]:
    """Positions ahead. An empty current instance is skipped as a whole, even its required questions."""
    begun = filling.just_begun
    inside = f"{begun[0]}[{begun[1]}]/" if begun is not None else None
    return (path for path in ahead(filling) if inside is None or not path.startswith(inside))


def _without_begun(filling: Filling, repeat: str, number: int) -> Filling:
    left = filling.without_instance(repeat, number)
    if left.draft.count(repeat):
        return left.change(position=repeat, view=View())
    trail = tuple(path for path in left.draft.trail if path != repeat)
    return left.change(position=repeat, view=View(), trail=trail, passed=(*left.draft.passed, repeat))
