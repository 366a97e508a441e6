"""Rows of an export as cells and as JSON objects."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from bot.form.answers import Chosen, Fields, Number, tag_of
from bot.form.kinds import fact_of, readers_of
from bot.form.model import Form, Question
from bot.languages import exported_codes
from bot.services.desk.publishing import own_words
from bot.services.export.columns import (
    LABELS,
    ExportColumn,
    Reads,
    RowSource,
    columns_of,
    columns_told,
    labels,
)
from bot.services.export.columns.public_answers import ExportValue, PublicAnswers, place_of
from bot.services.export.rows import cells
from bot.services.export.versions.selection import ApprovedVersion

Record = Mapping[str, ExportValue]
"""Values by column name. A column of a repeat has a list with one for each instance.

Texts hold no control characters, except tabs and line breaks, and no lone surrogates.
"""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 excludes or programs do not show."""
_CHOSEN, _NUMBER = tag_of(Chosen), tag_of(Number)
_KEPT = 4096
_Told = dict[str, ExportValue]


@dataclass(frozen=True, slots=True)
class _Place:
    columns: Sequence[tuple[str, Reads]] = ()
    decides: bool = False
    group: int | None = None
    instance: int = 0


class Records:
    """Maker of records from versions. `repeats` are the columns of each repeat."""

    def __init__(
        self,
        review: Form,
        columns: Sequence[ExportColumn],
        repeats: Mapping[str, Sequence[ExportColumn]],
        zone: ZoneInfo,
    ) -> None:
        self._form, self._zone = review, zone
        plain = [column for column in columns if not column.repeat]
        self._blank = {one.name: [] if one.repeat else _none_of(one) for one in columns}
        self._derived = [(one.name, _derived(one)) for one in plain if one.derive and not one.by_codes]
        self._by_codes = [(one.name, _derived(one)) for one in plain if one.derive and one.by_codes]
        roles = {role for column in plain for role in column.by_codes}
        self._decisive = {review.by_role[role].path for role in roles if role in review.by_role}
        self._groups = [{one.name: _none_of(one) for one in group} for group in repeats.values()]
        self._of_question: dict[str, list[tuple[str, Reads]]] = {}
        self._group_of: dict[str, int] = {}
        for column in plain:
            self._note(column)
        for number, group in enumerate(repeats.values()):
            for column in group:
                self._note(column, number)
        self._places: dict[str, _Place] = {}
        self._following: dict[Hashable, Record] = {}

    def _note(self, column: ExportColumn, group: int | None = None) -> None:
        question = column.question
        if question is None or column.derive:
            return
        self._of_question.setdefault(question.path, []).append((column.name, _reads(column, question)))
        if group is not None:
            self._group_of[question.path] = group

    def of(self, version: ApprovedVersion) -> Record:
        answers = own_words.public_answers(self._form, version.content)
        row = RowSource(version, PublicAnswers(self._form, answers), self._zone)
        record = self._blank.copy()
        for name, derive in self._derived:
            record[name] = derive(row)
        deciding: list[Hashable] = []
        groups: dict[int, dict[int, _Told]] = {}
        places = self._places
        for path, stored in answers.stored.items():
            ((tag, fields),) = stored.items()
            place = places.get(path) or self._place(path)
            told = record
            if place.group is not None:
                told = groups.setdefault(place.group, {}).setdefault(place.instance, {})
            for name, reads in place.columns:
                told[name] = reads[tag](fields)
            if place.decides:
                deciding += (path, tuple(fields["names"]) if tag == _CHOSEN else ())
        for group, instances in groups.items():
            in_order = [instances[number] for number in sorted(instances)]
            for name, none in self._groups[group].items():
                record[name] = [one.get(name, none) for one in in_order]
        record |= self._followed(tuple(deciding), row)
        return record

    def _place(self, path: str) -> _Place:
        if len(self._places) == _KEPT:
            self._places.clear()
        place = self._places[path] = self._worked_out(*place_of(path))
        return place

    def _worked_out(self, question: str, instance: int) -> _Place:
        if question not in self._form.public_paths:
            return _Place()
        group, decides = self._group_of.get(question), question in self._decisive
        columns = self._of_question.get(question, ()) if group is not None or not instance else ()
        return _Place(columns, decides, group, instance)

    def _followed(self, codes: Hashable, row: RowSource) -> Record:
        if codes not in self._following:
            if len(self._following) == _KEPT:
                self._following.clear()
            self._following[codes] = {name: derive(row) for name, derive in self._by_codes}
        return self._following[codes]


def _none_of(column: ExportColumn) -> ExportValue:
    if column.reads is not None:
        return [] if column.several else column.without
    return fact_of(column.question, None) if column.question is not None and not column.derive else None


def _reads(column: ExportColumn, question: Question) -> Reads:
    reads: Reads = readers_of(question) if column.reads is None else column.reads(question)
    if column.codes:
        return reads
    return {tag: read if tag == _NUMBER else _in_words(read) for tag, read in reads.items()}


def _in_words(read: Callable[[Fields], ExportValue]) -> Callable[[Fields], ExportValue]:
    return lambda fields: _writable(read(fields))


def _derived(column: ExportColumn) -> Callable[[RowSource], ExportValue]:
    derive = column.derive
    assert derive is not None  # noqa: S101 - callers pass columns that have it
    return derive if column.codes else lambda row: _writable(derive(row))


def _writable(value: ExportValue) -> ExportValue:
    if isinstance(value, str):
        # Fast path: nearly all texts are printable.
        return value if value.isprintable() else _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return [_writable(one) for one in value] if isinstance(value, list) else value


class ExportTable:
    """Table of a review form. `report` provides the labels of consents. Answers to the questions of `told`
    follow the public columns."""

    def __init__(self, review: Form, report: Form, zone: ZoneInfo, told: Sequence[Question] = ()) -> None:
        self.review, self.report, self.zone = review, report, zone
        public = columns_of(review)
        self.columns = (*public, *columns_told(told, public))
        self.header = tuple(name for column in self.columns for name in column.names)
        self.labels = labels(public, review, report)
        self.repeats = {
            name: tuple(column for column in self.columns if column.repeat == name)
            for name in dict.fromkeys(column.repeat for column in self.columns if column.repeat)
        }
        self.cells = self.cells_as(lambda text: text)
        self.record = Records(review, self.columns, self.repeats, zone).of
        self._coded = [column for column in self.columns if column.codes]
        self._fields = [_field(key, group) for key, group in _grouped(self.columns).items()]

    def cells_as(
        self, finished: Callable[[str], str], point: str = ".", between: str | None = None
    ) -> Callable[[Record], list[str]]:
        """Variant of `cells`. `finished`, which must be deterministic, prepares each cell, `point` is the
        decimal separator, `between` joins a column with its labels."""
        return cells.row_cells(self.columns, self.labels, finished, point, between)

    def preview(self, record: Record, language: str) -> list[tuple[str, str]]:
        """Row for people: names and cells of the columns that are not blank, with labels, as in `Полиция ·
        police`."""
        row = []
        for column in self.columns:
            value = record[column.name]
            label = cells.label_cell(column, self.labels, language)(value) if column.codes else ""
            cell = cells.cell(column)(value)
            row.append((column.name, cells.guard(" · ".join(filter(None, (label, cell))))))
        return [(name, cell) for name, cell in row if cell]

    def json_object(self, record: Record) -> dict[str, Any]:
        """Row as a JSON object. Date and place are objects, repeats are lists of objects. `labels` has those
        of all codes, by list, code and language."""
        used = {
            name: {code: self.json_labels(name, code) for code in codes}
            for name, codes in self.used_codes(record).items()
        }
        return self.json_facts(record) | {LABELS: used}

    def json_facts(self, record: Record) -> dict[str, Any]:
        """Row as in `json_object`, without labels."""
        return {key: of(record) for key, of in self._fields}

    def json_labels(self, name: str, code: str) -> dict[str, str]:
        return {
            language: cells.labels_in(self.labels[name], language).get(code, "")
            for language in exported_codes()
        }

    def used_codes(self, record: Record) -> dict[str, dict[str, None]]:
        used: dict[str, dict[str, None]] = {}
        for column in self._coded:
            value = record[column.name]
            if value:
                codes = _codes(value) if isinstance(value, list) else (value,)
                used.setdefault(column.codes, {}).update(dict.fromkeys(codes))
        return {name: codes for name, codes in used.items() if codes}


def _grouped(columns: Iterable[ExportColumn]) -> Mapping[str, Sequence[ExportColumn]]:
    groups: dict[str, list[ExportColumn]] = {}
    for column in columns:
        groups.setdefault(column.repeat or column.within or column.key, []).append(column)
    return groups


def _field(key: str, group: Sequence[ExportColumn]) -> tuple[str, Callable[[Record], Any]]:
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
    for value in values:
        if isinstance(value, list):
            yield from value
        elif value is not None:
            yield value
