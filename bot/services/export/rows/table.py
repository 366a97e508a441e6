"""The rows of an export, as cells of a table and as JSON objects, for the writers of its formats."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bot.form.model import Form, Question
from bot.languages import exported_codes
from bot.services.export.columns import LABELS, ExportColumn, columns_of, columns_told, labels
from bot.services.export.columns.public_answers import ExportValue
from bot.services.export.rows import cells, row_cells
from bot.services.export.rows.records import Record, Records


class ExportTable:
    """The table of one review form. `report` is the reporters' form, which has the labels of the consent; the answers to its
    questions of `told` follow the public columns as they were given."""

    def __init__(self, review: Form, report: Form, zone: ZoneInfo, told: Sequence[Question] = ()) -> None:
        self.review, self.report, self.zone = review, report, zone
        public = columns_of(review)
        self.columns = (*public, *columns_told(told, public))
        self.header = tuple(name for column in self.columns for name in column.names)
        self.labels = labels(public, review, report)
        """The labels of all codes: by list, code and language (ANY for every language)."""
        self.repeats = {
            name: tuple(column for column in self.columns if column.repeat == name)
            for name in dict.fromkeys(column.repeat for column in self.columns if column.repeat)
        }
        """The columns of each repeat."""
        self.cells = self.cells_as(lambda text: text)
        """The row of a record as a table has it: a text for each name of `header`."""
        self.record = Records(review, self.columns, self.repeats, zone).of
        """The values of a version's row."""
        self._coded = [column for column in self.columns if column.codes]
        self._fields = [_field(key, group) for key, group in _grouped(self.columns).items()]

    def cells_as(
        self, finished: Callable[[str], str], point: str = ".", between: str | None = None
    ) -> Callable[[Record], list[str]]:
        """As `cells`, each made ready by `finished`, which must always make the same of a text; `point` parts decimals. With `between` the cells
        of a column and of its labels are one text, with that between them."""
        return row_cells.row_cells(self.columns, self.labels, finished, point, between)

    def preview(self, record: Record, language: str) -> list[tuple[str, str]]:
        """The row for people: the name and the cell, as CSV has it, of each column of values that is not blank, with the
        labels of codes before them, as in `Полиция · police`."""
        row = []
        for column in self.columns:
            value = record[column.name]
            label = row_cells.label_cell(column, self.labels, language)(value) if column.codes else ""
            cell = row_cells.cell(column)(value)
            row.append((column.name, cells.guard(" · ".join(filter(None, (label, cell))))))
        return [(name, cell) for name, cell in row if cell]

    def json_object(self, record: Record) -> dict[str, Any]:
        """The row as a JSON object: the parts of the date and of the place in an object each, each repeat a list of
        objects, and under `labels` the labels of all codes that occur, by list, code and language."""
        used = {
            name: {code: self.json_labels(name, code) for code in codes}
            for name, codes in self.used_codes(record).items()
        }
        return self.json_facts(record) | {LABELS: used}

    def json_facts(self, record: Record) -> dict[str, Any]:
        """As `json_object`, without labels."""
        return {key: of(record) for key, of in self._fields}

    def json_labels(self, name: str, code: str) -> dict[str, str]:
        """The labels of a code of a list by language."""
        return {
            language: row_cells.labels_in(self.labels[name], language).get(code, "")
            for language in exported_codes()
        }

    def used_codes(self, record: Record) -> dict[str, dict[str, None]]:
        """The codes that occur in a record by their lists, each once."""
        used: dict[str, dict[str, None]] = {}
        for column in self._coded:
            value = record[column.name]
            if value:
                codes = _codes(value) if isinstance(value, list) else (value,)
                used.setdefault(column.codes, {}).update(dict.fromkeys(codes))
        return {name: codes for name, codes in used.items() if codes}


def _grouped(columns: Iterable[ExportColumn]) -> Mapping[str, Sequence[ExportColumn]]:
    """The columns of each field of a JSON object, in the order of the fields."""
    groups: dict[str, list[ExportColumn]] = {}
    for column in columns:
        groups.setdefault(column.repeat or column.within or column.key, []).append(column)
    return groups


def _field(key: str, group: Sequence[ExportColumn]) -> tuple[str, Callable[[Record], Any]]:
    """A field of a JSON object, and what gives its value."""
    first = group[0]
    if first.repeat:
        group = [column for column in group if column.question is not None]
    fields, names = [column.key for column in group], [column.name for column in group]
    if first.repeat:
        return key, lambda record: [
            dict(zip(fields, values, strict=True))
            for values in zip(*(record[name] for name in names), strict=True)
        ]
    if first.within:
        return key, lambda record: {field: record[name] for field, name in zip(fields, names, strict=True)}
    return key, lambda record: record[first.name]


def _codes(values: Iterable[ExportValue]) -> Iterator[str]:
    """All codes of a column, those of each instance and list."""
    for value in values:
        if isinstance(value, list):
            yield from value
        elif value is not None:
            yield value
