"""Layout of the OpenRosa form: a group of the columns without a question, then the review form's public
questions."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from bot.form.answers import Precision, When
from bot.form.kinds.kind import FactType
from bot.form.model import Group, Node, Privacy, Question, Text
from bot.form.typed.dates.intervals import interval
from bot.form.xlsform.lists import ANY
from bot.services.export.columns import ExportColumn
from bot.services.export.columns.public_answers import ExportValue
from bot.services.export.formats.wording import texts
from bot.services.export.rows.table import ExportTable, Record

RECORD, PLACE = "record", "place"
_WHEN = frozenset({"date_start", "date_end", "date_precision", "date_ongoing"})
_POINT = frozenset({"latitude", "longitude"})
_TYPES = {
    FactType.INTEGER: "decimal",  # an XForm's int has 32 bits, integers of records up to 12 digits
    FactType.DECIMAL: "decimal",
    FactType.DAY: "date",
}
_DATE = r"(\.\.|[0-9]{4}(-[0-9]{2}){0,2})"
PARTIAL_DATE = f"regex(., '{_DATE}(/{_DATE}?)?')"
"""Constraint on a date in one text (ISO 8601-2), since XForms lack months, years and periods."""

Label = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: str
    label: Label
    value: Callable[[Record, int], str]
    codes: str = ""
    constraint: str = ""
    appearance: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    label: Label
    children: "tuple[Field | Section, ...]"
    instances: Callable[[Record], int] | None = None


def layout(table: ExportTable) -> tuple[Field | Section, ...]:
    of_form = _Questions(table)
    asked = tuple(of_form.below(table.review.children, None))
    free = tuple(of_form.unasked())
    names = {node.name for node in table.review.children}
    name = next(one for number in range(len(names) + 1) if (one := RECORD + "_" * number) not in names)
    heading = Section(name, partial(_text, "export.openrosa.record"), free)
    return (heading, *asked)


class _Questions:
    def __init__(self, table: ExportTable) -> None:
        self._table = table
        self._columns = _by_question(table)
        self._used: set[str] = set()

    def below(self, nodes: Sequence[Node], repeat: Group | None) -> Iterator[Field | Section]:
        for node in nodes:
            if isinstance(node, Question):
                yield from self._asked(node, repeat)
            elif not (node.repeat and repeat):
                children = tuple(self.below(node.children, node if node.repeat else repeat))
                columns = [column for column in self._table.columns if self._is_below(column, node)]
                if children:
                    yield Section(
                        node.name,
                        in_language(node.label, node.name),
                        children,
                        _instances(columns) if node.repeat else None,
                    )

    def unasked(self) -> Iterator[Field]:
        columns = [column for column in self._table.columns if column.name not in self._used]
        for column in columns:
            if column.name == "latitude" and not column.is_own:
                yield Field(PLACE, "geopoint", partial(_text, "export.openrosa.place"), _point)
            elif column.repeat or (column.name in _POINT and not column.is_own):
                continue
            elif column.derive or column.reads or column.question is not None:
                yield self._field(column.name, column, partial(column.heading, texts()))

    def _asked(self, question: Question, repeat: Group | None) -> Iterator[Field]:
        column = self._columns.get(question.path)
        if column is None or (repeat is not None and not column.repeat):
            return
        if question.role == "when":
            self._used |= _WHEN
            yield Field(
                question.name,
                "text",
                in_language(question.label, question.name),
                _when,
                constraint=PARTIAL_DATE,
            )
        else:
            self._used.add(column.name)
            yield self._field(question.name, column, in_language(question.label, question.name))
            for more in (one for one in self._table.columns if one.repeat and one.reads):
                if more.question is question:
                    yield self._field(more.name, more, partial(more.heading, texts()))

    def _field(self, name: str, column: ExportColumn, label: Label) -> Field:
        return _field(name, column, label, is_coded=bool(self._table.labels.get(column.codes)))

    def _is_below(self, column: ExportColumn, group: Group) -> bool:
        return (
            bool(column.repeat)
            and column.question is not None
            and column.question.path.startswith(f"{group.path}/")
        )


def _by_question(table: ExportTable) -> Mapping[str, ExportColumn]:
    found: dict[str, ExportColumn] = {}
    for column in table.columns:
        question = column.question
        if question is None or question.privacy is not Privacy.PUBLIC or column.name in _POINT:
            continue
        if table.review.at(question.path) is not question:
            continue  # a question of the report form
        if question.path not in found or (column.name == question.role and not found[question.path].is_own):
            found[question.path] = column
    return found


def _instances(columns: Sequence[ExportColumn]) -> Callable[[Record], int]:
    return lambda record: max((len(record[column.name]) for column in columns), default=0)


def _field(name: str, column: ExportColumn, label: Label, *, is_coded: bool) -> Field:
    def value(record: Record, place: int) -> str:
        found = record[column.name]
        if column.repeat:
            found = found[place] if place < len(found) else None
        return _said(found, " " if column.codes else "\n")

    if is_coded:
        return Field(name, "select_multiple" if column.several else "select_one", label, value, column.codes)
    if column.several:
        return Field(name, "text", label, value, appearance="multiline")
    is_date = column.type is FactType.DATE
    return Field(
        name,
        _TYPES.get(column.type, "text"),
        label,
        value,
        constraint=PARTIAL_DATE if is_date else "",
        appearance="multiline"
        if column.type is FactType.TEXT and (column.is_own or name == "summary")
        else "",
    )


def _text(key: str, language: str) -> str:
    return texts().text(language, key)


def _when(record: Record, _place: int) -> str:
    start, end = record["date_start"], record["date_end"]
    precision = Precision(record["date_precision"] or Precision.UNKNOWN)
    return interval(When(precision, start, end, ongoing=bool(record["date_ongoing"]))) or ""


def _point(record: Record, _place: int) -> str:
    latitude, longitude = record["latitude"], record["longitude"]
    if latitude is None or longitude is None:
        return ""
    return f"{_number(latitude)} {_number(longitude)} 0 {(record['within_km'] or 0) * 1000}"


def _said(value: ExportValue, separator: str) -> str:
    if isinstance(value, list):
        return separator.join(_said(one, separator) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _number(value) if isinstance(value, float) else "" if value is None else str(value)


def _number(value: float) -> str:
    """Number without exponent, since decimals of XForms have none."""
    return format(Decimal(repr(value)), "f")


def in_language(label: Text, name: str) -> Label:
    """Label in a language, else in any language, else the name."""
    return lambda language: label.get(language) or label.get(ANY) or next(filter(None, label.values()), name)


NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
