"""Choices that pass a `choice_filter`, cached by the values it reads.

All drafts share the cache, so no one's words may enter it. A filter that reads texts, places or files, even
through a calculation, is evaluated each time.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from bot.form.expressions.coercion import EvaluationContext
from bot.form.expressions.expression import matching, parse
from bot.form.expressions.paths import Path
from bot.form.kinds import kind_of
from bot.form.model import Choice, Form, Group, IndexedChoice, Question

MOST_CACHED = 128

_CHANGING = frozenset({"now", "today", "position", "current"})


@dataclass(frozen=True, slots=True)
class OfferedChoices:
    choices: tuple[IndexedChoice, ...]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class FilterCache:
    """Results of one filter by the values of `paths`, the oldest first."""

    paths: tuple[Path, ...]
    results: dict[Hashable, OfferedChoices] = field(default_factory=dict)

    def add(self, values: Hashable, offered: OfferedChoices) -> None:
        if len(self.results) >= MOST_CACHED:
            del self.results[next(iter(self.results))]
        self.results[values] = offered


def full_list(form: Form, question: Question) -> OfferedChoices:
    return form.once("list", question.path, lambda: _offered(enumerate(question.choices)))


def filtered(question: Question, here: EvaluationContext) -> OfferedChoices:
    holds = parse(question.choice_filter).holds
    return _offered(
        (place, choice)
        for place, choice in enumerate(question.choices)
        if holds(EvaluationContext(here.scope, _row(choice), here.origin))
    )


def any_passes(question: Question, here: EvaluationContext, first: Collection[str]) -> bool:
    """Whether any choice passes the filter. Tries the names in `first` before others."""
    holds = parse(question.choice_filter).holds
    named = (choice for choice in question.choices if choice.name in first)
    return any(
        holds(EvaluationContext(here.scope, _row(choice), here.origin))
        for choice in chain(named if first else (), question.choices)
    )


def filter_cache(form: Form, question: Question) -> FilterCache | None:
    """Cache for a question's filter. None if its results must not be cached."""
    return form.once("filter", question.path, lambda: _new_cache(form, question))


def _new_cache(form: Form, question: Question) -> FilterCache | None:
    filtering = parse(question.choice_filter)
    outside = tuple(path for path in filtering.paths if path.start != ".")
    conditional = any(step.predicates for path in filtering.paths for step in path.steps)
    if filtering.functions & _CHANGING or conditional:
        return None
    named = {name for path in outside for name in _named(form, path, question.path)}
    safe = question.path not in named and all(_tells_no_words(form, name) for name in named)
    return FilterCache(outside) if safe else None


def _named(form: Form, path: Path, origin: str) -> Iterator[str]:
    for name in path.names(origin, origin):
        yield from matching(name, form.nodes)


def _tells_no_words(form: Form, path: str) -> bool:
    """Whether a value can hold none of a person's words."""
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
    return not hidden and _tells_no_words(form, path)


def _offered(choices: Iterable[IndexedChoice]) -> OfferedChoices:
    kept = tuple(choices)
    return OfferedChoices(kept, frozenset(choice.name for _, choice in kept))


class _Cell:
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
