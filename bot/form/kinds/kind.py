"""What makes one kind of question differ from another: a subclass of `Kind` says all of it, in one module."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from bot.form.answers import Answer, Fields, FileRef, from_json, tag_of
from bot.form.draft import View
from bot.form.events import Event, Wrote
from bot.form.expressions.coercion import Scalar
from bot.form.model import Choice, Form, IndexedChoice, Question
from bot.form.screen import ButtonRow, Key, Phrase

Fact = str | int | float | list[str] | None
"""What an export holds of one answer."""


class FactType(StrEnum):
    """What a fact of an export is: a day is whole (`2024-04-02`); a date may be a month, a year or a period, as ISO 8601-2 writes it; a
    code is one of a list."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    CODE = "code"
    DAY = "day"
    DATE = "date"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is being asked, and what its kind may look at to ask it and to take an answer.

    `answer` is the one that counts now. `choices` gives those that the `choice_filter` leaves. `refusal` says why an
    answer at an instance path cannot be taken, None if it can.
    """

    form: Form
    path: str
    question: Question
    answer: Answer | None
    view: View
    now: datetime
    required: bool
    choices: Callable[[], tuple[IndexedChoice, ...]]
    refusal: Callable[[str, Answer], Phrase | None]

    def refused(self, event: Wrote, notice: Phrase | str) -> "Taken":
        """Words that cannot be taken: they stay on the screen to be corrected, under a notice of why."""
        phrase = Key(notice) if isinstance(notice, str) else notice
        return Taken(view=self.view.keeping(event.text, event.source), notice=phrase, refused=True)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a kind makes of an event. The flow puts the answers (by instance path, None takes one away), unless one
    is refused: then the words of the event are kept, `otherwise` is the view, and the reason is said.

    `done` leads on; if it does not, `view` is how the screen stands then. `notice` is said with the next
    screen. `shifted`: the buttons mean something else now, so older taps
    are stale. `lenient`: an answer is put even if it is
    refused, and the reason is only said. `refused`: the words mean nothing here; another question that can be answered
    at this screen may take them.
    """

    answers: Mapping[str, Answer | None] = field(default_factory=dict)
    done: bool = False
    view: View | None = None
    otherwise: View | None = None
    notice: Phrase | None = None
    shifted: bool = False
    lenient: bool = False
    refused: bool = False


class Kind:
    """One kind of question. The defaults here are those of a kind that takes no answer.

    `name` is XLSForm's, `spellings` are what a form may write in the column `type`. `answered_with` is the type of
    its answers, None if it takes none.
    """

    name: ClassVar[str]
    spellings: ClassVar[Sequence[str]] = ()
    answered_with: ClassVar[type[Answer] | None] = None
    has_list: ClassVar[bool] = False
    """The type names a list of choices, and the answer is one or some of them."""
    is_asked: ClassVar[bool] = True
    """A person is asked it; else it is worked out, or set by a service, and needs no label."""
    fact_type: ClassVar[FactType | None] = None
    """What a public question of this kind gives to a column of an export; None for a kind that gives none a column."""
    has_several_facts: ClassVar[bool] = False
    """A fact is a list of such."""
    tells_words: ClassVar[bool] = True
    """Its values may be a person's own words, which nothing outside the draft may remember."""
    takes_files: ClassVar[bool] = False
    """It asks for files: one that comes at another question is kept for it."""
    takes_text: ClassVar[bool] = False
    """Any words answer it, so that a caption does too and a later message can go on with it."""
    reads_words: ClassVar[bool] = False
    """A few words answer it, once it is found out which choice, date, place or number they mean."""
    takes_places: ClassVar[bool] = False
    """A point on the map answers it."""

    # Reading a form

    def suits(self, cell: str, choices: Sequence[Choice]) -> bool:
        """Whether a plain value in the column `default` is an answer that could be given."""
        return False

    def fits(self, answer: Answer) -> bool:
        """Whether an answer, perhaps kept from another version of the form, can be one to such a question."""
        return self.answered_with is not None and isinstance(answer, self.answered_with)

    def answer_of(self, value: Scalar) -> Answer | None:
        """The answer that the value of an expression stands for; None if it stands for none."""
        return None

    # Asking

    def prompt(self, asked: Asked) -> tuple[Phrase, ...]:
        """How to answer, where the buttons do not say it."""
        return ()

    def rows(self, asked: Asked) -> tuple[ButtonRow, ...]:
        """The buttons that answer."""
        return ()

    def is_gathered(self, question: Question) -> bool:
        """Whether the answer comes in several messages or taps, and is done when the person says so."""
        return False

    # Answering

    def take(self, asked: Asked, event: Event) -> Taken | None:
        """What a tap, a text, a place or a removal means here; None if it means nothing."""
        return None

    def back(self, view: View) -> View | None:
        """One step back within the question, such as out of a search; None if there is none."""
        return None

    def refusal(self, question: Question, answer: Answer) -> Phrase | None:
        """Why an answer cannot be taken whatever the form's constraint says; None if it can."""
        return None

    def takes_file(self, question: Question, file: FileRef) -> bool:
        """Whether a file can be part of the answer."""
        return False

    def most_files(self, question: Question) -> int:
        """How many files the answer may have."""
        return 0

    def with_files(self, answer: Answer | None, files: tuple[FileRef, ...]) -> Answer:
        """The answer with these files in place of those it had. Raises TypeError for a kind that has none."""
        raise TypeError(f"{self.name} has no files")

    # Showing and exporting

    stands_in_chat: ClassVar[bool] = False
    """The person's own message shows the answer, so that the bot need not repeat it."""

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        """The answer as the person who gave it would read it; a text cut to `most` characters. Raises
        TypeError for a kind that nobody answers, such as a note."""
        raise TypeError(f"{self.name} is not answered")

    def fact(self, answer: Answer | None) -> Fact:
        """The answer in an export; None (a list: empty) for none."""
        return None

    def fact_of_fields(self, fields: Fields) -> Fact:
        """`fact` of an answer of the kind's own type with these fields, as it is stored. An export has millions: where it is
        simple, no answer is made for it."""
        assert self.answered_with is not None  # noqa: S101 - a kind without answers is asked for none
        return self.fact(from_json({tag_of(self.answered_with): fields}))

    # Starting from an answer to another question (`bind::bot:from`)

    def adopted(self, question: Question, answer: Answer) -> Answer | None:
        """An answer to a question of another form as one to this; None if it cannot be."""
        return None

    def of_column(self, cell: str) -> Answer | None:
        """The answer that a column of the chosen choice gives; None if it gives none."""
        return None

    starts_from_column: ClassVar[bool] = False
    """Whether `of_column` ever gives an answer."""
