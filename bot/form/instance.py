"""A form with answers: what is relevant, allowed and calculated, by the rules of ODK XForms.

Everything is worked out when it is asked for and then remembered, so a value is ready before whatever
depends on it, in any order of the form.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from bot.form.answers import Answer, Chosen
from bot.form.coercion import Scalar, to_number, to_text
from bot.form.context import Context
from bot.form.expressions import parse
from bot.form.model import Choice, Form, Group, Kind, Node, Question
from bot.form.values import to_answer, to_value, written

MOST_INSTANCES = 50
"""How many instances of a repeat a form may ask for by `repeat_count`."""


class Instance:
    """A form with answers at one moment. Built anew for each event; pure.

    `answers` and `counts` are keyed as in `Draft`; answers at paths that do not exist (any more) are left
    alone. A repeat with `repeat_count` has the number of instances that this works out to, any other what
    `counts` says. Every method that takes an instance path raises KeyError if there is no such place.
    """

    def __init__(
        self, form: Form, answers: Mapping[str, Answer], counts: Mapping[str, int], now: datetime
    ) -> None:
        self.form = form
        self.answers = answers
        self.counts = counts
        self.now = now
        self.places: dict[str, _Place] = {}
        root = f"/{form.name}"
        self.root = _Place(self, Group(form.name, root, {}, form.children), root, None)
        # In the order of the form, so that a long chain of questions does not nest as deep as it is long.
        self._relevant = tuple(self._walk(self.root))
        for place in self._relevant:
            if _is_kind(place.node, Kind.CALCULATE):
                place.work_out()

    def order(self) -> tuple[str, ...]:
        """The instance paths of all relevant questions and repeats in the order they are asked: notes
        included, calculates excluded, a repeat before the questions of its instances."""
        return tuple(place.path for place in self._relevant if not _is_kind(place.node, Kind.CALCULATE))

    def node(self, path: str) -> Node:
        """The question or group at this instance path."""
        return self._place(path).node

    def relevant(self, path: str) -> bool:
        """Whether it and all groups around it are relevant."""
        return self._place(path).relevant

    def required(self, path: str) -> bool:
        """Whether a relevant question must be answered."""
        place = self._place(path)
        return bool(place.question.required) and parse(place.question.required).holds(self._context(place))

    def allows(self, path: str, answer: Answer) -> bool:
        """Whether the constraint holds with this answer as `.`; a blank answer is never held against it."""
        place = self._place(path)
        value = to_value(answer)
        if not place.question.constraint or value == "":
            return True
        return parse(place.question.constraint).holds(Context(self, place, place, value))

    def choices(self, path: str) -> tuple[tuple[int, Choice], ...]:
        """The choices that the `choice_filter` leaves, each with its place in the whole list."""
        return self._place(path).choices

    def has_choices(self, path: str) -> bool:
        """Whether the `choice_filter` leaves any choice; looks no further than the first."""
        return self._place(path).has_choices

    def default(self, path: str) -> Answer | None:
        """The answer that the form suggests, if it is one that the question can have."""
        place = self._place(path)
        if not place.question.default:
            return None
        return to_answer(place.question.kind, parse(place.question.default).evaluate(self._context(place)))

    def answer(self, path: str) -> Answer | None:
        """The answer as it counts: None while irrelevant, without choices that the filter has taken away."""
        place = self._place(path)
        return place.answer if place.relevant else None

    def value(self, path: str) -> str:
        """The value as expressions see it, as text: of answers and calculates, blank if irrelevant."""
        return to_text(self._place(path).value)

    def submission(self) -> Mapping[str, Answer]:
        """The relevant answers and calculates (as Written; blank ones left out) by instance path, in order."""
        kept: dict[str, Answer] = {}
        for place in self._relevant:
            answer = place.submitted
            if answer is not None:
                kept[place.path] = answer
        return kept

    def choice_label(self, path: str, name: str) -> str:
        """The label of a choice in the form's default language, for `jr:choice-name`."""
        question = self.form.nodes.get(path)
        choices = question.choices if isinstance(question, Question) else ()
        label = next((choice.label for choice in choices if choice.name == name), {})
        return label.get(self.form.default_language, "")

    def _walk(self, parent: "_Place") -> "Iterator[_Place]":
        for place in parent.inner():
            if not place.relevant:
                continue
            if isinstance(place.node, Question):
                yield place
                continue
            if place.holds_instances:
                yield place
            yield from self._walk(place)

    def _place(self, path: str) -> "_Place":
        """The place at this path; those around it are made on the way."""
        place = self.places.get(path)
        if place is None:
            outer = path.rpartition("/")[0]
            if not outer:
                raise KeyError(path)
            self._place(outer).inner()
            if path.endswith("]"):
                self.places[path.rpartition("[")[0]].inner()
            place = self.places[path]
        return place

    def _context(self, place: "_Place") -> Context:
        return Context(self, place, place)


class _Place:
    """One element of the instance; or a repeat as a whole, which holds its instances and stands beside
    the tree: expressions see the instances in its stead."""

    def __init__(
        self,
        instance: Instance,
        node: Node,
        path: str,
        parent: "_Place | None",
        position: int | None = None,
    ) -> None:
        self.instance = instance
        self.node = node
        self.path = path
        self.name = node.name
        self.position = position or 1
        self.holds_instances = position is None and isinstance(node, Group) and node.repeat
        self.parent = parent
        self.lineage: tuple[_Place, ...] = (*(parent.lineage if parent else ()), self)
        self._inner: tuple[_Place, ...] | None = None
        self._relevant: bool | None = None
        self._value: Scalar | None = None
        self._choices: tuple[tuple[int, Choice], ...] | None = None
        instance.places[path] = self

    @property
    def question(self) -> Question:
        if not isinstance(self.node, Question):
            raise KeyError(self.path)
        return self.node

    def inner(self) -> "tuple[_Place, ...]":
        """The places directly inside, a repeat as one."""
        if self._inner is None:
            self._inner = self._instances() if self.holds_instances else self._members()
        return self._inner

    def _members(self) -> "tuple[_Place, ...]":
        nodes = self.node.children if isinstance(self.node, Group) else ()
        return tuple(_Place(self.instance, node, f"{self.path}/{node.name}", self) for node in nodes)

    def _instances(self) -> "tuple[_Place, ...]":
        return tuple(
            _Place(self.instance, self.node, f"{self.path}[{number}]", self.parent, number)
            for number in range(1, self._count() + 1)
        )

    def _count(self) -> int:
        source = self.node.repeat_count if isinstance(self.node, Group) else ""
        if not source:
            return self.instance.counts.get(self.path, 0)
        number = to_number(parse(source).evaluate(Context(self.instance, self, self)))
        return int(max(0, min(number, MOST_INSTANCES))) if number == number else 0  # noqa: PLR0124  # NaN

    def children(self, name: str) -> "Sequence[_Place]":
        found: list[_Place] = []
        for place in self.inner():
            if name in {place.name, "*"}:
                found.extend(place.inner() if place.holds_instances else (place,))
        return found

    @property
    def relevant(self) -> bool:
        if self._relevant is None:
            self._relevant = (self.parent is None or self.parent.relevant) and (
                not self.node.relevant or parse(self.node.relevant).holds(Context(self.instance, self, self))
            )
        return self._relevant

    @property
    def value(self) -> Scalar:
        return self.work_out() if self._value is None else self._value

    def work_out(self) -> Scalar:
        """The value, worked out anew and remembered."""
        self._value = self._worked_out() if self.relevant else ""
        return self._value

    def _worked_out(self) -> Scalar:
        if not isinstance(self.node, Question):
            return ""
        if self.node.kind is Kind.CALCULATE:
            # A calculate is a text in XForms, whatever its expression gives.
            return to_text(parse(self.node.calculation).evaluate(Context(self.instance, self, self)))
        return to_value(self.answer)

    @property
    def answer(self) -> Answer | None:
        answer = self.instance.answers.get(self.path)
        if not isinstance(answer, Chosen) or not self.question.choice_filter:
            return answer
        left = {choice.name for _, choice in self.choices}
        names = tuple(name for name in answer.names if name in left)
        return Chosen(names) if names else None

    @property
    def submitted(self) -> Answer | None:
        if _is_kind(self.node, Kind.CALCULATE):
            return written(to_text(self.value))
        return self.answer if isinstance(self.node, Question) else None

    @property
    def has_choices(self) -> bool:
        source = self.question.choice_filter
        if self._choices is not None or not source:
            return bool(self.choices)
        holds = parse(source).holds
        # What is chosen most likely still stands, and is looked at before the long list.
        chosen = self.answer.names if isinstance(self.answer, Chosen) else ()
        first = (choice for choice in self.question.choices if choice.name in chosen)
        return any(
            holds(Context(self.instance, _row(choice), self))
            for choice in chain(first if chosen else (), self.question.choices)
        )

    @property
    def choices(self) -> tuple[tuple[int, Choice], ...]:
        if self._choices is None:
            everything = tuple(enumerate(self.question.choices))
            # A filter that looks at its own question sees the whole list.
            self._choices = everything
            source = self.question.choice_filter
            if source:
                holds = parse(source).holds
                self._choices = tuple(
                    (place, choice)
                    for place, choice in everything
                    if holds(Context(self.instance, _row(choice), self))
                )
        return self._choices


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


def _is_kind(node: Node, kind: Kind) -> bool:
    return isinstance(node, Question) and node.kind is kind
