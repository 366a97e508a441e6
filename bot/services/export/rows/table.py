"""The rows of an export, as cells of a table and as JSON objects, for the writers of its formats."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bot.form.kinds import fact_of
from bot.form.model import Form, Question
from bot.languages import exported_codes
from bot.services.desk.publishing import own_words
from bot.services.export.columns import LABELS, ExportColumn, RowSource, columns_of, columns_told, labels
from bot.services.export.columns.public_answers import ExportValue, PublicAnswers
from bot.services.export.rows import cells, row_cells
from bot.services.export.versions.selection import ApprovedVersion

Record = Mapping[str, ExportValue]
"""The values of a row by the names of the columns; a column of a repeat has a list, one value an instance. No text has a control
character but tabs and line breaks, nor half a surrogate pair: every format can write it."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot say, or no program shows."""


_KEPT = 4096
"""Combinations of codes whose values are kept."""


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
        plain = [column for column in self.columns if not column.repeat]
        self._derived = [(one, one.derive) for one in plain if one.derive and not one.by_codes]
        self._derived_by_codes = [(one, one.derive) for one in plain if one.derive and one.by_codes]
        roles = dict.fromkeys(role for column in plain for role in column.by_codes)
        self._decisive = [review.by_role[role] for role in roles if role in review.by_role]
        self._by_codes = dict[Hashable, Record]()
        self._asked = [one for one in plain if not one.derive and one.question is not None]
        self._in_repeats = [
            ([one.question.path for one in group if one.question], [(one, _none_of(one)) for one in group])
            for group in self.repeats.values()
        ]
        self._blank = {one.name: [] if one.repeat else _none_of(one) for one in self.columns}
        self._coded = [column for column in self.columns if column.codes]
        self._fields = [_field(key, group) for key, group in _grouped(self.columns).items()]

    def record(self, version: ApprovedVersion) -> Record:
        """The values of a version's row."""
        answers = PublicAnswers(self.review, own_words.public_answers(self.review, version.content))
        row = RowSource(version, answers, self.zone)
        record: dict[str, ExportValue] = self._blank.copy()  # in the order of the columns
        for column, derive in self._derived:
            record[column.name] = _writable(column, derive(row))
        record |= self._following(row)
        for column in self._asked:
            if answers.of(column.question):
                record[column.name] = _writable(column, answers.value(column.question))
        for paths, group in self._in_repeats:
            instances = answers.instances(paths)
            for column, none in group if instances else ():
                if answers.of(column.question):
                    values = answers.values(column.question, instances)
                    record[column.name] = _writable(column, values)
                else:
                    record[column.name] = [none] * len(instances)
        return record

    def _following(self, row: RowSource) -> Record:
        """The values that follow from codes alone: most rows have one of a few."""
        codes = tuple([row.answers.codes(question) for question in self._decisive])
        if codes not in self._by_codes:
            if len(self._by_codes) == _KEPT:
                self._by_codes.clear()
            self._by_codes[codes] = {
                one.name: _writable(one, derive(row)) for one, derive in self._derived_by_codes
            }
        return self._by_codes[codes]

    def cells_as(self, finished: Callable[[str], str], point: str = ".") -> Callable[[Record], list[str]]:
        """As `cells`, each made ready by `finished`, which must always make the same of a text; `point` parts decimals."""
        return row_cells.row_cells(self.columns, self.labels, finished, point)

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


def _none_of(column: ExportColumn) -> ExportValue:
    """What a column has where its question has no answer."""
    return fact_of(column.question, None) if column.question is not None and not column.derive else None


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


def _writable(column: ExportColumn, value: ExportValue) -> ExportValue:
    """The value, its texts with a mark for each character that cannot be written; codes as they are."""
    return value if column.codes or not value else _in_words(value)


def _in_words(value: ExportValue) -> ExportValue:
    if isinstance(value, str):
        # Nearly all texts have nothing but letters, which is told faster than what they do not have.
        return value if value.isprintable() else _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return [_in_words(one) for one in value] if isinstance(value, list) else value
