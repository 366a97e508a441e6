"""What a column of an export is, and what a row is made of."""

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
"""The field of a JSON object that holds the labels of its codes."""


Reads = Mapping[str, Callable[[Fields], ExportValue]]
"""What takes the value of a column from the fields of an answer, by the answer's tag."""


@dataclass(frozen=True, slots=True)
class RowSource:
    """What a row is made of: a version, its public answers, the time zone of its days."""

    version: ApprovedVersion
    answers: PublicAnswers
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column of values.

    `name` heads it in a table. In a JSON object it is the field `field` (`name`, if blank): of the object itself, of the
    object `within` it, or of each instance of the list `repeat`. `codes` names the list whose labels stand beside it.

    Its values are of `type`, each a list of such with `several`; in a column of a repeat there is one for each instance.

    Its value is the answer to the review form's question of this `role` (`question`, once a form is known), or what `reads` takes from that
    answer and `without` where there is none (an empty list with `several`), unless `derive` works it out; `how` tells readers of docs/data.md what the program does. With `by_codes`, that follows from
    nothing but the codes chosen for these roles. `reported` is the role of the
    report form's question where no moderator decides. `privacy` is that of the question whose answers it holds.
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
    """An organisation's own question gives it, no entry of `fixed`."""

    @property
    def key(self) -> str:
        """Its field in JSON."""
        return self.field or self.name

    @property
    def names(self) -> tuple[str, ...]:
        """The heads of this column and of the columns of its labels."""
        return (
            self.name,
            *(label_column(self.name, language) for language in exported_codes() if self.codes),
        )

    def heading(self, texts: Texts, language: str) -> str:
        """What people call it: the short label, or the label, of a question of an organisation's own."""
        question = self.question
        if question is None or not self.is_own:
            return texts.text(language, f"export.column.{self.name}")
        return (question.short or question.label).get(language) or self.name


def label_column(name: str, language: str) -> str:
    """The head of the column that holds the labels of the codes of another in a language."""
    return f"{name}_label_{language}"
