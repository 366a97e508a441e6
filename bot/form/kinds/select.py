"""Choices: tapped, or found by typing part of a label in any language."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from bot.form.answers import Answer, Chosen, Fields, TextPart, Written
from bot.form.draft import ScreenState
from bot.form.events import Event, Pick, Toggle, WholeList, Wrote
from bot.form.expressions.coercion import Scalar, to_text
from bot.form.expressions.expression import parse
from bot.form.kinds.integer import counted, covering, takers_at_hand
from bot.form.kinds.kind import AnswerResult, Fact, FactType, Kind, QuestionContext
from bot.form.model import Choice, IndexedChoice, Question
from bot.form.screen import (
    MOST_ECHOED,
    PAGE,
    Button,
    ButtonRow,
    Joined,
    Key,
    Label,
    Phrase,
    Said,
    button,
    columns_for,
    cut,
    in_rows,
    page_of,
)
from bot.form.typed.labels import LongList, SearchIndex, is_clear, is_named_within, matching
from bot.form.typed.phrases import normalized

LONG = 1_000
"""Choices of a list that is searched before it is compared with the typed words."""


@dataclass(frozen=True, slots=True)
class Dependent:
    """A question whose choices are also found at the current one. `column` names their choice there."""

    path: str
    question: Question
    column: str


def _dependent_of(asked: QuestionContext) -> Dependent | None:
    name, _, column = asked.question.bot.get("finds", "").partition("/")
    path = asked.beside(name)
    question = asked.form.question_at(path) if path else None
    return None if question is None else Dependent(path, question, column)


def _found_by(asked: QuestionContext, typed: str) -> tuple[IndexedChoice, ...]:
    """Choices that a typed amount may mean, or that match the words, and then those of the dependent list. In a
    list that takes amounts, digits never match a label."""
    if _is_amount(asked, typed):
        return covering(asked, typed)
    listed = _near(asked, _all_choices(asked), typed)
    return matching(_index(asked, listed), typed, {index for index, _ in listed})


def _is_amount(asked: QuestionContext, typed: str) -> bool:
    return any(map(str.isdecimal, typed)) and bool(takers_at_hand(asked))


def wholly_named(asked: QuestionContext, typed: str) -> tuple[IndexedChoice, ...]:
    """Available choices whose whole name or label was typed."""
    listed = _near(asked, asked.choices(), typed)
    words, whole = normalized(typed.strip()), _index(asked, listed).whole
    return tuple(one for one in listed if words in whole[one[0]])


def _all_choices(asked: QuestionContext) -> tuple[IndexedChoice, ...]:
    own, dependent = asked.choices(), _dependent_of(asked)
    if dependent is None:
        return own
    names = {choice.name for _, choice in own}
    further = enumerate(dependent.question.choices, len(asked.question.choices))
    return (*own, *(listed for listed in further if listed[1].columns.get(dependent.column) in names))


def _index(asked: QuestionContext, found: Sequence[IndexedChoice] = ()) -> SearchIndex:
    own, dependent = asked.question.choices, _dependent_of(asked)
    if len(own) > LONG:
        return SearchIndex([choice for _, choice in found], len(own), [index for index, _ in found])
    further = dependent.question.choices if dependent else ()
    return asked.form.once(
        "search index", asked.question.path, lambda: SearchIndex((*own, *further), len(own))
    )


def _near(asked: QuestionContext, listed: Sequence[IndexedChoice], typed: str) -> Sequence[IndexedChoice]:
    choices = asked.question.choices
    if len(choices) <= LONG:
        return listed
    long = asked.form.once("long list", str(id(choices)), lambda: LongList(choices))
    among = range(len(choices)) if len(listed) == len(choices) else [index for index, _ in listed]
    return [(index, choices[index]) for index in long.near(typed, among)]


def _listed_at(listed: Sequence[IndexedChoice], index: int) -> IndexedChoice | None:
    if 0 <= index < len(listed) and listed[index][0] == index:
        return listed[index]
    return next((one for one in listed if one[0] == index), None)


def _answers_by(asked: QuestionContext, listed: IndexedChoice, typed: str) -> Mapping[str, Answer | None]:
    index, choice = listed
    dependent = _dependent_of(asked)
    if dependent is not None and index >= len(asked.question.choices):
        parent = choice.columns.get(dependent.column, "")
        return {asked.path: Chosen((parent,)), dependent.path: Chosen((choice.name,))}
    chosen = Chosen((choice.name,))
    within = asked.beside(asked.question.bot.get("within", ""))
    if within and typed and is_named_within(_index(asked, (listed,)), index, typed):
        named = Written((TextPart(typed.strip()),))
        if asked.refusal(within, named) is None:
            return {asked.path: chosen, within: named}
    return {asked.path: chosen}


def told_as(asked: QuestionContext, listed: IndexedChoice, answers: Mapping[str, Answer | None]) -> Phrase:
    """The accepted choice in words, with its parent or the name within it."""
    label, dependent = Label(listed[1].label), _dependent_of(asked)
    if dependent is not None and dependent.path in answers:
        parent = listed[1].columns.get(dependent.column)
        own = next(one for one in asked.question.choices if one.name == parent)
        return Joined((Label(own.label), label), " → ")
    named = answers.get(asked.beside(asked.question.bot.get("within", "")))
    return Joined((label, Said(named.text)), " → ") if isinstance(named, Written) else label


class SelectQuestion(Kind, ABC):
    """Base of both select questions. Answered with `Chosen`."""

    tells_words = False
    answered_with = Chosen
    has_list = True
    reads_words = True
    fact_type = FactType.CODE

    def suits(self, cell: str, choices: Sequence[Choice]) -> bool:
        return set(cell.split()) <= {choice.name for choice in choices}

    def answer_of(self, value: Scalar) -> Answer | None:
        names = to_text(value).split()
        return Chosen(tuple(names)) if names else None

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        if asked.view.search:
            found = "flow.count.fitting" if covering(asked, asked.view.search) else "flow.search.found"
            return (Key(found, {"text": Said(cut(asked.view.search, MOST_ECHOED))}),)
        if takers_at_hand(asked):
            return (Key("flow.count.hint"),)
        says_how = bool(asked.question.hint) and not {"within", "also"}.isdisjoint(asked.question.bot)
        return (Key("flow.search.hint"),) if len(_all_choices(asked)) > PAGE and not says_how else ()

    def rows(self, asked: QuestionContext) -> tuple[ButtonRow, ...]:
        found = _found_by(asked, asked.view.search) if asked.view.search else asked.choices()
        names, is_long = _names(asked.answer), len(found) > LONG
        columns = 1 if is_long else columns_for(choice.label for _, choice in asked.choices())
        marked = (place for place, (_, choice) in enumerate(found) if choice.name in names)
        first = next(marked, 0) if names and not is_long else 0
        shown, turning = page_of(found, asked.view.page, first)
        rows = in_rows([self.choice_button(asked, listed, names) for listed in shown], columns)
        every = ((button("flow.search.all", WholeList()),),) if asked.view.search else ()
        return (*rows, *turning, *every)

    @abstractmethod
    def choice_button(self, asked: QuestionContext, listed: IndexedChoice, chosen: Sequence[str]) -> Button:
        """Button of a choice."""

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        match event:
            case Wrote():
                return self._typed(asked, event)
            case WholeList():
                return AnswerResult(view=_whole_list(asked.view.keeping("", "")))
            case Pick(index) | Toggle(index):
                listed = _listed_at(_all_choices(asked), index)
                return None if listed is None else self.tapped(asked, listed, event, asked.view.search)
        return None

    @abstractmethod
    def tapped(
        self, asked: QuestionContext, listed: IndexedChoice, event: Pick | Toggle, typed: str = ""
    ) -> AnswerResult:
        """Handle a tap on a choice, or its unambiguous name. `typed` is the text that found it."""

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        names, labels = _names(answer), question.labels
        return Joined(tuple([Label(labels[name]) if name in labels else Said(name) for name in names]))

    def _typed(self, asked: QuestionContext, event: Wrote) -> AnswerResult:
        """Pick a choice, count an amount, or search. A number is no position: choices are shown without numbers."""
        exact = wholly_named(asked, event.text)
        if len(exact) == 1:
            return self.tapped(asked, exact[0], Pick(exact[0][0]))
        answers = counted(asked, event.text)
        if answers is not None:
            return AnswerResult(answers, done=True)
        found = _found_by(asked, event.text)
        is_only = len(found) == 1 and not _is_amount(asked, event.text)
        if is_only and is_clear(_index(asked, found), found[0][0], event.text):
            taken = self.tapped(asked, found[0], Pick(found[0][0]), event.text)
            said = Key("flow.search.taken", {"choice": told_as(asked, found[0], taken.answers)})
            return replace(taken, notice=taken.notice or said)
        if found:
            return AnswerResult(view=_whole_list(asked.view.keeping("", "")).changed(search=event.text))
        is_short = len(_all_choices(asked)) <= 3 and "also" not in asked.question.bot
        unknown = "flow.use_buttons" if is_short else "flow.search.none"
        refused = asked.refused(event, "flow.count.how" if takers_at_hand(asked) else unknown)
        return replace(refused, view=None if refused.view is None else _whole_list(refused.view))


class SelectOneQuestion(SelectQuestion):
    name = "select_one"
    spellings = (
        *("select one", "select one from", "select1", "select_one_from_file", "select one from file"),
        *("select_one_external", "select one external"),
    )

    def fits(self, answer: Answer) -> bool:
        return isinstance(answer, Chosen) and len(answer.names) <= 1

    def choice_button(self, asked: QuestionContext, listed: IndexedChoice, chosen: Sequence[str]) -> Button:
        index, choice = listed
        return Button(Label(choice.label), Pick(index), choice.name in chosen or None)

    def tapped(
        self, asked: QuestionContext, listed: IndexedChoice, event: Pick | Toggle, typed: str = ""
    ) -> AnswerResult:
        if isinstance(event, Toggle) and not event.on:
            return AnswerResult()
        answers = _answers_by(asked, listed, typed)
        both = Key("flow.search.taken", {"choice": told_as(asked, listed, answers)})
        return AnswerResult(answers, done=True, notice=both if len(answers) > 1 else None)

    def fact(self, fields: Fields) -> Fact:
        return next(iter(fields["names"]), None)

    def adopted(self, question: Question, answer: Answer) -> Answer | None:
        name = next((name for name in _names(answer) if name in question.labels), None)
        return None if name is None else Chosen((name,))


class SelectMultipleQuestion(SelectQuestion):
    name = "select_multiple"
    spellings: ClassVar[Sequence[str]] = (
        *("select multiple", "select all that apply", "select all that apply from"),
        *("select_multiple_from_file", "select multiple from file"),
    )
    has_several_facts = True

    def is_gathered(self, question: Question) -> bool:
        return True

    def choice_button(self, asked: QuestionContext, listed: IndexedChoice, chosen: Sequence[str]) -> Button:
        index, choice = listed
        marked = choice.name in chosen
        # A choice that leads on at once has no checkbox.
        box = marked or (None if choice.name in _alone(asked) else False)
        return Button(Label(choice.label), Toggle(index, not marked), box)

    def tapped(
        self, asked: QuestionContext, listed: IndexedChoice, event: Pick | Toggle, typed: str = ""
    ) -> AnswerResult:
        """Mark or unmark a choice. The constraint is only shown here, and enforced at Done, since intermediate
        sets may break it. A choice that stands alone replaces all others. It leads on at once, unless it visibly
        replaced marks."""
        _, choice = listed
        on, alone = isinstance(event, Pick) or event.on, _alone(asked)
        old = tuple(name for name in _names(asked.answer) if not on or name not in alone)
        view = asked.view.keeping("", "")
        if on and choice.name in alone:
            return AnswerResult({asked.path: Chosen((choice.name,))}, view=view, done=not old)
        names = tuple(name for name in old if name != choice.name)
        if on and _excludes(asked, choice.name, names):
            return AnswerResult({asked.path: Chosen((choice.name,))}, view=view)
        if on:
            names = old if choice.name in old else (*old, choice.name)
        return AnswerResult({asked.path: Chosen(names)}, view=view, lenient=True)

    def fact(self, fields: Fields) -> Fact:
        return list(fields["names"])


class RankQuestion(SelectMultipleQuestion):
    """All choices in an order: each tap appends one, or takes it out again."""

    name = "rank"
    spellings = ()
    needs_all = True

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        return (Key("flow.rank.how"), *super().prompt(asked))

    def choice_button(self, asked: QuestionContext, listed: IndexedChoice, chosen: Sequence[str]) -> Button:
        index, choice = listed
        if choice.name not in chosen:
            return Button(Label(choice.label), Toggle(index, on=True))
        place = f"{chosen.index(choice.name) + 1}."
        return Button(Joined((Said(place), Label(choice.label)), " "), Toggle(index, on=False), marked=True)

    def tapped(
        self, asked: QuestionContext, listed: IndexedChoice, event: Pick | Toggle, typed: str = ""
    ) -> AnswerResult:
        name, old = listed[1].name, _names(asked.answer)
        names = tuple(one for one in old if one != name)
        if isinstance(event, Pick) or event.on:
            names = old if name in old else (*old, name)
        return AnswerResult({asked.path: Chosen(names)}, view=asked.view.keeping("", ""), lenient=True)

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        labels = [super(RankQuestion, self).phrase(question, Chosen((name,))) for name in _names(answer)]
        return Joined(tuple(Joined((Said(f"{place}."), label), " ") for place, label in enumerate(labels, 1)))


def _names(answer: Answer | None) -> tuple[str, ...]:
    return answer.names if isinstance(answer, Chosen) else ()


def _whole_list(view: ScreenState) -> ScreenState:
    return view.changed(search="", page=None)


def _excludes(asked: QuestionContext, name: str, others: Sequence[str]) -> bool:
    """Whether the constraint allows a choice, but beside none of the others, as answers stand now."""
    if not others or not asked.question.constraint or asked.refusal(asked.path, Chosen((name,))) is not None:
        return False
    return all(asked.refusal(asked.path, Chosen((other, name))) is not None for other in others)


def _alone(asked: QuestionContext) -> frozenset[str]:
    """Choices that the constraint allows only alone, such as "I don't know". Empty if it reads other
    answers, which may change."""
    return asked.form.once("alone", asked.question.path, partial(_found_alone, asked))


def _found_alone(asked: QuestionContext) -> frozenset[str]:
    constraint, names = asked.question.constraint, [choice.name for choice in asked.question.choices]
    own = asked.question.path
    paths = parse(constraint).paths if constraint and 1 < len(names) <= 200 else ()
    if not paths or any(name != own for path in paths for name in path.names(own, own)):
        return frozenset()

    def allows(*chosen: str) -> bool:
        return asked.refusal(asked.path, Chosen(chosen)) is None

    allowed = filter(allows, names)
    return frozenset(one for one in allowed if not any(allows(other, one) for other in names if other != one))
