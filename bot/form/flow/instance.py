"""A form with answers, by the rules of ODK XForms."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property

from bot.form.answers import Answer
from bot.form.expressions.coercion import answer_value, to_text
from bot.form.flow.outline import FormPosition
from bot.form.flow.state import State
from bot.form.kinds import kind_of
from bot.form.model import Choice, Form, IndexedChoice, Node


class Instance:
    """A form with answers at one moment. Immutable, with values computed on demand.

    `answers` and `counts` are keyed as in `Draft`. Answers at unknown paths are ignored, and a `repeat_count`
    overrides `counts`. Unknown instance paths raise KeyError.
    """

    def __init__(
        self, form: Form, answers: Mapping[str, Answer], counts: Mapping[str, int], now: datetime
    ) -> None:
        self._begin(State(form, answers, counts, now))

    def changed(self, answers: Mapping[str, Answer], counts: Mapping[str, int]) -> "Instance":
        """Replace answers and counts, keeping values that do not depend on the change. The mappings must
        never change."""
        return self._of(self.state.changed(answers, counts))

    def with_answers(self, answers: Mapping[str, Answer], changed: Iterable[str]) -> "Instance":
        """Replace answers, given all paths that differ."""
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
            # In the order of the form, since a long chain of dependent questions would recurse too deeply.
            _ = self._relevant

    @cached_property
    def _relevant(self) -> tuple[FormPosition, ...]:
        return self.state.relevant_places()

    @cached_property
    def asked(self) -> tuple[FormPosition, ...]:
        """Relevant questions, notes and repeats in order. A repeat comes before its instances."""
        return tuple([place for place in self._relevant if not place.part.is_unasked])

    def asked_after(self, place: FormPosition) -> Iterator[FormPosition]:
        """Places asked after a relevant place and all inside it, computed lazily."""
        return (one for one in self.state.relevant_after(place) if not one.part.is_unasked)

    def asked_inside(self, place: FormPosition) -> Iterator[FormPosition]:
        """Places asked inside a relevant repeat or instance, computed lazily."""
        return (one for one in self.state.relevant_inside(place) if not one.part.is_unasked)

    def order(self) -> tuple[str, ...]:
        return tuple(place.path for place in self.asked)

    def place(self, path: str) -> FormPosition:
        return self.state.place(path)

    def asked_at(self, path: str) -> FormPosition | None:
        try:
            place = self.state.place(path)
        except KeyError:
            return None
        return place if place.can_be_asked and self.state.is_relevant(place) else None

    def node(self, path: str) -> Node:
        return self.state.place(path).part.node

    def relevant(self, path: str) -> bool:
        """Whether a node and all groups around it are relevant."""
        return self.state.is_relevant(self.state.place(path))

    def required(self, path: str) -> bool:
        return self.requires(self.state.place(path))

    def requires(self, place: FormPosition) -> bool:
        formula = place.part.required
        return formula is not None and self.state.holds(formula, place)

    def allows(self, path: str, answer: Answer) -> bool:
        """Whether the constraint holds with this answer as `.`. A blank answer always passes."""
        return self.accepts(self.state.place(path), answer)

    def accepts(self, place: FormPosition, answer: Answer) -> bool:
        formula = place.part.constraint
        if formula is None:
            return True
        value = answer_value(answer)
        return value == "" or self.state.holds_of(formula, place, value)

    def choices(self, path: str) -> tuple[IndexedChoice, ...]:
        return self.state.offered(self.state.place(path)).choices

    def has_choices(self, path: str) -> bool:
        return self.state.has_choices(self.state.place(path))

    def default(self, path: str) -> Answer | None:
        """The default answer, if it suits the question."""
        place = self.state.place(path)
        formula = place.part.default
        if formula is None:
            return None
        return kind_of(place.question).answer_of(self.state.evaluated(formula, place))

    def answer(self, path: str) -> Answer | None:
        """The effective answer, without choices no longer offered. None if irrelevant or unsuitable."""
        place = self.state.place(path)
        return self.state.answer(place) if self.state.is_relevant(place) else None

    def given(self, path: str) -> Answer | None:
        """The effective or derived answer to a question that is asked. None if blank."""
        return self.state.given_at(path)

    def value(self, path: str) -> str:
        """Value in expressions, as text. Blank if irrelevant."""
        return to_text(self.state.value_at(path))

    def submission(self) -> Mapping[str, Answer]:
        """Relevant answers, hidden values and calculations (as Written) by instance path, in the order of
        the form."""
        found = ((place.path, self.state.submitted(place)) for place in self._relevant)
        return {path: answer for path, answer in found if answer is not None}


def needs_at(instance: Instance, path: str) -> tuple[Choice, ...]:
    """Chosen choices that a note of contacts refers to, even those without a contact."""
    place = instance.place(path)
    if place.part.contacts is None:
        return ()
    listed, formula = place.part.contacts
    names = to_text(instance.state.evaluated(formula, place)).split()
    return tuple(choice for choice in listed.choices if choice.name in names)


def tells_nothing(instance: Instance, path: str) -> bool:
    """Whether a note of contacts is empty, since no such choice was chosen."""
    return "contacts" in instance.node(path).bot and not needs_at(instance, path)
