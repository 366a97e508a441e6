"""CSV (RFC 4180) as spreadsheets open it by a double click: UTF-8 with a byte order mark, every cell quoted."""

import csv
import io
from collections.abc import Generator, Iterable

from bot.services.export import cells
from bot.services.export.formats.writer import About, Format
from bot.services.export.table import ExportTable, Record

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel takes UTF-8 for the code page of its machine."""


class CsvWriter:
    """A header, then a line a version, whose cells no spreadsheet takes for formulas."""

    def __init__(self, table: ExportTable, _about: About) -> None:
        self._table = table

    def begin(self) -> bytes:
        """The byte order mark and the header."""
        return (_BOM + _line(self._table.header)).encode()

    def row(self, record: Record) -> bytes:
        """A line."""
        return _line(cells.guard(cell) for cell in self._table.cells(record)).encode()

    def end(self) -> Generator[bytes, None, None]:
        """Nothing."""
        yield from ()


def _line(row: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(row)
    return written.getvalue()


CSV = Format("csv", "text/csv", "csv", CsvWriter)
