"""Places, expressions and choice lists of a form, built once per form. Holds nothing of a person."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.form.answers import DERIVED, source_of
from bot.form.draft import instances_around
from bot.form.expressions.coercion import EvaluationContext
from bot.form.expressions.expression import (
    Location,
    dependents,
    filtered_by,
    locations,
    longest_chain,
    parse,
    told_by,
)
from bot.form.expressions.functions import CHANGING, OF_NODES
from bot.form.expressions.paths import Cell, Path
from bot.form.kinds import kind_of, value_kind
from bot.form.kinds.kind import Kind
from bot.form.model import Choice, Form, Group, IndexedChoice, Node, Question, Table, schema_path
from bot.form.screen import Phrase, title_phrase
from bot.form.xlsform.own_columns import contacts_list

MOST_CACHED = 128

SECTIONS: Mapping[str, Collection[str]] = {
    "what": ("story", "urgent", "category", "violations", "more_groups", "more_violations"),
    "where": ("when", "region", "locality", "place"),
    "who": ("affected",),
    "whom": ("perpetrators", "legal_basis", "law_text"),
    "now": ("outcomes",),
    "proof": ("evidence", "evidence_own", "links", "source", "reported"),
    "next": ("needs", "consent_use", "consent_ask"),
}
"""Sections of a report by the roles of their questions."""
_SECTION_OF = {role: section for section, roles in SECTIONS.items() for role in roles}


def sections_of(form: Form) -> Mapping[str, str]:
    """Sections of the questions and repeats of a reporter's form, by path, blank before the first section. A
    question without such a role belongs to the section before it. Consent to storage, the length of the form and
    what is inside repeats have none. A form without that consent has no sections."""
    return form.once("sections", "", lambda: dict(_sections(form)))


def _sections(form: Form) -> Iterator[tuple[str, str]]:
    section = ""
    for path, node in form.nodes.items() if "consent_store" in form.by_role else ():
        role = node.role if isinstance(node, Question) else node.bot.get("role", "")
        section = _SECTION_OF.get(role, section)
        is_inside = any(path.startswith(f"{repeat}/") for repeat in form.repeats)
        is_told = isinstance(node, Question) or node.repeat
        if is_told and not is_inside and role != "consent_store" and "extend" not in node.bot:
            yield path, section


def has_headings(form: Form) -> bool:
    """Whether labels of groups head their questions: of any form but ours, which has sections."""

    def found() -> bool:
        labelled = any(isinstance(one, Group) and any(one.label.values()) for one in form.nodes.values())
        return labelled and not form.continues and len(places_by_section(form)) < 2

    return form.once("headed", "", found)


def places_by_section(form: Form) -> Sequence[tuple[str, Sequence[str]]]:
    """Named sections with their places, first those that are always asked."""

    def found() -> Sequence[tuple[str, Sequence[str]]]:
        sections = sections_of(form)
        ordered = sorted(sections, key=lambda path: bool(form.nodes[path].relevant))
        names = dict.fromkeys(filter(None, sections.values()))
        return [(name, [path for path in ordered if sections[path] == name]) for name in names]

    return form.once("places by section", "", found)


def line_number(form: Form, path: str) -> str:
    """Number of a line that no other answer changes: of the repeat, the instance and the question in it."""
    numbers = form.once("line_numbers", "", lambda: _line_numbers(form))
    around = reversed(instances_around(path))
    parts = [f"{numbers[schema_path(repeat)]}.{number}" for repeat, number in around]
    return ".".join((*parts, str(numbers[schema_path(path)])))


def _line_numbers(form: Form) -> Mapping[str, int]:
    counts, numbers = Counter[str](), dict[str, int]()
    for path, node in form.nodes.items():
        is_line = node.repeat if isinstance(node, Group) else kind_of(node).answered_with is not None
        around = max((one for one in form.repeats if path.startswith(f"{one}/")), key=len, default="")
        counts[around] += is_line
        numbers[path] = counts[around]
    return numbers


def question_number(form: Form, path: str) -> tuple[int, int] | None:
    """Number of a question among all but the consent to storage, as (this, all). None in a form with fewer than 10."""

    def found() -> Mapping[str, int]:
        asked = (one for one in form.questions if kind_of(one).is_asked and kind_of(one).answered_with)
        paths = (one.path for one in asked if one.role != "consent_store")
        return {path: number for number, path in enumerate(paths, 1)}

    numbers = form.once("numbered", "", found)
    number = numbers.get(schema_path(path)) if len(numbers) >= 10 else None
    return None if number is None else (number, len(numbers))


def section_at(form: Form, path: str) -> str | None:
    """Section of an instance path. None if the review does not repeat it."""
    return sections_of(form).get(path.partition("[")[0])


class OfferedChoices:
    def __init__(self, choices: Iterable[IndexedChoice]) -> None:
        self.choices = tuple(choices)
        self.names = frozenset(choice.name for _, choice in self.choices)


@dataclass(frozen=True, slots=True)
class FilterCache:
    """Results of one filter by the values of `paths`, the oldest first. All drafts share the cache, so no one's
    words may enter it. A filter that reads texts, places or files, even through a calculation, is evaluated each
    time."""

    paths: tuple[Path, ...]
    results: dict[Hashable, OfferedChoices] = field(default_factory=dict)

    def keep(self, values: Hashable, offered: OfferedChoices) -> None:
        self.results[values] = offered
        sizes = sum(len(one.choices) for one in self.results.values())
        while len(self.results) > 1 and (len(self.results) > MOST_CACHED or sizes > 200_000):
            sizes -= len(self.results.pop(next(iter(self.results))).choices)


def full_list(form: Form, question: Question) -> OfferedChoices:
    return form.once("list", str(id(question.choices)), lambda: OfferedChoices(enumerate(question.choices)))


def filtered(form: Form, question: Question, here: EvaluationContext) -> OfferedChoices:
    listed = full_list(form, question).choices
    return OfferedChoices(listed[place] for place in passing(form, question, here))


def passing(form: Form, question: Question, here: EvaluationContext) -> Iterable[int]:
    """Indices of the choices that pass the filter, tried lazily if they must be tried."""
    table = form.once("table", str(id(question.choices)), lambda: Table(_ChoiceRows(question.choices)))
    expression = parse(question.choice_filter)
    # An index of few choices saves nothing.
    holds, narrow = expression.holds, expression.narrow if len(table.rows) > 100 else None
    places = range(len(table.rows)) if narrow is None else narrow.places(here, table)
    if narrow is not None and narrow.exact:
        return places
    rows = ((place, Cell("item", "", table.rows[place], place)) for place in places)
    return (place for place, row in rows if holds(EvaluationContext(here.scope, row, here.origin)))


class _ChoiceRows(Sequence[Mapping[str, str]]):
    """Columns of choices, made when they are looked at."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self._choices = choices

    def __len__(self) -> int:
        return len(self._choices)

    def __getitem__(self, place: Any) -> Any:
        choice = self._choices[place]
        return {"name": choice.name, "label": next(iter(choice.label.values()), ""), **choice.columns}


def filter_cache(form: Form, question: Question) -> FilterCache | None:
    """Cache for a question's filter. None if its results must not be cached."""
    return form.once("filter", question.path, lambda: _new_cache(form, question))


def _new_cache(form: Form, question: Question) -> FilterCache | None:
    filtering = parse(question.choice_filter)
    conditional = any(step.predicates for path in filtering.paths for step in path.steps)
    named = set(filtered_by(form, question))
    if filtering.functions & CHANGING or conditional or question.path in named:
        return None
    outside = tuple(path for path in filtering.paths if path.start != ".")
    return FilterCache(outside) if all(_tells_no_words(form, name) for name in named) else None


def _tells_no_words(form: Form, path: str) -> bool:
    node = form.nodes[path]
    if isinstance(node, Group) or not value_kind(node).tells_words:
        return True
    if node.kind != "calculate":
        return False
    read = [*told_by(form, node)]
    return not _reads_hidden(form, read) and all(_tells_no_words(form, one) for one in read)


def _reads_hidden(form: Form, paths: Iterable[str]) -> bool:
    return any(getattr(form.nodes[path], "kind", "") == "hidden" for path in paths)


class Formula:
    """An expression at a node of a form.

    - `direct`: it reads only values at known paths, so that no node is searched.
    - `fixed`: these paths, if none is inside a repeat.
    - `identity`: equal for expressions that read the same.
    """

    def __init__(self, source: str, schema: str, form: Form) -> None:
        self.expression = parse(source)
        walks = self.expression.functions & OF_NODES
        found = None if walks else locations(self.expression.paths, schema, form)
        self.direct = found is not None
        self._locations = found or ()
        inside = any(one.depth is not None for one in self._locations)
        self.fixed = None if found is None or inside else tuple(one.path for one in found)
        self.identity = " ".join((source, *(self.fixed or ())))

    def reads(self, place: "FormPosition") -> Sequence[str]:
        found = place.reads.get(self, self.fixed)
        if found is None:
            found = place.reads[self] = located(self._locations, place.around)
        return found


def located(locations: Sequence[Location], around: Sequence[str]) -> Sequence[str]:
    return [one.path if one.depth is None else around[one.depth] + one.path for one in locations]


def _formula(column: str) -> "cached_property[Formula | None]":
    def made(part: "OutlinePart") -> Formula | None:
        source: str = getattr(part.node, column, "")
        return Formula(source, part.schema, part.form) if source else None

    return cached_property(made)


class OutlinePart:
    def __init__(self, form: Form, node: Node) -> None:
        self.form = form
        self.node = node
        self.schema = node.path
        self.question = node if isinstance(node, Question) else None
        self.group = node if isinstance(node, Group) else None
        self.kind: Kind | None = kind_of(node) if isinstance(node, Question) else None
        self.values: Kind | None = value_kind(node) if isinstance(node, Question) else None
        self.is_unasked = self.kind is not None and not self.kind.is_asked
        self.takes_answer = self.kind is not None and self.kind.answered_with is not None
        is_given = self.takes_answer and isinstance(node, Question) and not node.calculation
        self.is_blank_unanswered = is_given and DERIVED not in node.bot
        asked = self.question
        self.is_calculate = asked is not None and asked.kind == "calculate" and not asked.trigger
        self.repeats = isinstance(node, Group) and node.repeat
        children = node.children if isinstance(node, Group) else ()
        self.parts = tuple(OutlinePart(form, child) for child in children)

    @cached_property
    def is_always_asked(self) -> bool:
        if self.question is None or self.kind is None:
            return not (self.group is not None and self.group.repeat_count)
        is_whole = not self.kind.has_list or (bool(self.question.choices) and not self.question.choice_filter)
        return is_whole and "contacts" not in self.question.bot

    relevance = _formula("relevant")
    calculation = _formula("calculation")
    required = _formula("required")
    constraint = _formula("constraint")
    default = _formula("default")
    number = _formula("repeat_count")

    @cached_property
    def worked_out(self) -> Formula | None:
        """Expression for a value that is not stored: a calculation, or the default of a question not asked."""
        triggered = self.question is None or self.question.trigger
        return (None if triggered else self.calculation) or (None if self.takes_answer else self.default)

    @cached_property
    def seed(self) -> Formula | None:
        """Seed of the order of choices."""
        source = self.question.parameters.get("seed") if self.question is not None else ""
        return Formula(source, self.schema, self.form) if source else None

    @cached_property
    def contacts(self) -> tuple[Question, Formula] | None:
        """Question that a note with contacts refers to, and the expression for its answer."""
        listed = contacts_list(self.form, self.question) if self.question is not None else None
        return None if listed is None else (listed, Formula(listed.path, self.schema, self.form))

    @cached_property
    def derivation(self) -> tuple[Question, str] | None:
        """Source of a derived answer: a question and its column of codes."""
        return None if self.question is None else source_of(self.form, self.question)

    @cached_property
    def filters_itself(self) -> bool:
        """Whether its own answer affects its choices."""
        filtered = self.question is not None and self.question.choice_filter
        return bool(filtered) and self.schema in dependents(self.form, [self.schema])

    @cached_property
    def whole_list(self) -> OfferedChoices | None:
        asked = self.question
        return full_list(self.form, asked) if asked and asked.choices and not asked.choice_filter else None

    @cached_property
    def filter_cache(self) -> FilterCache | None:
        """Cache of filter results. None if they must not be cached."""
        return None if self.question is None else filter_cache(self.form, self.question)

    @cached_property
    def filter_reads(self) -> Sequence[Location] | None:
        """Locations of the values that decide the filter. None if several nodes, or perhaps words, are among them."""
        kept = self.filter_cache
        if kept is None or self.question is None or parse(self.question.choice_filter).functions & OF_NODES:
            return None
        is_hidden = _reads_hidden(self.form, filtered_by(self.form, self.question))
        return None if is_hidden else locations(kept.paths, self.schema, self.form)


class FormPosition:
    """A question, group or instance at an instance path, or a repeat as a whole, which is no element of
    expressions. `around` are the paths of the instances around it, including itself."""

    __slots__ = (
        "_kept", "_title", "around", "can_be_asked", "holds_instances", "inner", "is_always_relevant", "is_instance",
        "parent", "part", "path", "position", "reads", "schema", "within",
    )  # fmt: skip

    def __init__(
        self, part: OutlinePart, path: str, parent: "FormPosition | None", position: int | None = None
    ) -> None:
        self.part = part
        self.path = path
        self.parent = parent
        self.schema = part.schema
        self.position = position or 1
        self.is_instance = position is not None
        self.holds_instances = position is None and part.repeats
        self.can_be_asked = self.holds_instances or (part.question is not None and not part.is_unasked)
        is_outer_relevant = parent is None or parent.is_always_relevant
        self.is_always_relevant: bool = is_outer_relevant and not part.node.relevant
        outer = parent.around if parent is not None else ()
        self.around: tuple[str, ...] = outer if position is None else (*outer, path)
        self.inner: tuple[FormPosition, ...] = ()
        """Places directly inside. Empty for a repeat as a whole."""
        if not self.holds_instances:
            self.inner = tuple(
                FormPosition(inside, f"{path}/{inside.node.name}", self) for inside in part.parts
            )
        self.within: Mapping[str, FormPosition] = {}
        """For an instance: itself and all places inside, by path."""
        self.reads: dict[Formula, Sequence[str]] = {}
        self._kept: list[FormPosition] = []
        self._title: Phrase | None = None

    @property
    def question(self) -> Question:
        if self.part.question is None:
            raise KeyError(self.path)
        return self.part.question

    @property
    def title(self) -> Phrase:
        """Title in the review, short in a form with sections."""
        if self._title is None:
            self._title = title_phrase(self.part.form, self.path, short=bool(sections_of(self.part.form)))
        return self._title

    def instance(self, number: int) -> "FormPosition":
        """An instance of this repeat, cached unless the repeat is nested, since there would be too many."""
        if self.around:
            return self._instance(number)
        while len(self._kept) < number:
            self._kept.append(self._instance(len(self._kept) + 1))
        return self._kept[number - 1]

    def _instance(self, number: int) -> "FormPosition":
        made = FormPosition(self.part, f"{self.path}[{number}]", self.parent, number)
        made.within = {place.path: place for place in made.walk()}
        return made

    def walk(self) -> "Iterator[FormPosition]":
        """This place and all inside, without instances of repeats."""
        yield self
        for place in self.inner:
            yield from place.walk()


@dataclass(frozen=True)
class Outline:
    """Places of a form outside repeats, by path. `is_shallow`: there are no long chains of dependent values."""

    root: FormPosition
    places: Mapping[str, FormPosition]
    is_shallow: bool


def outline_of(form: Form) -> Outline:
    def made() -> Outline:
        path = f"/{form.name}"
        root = FormPosition(OutlinePart(form, Group(form.name, path, {}, form.children)), path, None)
        places = {place.path: place for place in root.walk()}
        return Outline(root, places, longest_chain(form) <= 40)

    return form.once("outline", "", made)
