"""Choices: tapped, or found by typing part of a label in any language; long lists are shown in pages."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from bot.form.answers import Answer, Chosen
from bot.form.draft import View
from bot.form.events import Back, Event, Pick, Toggle, Wrote
from bot.form.expressions.coercion import Scalar, to_text
from bot.form.kinds.counting import counted, covering, takes_amounts
from bot.form.kinds.kind import Asked, Fact, Kind, Taken
from bot.form.model import Choice, IndexedChoice, Question
from bot.form.pages import PAGE_ROWS, UNPAGED, WIDE_PAGE, columns_for, in_rows, page_of
from bot.form.screen import Button, ButtonRow, Joined, Key, Label, Phrase, Said, button
from bot.form.typed.labels import matching
from bot.form.typed.normalization import normalized

_SHOWN_SEARCH = 700
"""Characters of what was typed that are shown again above its matches."""


class SelectQuestion(Kind, ABC):
    """What both kinds share. Answered with `Chosen`."""

    tells_words = False
    answered_with = Chosen
    has_list = True
    is_exported = True

    def suits(self, cell: str, choices: Sequence[Choice]) -> bool:
        return set(cell.split()) <= {choice.name for choice in choices}

    def answer_of(self, value: Scalar) -> Answer | None:
        names = to_text(value).split()
        return Chosen(tuple(names)) if names else None

    def prompt(self, asked: Asked) -> tuple[Phrase, ...]:
        if asked.view.search:
            found = "flow.count.fitting" if covering(asked, asked.view.search) else "flow.search.found"
            typed = asked.view.search
            shown = typed if len(typed) <= _SHOWN_SEARCH else f"{typed[: _SHOWN_SEARCH - 1]}…"
            return (Key(found, {"text": Said(shown)}),)
        if takes_amounts(asked):
            return (Key("flow.count.hint"),)
        return (Key("flow.search.hint"),) if len(asked.choices()) > UNPAGED else ()

    def rows(self, asked: Asked) -> tuple[ButtonRow, ...]:
        found = _matches(asked, asked.view.search) if asked.view.search else asked.choices()
        columns = columns_for(choice.label for _, choice in asked.choices())
        names = _names(asked.answer)
        first = next((place for place, (_, choice) in enumerate(found) if choice.name in names), 0)
        size = PAGE_ROWS if columns == 1 else WIDE_PAGE
        shown, turning = page_of(found, asked.view.page, first, size)
        rows = in_rows([self.choice_button(listed, names) for listed in shown], columns)
        every = ((button("flow.search.all", Back()),),) if asked.view.search else ()
        return (*rows, *turning, *every)

    @abstractmethod
    def choice_button(self, listed: IndexedChoice, chosen: Sequence[str]) -> Button:
        """The button of a choice, marked if it is chosen."""

    def take(self, asked: Asked, event: Event) -> Taken | None:
        match event:
            case Wrote():
                return self._typed(asked, event)
            case Pick(index) | Toggle(index):
                choice = next((choice for at, choice in asked.choices() if at == index), None)
                return None if choice is None else self.tapped(asked, choice, event)
        return None

    @abstractmethod
    def tapped(self, asked: Asked, choice: Choice, event: Pick | Toggle) -> Taken:
        """A tap on a choice, or its whole label typed."""

    def back(self, view: View) -> View | None:
        return replace(view, search="", page=None) if view.search else None

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        names = _names(answer)
        labels = {choice.name: choice.label for choice in question.choices if choice.name in names}
        return Joined(tuple(Label(labels[name]) if name in labels else Said(name) for name in names))

    def _typed(self, asked: Asked, event: Wrote) -> Taken:
        """A whole label picks, an amount counts where the list takes one, part of a label shows what has it. The
        choices are not numbered on the screen, so a number is never a position in the list."""
        words = normalized(event.text.strip())
        exact = [listed for listed in asked.choices() if words in _whole(listed[1])]
        if len(exact) == 1:
            index, choice = exact[0]
            return self.tapped(asked, choice, Pick(index))
        answers = counted(asked, event.text)
        if answers is not None:
            return Taken(answers, done=True)
        if _matches(asked, event.text):
            view = replace(asked.view.keeping("", ""), search=event.text, page=None)
            return Taken(view=view)
        return asked.refused(event, "flow.count.how" if takes_amounts(asked) else "flow.search.none")


class SelectOneQuestion(SelectQuestion):
    """A tap answers and leads on."""

    name = "select_one"
    spellings = ("select_one", "select one", "select one from", "select1", "select_one_from_file", "select one from file")  # fmt: skip

    def fits(self, answer: Answer) -> bool:
        return isinstance(answer, Chosen) and len(answer.names) <= 1

    def choice_button(self, listed: IndexedChoice, chosen: Sequence[str]) -> Button:
        index, choice = listed
        return Button(Label(choice.label), Pick(index), choice.name in chosen or None)

    def tapped(self, asked: Asked, choice: Choice, event: Pick | Toggle) -> Taken:
        if isinstance(event, Toggle) and not event.on:
            return Taken()
        return Taken({asked.path: Chosen((choice.name,))}, done=True)

    def fact(self, answer: Answer | None) -> Fact:
        return next(iter(_names(answer)), None)

    def adopted(self, question: Question, answer: Answer) -> Answer | None:
        known = {choice.name for choice in question.choices}
        name = next((name for name in _names(answer) if name in known), None)
        return None if name is None else Chosen((name,))


class SelectMultipleQuestion(SelectQuestion):
    """Choices are marked and unmarked until Done."""

    name = "select_multiple"
    spellings = (
        "select_multiple",
        "select multiple",
        "select all that apply",
        "select all that apply from",
        "select_multiple_from_file",
        "select multiple from file",
    )

    def is_gathered(self, question: Question) -> bool:
        return True

    def choice_button(self, listed: IndexedChoice, chosen: Sequence[str]) -> Button:
        index, choice = listed
        marked = choice.name in chosen
        return Button(Label(choice.label), Toggle(index, not marked), marked)

    def tapped(self, asked: Asked, choice: Choice, event: Pick | Toggle) -> Taken:
        """What the constraint says is told at once and enforced at Done: the way to an allowed set of choices may
        lead through one that is not."""
        on = isinstance(event, Pick) or event.on
        old = _names(asked.answer)
        names = tuple(name for name in old if name != choice.name)
        if on:
            names = old if choice.name in old else (*old, choice.name)
        view = asked.view.keeping("", "")
        return Taken({asked.path: Chosen(names)}, view=view, lenient=True)

    def fact(self, answer: Answer | None) -> Fact:
        return list(_names(answer))


def _names(answer: Answer | None) -> tuple[str, ...]:
    return answer.names if isinstance(answer, Chosen) else ()


def _whole(choice: Choice) -> set[str]:
    return {normalized(text.strip()) for text in (choice.name, *choice.label.values())}


def _matches(asked: Asked, typed: str) -> tuple[IndexedChoice, ...]:
    """The choices that a typed amount may mean, or that have the typed words. What looks like an amount but was not
    understood as one must not find a label with the same digits."""
    if takes_amounts(asked) and any(map(str.isdecimal, typed)):
        return covering(asked, typed)
    return matching(asked.choices(), typed)
