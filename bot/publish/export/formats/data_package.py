"""A Data Package 2.0 (https://datapackage.org/standard): tables in CSV, code lists and `datapackage.json`."""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bot.form.kinds.kind import FactType
from bot.form.model import Form, Group, Text
from bot.languages import exported_codes
from bot.publish.export.cells import ExportTable, Record, by_language
from bot.publish.export.column_values import ExportColumn, ExportValue, free_name
from bot.publish.export.columns import TABLE_VERSION
from bot.publish.export.formats import writing
from bot.publish.export.formats.writing import ExportFacts, Format, Spool, SpooledTable, Writer

RECORDS, INCIDENTS = "reports", "incidents"
REPORT, INSTANCE, NUMBER, VALUE, PRIMARY = "report", "instance", "number", "value", "primary"
"""Common fields: the record, the instance of a repeat, the position from 1, the item, and whether it is primary."""

Row = Sequence[ExportValue]

CODE = "code"

_PROFILE = "https://datapackage.org/profiles/2.0/{}.json"
_DATE = r"\d{4}(-\d\d){0,2}"
DATES = rf"({_DATE}(/({_DATE}|\.\.)?)?|\.\./{_DATE})"
"""Date or period in one text, by ISO 8601-2 (docs/export.md)."""
_TYPES = {
    FactType.INTEGER: "integer",
    FactType.DECIMAL: "number",
    FactType.BOOLEAN: "boolean",
    FactType.DAY: "date",
}
Titles = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TableField:
    """Field of a table. `column` is None for keys and flags of the package."""

    name: str
    column: ExportColumn | None = None
    type: FactType = FactType.TEXT
    required: bool = False

    @property
    def codes(self) -> str:
        return self.column.codes if self.column is not None else ""


def _foreign_key(fields: Sequence[str], table: str, theirs: Sequence[str]) -> dict[str, Any]:
    return {"fields": fields, "reference": {"resource": table, "fields": theirs}}


@dataclass(frozen=True, slots=True)
class PackageTable:
    name: str
    titles: Callable[[], Titles]
    fields: tuple[TableField, ...]
    key: tuple[str, ...]
    references: Sequence[Mapping[str, Any]]
    rows: Callable[[Record], Iterator[Row]]


_REPORT = TableField(REPORT, required=True)
_INSTANCE = TableField(INSTANCE, type=FactType.INTEGER, required=True)
_NUMBER = TableField(NUMBER, type=FactType.INTEGER, required=True)
_PRIMARY = TableField(PRIMARY, type=FactType.BOOLEAN, required=True)
_OF_RECORD = _foreign_key((REPORT,), RECORDS, ("id",))


def package_tables(table: ExportTable) -> tuple[PackageTable, ...]:
    """All tables of an export."""
    tables = [_records(table.columns), _incidents(table.columns)]
    names = {one.name for one in tables}
    listed = [column for column in table.columns if column.several and not column.repeat]
    tables += [_list(free_name(column.name, names), column, _OF_RECORD) for column in listed]
    for repeat, columns in table.repeats.items():
        instances = _repeat(free_name(repeat, names), repeat, columns, table.review)
        of_instance = _foreign_key((REPORT, INSTANCE), instances.name, (REPORT, NUMBER))
        lists = [column for column in columns if column.several]
        tables += [instances, *(_list(free_name(one.name, names), one, of_instance) for one in lists)]
    return tuple(tables)


def _records(columns: Sequence[ExportColumn]) -> PackageTable:
    plain = [column for column in columns if not (column.repeat or column.several)]
    fields = tuple(TableField(one.name, one, one.type, required=one.name == "id") for one in plain)

    def rows(record: Record) -> Iterator[Row]:
        yield [record[column.name] for column in plain]

    return PackageTable(RECORDS, partial(_named, RECORDS), fields, ("id",), (), rows)


def _incidents(columns: Sequence[ExportColumn]) -> PackageTable:
    incident = next(column for column in columns if column.name == "incident")
    fields = (TableField(incident.name, incident, required=True), _REPORT)

    def rows(record: Record) -> Iterator[Row]:
        if record[incident.name]:
            yield record[incident.name], record["id"]

    return PackageTable(INCIDENTS, partial(_named, INCIDENTS), fields, (REPORT,), (_OF_RECORD,), rows)


def _list(name: str, column: ExportColumn, reference: Mapping[str, Any]) -> PackageTable:
    primary = "violation_primary" if column.name == "violations" else ""
    value = TableField(VALUE, column, column.type, required=True)
    key = (_REPORT, _INSTANCE, _NUMBER) if column.repeat else (_REPORT, _NUMBER)

    def rows(record: Record) -> Iterator[Row]:
        found = record[column.name]
        for place, items in enumerate(found, 1) if column.repeat else [(0, found)]:
            for number, item in enumerate(items or (), 1):
                more = (item == record[primary],) if primary else ()
                yield record["id"], *((place,) if place else ()), number, item, *more

    fields = (*key, value, *((_PRIMARY,) if primary else ()))
    titles = partial(_headings, column)
    return PackageTable(name, titles, fields, tuple(one.name for one in key), (reference,), rows)


def _repeat(name: str, repeat: str, columns: Sequence[ExportColumn], review: Form) -> PackageTable:
    plain, taken = [column for column in columns if not column.several], {REPORT, NUMBER}
    fields = tuple(TableField(free_name(one.key, taken), one, one.type) for one in plain)

    def rows(record: Record) -> Iterator[Row]:
        for place in range(len(record[columns[0].name])):
            yield record["id"], place + 1, *(record[column.name][place] for column in plain)

    is_own = all(column.is_own for column in columns)
    titles = partial(_titles_of, review, columns) if is_own else partial(_named, repeat)
    return PackageTable(name, titles, (_REPORT, _NUMBER, *fields), (REPORT, NUMBER), (_OF_RECORD,), rows)


@dataclass(slots=True)
class CodeList:
    """List of codes as a table. `column` is one that uses it. A code that the form no longer lists has no label."""

    name: str
    column: ExportColumn
    labels: Mapping[str, Text]
    added: dict[str, None] = field(default_factory=dict)

    def note(self, value: ExportValue) -> None:
        if value is not None and value not in self.labels:
            self.added[value] = None

    @property
    def header(self) -> tuple[str, ...]:
        return CODE, *(f"label_{language}" for language in exported_codes())

    def rows(self) -> Iterator[tuple[str, ...]]:
        for code in (*self.labels, *self.added):
            yield code, *by_language(self.labels.get(code, {})).values()

    def written(self) -> SpooledTable:
        table = SpooledTable(self.header)
        for row in self.rows():
            table.append(row)
        return table


def descriptor(
    about: ExportFacts, tables: Iterable[PackageTable], lists: Mapping[str, CodeList], newest: str = ""
) -> dict[str, Any]:
    """Whole descriptor, after the last row. `newest` is the last day of approval, so that equal exports have equal bytes."""
    said: dict[str, Any] = {"$schema": _PROFILE.format("datapackage"), "name": "kuager"}
    said |= {"version": TABLE_VERSION} | ({"created": f"{newest}T00:00:00Z"} if newest else {})
    said |= _titled(_named("package"))
    if about.publisher:
        said["contributors"] = [{"title": about.publisher, "roles": ["publisher"]}]
    if about.licence:
        path = f"https://spdx.org/licenses/{about.licence}.html"
        said["licenses"] = [{"name": about.licence, "path": path}]
    resources = [_of_table(one, lists) for one in tables]
    return said | {"resources": resources + [_of_list(one) for one in lists.values()]}


def _of_table(one: PackageTable, lists: Mapping[str, CodeList]) -> dict[str, Any]:
    coded = ((field.name, lists[field.codes].name) for field in one.fields if field.codes)
    references = [*one.references, *(_foreign_key((name,), codes, (CODE,)) for name, codes in coded)]
    fields = [_field(field, lists) for field in one.fields]
    return _resource(one.name, one.titles(), fields, one.key, references)


def _of_list(one: CodeList) -> dict[str, Any]:
    code, *labels = one.header
    fields: list[dict[str, Any]] = [
        {"name": code, "type": "string", "constraints": {"required": True, "unique": True}},
        *({"name": label, "type": "string"} for label in labels),
    ]
    return _resource(one.name, _headings(one.column), fields, (CODE,))


def _resource(
    name: str,
    titles: Titles,
    fields: list[dict[str, Any]],
    key: Sequence[str],
    references: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    schema: dict[str, Any] = {"$schema": _PROFILE.format("tableschema"), "fields": fields}
    schema |= {"missingValues": [""], "primaryKey": key}
    if references:
        schema["foreignKeys"] = references
    said = {"$schema": _PROFILE.format("dataresource"), "name": name, "path": f"{name}.csv"}
    table = {"type": "table", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8"}
    return said | _titled(titles) | table | {"schema": schema}


def _field(field: TableField, lists: Mapping[str, CodeList]) -> dict[str, Any]:
    titles = _headings(field.column) if field.column is not None else _named(field.name)
    said: dict[str, Any] = {"name": field.name, **_titled(titles), "type": _TYPES.get(field.type, "string")}
    constraints: dict[str, Any] = {"required": True} if field.required else {}
    if field.type is FactType.DATE:
        constraints["pattern"] = DATES
    if constraints:
        said["constraints"] = constraints
    coded = lists[field.codes].rows() if field.codes else ()
    if categories := [{"value": code} | ({"label": label} if label else {}) for code, label, *_ in coded]:
        said["categories"] = categories
    return said


def _titles_of(review: Form, columns: Sequence[ExportColumn]) -> Titles:
    path = next(column.question.path for column in columns if column.question is not None)
    text: Text = {}
    while not text and (path := path.rpartition("/")[0]):
        node = review.nodes.get(path)
        text = (node.short or node.label) if isinstance(node, Group) and node.repeat else {}
    return {language: title for language, title in by_language(text).items() if title}


def _headings(column: ExportColumn) -> Titles:
    return {language: column.heading(writing.texts(), language) for language in exported_codes()}


def _named(name: str) -> Titles:
    return {language: writing.said(f"export.package.{name}", language) for language in exported_codes()}


def _titled(titles: Titles) -> dict[str, Any]:
    """Title in one language, as the standard allows, and all in `titles`, named as in CSV on the Web."""
    return {"title": next(iter(titles.values())), "titles": dict(titles)} if titles else {}


class DataPackageWriter(Writer):
    """Collects rows in spools and writes the ZIP at the end. Cells are not guarded: programs read them."""

    def __init__(self, table: ExportTable, about: ExportFacts, *, is_described: bool = True) -> None:
        self._about, self._is_described, self._newest = about, is_described, ""
        self._tables = package_tables(table)
        names = {one.name for one in self._tables}
        self._lists = {
            codes: CodeList(free_name(f"codes_{codes}", names), table.listed[codes], labels)
            for codes, labels in table.labels.items()
        }
        self._spools = [SpooledTable([field.name for field in one.fields]) for one in self._tables]
        self._coded = [
            [(place, self._lists[field.codes]) for place, field in enumerate(one.fields) if field.codes]
            for one in self._tables
        ]

    def row(self, record: Record) -> bytes:
        self._newest = max(self._newest, record["approved_on"] or "")
        for table, spool, coded in zip(self._tables, self._spools, self._coded, strict=True):
            for row in table.rows(record):
                # Cells in the defaults of Table Schema: blank for unknown, `true` and `false`.
                texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in row]
                spool.append("" if value is None else text for text, value in zip(texts, row, strict=True))
                for place, codes in coded:
                    codes.note(row[place])
        return b""

    def end(self) -> Generator[bytes, None, None]:
        names = (f"{table.name}.csv" for table in self._tables)
        members: list[tuple[str, Spool | bytes]] = list(zip(names, self._spools, strict=True))
        if self._is_described:
            said = descriptor(self._about, self._tables, self._lists, self._newest)
            written = writing.sayable(json.dumps(said, ensure_ascii=False, indent=1)).encode()
            members.insert(0, ("datapackage.json", written))
            members += [(f"{codes.name}.csv", codes.written()) for codes in self._lists.values()]
        yield from writing.zipped(members)


_ZIP, _tables_alone = "application/zip", partial(DataPackageWriter, is_described=False)
DATA_PACKAGE = Format("datapackage", _ZIP, "datapackage.zip", DataPackageWriter, has_codebook=True)
CSV_TABLES = Format("csv-tables", _ZIP, "csv-tables.zip", _tables_alone)
"""The tables alone, for recipients who want each repeat as a table and nothing else."""
