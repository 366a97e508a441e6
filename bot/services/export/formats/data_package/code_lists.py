"""Lists of codes of a package, each a table with a label in each language."""

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
"""Fields of a list: the code, and for each language its label (`label_<language>`)."""


@dataclass(slots=True)
class CodeList:
    """List of codes as a table. `column` is one that uses it. A code of a record that the form no longer
    lists is added without a label."""

    name: str
    column: ExportColumn
    labels: Mapping[str, Text]
    added: dict[str, None] = field(default_factory=dict)

    def note(self, value: ExportValue) -> None:
        if value is not None and value not in self.labels:
            self.added[value] = None

    def codes(self) -> Iterator[str]:
        yield from self.labels
        yield from self.added

    def label(self, code: str, language: str) -> str:
        label = self.labels.get(code, {})
        return label.get(language) or label.get(ANY, "")

    @property
    def header(self) -> tuple[str, ...]:
        return CODE, *(f"{LABEL}_{language}" for language in exported_codes())

    def rows(self) -> Iterator[tuple[str, ...]]:
        for code in self.codes():
            yield code, *(self.label(code, language) for language in exported_codes())


def code_lists(table: ExportTable, taken: Iterable[str]) -> Mapping[str, CodeList]:
    """Lists of codes, by name. Names of tables avoid those `taken`."""
    names = set(taken)
    coded = {column.codes: column for column in reversed(table.columns) if column.codes}
    return {
        codes: CodeList(free(f"codes_{codes}", names), coded[codes], labels)
        for codes, labels in table.labels.items()
    }
