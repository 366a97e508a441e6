"""A form being filled: the draft as an event changes it, what can be asked of it, and what is to be said."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import TypeVar

from bot.form.answers import Answer, is_blank
from bot.form.draft import REVIEW, Draft, View
from bot.form.flow.contacts import tells_nothing
from bot.form.flow.instance import MOST_INSTANCES, Instance
from bot.form.kinds import kind_of
from bot.form.kinds.kind import Asked, Kind
from bot.form.model import Form, Group, Node, Question
from bot.form.screen import Key, Label, Phrase, ScreenKind

T = TypeVar("T")


@dataclass(frozen=True)
class Filling:
    """What an event has made of a draft so far. Every move gives a new one; nothing is changed.

    `notice` is what to say above the screen, `ended` the kind of the last screen of a flow, `shifted` that
    the buttons of the screen stand for other things than before although the position is the same.
    """

    form: Form
    draft: Draft
    notice: Phrase | None = None
    ended: ScreenKind | None = None
    shifted: bool = False

    # Looking

    @cached_property
    def instance(self) -> Instance:
        """The form with the answers of the draft."""
        return Instance(self.form, self.draft.answers, self.draft.counts, self.draft.now)

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The positions that a person is led through: not a repeat that counts itself, a list whose filter leaves no
        choice, or a note of contacts where there are none to tell."""
        return tuple(path for path in self.instance.order() if self._is_step(path))

    @property
    def position(self) -> str:
        """The instance path being asked, or REVIEW."""
        return self.draft.position

    @property
    def view(self) -> View:
        """How the screen at the position stands."""
        return self.draft.view

    @property
    def question(self) -> Question | None:
        """The question being asked, if it is one."""
        return self.asked_at(self.position)

    @property
    def repeat(self) -> Group | None:
        """The repeat being asked, if it is one."""
        node = self.node_at(self.position) if self.position in self.steps else None
        return node if isinstance(node, Group) else None

    @property
    def is_editing(self) -> bool:
        """Whether the list of answers to correct is shown."""
        return self.position == REVIEW and self.view.editing

    def node_at(self, path: str) -> Node:
        """The question or group at an instance path; raises KeyError if there is no such place."""
        return self.instance.node(path)

    def asked_at(self, path: str) -> Question | None:
        """The question at a position, if it is one that is asked now."""
        node = self.node_at(path) if path in self.steps else None
        return node if isinstance(node, Question) else None

    def asked(self, question: Question) -> tuple[Kind, Asked]:
        """The question being asked, as its kind sees it, and that kind."""
        path = self.position
        asked = Asked(
            form=self.form,
            path=path,
            question=question,
            answer=self.answer(path),
            view=self.view,
            now=self.draft.now,
            required=self.required(path),
            choices=lambda: self.instance.choices(path),
            refusal=self.refusal,
        )
        return kind_of(question), asked

    def answer(self, path: str) -> Answer | None:
        """The answer of a question as it counts now: None for one that is blank or no longer possible."""
        node = self.node_at(path)
        answer = self.instance.answer(path) if _takes_answer(node) else None
        return None if answer is None or is_blank(answer) else answer

    def required(self, path: str) -> bool:
        """Whether this is a question that must be answered."""
        return _takes_answer(self.node_at(path)) and self.instance.required(path)

    def refusal(self, path: str, answer: Answer) -> Phrase | None:
        """Why an answer cannot be taken, in words for a person; None if it can."""
        question = self.node_at(path)
        if not isinstance(question, Question):
            return None
        reason = kind_of(question).refusal(question, answer)
        if reason is not None or self.instance.allows(path, answer):
            return reason
        return Label(question.constraint_message) if question.constraint_message else Key("flow.refused")

    def missing(self, path: str) -> Phrase | None:
        """What the form says where a required question is left without an answer; None if it says nothing."""
        node = self.node_at(path)
        message = node.required_message if isinstance(node, Question) else None
        return Label(message) if message else None

    # Changing

    def say(self, notice: Phrase | str, **arguments: Phrase | str | int) -> "Filling":
        """This filling with a notice: a phrase, or a key with its arguments."""
        phrase = Key(notice, arguments) if isinstance(notice, str) else notice
        return self._lend(replace(self, notice=phrase))

    def look(self, view: View) -> "Filling":
        """This filling with its screen standing so."""
        return self.change(view=view)

    def keep(self, text: str, source: str) -> "Filling":
        """This filling with a person's words that could not be taken, to be shown and corrected."""
        return self.look(self.view.keeping(text, source))

    def shift(self) -> "Filling":
        """This filling with the buttons of its screen standing for other things than before."""
        return self._lend(replace(self, shifted=True))

    def change(self, **fields: object) -> "Filling":
        """This filling with fields of its draft changed."""
        changed = replace(self, draft=replace(self.draft, **fields))  # type: ignore[arg-type]
        return changed if {"answers", "counts"} & fields.keys() else self._lend(changed)

    def put(self, path: str, answer: Answer | None) -> "Filling":
        """This filling with an answer set; a blank one is taken away. When an answer changes, those that are only
        right together with the old one (`bot:follows`) are taken away too, and asked again."""
        new = None if answer is None or is_blank(answer) else answer
        old = self.draft.answers.get(path)
        followers = self.form.followers.get(path, frozenset()) if old not in {None, new} else frozenset()
        over = followers & self.draft.answers.keys()
        answers = {name: value for name, value in self.draft.answers.items() if name not in {path, *over}}
        if new is not None:
            answers[path] = new
        trail = tuple(place for place in self.draft.trail if place not in over)
        return self.change(answers=answers, trail=trail)

    # Instances of a repeat

    def count(self, repeat: str) -> int:
        """How many instances a repeat has."""
        return self.draft.counts.get(repeat, 0)

    def with_instance(self, repeat: str) -> "Filling":
        """This filling with one more instance, unless there are MOST_INSTANCES."""
        number = min(self.count(repeat) + 1, MOST_INSTANCES)
        return self.change(counts={**self.draft.counts, repeat: number})

    def without_instance(self, repeat: str, number: int) -> "Filling":
        """This filling without one instance (1-based) and all that was said in it; those after it move up."""
        moved = _Removal(repeat, number)
        counts = {**moved.keys(self.draft.counts), repeat: self.count(repeat) - 1}
        left = (path for old in self.draft.trail if (path := moved.path(old)) is not None)
        trail = tuple(path for path, _ in groupby(left))
        return self.change(answers=moved.keys(self.draft.answers), counts=counts, trail=trail)

    def without_empty(self, left: str) -> "Filling":
        """This filling without the last instances around a place that was left, if nothing was said in them."""
        filling = self
        for repeat, number in _around(left):
            said = any(path.startswith(f"{repeat}[{number}]/") for path in filling.draft.answers)
            stays = filling.position.startswith(f"{repeat}[{number}]/")
            if not said and not stays and number == filling.count(repeat):
                filling = filling.without_instance(repeat, number)
        return filling

    @property
    def just_begun(self) -> tuple[str, int] | None:
        """The repeat and number of the instance whose first question is being asked, if nothing has been said in
        it: whoever has nothing to add can leave it, though the question must be answered in others. None in a repeat
        whose instances the form counts: it wants each of them."""
        repeat, number = next(_around(self.position), ("", 0))
        if not number or number > self.count(repeat):
            return None
        inside = f"{repeat}[{number}]/"
        is_first = next((path for path in self.steps if path.startswith(inside)), None) == self.position
        said = any(path.startswith(inside) for path in self.draft.answers)
        return (repeat, number) if is_first and not said else None

    def _is_step(self, path: str) -> bool:
        node = self.node_at(path)
        if isinstance(node, Group):
            return not node.repeat_count
        if kind_of(node).has_list:
            return self.instance.has_choices(path)
        return not tells_nothing(self.instance, path)

    def _lend(self, other: "Filling") -> "Filling":
        """The other filling, which has the same answers, spared working out what this one has worked out."""
        worked_out = {name: value for name, value in vars(self).items() if name in {"instance", "steps"}}
        vars(other).update(worked_out)
        return other


def _takes_answer(node: Node) -> bool:
    return isinstance(node, Question) and kind_of(node).answered_with is not None


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
