"""What a `choice_filter` leaves of a list, remembered by the values that the filter looks at.

Nothing but those values decides it, so all events of all drafts share it. Nobody's words are kept here: a
filter that looks at texts, places or files, even by way of a calculation, is worked out each time.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from bot.form.expressions.context import Context
from bot.form.expressions.expression import parse
from bot.form.expressions.paths import Path
from bot.form.expressions.references import matching
from bot.form.kinds import kind_of
from bot.form.model import Choice, Form, Group, Question

MOST_REMEMBERED = 128
"""How many results are kept of one question's filter."""

_CHANGING = frozenset({"now", "today", "position", "current"})
"""Functions whose value is not that of the paths in the expression."""


@dataclass(frozen=True, slots=True)
class Left:
    """The choices that are left, each with its place in the whole list, and their names."""

    choices: tuple[tuple[int, Choice], ...]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Memory:
    """The results of one question's filter by the values of `paths`; oldest first, and not too many."""

    paths: tuple[Path, ...]
    results: dict[Hashable, Left] = field(default_factory=dict)

    def keep(self, values: Hashable, left: Left) -> None:
        """Remember a result."""
        if len(self.results) >= MOST_REMEMBERED:
            del self.results[next(iter(self.results))]
        self.results[values] = left


def whole(form: Form, question: Question) -> Left:
    """The whole list of a question, made once for the form."""
    found = form.remembered.get(("list", question.path))
    if not isinstance(found, Left):
        found = form.remembered["list", question.path] = _left(enumerate(question.choices))
    return found


def filtered(question: Question, here: Context) -> Left:
    """What the filter leaves, worked out where the question stands."""
    holds = parse(question.choice_filter).holds
    return _left(
        (place, choice)
        for place, choice in enumerate(question.choices)
        if holds(Context(here.scope, _row(choice), here.origin))
    )


def leaves_any(question: Question, here: Context, first: Collection[str]) -> bool:
    """Whether the filter leaves any choice; looks at those named first, and no further than one that is
    left."""
    holds = parse(question.choice_filter).holds
    named = (choice for choice in question.choices if choice.name in first)
    return any(
        holds(Context(here.scope, _row(choice), here.origin))
        for choice in chain(named if first else (), question.choices)
    )


def memory(form: Form, question: Question) -> Memory | None:
    """The memory of a question's filter, which the form holds; None if it must not be remembered."""
    place = ("filter", question.path)
    if place not in form.remembered:
        form.remembered[place] = _memory(form, question)
    found = form.remembered[place]
    return found if isinstance(found, Memory) else None


def _memory(form: Form, question: Question) -> Memory | None:
    filtering = parse(question.choice_filter)
    outside = tuple(path for path in filtering.paths if path.start != ".")
    conditional = any(step.predicates for path in filtering.paths for step in path.steps)
    if filtering.functions & _CHANGING or conditional:
        return None
    named = {name for path in outside for name in _named(form, path, question.path)}
    safe = question.path not in named and all(_is_unsaid(form, name) for name in named)
    return Memory(outside) if safe else None


def _named(form: Form, path: Path, origin: str) -> Iterator[str]:
    for name in path.names(origin, origin):
        yield from matching(name, form.nodes)


def _is_unsaid(form: Form, path: str) -> bool:
    """Whether the value of what is at a schema path tells nobody's words."""
    node = form.nodes[path]
    if isinstance(node, Group) or not kind_of(node).tells_words:
        return True
    if node.kind != "calculate":
        return False
    calculation = parse(node.calculation)
    named = {name for looked in calculation.paths for name in _named(form, looked, path)}
    return all(_is_plain(form, name) for name in named)


def _is_plain(form: Form, path: str) -> bool:
    node = form.nodes[path]
    hidden = isinstance(node, Question) and node.kind == "hidden"
    return not hidden and _is_unsaid(form, path)


def _left(choices: Iterable[tuple[int, Choice]]) -> Left:
    kept = tuple(choices)
    return Left(kept, frozenset(choice.name for _, choice in kept))


class _Cell:
    """A choice, or one column of it, as an element that `choice_filter` can look at."""

    def __init__(self, name: str, value: str, columns: Mapping[str, str]) -> None:
        self.name = name
        self.value = value
        self.columns = columns
        self.position = 1
        self.relevant = True
        self.lineage: tuple[_Cell, ...] = (self,)

    def children(self, name: str) -> "Sequence[_Cell]":
        return (_Cell(name, self.columns[name], {}),) if name in self.columns else ()


def _row(choice: Choice) -> _Cell:
    return _Cell("item", "", {"name": choice.name, **choice.columns})
