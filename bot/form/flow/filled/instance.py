"""A form with answers: what is relevant, allowed and calculated, by the rules of ODK XForms.

Everything is computed on demand and then remembered, so a value is there before whatever depends on it, in
whichever order the form has them.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from bot.form.answers import Answer, Chosen, Number, When
from bot.form.draft import MOST_INSTANCES
from bot.form.expressions.coercion import Scalar, answer_value, to_number, to_text
from bot.form.expressions.context import Context
from bot.form.expressions.expression import parse
from bot.form.expressions.paths import Path, select
from bot.form.flow.filled.choice_lists import OfferedChoices, any_passes, filter_cache, filtered, full_list
from bot.form.kinds import kind_of
from bot.form.kinds.text import written
from bot.form.model import Form, Group, IndexedChoice, Node, Question


class Instance:
    """A form with answers at one moment. Built anew for each event; pure.

    `answers` and `counts` are keyed as in `Draft`; answers at paths that do not exist (any more) are ignored. A
    repeat with `repeat_count` has the number of instances that it evaluates to, any other what `counts` says.
    Every method that takes an instance path raises KeyError if the form has no such node.
    """

    def __init__(
        self, form: Form, answers: Mapping[str, Answer], counts: Mapping[str, int], now: datetime
    ) -> None:
        self.form = form
        self.answers = answers
        self.counts = counts
        self.now = now
        self.places: dict[str, _InstanceNode] = {}
        root = f"/{form.name}"
        self.root = _InstanceNode(self, Group(form.name, root, {}, form.children), root, None)
        # In the order of the form: else a chain of dependent questions would recurse as deep as it is long.
        self._relevant = tuple(self._walk(self.root))
        for place in self._relevant:
            if _is_unasked(place.node):
                place.work_out()

    def order(self) -> tuple[str, ...]:
        """The instance paths of all relevant questions and repeats in the order they are asked, notes included; a
        repeat comes before the questions of its instances."""
        return tuple(place.path for place in self._relevant if not _is_unasked(place.node))

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
        """Whether the constraint holds with this answer as `.`; a blank answer always passes."""
        place = self._place(path)
        value = answer_value(answer)
        if not place.question.constraint or value == "":
            return True
        return parse(place.question.constraint).holds(Context(self, place, place, value))

    def choices(self, path: str) -> tuple[IndexedChoice, ...]:
        """The choices that pass the `choice_filter`."""
        return self._place(path).offered.choices

    def has_choices(self, path: str) -> bool:
        """Whether any choice passes the `choice_filter`; stops at the first that does."""
        return self._place(path).has_choices

    def default(self, path: str) -> Answer | None:
        """The form's default answer, if it is one that the question can have."""
        place = self._place(path)
        if not place.question.default:
            return None
        return kind_of(place.question).answer_of(parse(place.question.default).evaluate(self._context(place)))

    def answer(self, path: str) -> Answer | None:
        """The answer that counts: None while irrelevant or if it does not fit the question; without choices that the
        filter excludes or the form no longer has."""
        place = self._place(path)
        return place.answer if place.relevant else None

    def value(self, path: str) -> str:
        """The value of an answer or a calculation as expressions see it, as text; blank if irrelevant."""
        return to_text(self._place(path).value)

    def value_of(self, named: str, path: str) -> str:
        """The value of the question at a schema path, as seen by an expression at this instance path."""
        place = self._place(path)
        return to_text(parse(named).evaluate(self._context(place)))

    def submission(self) -> Mapping[str, Answer]:
        """The relevant answers, hidden values and calculations (as Written, unless blank), by instance path, in the
        order of the form."""
        kept: dict[str, Answer] = {}
        for place in self._relevant:
            answer = place.submitted
            if answer is not None:
                kept[place.path] = answer
        return kept

    def met(self, path: str) -> "_InstanceNode | None":
        """The node at this path, if it was created already and stands in no repeat."""
        place = self.places.get(path)
        return None if place is None or place.holds_instances else place

    def choice_label(self, path: str, name: str) -> str:
        """The label of a choice in the form's default language, for `jr:choice-name`."""
        question = self.form.nodes.get(path)
        choices = question.choices if isinstance(question, Question) else ()
        label = next((choice.label for choice in choices if choice.name == name), {})
        return label.get(self.form.default_language, "")

    def _walk(self, parent: "_InstanceNode") -> "Iterator[_InstanceNode]":
        for place in parent.inner():
            if not place.relevant:
                continue
            if isinstance(place.node, Question):
                yield place
                continue
            if place.holds_instances:
                yield place
            yield from self._walk(place)

    def _place(self, path: str) -> "_InstanceNode":
        """The node at this path; the nodes around it are created on the way."""
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

    def _context(self, place: "_InstanceNode") -> Context:
        return Context(self, place, place)


class _InstanceNode:
    """One element of the instance; or a repeat as a whole, which holds its instances and is not part of the tree:
    expressions see its instances instead."""

    __slots__ = (
        "_inner", "_named", "_offered", "_relevant", "_value", "holds_instances", "instance", "lineage", "name", "node",
        "parent", "path", "position",
    )  # fmt: skip

    def __init__(
        self,
        instance: Instance,
        node: Node,
        path: str,
        parent: "_InstanceNode | None",
        position: int | None = None,
    ) -> None:
        self.instance = instance
        self.node = node
        self.path = path
        self.name = node.name
        self.position = position or 1
        self.holds_instances = position is None and isinstance(node, Group) and node.repeat
        self.parent = parent
        self.lineage: tuple[_InstanceNode, ...] = (*(parent.lineage if parent else ()), self)
        self._inner: tuple[_InstanceNode, ...] | None = None
        self._named: dict[str, _InstanceNode] | None = None
        self._relevant: bool | None = None
        self._value: Scalar | None = None
        self._offered: OfferedChoices | None = None
        instance.places[path] = self

    @property
    def question(self) -> Question:
        if not isinstance(self.node, Question):
            raise KeyError(self.path)
        return self.node

    def inner(self) -> "tuple[_InstanceNode, ...]":
        """The nodes directly inside, with a repeat as one of them."""
        if self._inner is None:
            self._inner = self._instances() if self.holds_instances else self._members()
        return self._inner

    def _members(self) -> "tuple[_InstanceNode, ...]":
        nodes = self.node.children if isinstance(self.node, Group) else ()
        return tuple(_InstanceNode(self.instance, node, f"{self.path}/{node.name}", self) for node in nodes)

    def _instances(self) -> "tuple[_InstanceNode, ...]":
        return tuple(
            _InstanceNode(self.instance, self.node, f"{self.path}[{number}]", self.parent, number)
            for number in range(1, self._count() + 1)
        )

    def _count(self) -> int:
        source = self.node.repeat_count if isinstance(self.node, Group) else ""
        if not source:
            return self.instance.counts.get(self.path, 0)
        number = to_number(parse(source).evaluate(Context(self.instance, self, self)))
        return int(max(0, min(number, MOST_INSTANCES))) if number == number else 0  # noqa: PLR0124  # NaN

    def children(self, name: str) -> "Sequence[_InstanceNode]":
        if self._named is None:
            # Names are unique among siblings, and no expression sees a repeat as a whole as a parent.
            self._named = {place.name: place for place in self.inner()}
        if name == "*":
            return tuple(chain.from_iterable(place.as_elements() for place in self._named.values()))
        found = self._named.get(name)
        return () if found is None else found.as_elements()

    def as_elements(self) -> "tuple[_InstanceNode, ...]":
        """What expressions see: this node, or for a repeat its instances."""
        return self.inner() if self.holds_instances else (self,)

    @property
    def relevant(self) -> bool:
        known = self._relevant
        if known is None:
            source = self.node.relevant
            known = self._relevant = (self.parent is None or self.parent.relevant) and (
                not source or parse(source).holds(Context(self.instance, self, self))
            )
        return known

    @property
    def value(self) -> Scalar:
        return self.work_out() if self._value is None else self._value

    def work_out(self) -> Scalar:
        """Compute the value and remember it."""
        self._value = self._worked_out() if self.relevant else ""
        return self._value

    def _worked_out(self) -> Scalar:
        if not isinstance(self.node, Question):
            return ""
        if self.node.kind == "calculate":
            # In XForms a calculate is a string, whatever its expression gives.
            return to_text(parse(self.node.calculation).evaluate(Context(self.instance, self, self)))
        return answer_value(self.answer)

    @property
    def answer(self) -> Answer | None:
        answer = self.instance.answers.get(self.path)
        if answer is None and self.question.kind == "hidden":
            return self._default()
        if answer is not None and not kind_of(self.question).fits(answer):
            return None
        if not isinstance(answer, Chosen) or not kind_of(self.question).has_list:
            return answer
        names = tuple(name for name in answer.names if name in self.offered.names)
        return Chosen(names) if names else None

    def _default(self) -> Answer | None:
        """What a hidden question holds as long as no service has set it."""
        source = self.question.default
        return (
            written(to_text(parse(source).evaluate(Context(self.instance, self, self)))) if source else None
        )

    @property
    def submitted(self) -> Answer | None:
        if isinstance(self.node, Question) and self.node.kind == "calculate":
            return written(to_text(self.value))
        return self.answer if isinstance(self.node, Question) else None

    @property
    def has_choices(self) -> bool:
        source = self.question.choice_filter
        if (
            self._offered is not None
            or not source
            or filter_cache(self.instance.form, self.question) is not None
        ):
            return bool(self.offered.choices)
        # What was chosen most likely still passes: try it before the long list.
        chosen = self.answer.names if isinstance(self.answer, Chosen) else ()
        return any_passes(self.question, Context(self.instance, self, self), chosen)

    @property
    def offered(self) -> OfferedChoices:
        """The choices that pass the `choice_filter`."""
        if self._offered is None:
            # A filter that reads its own question must not recurse: it sees the whole list.
            self._offered = full_list(self.instance.form, self.question)
            if self.question.choice_filter:
                self._offered = self._cached()
        return self._offered

    def _cached(self) -> OfferedChoices:
        kept = filter_cache(self.instance.form, self.question)
        values = None if kept is None else self._values(kept.paths)
        found = None if kept is None or values is None else kept.results.get(values)
        if found is None:
            found = filtered(self.question, Context(self.instance, self, self))
            if kept is not None and values is not None:
                kept.add(values, found)
        return found

    def _values(self, paths: Sequence[Path]) -> Hashable | None:
        """The values that these paths select; None if a person's words may be among them."""
        context = Context(self.instance, self, self)
        found = [select(path, context) for path in paths]
        if any(isinstance(node, _InstanceNode) and node.holds_words for nodes in found for node in nodes):
            return None
        return tuple(tuple(node.value for node in nodes) for nodes in found)

    @property
    def holds_words(self) -> bool:
        """Whether a service has put words into a hidden question."""
        hidden = isinstance(self.node, Question) and self.node.kind == "hidden"
        return hidden and not isinstance(self.answer, Chosen | Number | When | None)


def _is_unasked(node: Node) -> bool:
    return isinstance(node, Question) and not kind_of(node).is_asked
