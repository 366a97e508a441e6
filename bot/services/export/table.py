"""The rows of an export, as cells of a table and as JSON objects, for the writers of its formats."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bot.form.model import Form, Question
from bot.form.xlsform.lists import ANY
from bot.languages import exported_codes
from bot.services.desk.publishing import own_words
from bot.services.export import cells
from bot.services.export.columns import LABELS, ExportColumn, RowSource, columns_of, columns_told, labels
from bot.services.export.public_answers import ExportValue, PublicAnswers
from bot.services.export.selection import ApprovedVersion

Record = Mapping[str, ExportValue]
"""The values of a row by the names of the columns; a column of a repeat has a list, one value an instance."""


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
        self._repeats: dict[str, list[Question | None]] = {}
        for column in self.columns:
            if column.repeat:
                self._repeats.setdefault(column.repeat, []).append(column.question)

    def record(self, version: ApprovedVersion) -> Record:
        """The values of a version's row."""
        answers = PublicAnswers(self.review, own_words.public_answers(self.review, version.content))
        row = RowSource(version, answers, self.zone)
        instances = {name: answers.instances(questions) for name, questions in self._repeats.items()}
        record: dict[str, ExportValue] = {}
        for column in self.columns:
            if column.repeat:
                record[column.name] = answers.values(column.question, instances[column.repeat])
            else:
                record[column.name] = column.derive(row) if column.derive else answers.value(column.question)
        return record

    def cells(self, record: Record) -> list[str]:
        """The row as a table has it: a text for each name of `header`."""
        row: list[str] = []
        for column in self.columns:
            row.append(_cell(column, record))
            if column.codes:
                row += [
                    _cell(column, record, self._labels_in(column, language)) for language in exported_codes()
                ]
        return row

    def preview(self, record: Record, language: str) -> list[tuple[str, str]]:
        """The row for people: the name and the cell, as CSV has it, of each column of values that is not blank, with the
        labels of codes before them, as in `Полиция · police`."""
        row = []
        for column in self.columns:
            cell = _cell(column, record)
            label = _cell(column, record, self._labels_in(column, language)) if column.codes else ""
            row.append((column.name, cells.guard(" · ".join(filter(None, (label, cell))))))
        return [(name, cell) for name, cell in row if cell]

    def _labels_in(self, column: ExportColumn, language: str) -> Mapping[str, str]:
        found = self.labels[column.codes]
        return {code: _label_in(label, language) for code, label in found.items()}

    def json_object(self, record: Record) -> dict[str, Any]:
        """The row as a JSON object: the parts of the date and of the place in an object each, each repeat a list of
        objects, and under `labels` the labels of all codes that occur, by list, code and language."""
        made: dict[str, Any] = {}
        for column in self.columns:
            value = record[column.name]
            if column.repeat:
                _put_into_instances(made, column, value)
            elif column.within:
                made.setdefault(column.within, {})[column.key] = value
            else:
                made[column.key] = value
        return made | {LABELS: self._used_labels(record)}

    def _used_labels(self, record: Record) -> dict[str, dict[str, dict[str, str]]]:
        used: dict[str, dict[str, dict[str, str]]] = {}
        for column in self.columns:
            for code in _codes(record[column.name]) if column.codes else ():
                label = self.labels[column.codes].get(code, {})
                used.setdefault(column.codes, {})[code] = {
                    language: _label_in(label, language) for language in exported_codes()
                }
        return used


def _label_in(label: Mapping[str, str], language: str) -> str:
    return label.get(language) or label.get(ANY, "")


def _put_into_instances(made: dict[str, Any], column: ExportColumn, values: list[ExportValue]) -> None:
    instances = made.setdefault(column.repeat, [{} for _ in values])
    if column.question is not None:
        for instance, value in zip(instances, values, strict=True):
            instance[column.key] = value


def _cell(column: ExportColumn, record: Record, labels: Mapping[str, str] | None = None) -> str:
    """The values of a column, or with `labels` the labels of its codes, in one cell."""
    value = record[column.name]
    if column.repeat:
        return cells.instances(_part(one, labels) for one in value)
    return _part(value, labels) if isinstance(value, list) else _shown(value, labels)


def _part(value: ExportValue, labels: Mapping[str, str] | None) -> str:
    if isinstance(value, list):
        return cells.many(_shown(item, labels) for item in value)
    return cells.one(_shown(value, labels))


def _shown(value: ExportValue, labels: Mapping[str, str] | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if labels is None else labels.get(str(value), "")


def _codes(value: ExportValue) -> Iterable[str]:
    """All codes of a column, those of each instance and list."""
    if isinstance(value, list):
        for item in value:
            yield from _codes(item)
    elif value is not None:
        yield value
