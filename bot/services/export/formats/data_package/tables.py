"""Tables of a package: the records, and a table for each list and for each repeat."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.form.kinds.kind import FactType
from bot.services.export.columns import ExportColumn
from bot.services.export.columns.public_answers import ExportValue
from bot.services.export.rows.table import ExportTable, Record

RECORDS, INCIDENTS = "reports", "incidents"
REPORT, INSTANCE, NUMBER, VALUE, PRIMARY = "report", "instance", "number", "value", "primary"
"""Common fields: the record, the instance of a repeat, the position from 1, the item, and whether it is
primary."""
_PRIMARY_OF = {"violations": "violation_primary"}
"""Lists, and the column that names their primary item."""

Row = Sequence[ExportValue]


@dataclass(frozen=True, slots=True)
class Field:
    """Field of a table. `column` is None for keys and flags of the package."""

    name: str
    column: ExportColumn | None = None
    type: FactType = FactType.TEXT
    required: bool = False

    @property
    def codes(self) -> str:
        return self.column.codes if self.column is not None else ""


@dataclass(frozen=True, slots=True)
class Reference:
    fields: tuple[str, ...]
    table: str
    theirs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackageTable:
    """Table with its keys. It holds a `repeat`, the list `listed`, or neither."""

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    rows: Callable[[Record], Iterator[Row]]
    repeat: str = ""
    listed: ExportColumn | None = None


_REPORT = Field(REPORT, required=True)
_INSTANCE = Field(INSTANCE, type=FactType.INTEGER, required=True)
_NUMBER = Field(NUMBER, type=FactType.INTEGER, required=True)
_PRIMARY = Field(PRIMARY, type=FactType.BOOLEAN, required=True)
_OF_RECORD = Reference((REPORT,), RECORDS, ("id",))


def package_tables(table: ExportTable) -> tuple[PackageTable, ...]:
    """All tables of an export."""
    tables = [_records(table.columns), _incidents(table.columns)]
    names = {one.name for one in tables}
    listed = [column for column in table.columns if column.several and not column.repeat]
    tables += [_list(free(column.name, names), column) for column in listed]
    for repeat in dict.fromkeys(column.repeat for column in table.columns if column.repeat):
        columns = [column for column in table.columns if column.repeat == repeat]
        instances = _repeat(free(repeat, names), repeat, columns)
        tables.append(instances)
        tables += [
            _list_in_repeat(free(column.name, names), column, instances.name)
            for column in columns
            if column.several
        ]
    return tuple(tables)


def free(name: str, taken: set[str]) -> str:
    """Reserve a name, with the prefix `extra_` as often as needed."""
    while name in taken:
        name = f"extra_{name}"
    taken.add(name)
    return name


def _records(columns: Sequence[ExportColumn]) -> PackageTable:
    plain = [column for column in columns if not (column.repeat or column.several)]
    fields = tuple(Field(one.name, one, one.type, required=one.name == "id") for one in plain)

    def rows(record: Record) -> Iterator[Row]:
        yield [record[column.name] for column in plain]

    return PackageTable(RECORDS, fields, ("id",), (), rows)


def _incidents(columns: Sequence[ExportColumn]) -> PackageTable:
    incident = next(column for column in columns if column.name == "incident")
    fields = (Field(incident.name, incident, required=True), _REPORT)

    def rows(record: Record) -> Iterator[Row]:
        if record[incident.name]:
            yield record[incident.name], record["id"]

    return PackageTable(INCIDENTS, fields, (REPORT,), (_OF_RECORD,), rows)


def _list(name: str, column: ExportColumn) -> PackageTable:
    primary = _PRIMARY_OF.get(column.name)
    value = Field(VALUE, column, column.type, required=True)
    fields = (_REPORT, _NUMBER, value, *((_PRIMARY,) if primary else ()))

    def rows(record: Record) -> Iterator[Row]:
        for number, item in enumerate(record[column.name] or (), 1):
            more = (item == record[primary],) if primary else ()
            yield record["id"], number, item, *more

    return PackageTable(name, fields, (REPORT, NUMBER), (_OF_RECORD,), rows, listed=column)


def _repeat(name: str, repeat: str, columns: Sequence[ExportColumn]) -> PackageTable:
    plain, taken = [column for column in columns if not column.several], {REPORT, NUMBER}
    fields = tuple(Field(free(one.key, taken), one, one.type) for one in plain)

    def rows(record: Record) -> Iterator[Row]:
        for place in range(len(record[columns[0].name])):
            yield record["id"], place + 1, *(record[column.name][place] for column in plain)

    return PackageTable(
        name, (_REPORT, _NUMBER, *fields), (REPORT, NUMBER), (_OF_RECORD,), rows, repeat=repeat
    )


def _list_in_repeat(name: str, column: ExportColumn, instances: str) -> PackageTable:
    fields = (_REPORT, _INSTANCE, _NUMBER, Field(VALUE, column, column.type, required=True))
    of_instance = Reference((REPORT, INSTANCE), instances, (REPORT, NUMBER))

    def rows(record: Record) -> Iterator[Row]:
        for instance, items in enumerate(record[column.name], 1):
            for number, item in enumerate(items or (), 1):
                yield record["id"], instance, number, item

    key = (REPORT, INSTANCE, NUMBER)
    return PackageTable(name, fields, key, (of_instance,), rows, listed=column)
