"""Instances of a repeat: how many there are, adding one, removing one with all that was said in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from bot.form.flow.instance import MOST_INSTANCES
from bot.form.flow.turn import Turn

T = TypeVar("T")


def count(turn: Turn, repeat: str) -> int:
    """How many instances a repeat has."""
    return turn.draft.counts.get(repeat, 0)


def add(turn: Turn, repeat: str) -> Turn:
    """The turn with one more instance, unless there are MOST_INSTANCES."""
    number = min(count(turn, repeat) + 1, MOST_INSTANCES)
    return turn.change(counts={**turn.draft.counts, repeat: number})


def remove(turn: Turn, repeat: str, number: int) -> Turn:
    """The turn without one instance (1-based); those after it move up."""
    moved = _Removal(repeat, number)
    counts = {**moved.keys(turn.draft.counts), repeat: count(turn, repeat) - 1}
    left = (path for old in turn.draft.trail if (path := moved.path(old)) is not None)
    trail = tuple(path for path, _ in groupby(left))
    return turn.change(answers=moved.keys(turn.draft.answers), counts=counts, trail=trail)


def drop_empty(turn: Turn, left: str) -> Turn:
    """The turn without the last instances around a place that was left, if nothing was said in them."""
    for repeat, number in _around(left):
        said = any(path.startswith(f"{repeat}[{number}]/") for path in turn.draft.answers)
        stays = turn.position.startswith(f"{repeat}[{number}]/")
        if not said and not stays and number == count(turn, repeat):
            turn = remove(turn, repeat, number)
    return turn


def just_begun(turn: Turn) -> tuple[str, int] | None:
    """The repeat and number of the instance of which the first question is being asked, if nothing has been
    said in it: whoever has nothing to add can leave it, though the question must be answered in others. A form that
    counts the instances itself wants each of them."""
    repeat, number = next(_around(turn.position), ("", 0))
    if not number or number > count(turn, repeat):
        return None
    inside = f"{repeat}[{number}]/"
    is_first = next((path for path in turn.steps if path.startswith(inside)), None) == turn.position
    said = any(path.startswith(inside) for path in turn.draft.answers)
    return (repeat, number) if is_first and not said else None


def _around(path: str) -> Iterator[tuple[str, int]]:
    """The repeats and numbers of the instances around a place, the innermost first."""
    for match in reversed(list(re.finditer(r"\[(\d+)\]/", path))):
        yield path[: match.start()], int(match[1])


@dataclass(frozen=True, slots=True)
class _Removal:
    """Where places are when the instance of this number is gone."""

    repeat: str
    number: int

    def path(self, old: str) -> str | None:
        """The path that a place has now; None if it is gone."""
        found = re.match(rf"{re.escape(self.repeat)}\[(\d+)\]", old)
        if not found or int(found[1]) < self.number:
            return old
        if int(found[1]) == self.number:
            return None
        return f"{self.repeat}[{int(found[1]) - 1}]{old[found.end() :]}"

    def keys(self, old: Mapping[str, T]) -> dict[str, T]:
        """The values by the paths that they have now."""
        return {path: value for key, value in old.items() if (path := self.path(key)) is not None}
