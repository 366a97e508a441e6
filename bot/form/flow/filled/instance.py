"""A form with answers: what is relevant, allowed and calculated, by the rules of ODK XForms."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property

from bot.form.answers import Answer
from bot.form.expressions.coercion import answer_value, to_text
from bot.form.flow.filled.outline import Place
from bot.form.flow.filled.state import State
from bot.form.kinds import kind_of
from bot.form.model import Form, IndexedChoice, Node


class Instance:
    """A form with answers at one moment. Nothing in it ever changes, but that more of it is worked out.

    `answers` and `counts` are keyed as in `Draft`; answers at paths that do not exist (any more) are ignored. A
    repeat with `repeat_count` has the number of instances that it evaluates to, any other what `counts` says.
    Every method that takes an instance path raises KeyError if the form has no such node.
    """

    def __init__(
        self, form: Form, answers: Mapping[str, Answer], counts: Mapping[str, int], now: datetime
    ) -> None:
        self._begin(State(form, answers, counts, now))

    def changed(self, answers: Mapping[str, Answer], counts: Mapping[str, int]) -> "Instance":
        """The same form at the same moment with other answers and counts: what does not depend on them is not worked out
        again. The mappings of both instances must never change."""
        return self._of(self.state.changed(answers, counts))

    def with_answers(self, answers: Mapping[str, Answer], changed: Iterable[str]) -> "Instance":
        """The same, where these paths are known to be all whose answers are others."""
        return self._of(self.state.with_answers(answers, changed))

    @classmethod
    def _of(cls, state: State) -> "Instance":
        made = object.__new__(cls)
        made._begin(state)
        return made

    def _begin(self, state: State) -> None:
        self.form = state.form
        self.state = state
        if not state.is_shallow:
            # In the order of the form: else a chain of dependent questions would recurse as deep as it is long.
            _ = self._relevant

    @cached_property
    def _relevant(self) -> tuple[Place, ...]:
        return self.state.relevant_places()

    @cached_property
    def asked(self) -> tuple[Place, ...]:
        """All relevant questions and repeats in the order they are asked, notes included; a repeat comes before the
        questions of its instances."""
        return tuple([place for place in self._relevant if not place.part.is_unasked])

    def asked_after(self, place: Place) -> Iterator[Place]:
        """What is asked after a relevant place and all inside it, each worked out when it is taken."""
        return (one for one in self.state.relevant_after(place) if not one.part.is_unasked)

    def asked_inside(self, place: Place) -> Iterator[Place]:
        """The same inside a relevant repeat, or inside one of its instances."""
        return (one for one in self.state.relevant_inside(place) if not one.part.is_unasked)

    def order(self) -> tuple[str, ...]:
        """The instance paths of what is asked."""
        return tuple(place.path for place in self.asked)

    def place(self, path: str) -> Place:
        """The place at this instance path."""
        return self.state.place(path)

    def asked_at(self, path: str) -> Place | None:
        """What is asked at this path, without working out all the rest; None if nothing is."""
        try:
            place = self.state.place(path)
        except KeyError:
            return None
        return place if place.can_be_asked and self.state.is_relevant(place) else None

    def node(self, path: str) -> Node:
        """The question or group at this instance path."""
        return self.state.place(path).part.node

    def relevant(self, path: str) -> bool:
        """Whether it and all groups around it are relevant."""
        return self.state.is_relevant(self.state.place(path))

    def required(self, path: str) -> bool:
        """Whether a relevant question must be answered."""
        return self.requires(self.state.place(path))

    def requires(self, place: Place) -> bool:
        """The same of the question at a place."""
        formula = place.part.required
        return formula is not None and self.state.holds(formula, place)

    def allows(self, path: str, answer: Answer) -> bool:
        """Whether the constraint holds with this answer as `.`; a blank answer always passes."""
        return self.accepts(self.state.place(path), answer)

    def accepts(self, place: Place, answer: Answer) -> bool:
        """The same of the question at a place."""
        formula = place.part.constraint
        if formula is None:
            return True
        value = answer_value(answer)
        return value == "" or self.state.holds_of(formula, place, value)

    def choices(self, path: str) -> tuple[IndexedChoice, ...]:
        """The choices that pass the `choice_filter`."""
        return self.state.offered(self.state.place(path)).choices

    def has_choices(self, path: str) -> bool:
        """Whether any choice passes the `choice_filter`; stops at the first that does."""
        return self.state.has_choices(self.state.place(path))

    def default(self, path: str) -> Answer | None:
        """The form's default answer, if it is one that the question can have."""
        place = self.state.place(path)
        formula = place.part.default
        if formula is None:
            return None
        return kind_of(place.question).answer_of(self.state.evaluated(formula, place))

    def answer(self, path: str) -> Answer | None:
        """The answer that counts: None while irrelevant or if it does not fit the question; without choices that the
        filter excludes or the form no longer has."""
        place = self.state.place(path)
        return self.state.answer(place) if self.state.is_relevant(place) else None

    def given(self, path: str) -> Answer | None:
        """The same of a question that a person is asked; None for a blank answer too."""
        return self.state.given_at(path)

    def value(self, path: str) -> str:
        """The value of an answer or a calculation as expressions see it, as text; blank if irrelevant."""
        return to_text(self.state.value_at(path))

    def submission(self) -> Mapping[str, Answer]:
        """The relevant answers, hidden values and calculations (as Written, unless blank), by instance path, in the
        order of the form."""
        found = ((place.path, self.state.submitted(place)) for place in self._relevant)
        return {path: answer for path, answer in found if answer is not None}
