"""CSV (RFC 4180) as spreadsheets open it by a double click: UTF-8 with a byte order mark, every cell quoted.

Which separator opens in columns depends on the list separator of the machine: `;` where a comma parts decimals, as in Kazakhstan
and Russia. So there are two: one that programs read without being told, and one for Excel there.
"""

from collections.abc import Generator, Iterable
from functools import partial

from bot.services.export.formats.writer import About, Format
from bot.services.export.rows import cells
from bot.services.export.rows.table import ExportTable, Record

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel takes UTF-8 for the code page of its machine."""


class CsvWriter:
    """A header, then a line a version, whose cells no spreadsheet takes for formulas."""

    def __init__(self, separator: str, point: str, table: ExportTable, _about: About) -> None:
        self._separator = separator
        self._falls_apart = cells.OF_COMMAS if separator == "," else cells.OF_SEMICOLONS
        self._header, self._cells = table.header, table.cells_as(self._cell, point, separator)

    def begin(self) -> bytes:
        """The byte order mark and the header."""
        return _BOM.encode() + self._line(map(self._cell, self._header))

    def row(self, record: Record) -> bytes:
        """A line."""
        return self._line(self._cells(record))

    def end(self) -> Generator[bytes, None, None]:
        """Nothing."""
        yield from ()

    def _line(self, row: Iterable[str]) -> bytes:
        return f"{self._separator.join(row)}\r\n".encode("utf-8", "replace")

    def _cell(self, text: str) -> str:
        return '"' + cells.guard(text, self._falls_apart).replace('"', '""') + '"'


CSV = Format("csv", "text/csv", "csv", partial(CsvWriter, ",", "."))
EXCEL_CSV = Format("excel-csv", "text/csv", "csv", partial(CsvWriter, ";", ","))
