"""Base class of the kinds of questions."""

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
"""Value of an answer in an export."""


class FactType(StrEnum):
    """Type of a fact. A day is a full date (`2024-04-02`), a date may be a month, a year or a period (ISO
    8601-2), a code comes from a list."""

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
    """A question with its context: all that its kind needs to ask it and to take an answer.

    - `answer`: the current answer.
    - `choices`: returns the choices that pass the `choice_filter`.
    - `refusal`: returns why an answer at an instance path is not allowed, None if it is.
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
        """Reject words. They stay on the screen for correction, under a notice."""
        phrase = Key(notice) if isinstance(notice, str) else notice
        return Taken(view=self.view.keeping(event.text, event.source), notice=phrase, refused=True)


@dataclass(frozen=True, slots=True)
class Taken:
    """Result of an event.

    - `answers`: by instance path, None removes one. Not kept if any of them is refused, unless `lenient`.
      Then the words of the event are kept and the reason is shown.
    - `done`: go on to the next question.
    - `view`: the view if not `done`.
    - `otherwise`: the view if an answer is refused.
    - `notice`: shown with the next screen.
    - `shifted`: the buttons have changed their meaning, so earlier taps are stale.
    - `refused`: the words mean nothing here, and another question of this screen may take them.
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
    """One kind of question. By default it takes no answer.

    `name` is XLSForm's, `spellings` are accepted in the column `type`. `answered_with` is the type of its
    answers, None if it takes none.
    """

    name: ClassVar[str]
    spellings: ClassVar[Sequence[str]] = ()
    answered_with: ClassVar[type[Answer] | None] = None
    has_list: ClassVar[bool] = False
    """Whether the type names a list of choices."""
    is_asked: ClassVar[bool] = True
    """Whether reporters are asked it. Else it is computed or set by a service, and needs no label."""
    fact_type: ClassVar[FactType | None] = None
    """Type of its column in an export if the question is public. None for no column."""
    has_several_facts: ClassVar[bool] = False
    """Whether a fact is a list."""
    tells_words: ClassVar[bool] = True
    """Whether values may be a person's own words, which must not be stored outside the draft."""
    takes_files: ClassVar[bool] = False
    """Whether it asks for files. A file sent at another question is kept for it."""
    takes_text: ClassVar[bool] = False
    """Whether any words are an answer. Then a caption is too, and a later message can continue it."""
    reads_words: ClassVar[bool] = False
    """Whether words are an answer once interpreted as a choice, date, place or number."""
    takes_places: ClassVar[bool] = False
    """Whether a point on the map is an answer."""

    # Reading a form

    def suits(self, cell: str, choices: Sequence[Choice]) -> bool:
        """Whether a plain value in the column `default` is a valid answer."""
        return False

    def fits(self, answer: Answer) -> bool:
        """Whether an answer, perhaps from another version of the form, suits such a question."""
        return self.answered_with is not None and isinstance(answer, self.answered_with)

    def answer_of(self, value: Scalar) -> Answer | None:
        """Convert the value of an expression to an answer, or None."""
        return None

    # Asking

    def prompt(self, asked: Asked) -> tuple[Phrase, ...]:
        """Instructions that the buttons do not give."""
        return ()

    def rows(self, asked: Asked) -> tuple[ButtonRow, ...]:
        """Buttons that answer."""
        return ()

    def is_gathered(self, question: Question) -> bool:
        """Whether the answer comes in several messages or taps, until Done."""
        return False

    # Answering

    def take(self, asked: Asked, event: Event) -> Taken | None:
        """Interpret a tap, a text, a place or a removal. None if it means nothing here."""
        return None

    def back(self, view: View) -> View | None:
        """The view one step back within the question, e.g. out of a search, or None."""
        return None

    def refusal(self, question: Question, answer: Answer) -> Phrase | None:
        """Why an answer is not allowed, apart from the form's constraint. None if it is."""
        return None

    def takes_file(self, question: Question, file: FileRef) -> bool:
        """Whether a file can be part of the answer."""
        return False

    def most_files(self, question: Question) -> int:
        """Limit on the files of an answer."""
        return 0

    def with_files(self, answer: Answer | None, files: tuple[FileRef, ...]) -> Answer:
        """Replace the files of an answer. Raises TypeError for a kind without files."""
        raise TypeError(f"{self.name} has no files")

    # Showing and exporting

    stands_in_chat: ClassVar[bool] = False
    """Whether the reporter's own message shows the answer, so that the bot need not repeat it."""

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        """An answer as the reporter would read it, its text cut to `most` characters. Raises TypeError for a
        kind without answers."""
        raise TypeError(f"{self.name} is not answered")

    def fact(self, answer: Answer | None) -> Fact:
        """Value of an answer in an export. Without an answer None, or an empty list."""
        return None

    def fact_of_fields(self, fields: Fields) -> Fact:
        """Form of `fact` for the stored fields of an answer of the kind's own type. Kinds override it where
        no decoding is needed: an export has millions."""
        assert self.answered_with is not None  # noqa: S101 - a kind without answers is asked for none
        return self.fact(from_json({tag_of(self.answered_with): fields}))

    # Starting from an answer to another question (`bind::bot:from`)

    def adopted(self, question: Question, answer: Answer) -> Answer | None:
        """Convert an answer from another form to one to this question, or None."""
        return None

    def of_column(self, cell: str) -> Answer | None:
        """Answer given by a column of the chosen choice, or None."""
        return None

    starts_from_column: ClassVar[bool] = False
    """Whether `of_column` ever gives an answer."""
