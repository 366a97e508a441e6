"""CSV (RFC 4180) as spreadsheets open it by a double click: UTF-8 with a byte order mark, every cell quoted."""

import csv
import io
from collections.abc import Iterable

from bot.services.export import cells
from bot.services.export.formats.writer import Format
from bot.services.export.selection import ApprovedVersion
from bot.services.export.table import ExportTable

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel takes UTF-8 for the code page of its machine."""


class CsvWriter:
    """A header, then a line a version, whose cells no spreadsheet takes for formulas."""

    def __init__(self, table: ExportTable) -> None:
        self._table = table

    def begin(self) -> bytes:
        """The byte order mark and the header."""
        return (_BOM + _line(self._table.header)).encode()

    def row(self, version: ApprovedVersion) -> bytes:
        """A line."""
        return _line(cells.guard(cell) for cell in self._table.cells(version)).encode()

    def end(self) -> bytes:
        """Nothing."""
        return b""


def _line(row: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(row)
    return written.getvalue()


CSV = Format("csv", "text/csv", "csv", CsvWriter)
