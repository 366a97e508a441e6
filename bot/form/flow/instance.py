"""A form with answers, by the rules of ODK XForms."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from bot.form.answers import Answer, Chosen, Number, When, codes_by, is_blank
from bot.form.draft import MOST_INSTANCES
from bot.form.expressions.coercion import EvaluationContext, Reading, Scalar, answer_value, to_number, to_text
from bot.form.expressions.expression import dependents
from bot.form.expressions.paths import Path, select
from bot.form.flow import outline
from bot.form.flow.outline import FormPosition, Formula, OfferedChoices
from bot.form.kinds import kind_of, value_kind
from bot.form.kinds.text import written
from bot.form.markup import plain_words
from bot.form.model import NO_TEXT, Choice, Form, IndexedChoice, Node, Table, schema_path


class Instance:
    """A form with answers at one moment. Immutable, with values computed on demand and cached. `answers` and
    `counts` are keyed as in `Draft` and must never change. Answers at unknown paths are ignored, and a
    `repeat_count` overrides `counts`. Unknown instance paths raise KeyError."""

    def __init__(
        self,
        form: Form,
        answers: Mapping[str, Answer],
        counts: Mapping[str, int],
        now: datetime,
        seed: str = "",
    ) -> None:
        self.form = form
        self.answers = answers
        self.counts = counts
        self.now = now
        self.seed = seed
        self._outline = outline.outline_of(form)
        self._places = self._outline.places
        self._inside: dict[str, FormPosition] = {}
        self._relevance: dict[str, bool] = {}
        self.known: dict[str, Scalar] = {}
        self._given: dict[str, Answer | None] = {}
        self._offered: dict[str, OfferedChoices] = {}
        self._conditions: dict[str, bool] = {}
        """Conditions outside repeats by `Formula.identity`: many questions share one."""
        self._instances: dict[str, tuple[FormPosition, ...]] = {}
        self._unfiltered: frozenset[str] = frozenset()
        """Schema paths of questions that offer their whole lists here."""
        self._whole_lists: dict[str, Instance] = {}
        self.begun()

    def begun(self) -> "Instance":
        if not self._outline.is_shallow:
            # In the order of the form, since a long chain of dependent questions would recurse too deeply.
            _ = self.relevant
        return self

    def changed(
        self, answers: Mapping[str, Answer], counts: Mapping[str, int], differing: Iterable[str] | None = None
    ) -> "Instance":
        """Replace answers and counts. Keeps values that do not depend on the paths `differing`, found if not known."""
        if differing is None:
            differing = {*_differing(self.answers, answers), *_differing(self.counts, counts)}
        return self._derived(frozenset(map(schema_path, differing)), answers=answers, counts=counts).begun()

    def _derived(self, changed: frozenset[str], **fields: object) -> "Instance":
        stale = changed | dependents(self.form, changed)
        forgotten = [*stale, *(path for path, place in self._inside.items() if place.schema in stale)]
        kept: dict[str, object] = {}
        for name in ("_relevance", "known", "_given", "_offered", "_instances"):
            kept[name] = known = getattr(self, name).copy()
            for path in forgotten if known else ():
                known.pop(path, None)
        repeats = stale & self.form.repeats
        if repeats:
            below = tuple(f"{repeat}/" for repeat in repeats)
            kept["_inside"] = {
                path: place
                for path, place in self._inside.items()
                if (place.holds_instances or place.schema not in repeats)
                and not place.schema.startswith(below)
            }
        other = object.__new__(Instance)
        vars(other).update(vars(self), _conditions={}, _whole_lists={}, **kept)
        vars(other).update(fields)
        vars(other).pop("relevant", None)
        return other

    def place(self, path: str) -> FormPosition:
        """The place at an instance path. Raises KeyError if there is none."""
        found = self._places.get(path) or self._inside.get(path)
        if found is None:
            outer = path.rpartition("/")[0]
            if not outer:
                raise KeyError(path)
            self.place(outer)
            if path.endswith("]"):
                self.instances(self.place(path.rpartition("[")[0]))
            found = self._inside[path]
        return found

    def instances(self, repeat: FormPosition) -> tuple[FormPosition, ...]:
        """Instances of a repeat as a whole. Empty for other places."""
        found = self._instances.get(repeat.path)
        if found is None:
            number = self._number(repeat) if repeat.holds_instances else 0
            found = self._instances[repeat.path] = tuple(map(repeat.instance, range(1, number + 1)))
            for one in found:
                self._inside.update(one.within)
        return found

    def _number(self, repeat: FormPosition) -> int:
        formula = repeat.part.number
        if formula is None:
            return self.counts.get(repeat.path, 0)
        number = to_number(self.evaluated(formula, repeat))
        return int(max(0, min(number, MOST_INSTANCES))) if number == number else 0  # noqa: PLR0124  # NaN

    def node(self, path: str) -> Node:
        return self.place(path).part.node

    @cached_property
    def relevant(self) -> tuple[FormPosition, ...]:
        """Relevant questions and repeats in order. A repeat comes before its instances."""
        return tuple(self._relevant_among(self._outline.root.inner))

    def order(self) -> tuple[str, ...]:
        """Positions of relevant questions, notes and repeats."""
        return tuple(place.path for place in self.relevant if not place.part.is_unasked)

    def found(self, path: str) -> FormPosition | None:
        try:
            return self.place(path)
        except KeyError:
            return None

    def asked_at(self, path: str) -> FormPosition | None:
        place = self._places.get(path) or self.found(path)
        return place if place is not None and place.can_be_asked and self.is_relevant(place) else None

    def relevant_inside(self, place: FormPosition) -> Iterator[FormPosition]:
        """Relevant places inside a relevant repeat or instance, computed lazily."""
        return self._relevant_among(self.instances(place) if place.holds_instances else place.inner)

    def relevant_after(self, place: FormPosition) -> Iterator[FormPosition]:
        """Relevant places after a relevant place and all inside it, computed lazily."""
        outer = place.parent
        while outer is not None:
            if place.is_instance:
                repeat = self.place(place.path.rpartition("[")[0])
                yield from self._relevant_among(self.instances(repeat)[place.position :])
                place = repeat
            siblings = outer.inner
            yield from self._relevant_among(siblings[siblings.index(place) + 1 :])
            place, outer = outer, outer.parent

    def _relevant_among(self, places: Sequence[FormPosition]) -> Iterator[FormPosition]:
        known = self._relevance
        for place in places:
            part = place.part
            if part.relevance is not None:
                relevant = known.get(place.path)
                if relevant is None:
                    relevant = known[place.path] = self.holds(part.relevance, place)
                if not relevant:
                    continue
            if part.question is not None:
                if part.is_unasked and not self._outline.is_shallow:
                    self.value_at(place.path)
                yield place
            elif place.holds_instances:
                yield place
                yield from self._relevant_among(self.instances(place))
            else:
                yield from self._relevant_among(place.inner)

    def evaluated(self, formula: Formula, place: FormPosition) -> Scalar:
        if formula.direct:
            return formula.expression.read(Reading(self, formula.fixed or formula.reads(place), self.known))
        return formula.expression.evaluate(self.context(place))

    def holds(self, formula: Formula, place: FormPosition, candidate: Scalar | None = None) -> bool:
        """Whether an expression holds, or would if the place had the candidate's value."""
        if formula.fixed is not None and candidate is None:
            known = self._conditions.get(formula.identity)
            if known is None:
                reading = Reading(self, formula.fixed, self.known)
                known = self._conditions[formula.identity] = formula.expression.holds_reading(reading)
            return known
        if formula.direct:
            values = self.known if candidate is None else {place.path: candidate}
            return formula.expression.holds_reading(Reading(self, formula.reads(place), values))
        return formula.expression.holds(self.context(place, candidate))

    def context(self, place: FormPosition, candidate: Scalar | None = None) -> EvaluationContext:
        element = PlacedElement(self, place)
        return EvaluationContext(self, element, element, candidate)

    def met(self, path: str) -> "PlacedElement | None":
        """The element at a path outside repeats."""
        place = self._places.get(path)
        return None if place is None or place.holds_instances else PlacedElement(self, place)

    def value_at(self, path: str) -> Scalar:
        value = self.known.get(path)
        if value is None:
            value = self.known[path] = self._worked_out(self._places.get(path) or self.place(path))
        return value

    def choice_label(self, path: str, name: str) -> str:
        """Label in the form's default language, in plain words, for `jr:choice-name`."""
        question = self.form.question_at(path)
        label = NO_TEXT if question is None else question.labels.get(name, NO_TEXT)
        return plain_words(label.get(self.form.default_language, ""))

    def table(self, name: str) -> Table | None:
        return self.form.tables.get(name)

    def label_at(self, path: str) -> str:
        question = self.form.question_at(path)
        return "" if question is None else question.label.get(self.form.default_language, "")

    def is_relevant(self, place: FormPosition) -> bool:
        """Whether a place and all around it are relevant."""
        if place.is_always_relevant:
            return True
        known = self._relevance.get(place.path)
        if known is None:
            outer, formula = place.parent, place.part.relevance
            known = outer is None or self.is_relevant(outer)
            known = known and (formula is None or self.holds(formula, place))
            self._relevance[place.path] = known
        return known

    def _worked_out(self, place: FormPosition) -> Scalar:
        part = place.part
        if part.question is None or (part.is_blank_unanswered and place.path not in self.answers):
            return ""  # relevant or not
        if not self.is_relevant(place):
            return ""
        if part.is_calculate and part.worked_out is not None:
            # In XForms a calculate is always a string.
            return to_text(self.evaluated(part.worked_out, place))
        return answer_value(self.effective(place))

    def required(self, path: str) -> bool:
        place = self.place(path)
        return place.part.required is not None and self.holds(place.part.required, place)

    def allows(self, path: str, answer: Answer) -> bool:
        """Whether the constraint holds with this answer as `.`. A blank answer always passes."""
        place = self.place(path)
        if place.part.constraint is None:
            return True
        value = answer_value(answer)
        return value == "" or self.holds(place.part.constraint, place, value)

    def answer(self, path: str) -> Answer | None:
        """The effective answer. None if irrelevant or unsuitable."""
        place = self.place(path)
        return self.effective(place) if self.is_relevant(place) else None

    def effective(self, place: FormPosition) -> Answer | None:
        """Answer that suits the question, relevant or not, without choices no longer offered."""
        part, answer = place.part, self.answers.get(place.path)
        if answer is None and not part.is_blank_unanswered:
            answer = self.by_itself(place)
        if answer is None or part.values is None or not part.values.fits(answer):
            return None
        if not part.values.has_list or not isinstance(answer, Chosen):
            return answer
        offered = (part.whole_list or self.offered(place)).names
        if offered.issuperset(answer.names):  # nearly always
            return answer if answer.names else None
        names = tuple(name for name in answer.names if name in offered)
        return Chosen(names) if names else None

    def by_itself(self, place: FormPosition, formula: Formula | None = None) -> Answer | None:
        """Value without a stored answer: of `formula`, calculated, the default of what is not asked, or of the moment."""
        values, formula = value_kind(place.question), formula or place.part.worked_out
        if formula is None:
            return values.by_time(self.now)
        return values.answer_of(self.evaluated(formula, place))

    def given(self, path: str) -> Answer | None:
        """The effective or derived answer to a question that is asked. None if blank."""
        if path in self._given:
            return self._given[path]
        place = self._places.get(path) or self.place(path)
        if place.part.is_blank_unanswered and path not in self.answers:
            return None
        takes = place.part.takes_answer and self.is_relevant(place)
        answer = (self.effective(place) or self.derived(place)) if takes else None
        given = self._given[path] = None if answer is None or is_blank(answer) else answer
        return given

    def derived(self, place: FormPosition) -> Chosen | None:
        if place.part.derivation is None:
            return None
        source, column = place.part.derivation
        chosen = self.given(source.path)
        names = codes_by(source, chosen.names if isinstance(chosen, Chosen) else (), column)
        return Chosen(tuple(names)) if names else None

    def default(self, path: str) -> Answer | None:
        """The default answer, if it suits the question and no calculation goes before it."""
        place = self.place(path)
        formula = None if place.part.worked_out is not None else place.part.default
        return None if formula is None else kind_of(place.question).answer_of(self.evaluated(formula, place))

    def submission(self) -> Mapping[str, Answer]:
        """Relevant answers, hidden values and calculations (as Written) by path, in the order of the form."""
        found = ((place.path, self._submitted(place)) for place in self.relevant)
        return {path: answer for path, answer in found if answer is not None}

    def _submitted(self, place: FormPosition) -> Answer | None:
        if place.part.question is None:
            return None
        if place.part.is_calculate and place.part.worked_out is not None:
            return written(to_text(self.value_at(place.path)))
        return self.effective(place)

    def choices(self, path: str) -> tuple[IndexedChoice, ...]:
        return self.offered(self.place(path)).choices

    def has_choices(self, place: FormPosition) -> bool:
        is_found = place.path in self._offered or self._offers_all(place)
        if is_found or place.part.filter_cache is not None:
            return bool(self.offered(place).choices)
        return any(
            True for _ in outline.passing(self.form, place.question, self._filtering(place).context(place))
        )

    def offered(self, place: FormPosition) -> OfferedChoices:
        found = self._offered.get(place.path)
        if found is None:
            if self._offers_all(place):
                found = outline.full_list(self.form, place.question)
            else:
                found = self._filtering(place).passing(place)
            self._offered[place.path] = found
        return found

    def passing(self, place: FormPosition) -> OfferedChoices:
        kept = place.part.filter_cache
        values = None if kept is None else self._read(kept.paths, place)
        if kept is None or values is None:
            return outline.filtered(self.form, place.question, self.context(place))
        if values not in kept.results:
            kept.keep(values, outline.filtered(self.form, place.question, self.context(place)))
        return kept.results[values]

    def _read(self, paths: Sequence[Path], place: FormPosition) -> Hashable | None:
        """Values of these paths. None if a person's words may be among them."""
        reads = place.part.filter_reads
        if reads is not None:
            return tuple((self.value_at(path),) for path in outline.located(reads, place.around))
        context = self.context(place)
        found = [select(path, context) for path in paths]
        if any(self._holds_words(node) for nodes in found for node in nodes):
            return None
        return tuple(tuple(node.value for node in nodes) for nodes in found)

    def _holds_words(self, node: object) -> bool:
        if not isinstance(node, PlacedElement) or node.place.part.question is None:
            return False
        hidden = node.place.part.question.kind == "hidden"
        return hidden and not isinstance(self.effective(node.place), Chosen | Number | When | None)

    def _offers_all(self, place: FormPosition) -> bool:
        return not place.question.choice_filter or place.schema in self._unfiltered

    def _filtering(self, place: FormPosition) -> "Instance":
        """Instance in which a question whose filter reads itself offers its whole list, to break the cycle."""
        if not place.part.filters_itself:
            return self
        schema = place.schema
        if schema not in self._whole_lists:
            self._whole_lists[schema] = self._derived(
                frozenset([schema]), _unfiltered=self._unfiltered | {schema}
            )
        return self._whole_lists[schema]


def _differing(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    if old is not new:
        yield from (key for key in {**old, **new} if old.get(key) is not new.get(key))


class PlacedElement:
    """A place with its values. Equal to any other of that place."""

    __slots__ = ("filled", "place")

    def __init__(self, filled: "Instance", place: FormPosition) -> None:
        self.filled = filled
        self.place = place

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlacedElement) and other.place.path == self.place.path

    def __hash__(self) -> int:
        return hash(self.place.path)

    @property
    def name(self) -> str:
        return self.place.part.node.name

    @property
    def position(self) -> int:
        """Number among the instances of its repeat, 1 outside repeats."""
        return self.place.position

    @property
    def lineage(self) -> "tuple[PlacedElement, ...]":
        outer = self.place.parent
        return (*(() if outer is None else PlacedElement(self.filled, outer).lineage), self)

    @property
    def relevant(self) -> bool:
        return self.filled.is_relevant(self.place)

    @property
    def value(self) -> Scalar:
        return self.filled.value_at(self.place.path)

    def children(self, name: str) -> "Sequence[PlacedElement]":
        """Children of this name, `*` for all. A repeat counts as its instances."""
        found: list[PlacedElement] = []
        for place in self.place.inner:
            if name in {"*", place.part.node.name}:
                places = self.filled.instances(place) if place.holds_instances else (place,)
                found.extend(PlacedElement(self.filled, one) for one in places)
        return found


def needs_at(instance: Instance, path: str) -> tuple[Choice, ...]:
    """Chosen choices that a note of contacts refers to, even those without a contact."""
    place = instance.place(path)
    if place.part.contacts is None:
        return ()
    listed, formula = place.part.contacts
    names = to_text(instance.evaluated(formula, place)).split()
    return tuple(choice for choice in listed.choices if choice.name in names)
