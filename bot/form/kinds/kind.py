"""Base class of the kinds of questions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from bot.form.answers import Answer, Fields, FileRef
from bot.form.draft import ScreenState
from bot.form.events import Event, Wrote
from bot.form.expressions.coercion import Scalar
from bot.form.model import Choice, Form, IndexedChoice, Question
from bot.form.screen import ButtonRow, Key, Phrase

Fact = str | int | float | list[str] | None


class FactType(StrEnum):
    """Type of a fact. A `day` is a full date, a `date` may be a month, a year or a period (ISO 8601-2)."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    CODE = "code"
    DAY = "day"
    DATE = "date"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class QuestionContext:
    """A question with all that its kind needs.

    - `choices`: returns the choices that pass the `choice_filter`.
    - `refusal`: returns why an answer at an instance path is not allowed.
    """

    form: Form
    path: str
    question: Question
    answer: Answer | None
    view: ScreenState
    now: datetime
    required: bool
    choices: Callable[[], tuple[IndexedChoice, ...]]
    refusal: Callable[[str, Answer], Phrase | None]

    def beside(self, name: str, kind: str = "") -> str:
        """Path of the question of this name in the same group, perhaps only of a kind, or blank."""
        path = f"{self.path.rpartition('/')[0]}/{name}"
        question = self.form.question_at(path) if name else None
        return path if question is not None and kind in {"", question.kind} else ""

    def refused(self, event: Wrote, notice: Phrase | str) -> "AnswerResult":
        """Reject words, which stay on the screen for correction."""
        phrase = Key(notice) if isinstance(notice, str) else notice
        return AnswerResult(view=self.view.keeping(event.text, event.source), notice=phrase, refused=True)


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """Result of an event.

    - `answers`: by instance path, None removes one. If any is not allowed, none is kept, unless `lenient`.
    - `done`: go on to the next question.
    - `view`: the view if not `done`.
    - `otherwise`: the view if an answer is not allowed.
    - `notice`: shown with the next screen.
    - `shifted`: buttons have changed their meaning, so earlier taps are stale.
    - `unfinished`: if it is not allowed yet, that is told at Done.
    - `refused`: the words mean nothing here, but may to another question of this screen.
    """

    answers: Mapping[str, Answer | None] = field(default_factory=dict)
    done: bool = False
    view: ScreenState | None = None
    otherwise: ScreenState | None = None
    notice: Phrase | None = None
    shifted: bool = False
    lenient: bool = False
    unfinished: bool = False
    refused: bool = False


class Kind:
    """One kind of question, by default without answers. `name` and `spellings` are those of XLSForm's column `type`."""

    name: ClassVar[str]
    spellings: ClassVar[Sequence[str]] = ()
    answered_with: ClassVar[type[Answer] | None] = None
    has_list: ClassVar[bool] = False
    """Whether the type names a list of choices."""
    is_asked: ClassVar[bool] = True
    """Whether people are asked it. Otherwise it needs no label."""
    fact_type: ClassVar[FactType | None] = None
    """Type of its column in an export if it is public, None for no column."""
    has_several_facts: ClassVar[bool] = False
    tells_words: ClassVar[bool] = True
    """Whether values may be a person's own words, which must not be stored outside the draft."""
    takes_files: ClassVar[bool] = False
    """Whether it asks for files, also those sent at another question."""
    takes_text: ClassVar[bool] = False
    """Whether any words are an answer, so that a caption is too, and a later message can continue it. The
    person's own message shows it, so the bot need not repeat it."""
    reads_words: ClassVar[bool] = False
    """Whether words are interpreted as a choice, date, place or number."""
    takes_places: ClassVar[bool] = False
    """Whether a point on the map is an answer."""
    needs_all: ClassVar[bool] = False
    """Whether an answer must name every choice."""
    is_always_blank: ClassVar[bool] = False
    """Whether it would tell of the phone or its owner, and so never has a value."""
    is_of_beginning: ClassVar[bool] = False
    """Whether `by_time` is kept from the first answer on."""

    def suits(self, cell: str, choices: Sequence[Choice]) -> bool:
        """Whether a plain value in the column `default` is a valid answer."""
        return self.answer_of(cell) is not None

    def fits(self, answer: Answer) -> bool:
        """Whether an answer, perhaps from another version of the form, suits such a question."""
        return self.answered_with is not None and isinstance(answer, self.answered_with)

    def answer_of(self, value: Scalar) -> Answer | None:
        """Convert the value of an expression to an answer."""
        return None

    def by_time(self, now: datetime) -> Answer | None:
        """Value that the moment alone gives."""
        return None

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        """Instructions besides the buttons."""
        return ()

    def rows(self, asked: QuestionContext) -> tuple[ButtonRow, ...]:
        return ()

    def is_gathered(self, question: Question) -> bool:
        """Whether the answer comes in several messages or taps, until Done."""
        return False

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        """Interpret an event. None if it means nothing here."""
        return None

    def back(self, view: ScreenState) -> ScreenState | None:
        """The view one step back within the question, e.g. out of a search."""
        return None

    def refusal(self, question: Question, answer: Answer) -> Phrase | None:
        """Why an answer is not allowed, apart from the form's constraint."""
        return None

    def takes_file(self, question: Question, file: FileRef) -> bool:
        return False

    def most_files(self, question: Question) -> int:
        return 0

    def with_files(self, answer: Answer | None, files: tuple[FileRef, ...]) -> Answer:
        """Replace the files of an answer. Raises TypeError for a kind without files."""
        raise TypeError(f"{self.name} has no files")

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        """An answer for the person who gave it, cut to `most` characters. Raises TypeError for a kind without answers."""
        raise TypeError(f"{self.name} is not answered")

    def fact(self, fields: Fields) -> Fact:
        """Value of stored fields in an export, which has millions: decode only those that need it."""
        return None

    def adopted(self, question: Question, answer: Answer) -> Answer | None:
        """Convert an answer to another question (`bind::bot:from`)."""
        return None

    def of_column(self, cell: str) -> Answer | None:
        """Answer given by a column of the chosen choice."""
        return None

    starts_from_column: ClassVar[bool] = False
