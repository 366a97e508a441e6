"""The lists of codes of a package: a table each, with a label in each language."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.form.model import Text
from bot.form.xlsform.lists import ANY
from bot.languages import exported_codes
from bot.services.export.columns import ExportColumn
from bot.services.export.columns.public_answers import ExportValue
from bot.services.export.formats.data_package.tables import free
from bot.services.export.rows.table import ExportTable

CODE, LABEL = "code", "label"
"""Fields of such a table: the code, and with `_` and a language its label."""


@dataclass(slots=True)
class CodeList:
    """A list as a table: `name`, and `column`, one of those that have its codes. `labels` are by code and language. A code that the
    form lists no more, but a record still has, is added without a label."""

    name: str
    column: ExportColumn
    labels: Mapping[str, Text]
    added: dict[str, None] = field(default_factory=dict)

    def note(self, value: ExportValue) -> None:
        """Take in a code of a record, which may be None."""
        if value is not None and value not in self.labels:
            self.added[value] = None

    def codes(self) -> Iterator[str]:
        """All codes, those of the form in its order first."""
        yield from self.labels
        yield from self.added

    def label(self, code: str, language: str) -> str:
        """The label of a code in a language, blank for none."""
        label = self.labels.get(code, {})
        return label.get(language) or label.get(ANY, "")

    @property
    def header(self) -> tuple[str, ...]:
        """The fields."""
        return CODE, *(f"{LABEL}_{language}" for language in exported_codes())

    def rows(self) -> Iterator[tuple[str, ...]]:
        """A row a code."""
        for code in self.codes():
            yield code, *(self.label(code, language) for language in exported_codes())


def code_lists(table: ExportTable, taken: Iterable[str]) -> Mapping[str, CodeList]:
    """The lists of an export by the names that its columns have for them; no table is called as one of those that are taken."""
    names = set(taken)
    coded = {column.codes: column for column in reversed(table.columns) if column.codes}
    return {
        codes: CodeList(free(f"codes_{codes}", names), coded[codes], labels)
        for codes, labels in table.labels.items()
    }
