"""CSV (RFC 4180) for spreadsheets: UTF-8 with a byte order mark, every cell quoted.

One variant is for programs, one for Excel in Kazakhstan and Russia, where the comma is the decimal separator
and `;` that of lists.
"""

from collections.abc import Generator, Iterable
from functools import partial

from bot.services.export.formats.writer import About, Format
from bot.services.export.rows import cells
from bot.services.export.rows.table import ExportTable, Record

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Byte order mark. Without it Excel assumes the code page of its machine."""


class CsvWriter:
    """Header and a line for each version, guarded against formulas."""

    def __init__(self, separator: str, point: str, table: ExportTable, _about: About) -> None:
        self._separator = separator
        self._falls_apart = cells.OF_COMMAS if separator == "," else cells.OF_SEMICOLONS
        self._header, self._cells = table.header, table.cells_as(self._cell, point, separator)

    def begin(self) -> bytes:
        return _BOM.encode() + self._line(map(self._cell, self._header))

    def row(self, record: Record) -> bytes:
        return self._line(self._cells(record))

    def end(self) -> Generator[bytes, None, None]:
        yield from ()

    def _line(self, row: Iterable[str]) -> bytes:
        return f"{self._separator.join(row)}\r\n".encode("utf-8", "replace")

    def _cell(self, text: str) -> str:
        return '"' + cells.guard(text, self._falls_apart).replace('"', '""') + '"'


CSV = Format("csv", "text/csv", "csv", partial(CsvWriter, ",", "."))
EXCEL_CSV = Format("excel-csv", "text/csv", "csv", partial(CsvWriter, ";", ","))
