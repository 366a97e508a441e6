"""Rows of an export as cells of a table and as JSON objects, safe for spreadsheets."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.form.answers import Chosen, Fields, Number, Precision, When, tag_of
from bot.form.kinds import fact_of, readers_of
from bot.form.kinds.kind import FactType
from bot.form.model import Form, Question, Text
from bot.form.typed.intervals import interval
from bot.form.xlsform.sheets import ANY
from bot.languages import exported_codes
from bot.publish import versions
from bot.publish.export import columns
from bot.publish.export.column_values import ExportColumn, ExportValue, Reads, RowSource, place_of
from bot.publish.export.columns import columns_of, told_columns
from bot.publish.export.selection import ApprovedVersion

_SPECIAL = re.compile(r"([\\;|])")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]|'*[\t\r]")
"""Beginning of a formula, full-width forms included, also after apostrophes: such a cell must not look like a guarded one."""
OF_COMMAS, OF_SEMICOLONS = r";\t\r\n", r",;\t\r\n"
"""Characters at which a spreadsheet with another separator could split a cell. Excel in Kazakh and Russian has `;`."""
_INNER = {at: re.compile(rf"([{at}])(?=['\"\s]*[=+\-@＝＋－＠])") for at in (OF_COMMAS, OF_SEMICOLONS)}
"""Places where a split would begin a formula. Spreadsheets strip quotation marks."""
_MARK = re.compile(r"[=+\-@\t\r＝＋－＠]")
_TOKEN = re.compile(r"\\(.)|( \| )|(; )|(.)", re.DOTALL)

Labels = Mapping[str, Mapping[str, Text]]
"""Labels of codes, by list, code and language (ANY for every language)."""
Cell = Callable[[ExportValue], str]
Cells = Callable[[ExportValue], tuple[str, ...]]
_WORDS = frozenset({FactType.TEXT, FactType.LINK})
"""Types that may hold a person's words, which are never cached."""

PreviewCell = tuple[ExportColumn, str, str]
"""A column with its value in words, blank if there are none, and as exported."""
Record = Mapping[str, ExportValue]
"""Values by column name. A column of a repeat has a list with one for each instance. REPORTED holds the reporter's
answers that may leave (`versions.ReportedAnswers`), or None. Texts hold tabs and line breaks, but no other control
characters, no invisible marks and no lone surrogates."""
REPORTED = ":reported"
_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""Halves of characters, and what is none."""
_JOINED = "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc\u0900-\u0dff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
"""Letters of Arabic script, in which Kazakh is written too, of Indic ones, and emoji."""
_MARKS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
    f"|(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])"
)
"""Control characters but tabs and line breaks, and marks that hide or turn text. A joiner stays where it changes signs."""
_CHOSEN, _NUMBER = tag_of(Chosen), tag_of(Number)
_Source = TypeVar("_Source", Fields, RowSource)
_KEPT = 4096


def one(value: str) -> str:
    return _SPECIAL.sub(r"\\\1", value)


def many(values: Iterable[str]) -> str:
    return "; ".join(one(value) for value in values)


def instances(parts: Iterable[str]) -> str:
    return " | ".join(parts)


def split(cell: str) -> list[list[str]]:
    """Split a cell into the values of each instance: the inverse of `one`, `many` and `instances`."""
    parts: list[list[str]] = [[""]]
    for escaped, bar, semicolon, plain in _TOKEN.findall(cell):
        if bar:
            parts.append([""])
        elif semicolon:
            parts[-1].append("")
        else:
            parts[-1][-1] += escaped or plain
    return [[] if part == [""] else part for part in parts]


def guard(cell: str, at: str = OF_COMMAS) -> str:
    """Put an apostrophe before what a spreadsheet could take for a formula, also after a separator of `at`."""
    if _MARK.search(cell) is None or _PLAIN_NUMBER.fullmatch(cell):
        return cell
    cell = _INNER[at].sub(r"\1'", cell)
    return f"'{cell}" if _FORMULA.match(cell) else cell


def row_cells(
    columns: Sequence[ExportColumn],
    labels: Labels,
    finished: Callable[[str], str],
    point: str = ".",
    between: str | None = None,
) -> Callable[[Mapping[str, ExportValue]], list[str]]:
    """Writer of a record as a cell for each column name, prepared by `finished`, which must be deterministic.
    `point` is the decimal separator, `between` joins a column with its labels."""
    none = finished("")
    writers: list[tuple[str, Sequence[str], bool, Cells]] = []
    for column in columns:
        blank = [none] * len(column.names)
        blank = blank if between is None else [between.join(blank)]
        is_kept, cells_of = _cells_of(column, labels, finished, point, between)
        writers.append((column.name, blank, is_kept, cells_of))

    def written(record: Mapping[str, ExportValue]) -> list[str]:
        row: list[str] = []
        for name, blank, is_kept, cells_of in writers:
            value = record[name]
            if not value and (value is None or value == []):
                row += blank
            elif is_kept and value.__class__ is list:
                try:
                    row += cells_of(tuple(value))
                except TypeError:  # it holds lists
                    row += cells_of(frozen(value))
            else:
                row += cells_of(value)
        return row

    return written


def _cells_of(
    column: ExportColumn, labels: Labels, finished: Callable[[str], str], point: str, between: str | None
) -> tuple[bool, Cells]:
    """Writer of a column and its labels. True where it is cached and takes tuples for lists."""
    plain = cell_of(column, point)
    if column.type in _WORDS and not column.by_codes:
        nothing = cache(lambda number: (finished(plain([None] * number)),))

        def written(value: ExportValue) -> tuple[str, ...]:
            is_blank = column.repeat and value.count(None) == len(value)
            return nothing(len(value)) if is_blank else (finished(plain(value)),)

        return False, written
    ways = [plain]
    if column.codes:
        ways += [label_cell(column, labels, language) for language in exported_codes()]

    @lru_cache(_KEPT, typed=True)  # since 1, 1.0 and True are equal
    def kept(value: ExportValue) -> tuple[str, ...]:
        row = tuple(finished(way(value)) for way in ways)
        return row if between is None else (between.join(row),)

    if column.repeat and column.several:
        return False, lambda value: kept(frozen(value))
    return True, kept


def cell_of(column: ExportColumn, point: str = ".") -> Cell:
    def pointed(value: ExportValue) -> str:
        return shown(value).replace(".", point) if isinstance(value, float) else shown(value)

    return _joined(column, shown if point == "." else pointed)


def label_cell(column: ExportColumn, labels: Labels, language: str) -> Cell:
    said = labels_in(labels[column.codes], language)
    return _joined(column, lambda code: said.get(code, ""))


def labels_in(labels: Mapping[str, Text], language: str) -> Mapping[str, str]:
    return {code: label.get(language) or label.get(ANY, "") for code, label in labels.items()}


def by_language(label: Text) -> dict[str, str]:
    """Label in each language of an export, blank where it has none."""
    return {language: label.get(language) or label.get(ANY, "") for language in exported_codes()}


def shown(value: ExportValue) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _joined(column: ExportColumn, each: Cell) -> Cell:
    """Writer of a column. The value tells whether it is a list: an older form may have allowed only one."""

    def part(value: ExportValue) -> str:
        several = isinstance(value, list | tuple)
        return many(map(each, value)) if several else one(each(value))

    if column.repeat:
        return lambda value: instances(map(part, value))
    return lambda value: part(value) if isinstance(value, list | tuple) else each(value)


def date_of(record: Record) -> str | None:
    """Date of the event in one text (ISO 8601-2), None if unknown."""
    precision, start, end = (record[f"date_{part}"] for part in ("precision", "start", "end"))
    when = When(Precision(precision or Precision.UNKNOWN), start, end, ongoing=bool(record["date_ongoing"]))
    return interval(when)


def frozen(value: ExportValue) -> ExportValue:
    return tuple(map(frozen, value)) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class _CellPlace:
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
        derived = [
            (one, one.derive if one.codes else self._in_words(one.derive)) for one in plain if one.derive
        ]
        self._derived = [(one.name, derive) for one, derive in derived if not one.by_codes]
        self._by_codes = [(one.name, derive) for one, derive in derived if one.by_codes]
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
        self._place = lru_cache(_KEPT)(self._place_of)
        self._following: dict[Hashable, Record] = {}
        self.marks_removed = 0

    def _note(self, column: ExportColumn, group: int | None = None) -> None:
        question = column.question
        if question is None or column.derive:
            return
        reads: Reads = readers_of(question) if column.reads is None else column.reads(question)
        if not column.codes:
            reads = {tag: read if tag == _NUMBER else self._in_words(read) for tag, read in reads.items()}
        self._of_question.setdefault(question.path, []).append((column.name, reads))
        if group is not None:
            self._group_of[question.path] = group

    def of(self, version: ApprovedVersion) -> Record:
        answers = versions.public_answers(self._form, version.content)
        row = RowSource(self._form, version, answers, self._zone)
        record = self._blank.copy()
        record[REPORTED] = version.content.reported
        for name, derive in self._derived:
            record[name] = derive(row)
        deciding: list[Hashable] = []
        groups: dict[int, dict[int, dict[str, ExportValue]]] = {}
        for path, stored in answers.stored.items():
            ((tag, fields),) = stored.items()
            place = self._place(path)
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

    def _place_of(self, path: str) -> _CellPlace:
        question, instance = place_of(path)
        if question not in self._form.public_paths:
            return _CellPlace()
        group = self._group_of.get(question)
        columns = self._of_question.get(question, ()) if group is not None or not instance else ()
        return _CellPlace(columns, question in self._decisive, group, instance)

    def _in_words(self, read: Callable[[_Source], ExportValue]) -> Callable[[_Source], ExportValue]:
        return lambda source: self.writable(read(source))

    def writable(self, value: ExportValue) -> ExportValue:
        """Value whose texts hold no marks, which are counted."""
        if isinstance(value, str):
            if value.isprintable():  # fast path: nearly all texts are
                return value
            value, marks = writable(value)
            self.marks_removed += marks
            return value
        return [self.writable(one) for one in value] if isinstance(value, list) else value

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


def writable(text: str) -> tuple[str, int]:
    """Text without marks, and how many it had."""
    clean, marks = _MARKS.subn("", text)
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", clean), marks


class ExportTable:
    """Table of a review form. `report` provides the labels of consents. Answers to the questions of `told`
    follow the public columns. `reports` are report forms by id with answers that may leave as given."""

    def __init__(
        self,
        review: Form,
        report: Form,
        zone: ZoneInfo,
        told: Sequence[Question] = (),
        reports: Mapping[str, Form] | None = None,
    ) -> None:
        self.review, self.report, self.zone = review, report, zone
        self.reports = reports or {}
        public = columns_of(review)
        self.columns = (*public, *told_columns(told, public))
        self.header = tuple(name for column in self.columns for name in column.names)
        self.labels = columns.labels(public, review, report)
        self.repeats = {
            name: tuple(column for column in self.columns if column.repeat == name)
            for name in dict.fromkeys(column.repeat for column in self.columns if column.repeat)
        }
        self.cells = row_cells(self.columns, self.labels, lambda text: text)
        self.records = Records(review, self.columns, self.repeats, zone)
        self.record = self.records.of
        self._coded = [column for column in self.columns if column.codes]
        self.listed = {column.codes: column for column in reversed(self._coded)}
        """First column of each code list."""
        groups: dict[str, list[ExportColumn]] = {}
        for column in self.columns:
            groups.setdefault(column.repeat or column.within or column.key, []).append(column)
        self.groups: Mapping[str, Sequence[ExportColumn]] = groups
        """Columns by their key in JSON: those of a repeat, of an object, or one."""
        self.unlisted: dict[str, list[str]] = {}
        """Codes by list that a record holds although its form no longer lists them, as far as a writer noted."""
        self._fields = [_field(key, group) for key, group in groups.items()]

    def preview(self, record: Record, language: str) -> list[PreviewCell]:
        """Row for people, without blank columns."""
        row = []
        for column in self.columns:
            value = record[column.name]
            cell = guard(cell_of(column)(value))
            if cell.strip(" |"):
                row.append((column, self._in_words(column, value, language, cell), cell))
        return row

    def _in_words(self, column: ExportColumn, value: ExportValue, language: str, cell: str) -> str:
        """Cell in the words of a form. Blank for codes of standards and what only the program tells."""
        if column.codes:
            return label_cell(column, self.labels, language)(value)
        if column.by_codes or column.question is None or isinstance(value, bool):
            return "✓" if value is True and column.question is not None else ""
        kinds = self.review.by_role.get("date_kind") if column.name == "date_meaning" else None
        return labels_in(kinds.labels, language).get(cell, cell) if kinds is not None else cell

    def json_facts(self, record: Record) -> dict[str, Any]:
        """Row as a JSON object. Date and place are objects, repeats are lists of objects."""
        return {key: of(record) for key, of in self._fields}

    def used_codes(self, record: Record) -> dict[str, dict[str, None]]:
        used: dict[str, dict[str, None]] = {}
        for column in self._coded:
            value = record[column.name]
            if value:
                values = value if isinstance(value, list) else (value,)
                several = (one if isinstance(one, list) else (one,) for one in values if one is not None)
                used.setdefault(column.codes, {}).update(dict.fromkeys(chain.from_iterable(several)))
        return {name: codes for name, codes in used.items() if codes}


def _field(key: str, group: Sequence[ExportColumn]) -> tuple[str, Callable[[Record], Any]]:
    first = group[0]
    group = [column for column in group if column.is_filled]
    fields, names = [column.key for column in group], [column.name for column in group]
    if first.repeat:
        return key, lambda record: [
            dict(zip(fields, values, strict=True))
            for values in zip(*(record[name] for name in names), strict=True)
        ]
    if first.within:
        return key, lambda record: {field: record[name] for field, name in zip(fields, names, strict=True)}
    return key, lambda record: record[first.name]
