r"""Cells of a sheet as SpreadsheetML (ECMA-376, part 1, 18.3.1.4), with `\0` for their row number.

Texts are inline strings, so they are never formulas or links.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from enum import IntEnum
from functools import lru_cache
from math import isfinite

from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped] # untyped

from bot.form.kinds.kind import FactType
from bot.languages import exported_codes
from bot.services.export.columns import ExportColumn
from bot.services.export.columns.public_answers import ExportValue
from bot.services.export.rows.cells import Labels, cell, frozen, label_cell

Encode = Callable[[ExportValue], str]
"""Writes the cell of a value that is not blank, and those of its labels."""
Overlong = list[tuple[str, Sequence[str]]]
PART = 32_000
"""UTF-16 code units in a part of a long text. Excel takes 32,767 in a cell."""
GOES_ON = " […]"
_SPECIAL = re.compile("[&<>\0]|_x(?=[0-9A-Fa-f]{4}_)")
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "_x": "_x005F_x", "\0": "\N{REPLACEMENT CHARACTER}"}
"""Escapes. `_x0041_` stands for a character, so it is escaped too (22.9.2.19, ST_Xstring)."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST_DAY = date(1900, 3, 1)
"""First day that is right in Excel, which takes 1900 for a leap year."""
_DAY_0 = date(1899, 12, 30)
_EXACT = 10**15
"""Limit of numbers: a spreadsheet keeps 15 digits."""
_KEPT = 4096


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
    single = _one_instance(column)
    if column.codes:
        ways = [cell(single), *(label_cell(single, labels, language) for language in exported_codes())]

        @lru_cache(_KEPT)
        def of_codes(value: ExportValue) -> str:
            return "".join(text_xml(_cut(way(value))[0], at + place) for place, way in enumerate(ways))

        return lambda value: of_codes(frozen(value))

    shown = cell(single)

    def of_text(value: ExportValue) -> str:
        first, *more = _cut(shown(value))
        if more:
            over.append((column.name, more))
        return text_xml(first, at)

    def of_value(value: ExportValue) -> str:
        if isinstance(value, bool):
            return f'<c r="{_letters(at)}\0" t="b"><v>{value:d}</v></c>'
        if isinstance(value, int | float) and isfinite(value) and abs(value) < _EXACT:
            return number_xml(value, at)
        if column.type in {FactType.DAY, FactType.DATE} and (number := _day_number(value)):
            return f'<c r="{_letters(at)}\0" s="{Style.DAY:d}"><v>{number}</v></c>'
        return of_text(value)

    return of_text if column.type in {FactType.TEXT, FactType.LINK} else of_value


def _one_instance(column: ExportColumn) -> ExportColumn:
    return replace(column, repeat="")


def text_xml(text: str, at: int) -> str:
    if not text:
        return ""
    style = Style.QUOTED if text[0] in "=+-@" else Style.TEXT
    escaped = _SPECIAL.sub(lambda found: _ESCAPED[found[0]], text)
    return f'<c r="{_letters(at)}\0" s="{style:d}" t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>'


def number_xml(number: float, at: int) -> str:
    return f'<c r="{_letters(at)}\0" s="{Style.NUMBER:d}"><v>{number!r}</v></c>'


_letters = lru_cache(maxsize=None)(xl_col_to_name)


@lru_cache(_KEPT)
def _day_number(value: ExportValue) -> int:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return 0
    day = date.fromisoformat(value)
    return (day - _DAY_0).days if day >= _FIRST_DAY else 0


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
