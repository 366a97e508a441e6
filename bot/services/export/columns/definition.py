"""Definition of a column of an export, and of the source of a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.form.answers import Fields
from bot.form.kinds.kind import FactType
from bot.form.model import Privacy, Question
from bot.languages import exported_codes
from bot.services.export.columns.public_answers import ExportValue, PublicAnswers
from bot.services.export.versions.selection import ApprovedVersion
from bot.texts import Texts

LABELS = "labels"
Reads = Mapping[str, Callable[[Fields], ExportValue]]
"""Readers of a value from the fields of an answer, by its tag."""


@dataclass(frozen=True, slots=True)
class RowSource:
    """Source of a row, with the time zone of its days."""

    version: ApprovedVersion
    answers: PublicAnswers
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """Column of values.

    - `name`: its head in a table.
    - `field`: its field in JSON (`name` if blank), in the row, in the object `within` it, or in each instance
      of the list `repeat`.
    - `codes`: the list whose labels stand beside it.
    - `type`: of its values, lists of it with `several`. A column of a repeat has one for each instance.
    - `derive`: computes the value, with `by_codes` only from the codes chosen for these roles.
    - `reads`: takes it from the answer to the question with `role`, or `without` if there is none. The
      default is the whole answer.
    - `how`: explains it in docs/data.md.
    - `reported`: role of the report's question where no moderator decides.
    - `privacy`: of the question behind it.
    """

    name: str
    role: str = ""
    codes: str = ""
    repeat: str = ""
    within: str = ""
    field: str = ""
    derive: Callable[[RowSource], ExportValue] | None = None
    reads: Callable[[Question], Reads] | None = None
    without: ExportValue = None
    how: str = ""
    by_codes: tuple[str, ...] = ()
    reported: str = ""
    question: Question | None = None
    type: FactType = FactType.TEXT
    several: bool = False
    privacy: Privacy = Privacy.PUBLIC
    is_own: bool = False
    """Given by an organisation's own question, not by `fixed`."""

    @property
    def key(self) -> str:
        return self.field or self.name

    @property
    def names(self) -> tuple[str, ...]:
        return (
            self.name,
            *(label_column(self.name, language) for language in exported_codes() if self.codes),
        )

    def heading(self, texts: Texts, language: str) -> str:
        """Heading for people. For an organisation's own question its short label, or its label."""
        question = self.question
        if question is None or not self.is_own:
            return texts.text(language, f"export.column.{self.name}")
        return (question.short or question.label).get(language) or self.name


def label_column(name: str, language: str) -> str:
    """Head of the column with the labels of another column's codes in a language."""
    return f"{name}_label_{language}"
