"""A ZIP that Uwazi (https://uwazi.io) imports: `import.csv`, its template and its thesauri."""

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from babel import Locale

from bot.form.kinds.kind import FactType
from bot.form.model import Text
from bot.form.typed.intervals import last_day, text_of
from bot.form.xlsform.sheets import ANY
from bot.languages import exported_codes
from bot.publish.export.cells import ExportTable, Record, shown
from bot.publish.export.column_values import ExportColumn, ExportValue
from bot.publish.export.columns import question_of_codes
from bot.publish.export.formats.writing import ExportFacts, Format, SpooledTable, Writer, said, texts, zipped
from bot.publish.published_languages import TEXTS, role_in

_BLANK = {"null", "undefined", "n/a"}
_OPEN = {"", ".."}

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
_VOCABULARIES = frozenset({"tags", "iccpr", "civicus", "sdg_16_10_1", "acled", "huridocs"})
_TYPES = {
    FactType.INTEGER: "numeric",
    FactType.DECIMAL: "numeric",
    FactType.DAY: "date",
    FactType.DATE: "daterange",
}

Cells = Callable[[Record, str], str]


def in_thesaurus(label: str) -> str:
    """Label as a value of a thesaurus: one line without separators."""
    plain = " ".join(label.replace("|", "¦").replace("::", "∷").split()).strip(":- ")
    return f"({plain})" if plain.casefold() in _BLANK else plain


def period(start: str, end: str) -> str:
    """Period from the first day of `start` to the last day of `end`. An unknown end is blank."""
    first = "" if start in _OPEN else f"{start}-01-01"[:10]
    last = "" if end in _OPEN else text_of(last_day(end))
    return f"{first}:{last}" if first or last else ""


def period_of(date: str) -> str:
    start, _, end = date.partition("/") if "/" in date else (date, "", date)
    return period(start, end)


def rich(text: str) -> str:
    """Text for a rich text property, with tags, hidden links and remote images disabled."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("[", r"\[")


def property_name(name: str, taken: set[str]) -> str:
    """Unique name that Uwazi derives from a property's label, by its older and newer rule alike."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "question"
    found, number = plain, 1
    while found in taken:
        number += 1
        found = f"{plain}_{number}"
    taken.add(found)
    return found


class ThesaurusLabels:
    def __init__(self, table: ExportTable) -> None:
        self._table = table
        self._of_lists = {codes: self._of_list(column) for codes, column in table.listed.items()}

    def value(self, name: str, code: str, language: str) -> str:
        """Value of a code, `Group::Type` in a list with groups. An unlisted code stands for itself."""
        return self._of_lists[name][language].get(code) or _label({}, code, language)

    def groups(self, name: str) -> Mapping[Sequence[str], Sequence[Sequence[str]]]:
        found: dict[Sequence[str], list[Sequence[str]]] = {}
        for value in zip(*(one.values() for one in self._of_lists[name].values()), strict=True):
            parts = [one.partition("::") for one in value]
            values = found.setdefault(tuple(first for first, _, _ in parts), [])
            if all(inner for _, _, inner in parts):
                values.append(tuple(inner for _, _, inner in parts))
        return found

    def _of_list(self, column: ExportColumn) -> dict[str, dict[str, str]]:
        question = question_of_codes(column, self._table.review, self._table.report)
        groups = {name: one.get("group", "") for name, one in question.columns.items()} if question else {}
        # A list must hold all groups. One belongs to itself, since Uwazi does not let groups be chosen.
        groups = groups if set(groups.values()) <= groups.keys() else {}
        labels = self._table.labels[column.codes]
        asked = self._table.report.by_role.get("category")  # it has shorter labels of the groups
        heads = {**labels, **(asked.labels if asked is not None and groups else {})}
        found: dict[str, dict[str, str]] = {}
        for language in exported_codes():
            own = found[language] = {}
            for code, label in labels.items():
                own[code] = _label(label, code, language)
                if group := groups.get(code):
                    own[code] = f"{_label(heads[group], group, language)}::{own[code]}"
        return found


def _label(label: Mapping[str, str], code: str, language: str) -> str:
    found = label.get(language) or label.get(ANY) or next(filter(None, label.values()), "")
    return in_thesaurus(found) or in_thesaurus(code) or "?"


@dataclass(frozen=True, slots=True)
class Property:
    """Property in Uwazi, in each language if `translated`. `is_coded`: values of `thesaurus` are labels of a list."""

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
    """Properties of a record. For a repeat, which Uwazi lacks, a rich text, and a property for each column of codes."""
    taken = set(_RESERVED)
    made: list[Property] = []
    repeats: dict[str, list[ExportColumn]] = {}
    in_languages = {role_in(text, code) for text in TEXTS for code in exported_codes()}
    for column in table.columns:
        if column.repeat:
            repeats.setdefault(column.repeat, []).append(column)
            made += [_coded(column, taken, labels)] if column.codes else []
        elif column.name not in in_languages:
            made += _properties_of(column, taken, labels)
    for name, columns in repeats.items():
        cell = _instances(columns, labels)
        paths = [column.question.path for column in columns if column.question is not None]
        node = table.review.at(paths[0].rpartition("/")[0]) if paths else None
        heading = partial(_translated, node.label if node is not None else {}, name)
        made.append(Property(property_name(name, taken), "markdown", heading, cell, translated=True))
    return tuple(made)


def _translated(label: Text, name: str, language: str) -> str:
    return label.get(language) or name


def _properties_of(column: ExportColumn, taken: set[str], labels: ThesaurusLabels) -> Iterator[Property]:
    if column.name in _WHOLE and not column.is_own:
        name, type_, heading, cell = _WHOLE[column.name]
        yield Property(property_name(name, taken), type_, partial(said, heading), cell)
    if column.name in {"latitude", "longitude"} and not column.is_own:
        return
    if column.name in TEXTS and not column.is_own:
        yield _text_in_languages(column, taken)
    elif column.codes and column.name != "date_precision":
        yield _coded(column, taken, labels)
    else:
        yield from _plain(column, taken)


def _text_in_languages(column: ExportColumn, taken: set[str]) -> Property:
    is_title = column.name == "title"

    def cell(record: Record, language: str) -> str:
        text = shown(record[role_in(column.name, language)] or record[column.name])
        return text or str(record["id"]) if is_title else rich(text)

    name, type_ = ("title", "title") if is_title else (_name(column, taken), "markdown")
    return Property(name, type_, _head(column), cell, translated=True)


def _head(column: ExportColumn) -> Callable[[str], str]:
    return lambda language: column.heading(texts(), language)


def _coded(column: ExportColumn, taken: set[str], labels: ThesaurusLabels) -> Property:
    def cell(record: Record, language: str) -> str:
        codes = dict.fromkeys(_flat(record[column.name]))
        return "|".join(labels.value(column.codes, code, language) for code in codes)

    kind = "multiselect" if column.several or column.repeat else "select"
    return Property(_name(column, taken), kind, _head(column), cell, True, column.codes, is_coded=True)


def _plain(column: ExportColumn, taken: set[str]) -> Iterator[Property]:
    def value(record: Record, _language: str) -> str:
        return shown(record[column.name])

    name, head = _name(column, taken), _head(column)
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


def _whole_date(record: Record, _language: str) -> str:
    start, end = record["date_start"] or "", record["date_end"] or ""
    return period(start, end if record["date_precision"] == "range" else end or start)


def _whole_place(record: Record, _language: str) -> str:
    """Published place. The seat of a region never stands for it, since nothing happened there."""
    latitude, longitude = record["latitude"], record["longitude"]
    return "" if latitude is None or longitude is None else f"{latitude}|{longitude}"


_WHOLE: Mapping[str, tuple[str, str, str, Cells]] = {
    "date_start": ("date_of_event", "daterange", "export.uwazi.date_of_event", _whole_date),
    "latitude": ("geolocation_geolocation", "geolocation", "export.uwazi.geolocation", _whole_place),
}
"""Name, type, heading and cell of properties of several columns, by the column before which they stand."""


def _words(column: ExportColumn, record: Record, _language: str) -> str:
    return "|".join(dict.fromkeys(filter(None, map(in_thesaurus, _flat(record[column.name])))))


def _lines(column: ExportColumn, record: Record, _language: str) -> str:
    if not column.several:
        return rich(shown(record[column.name]))
    return "\n".join(f"- {rich(' '.join(one.split()))}" for one in _flat(record[column.name]))


def _instances(columns: Sequence[ExportColumn], labels: ThesaurusLabels) -> Cells:
    @cache
    def heads(language: str) -> list[tuple[str, ExportColumn]]:
        return [(column.heading(texts(), language), column) for column in columns]

    def values(column: ExportColumn, record: Record, place: int, language: str) -> Iterator[str]:
        for one in _flat(record[column.name][place]):
            yield labels.value(column.codes, one, language).rpartition("::")[2] if column.codes else one

    def line(record: Record, place: int, language: str) -> str:
        told = (
            (head, ", ".join(values(column, record, place, language))) for head, column in heads(language)
        )
        return "; ".join(f"{head}: {value}" for head, value in told if value)

    def cell(record: Record, language: str) -> str:
        lines = (line(record, place, language) for place in range(len(record[columns[0].name])))
        return "\n".join(f"- {rich(' '.join(one.split()))}" for one in lines)

    return cell


def _flat(value: ExportValue) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _flat(one)
    elif value is not None:
        yield shown(value)


class UwaziWriter(Writer):
    def __init__(self, table: ExportTable, _about: ExportFacts) -> None:
        self._labels = ThesaurusLabels(table)
        self._properties = properties(table, self._labels)
        self._rows = SpooledTable(head for one in self._properties for head in one.heads)

    def row(self, record: Record) -> bytes:
        self._rows.append(cell for one in self._properties for cell in one.cells(record))
        return b""

    def end(self) -> Generator[bytes, None, None]:
        languages = exported_codes()
        readme = "\n\n".join(texts().text(one, "export.uwazi.readme") for one in languages)
        template = SpooledTable(("property", "type", "thesaurus", *(f"heading_{one}" for one in languages)))
        for one in self._properties:
            template.append((one.name, one.type, one.thesaurus, *map(one.heading, languages)))
        thesauri = []
        for name in dict.fromkeys(one.thesaurus for one in self._properties if one.is_coded):
            made = SpooledTable(Locale(code).get_display_name("en") or code for code in languages)
            for group, values in self._labels.groups(name).items():
                made.append(group)
                for value in values:
                    made.append(f"- {one}" for one in value)
            thesauri.append((f"thesaurus_{name}.csv", made))
        readme_file = "README.txt", f"{readme}\n".encode()
        return zipped([("import.csv", self._rows), readme_file, ("template.csv", template), *thesauri])


UWAZI = Format("uwazi", "application/zip", "zip", UwaziWriter)
