"""Writer of a Data Package."""

import json
from collections.abc import Generator

from bot.services.export.formats.archive import Spool, SpooledTable, sayable, zipped
from bot.services.export.formats.data_package.code_lists import code_lists
from bot.services.export.formats.data_package.descriptor import descriptor, path_of
from bot.services.export.formats.data_package.tables import Row, package_tables
from bot.services.export.formats.writer import About, Format
from bot.services.export.rows.table import ExportTable, Record


class DataPackageWriter:
    """Collects rows in spools and writes the ZIP at the end. Cells are not guarded against formulas, since
    programs read them."""

    def __init__(self, table: ExportTable, about: About) -> None:
        self._table, self._about = table, about
        self._tables = package_tables(table)
        self._lists = code_lists(table, (one.name for one in self._tables))
        self._spools = [SpooledTable([field.name for field in one.fields]) for one in self._tables]
        self._coded = [
            [(place, self._lists[field.codes]) for place, field in enumerate(one.fields) if field.codes]
            for one in self._tables
        ]

    def begin(self) -> bytes:
        return b""

    def row(self, record: Record) -> bytes:
        for table, spool, coded in zip(self._tables, self._spools, self._coded, strict=True):
            for row in table.rows(record):
                spool.append(_cells(row))
                for place, codes in coded:
                    codes.note(row[place])
        return b""

    def end(self) -> Generator[bytes, None, None]:
        members: list[tuple[str, Spool | bytes]] = [("datapackage.json", self._descriptor())]
        for table, spool in zip(self._tables, self._spools, strict=True):
            members.append((path_of(table.name), spool))
        for codes in self._lists.values():
            listed = SpooledTable(codes.header)
            for row in codes.rows():
                listed.append(row)
            members.append((path_of(codes.name), listed))
        yield from zipped(members)

    def _descriptor(self) -> bytes:
        said = descriptor(self._table, self._about, self._tables, self._lists)
        return sayable(json.dumps(said, ensure_ascii=False, indent=1)).encode()


def _cells(row: Row) -> list[str]:
    """Cells in the defaults of Table Schema: blank for unknown, `true` and `false`."""
    return [
        "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        for value in row
    ]


DATA_PACKAGE = Format("datapackage", "application/zip", "datapackage.zip", DataPackageWriter)
