"""Sheets of a workbook that grow with its records, as SpreadsheetML (ECMA-376, part 1, 18.3.1.4)."""

import re
import zlib
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from functools import lru_cache
from math import isfinite

from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped] # untyped

from bot.form.kinds.kind import FactType
from bot.languages import exported_codes
from bot.publish.export.cells import Labels, cell_of, frozen, label_cell
from bot.publish.export.column_values import ExportColumn, ExportValue
from bot.publish.export.formats.writing import Spool

Encode = Callable[[ExportValue], str]
"""Writes the cell of a value that is not blank, and those of its labels."""
Overlong = list[tuple[str, Sequence[str]]]
Head = tuple[str, int]
"""Name of a column, and its width."""
PART = 32_000
"""UTF-16 code units in a part of a long text. Excel takes 32,767 in a cell."""
GOES_ON = " […]"
_SPECIAL = re.compile("[&<>\0]|_x(?=[0-9A-Fa-f]{4}_)")
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "_x": "_x005F_x", "\0": "\N{REPLACEMENT CHARACTER}"}
"""Escapes. `_x0041_` stands for a character, so it is escaped too (22.9.2.19, ST_Xstring)."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST_DAY = date(1900, 3, 1)
"""First day that is right in Excel, which takes 1900 for a leap year."""
_EXACT = 10**15
"""Limit of numbers: a spreadsheet keeps 15 digits."""
_KEPT = 4096

_letters = lru_cache(maxsize=None)(xl_col_to_name)

MOST_ROWS = 1_048_576
_PIECE = 256 * 1024
_WIDTHS = {
    FactType.TEXT: 32, FactType.INTEGER: 10, FactType.DECIMAL: 11, FactType.BOOLEAN: 10, FactType.CODE: 18, FactType.DAY: 12,
    FactType.DATE: 14, FactType.LINK: 36,
}  # fmt: skip
_OTHERWISE = {"id": 13, "title": 40, "summary": 60, "text": 80}
_WIDTH, _LABEL_WIDTH, _MOST_HEAD = 24, 28, 24
OF_WORKBOOK = "by the workbook"
"""Origin of columns of this format only, with the headings `export.workbook.<name>`."""


class Style(IntEnum):
    """Style of a cell: the index of its format in the workbook."""

    HEAD = 1
    TEXT = 2
    QUOTED = 3
    """Text that would be a formula if typed. It stays a text when its cell is edited."""
    NUMBER = 4
    DAY = 5


def encoder(column: ExportColumn, at: int, labels: Labels, over: Overlong) -> Encode:
    """Writer of a column's values and labels from sheet column `at`, counted from 0.

    A column of a repeat is written for one instance. Excess parts of texts go to `over`.
    """
    single = replace(column, repeat="")
    if column.codes:
        ways = [cell_of(single), *(label_cell(single, labels, language) for language in exported_codes())]

        @lru_cache(_KEPT)
        def of_codes(value: ExportValue) -> str:
            return "".join(text_xml(_cut(way(value))[0], at + place) for place, way in enumerate(ways))

        return lambda value: of_codes(frozen(value))

    shown = cell_of(single)

    def of_text(value: ExportValue) -> str:
        first, *more = _cut(shown(value))
        if more:
            over.append((column.name, more))
        return text_xml(first, at)

    def of_value(value: ExportValue) -> str:
        if isinstance(value, bool):
            return f'<c r="{_letters(at)}\0" t="b"><v>{value:d}</v></c>'
        if isinstance(value, int | float) and isfinite(value) and abs(value) < _EXACT:
            return f'<c r="{_letters(at)}\0" s="{Style.NUMBER:d}"><v>{value!r}</v></c>'
        if column.type in {FactType.DAY, FactType.DATE} and (number := _day_number(value)):
            return f'<c r="{_letters(at)}\0" s="{Style.DAY:d}"><v>{number}</v></c>'
        return of_text(value)

    return of_text if column.type in {FactType.TEXT, FactType.LINK} else of_value


def text_xml(text: str, at: int) -> str:
    if not text:
        return ""
    style = Style.QUOTED if text[0] in "=+-@" else Style.TEXT
    escaped = _SPECIAL.sub(lambda found: _ESCAPED[found[0]], text)
    return f'<c r="{_letters(at)}\0" s="{style:d}" t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>'


@lru_cache(_KEPT)
def _day_number(value: ExportValue) -> int:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return 0
    day = date.fromisoformat(value)
    return (day - date(1899, 12, 30)).days if day >= _FIRST_DAY else 0


def _cut(text: str) -> Sequence[str]:
    if len(text) <= PART // 2:
        return (text,)
    units = text.encode("utf-16-le")
    parts, start = [], 0
    while start < len(units):
        end = start + 2 * PART
        if 0xDC <= (units[end + 1] if end < len(units) else 0) <= 0xDF:  # never inside of a surrogate pair
            end -= 2
        parts.append(units[start:end].decode("utf-16-le"))
        start = end
    return parts if len(parts) == 1 else (parts[0] + GOES_ON, *parts[1:])


def _own(name: str, type_: FactType = FactType.TEXT) -> ExportColumn:
    return ExportColumn(name, type=type_, how=OF_WORKBOOK)


ID, INSTANCE = ExportColumn("id"), _own("instance", FactType.INTEGER)
_COLUMN, _POSITION = _own("column"), _own("position", FactType.INTEGER)
LIST_COLUMNS = (
    *(ID, _COLUMN, INSTANCE, _POSITION, _own("value")),
    *(_own(f"label_{code}") for code in exported_codes()),
)
CONTINUED_COLUMNS = (
    *(ID, _own("sheet"), INSTANCE, _POSITION, _COLUMN),
    *(_own("part", FactType.INTEGER), _own("text")),
)


class Rows(Spool):
    def __init__(self, height: int = 0) -> None:
        super().__init__()
        self.number = 0
        self._height = f' ht="{height}" customHeight="1"' if height else ""
        self._before = self._after = b""
        self._packing = zlib.compressobj(1)
        self._size = 0

    def append(self, xml: str) -> None:
        r"""Add a row of cells with `\0` for the row number."""
        self.number += 1
        number = str(self.number + 1)
        row = f'<row r="{number}"{self._height}>{xml}</row>'.replace("\0", number).encode("utf-8", "replace")
        self._size += len(row)
        self.write(self._packing.compress(row))

    def finish(self, before: bytes, after: bytes) -> None:
        """Set the XML around the rows. No row may follow."""
        self.write(self._packing.flush())
        self._before, self._after = before, after
        self.size = len(before) + self._size + len(after)

    def pieces(self) -> Generator[bytes, None, None]:
        unpacking = zlib.decompressobj()
        yield self._before
        for packed in super().pieces():
            left = packed
            while left:  # similar rows may unpack to a hundred times their size
                yield unpacking.decompress(left, _PIECE)
                left = unpacking.unconsumed_tail
        yield unpacking.flush()
        yield self._after


@dataclass
class TableSheet:
    """Sheet, continued on another one after `MOST_ROWS`.

    `over` holds the texts of the last row that exceed their cells. `height` of rows is in points, 0 for
    automatic.
    """

    title: str
    columns: Sequence[ExportColumn]
    labels: Labels
    height: int = 0
    over: Overlong = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parts, self._encoders, self.heads = [Rows(self.height)], list[Encode](), list[Head]()
        for column in self.columns:
            self._encoders.append(encoder(column, len(self.heads), self.labels, self.over))
            first, *labels = column.names
            width = _OTHERWISE.get(first.partition("_")[0], _WIDTHS.get(column.type, _WIDTH))
            self.heads.append((first, max(width, min(len(first) + 4, _MOST_HEAD))))
            self.heads += [(name, _LABEL_WIDTH) for name in labels]

    def append(self, values: Iterable[object]) -> None:
        if self.parts[-1].number == MOST_ROWS - 1:
            self.parts.append(Rows(self.height))
        cells = [
            encode(value)
            for encode, value in zip(self._encoders, values, strict=True)
            if value is not None and value != []
        ]
        self.parts[-1].append("".join(cells))
