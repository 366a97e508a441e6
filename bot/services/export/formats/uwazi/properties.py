"""Properties of a record in Uwazi, built from the columns of an export."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from bot.form.kinds.kind import FactType
from bot.languages import exported_codes
from bot.services.desk.publishing.published_languages import TEXTS, role_in
from bot.services.export.columns import ExportColumn
from bot.services.export.columns.public_answers import ExportValue
from bot.services.export.formats.uwazi.labels import ThesaurusLabels
from bot.services.export.formats.uwazi.writing import (
    in_thesaurus,
    period,
    period_of,
    property_name,
    rich,
    several,
)
from bot.services.export.formats.wording import texts
from bot.services.export.rows.table import ExportTable, Record

_NAMES = {
    "id": "record_id",
    "version": "record_version",
    "summary": "description",
    "violations": "violation_type",
    "affected_groups": "affected_group",
    "language": "record_language",
}
"""Columns with another name in Uwazi, by custom or because its import uses theirs otherwise."""
_RESERVED = {"title", "id", "file", "files", "attachments", "language", "template", "published"}
_PLAIN_CODES = frozenset({"date_precision"})
_VOCABULARIES = frozenset({"tags", "iccpr", "civicus", "sdg_16_10_1", "acled", "huridocs"})
_TYPES = {
    FactType.INTEGER: "numeric",
    FactType.DECIMAL: "numeric",
    FactType.DAY: "date",
    FactType.DATE: "daterange",
}

Cells = Callable[[Record, str], str]


@dataclass(frozen=True, slots=True)
class Property:
    """Property in Uwazi, with a column for each language if `translated`. `is_coded`: the values of
    `thesaurus` are labels of a list."""

    name: str
    type: str
    heading: Callable[[str], str]
    cell: Cells
    translated: bool = False
    thesaurus: str = ""
    is_coded: bool = False

    @property
    def heads(self) -> tuple[str, ...]:
        return tuple(f"{self.name}__{one}" for one in exported_codes()) if self.translated else (self.name,)

    def cells(self, record: Record) -> Iterator[str]:
        for language in exported_codes()[: None if self.translated else 1]:
            yield self.cell(record, language)


def properties(table: ExportTable, labels: ThesaurusLabels) -> tuple[Property, ...]:
    """Properties of a record. Uwazi has no repeats, so a repeat becomes a rich text with a line for each
    instance, and a property for each column of codes."""
    taken = set(_RESERVED)
    made: list[Property] = []
    repeats: dict[str, list[ExportColumn]] = {}
    for column in table.columns:
        if column.repeat:
            repeats.setdefault(column.repeat, []).append(column)
            made += [_coded(column, taken, labels)] if column.codes else []
        elif column.name not in _in_languages():
            made += _properties_of(column, taken, labels)
    for name, columns in repeats.items():
        cell = _instances(columns, labels)
        heading = partial(_of_repeat, table, name, columns)
        made.append(Property(property_name(name, taken), "markdown", heading, cell, translated=True))
    return tuple(made)


def _of_repeat(table: ExportTable, name: str, columns: Sequence[ExportColumn], language: str) -> str:
    paths = [column.question.path for column in columns if column.question is not None]
    node = table.review.at(paths[0].rpartition("/")[0]) if paths else None
    return (node.label.get(language) if node is not None else "") or name


def _in_languages() -> set[str]:
    return {role_in(text, code) for text in TEXTS for code in exported_codes()}


def _properties_of(column: ExportColumn, taken: set[str], labels: ThesaurusLabels) -> Iterator[Property]:
    if column.name in _WHOLE and not column.is_own:
        yield from _WHOLE[column.name](taken)
    if column.name in {"latitude", "longitude"} and not column.is_own:
        return
    if column.name in TEXTS and not column.is_own:
        yield _text_in_languages(column, taken)
    elif column.codes and column.name not in _PLAIN_CODES:
        yield _coded(column, taken, labels)
    else:
        yield from _plain(column, taken)


def _text_in_languages(column: ExportColumn, taken: set[str]) -> Property:
    def cell(record: Record, language: str) -> str:
        return _text(record[role_in(column.name, language)] or record[column.name])

    if column.name == "title":
        return Property(
            "title",
            "title",
            _head(column),
            lambda record, language: cell(record, language) or record["id"],
            translated=True,
        )
    return Property(
        _name(column, taken), "markdown", _head(column), lambda *of: rich(cell(*of)), translated=True
    )


def _head(column: ExportColumn) -> Callable[[str], str]:
    return lambda language: column.heading(texts(), language)


def _coded(column: ExportColumn, taken: set[str], labels: ThesaurusLabels) -> Property:
    def cell(record: Record, language: str) -> str:
        codes = dict.fromkeys(_flat(record[column.name]))
        return several(labels.value(column.codes, code, language) for code in codes)

    kind = "multiselect" if column.several or column.repeat else "select"
    return Property(_name(column, taken), kind, _head(column), cell, True, column.codes, is_coded=True)


def _plain(column: ExportColumn, taken: set[str]) -> Iterator[Property]:
    value, name, head = partial(_value, column), _name(column, taken), _head(column)
    if column.name in _VOCABULARIES and not column.is_own:
        yield Property(name, "multiselect", head, partial(_words, column), translated=True, thesaurus=name)
    elif column.several or (column.is_own and column.type is FactType.TEXT):
        yield Property(name, "markdown", head, partial(_lines, column))
    elif column.within == "date":
        yield Property(name, "text", head, value)
    elif column.type is FactType.DATE:
        yield Property(name, "daterange", head, lambda *of: period_of(value(*of)))
        yield Property(property_name(f"{name}_text", taken), "text", head, value)
    else:
        yield Property(name, _TYPES.get(column.type, "text"), head, value)


def _name(column: ExportColumn, taken: set[str]) -> str:
    name = column.name if column.is_own else _NAMES.get(column.name, column.name)
    return property_name(name, taken)


def _whole_date(taken: set[str]) -> Iterator[Property]:
    def cell(record: Record, _language: str) -> str:
        start, end = record["date_start"] or "", record["date_end"] or ""
        return period(start, end if record["date_precision"] == "range" else end or start)

    name = property_name("date_of_event", taken)
    yield Property(name, "daterange", _named("export.uwazi.date_of_event"), cell)


def _whole_place(taken: set[str]) -> Iterator[Property]:
    """Published place. The seat of a region never stands for it, since nothing happened there."""

    def cell(record: Record, _language: str) -> str:
        latitude, longitude = record["latitude"], record["longitude"]
        return "" if latitude is None or longitude is None else f"{latitude}|{longitude}"

    name = property_name("geolocation_geolocation", taken)
    yield Property(name, "geolocation", _named("export.uwazi.geolocation"), cell)


_WHOLE: Mapping[str, Callable[[set[str]], Iterator[Property]]] = {
    "date_start": _whole_date,
    "latitude": _whole_place,
}


def _named(key: str) -> Callable[[str], str]:
    return lambda language: texts().text(language, key)


def _value(column: ExportColumn, record: Record, _language: str) -> str:
    return _text(record[column.name])


def _words(column: ExportColumn, record: Record, _language: str) -> str:
    return several(dict.fromkeys(filter(None, map(in_thesaurus, _flat(record[column.name])))))


def _lines(column: ExportColumn, record: Record, _language: str) -> str:
    if not column.several:
        return rich(_text(record[column.name]))
    return "\n".join(f"- {rich(' '.join(one.split()))}" for one in _flat(record[column.name]))


def _instances(columns: Sequence[ExportColumn], labels: ThesaurusLabels) -> Cells:
    @cache
    def heads(language: str) -> list[tuple[str, ExportColumn]]:
        return [(column.heading(texts(), language), column) for column in columns]

    def line(record: Record, place: int, language: str) -> str:
        told = (
            (head, _shown(column, record[column.name][place], labels, language))
            for head, column in heads(language)
        )
        return "; ".join(f"{head}: {value}" for head, value in told if value)

    def cell(record: Record, language: str) -> str:
        lines = (line(record, place, language) for place in range(len(record[columns[0].name])))
        return "\n".join(f"- {rich(' '.join(one.split()))}" for one in lines)

    return cell


def _shown(column: ExportColumn, value: ExportValue, labels: ThesaurusLabels, language: str) -> str:
    if not column.codes:
        return ", ".join(_flat(value))
    return ", ".join(labels.value(column.codes, code, language).rpartition("::")[2] for code in _flat(value))


def _text(value: ExportValue) -> str:
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _flat(value: ExportValue) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _flat(one)
    elif value is not None:
        yield _text(value)
