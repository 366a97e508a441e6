"""Excel workbook for analysis: typed cells, a sheet for each repeat, a dictionary of columns and the codes. Sheets that grow
with the records are SpreadsheetML (ECMA-376, part 1, 18.3.1.4), XlsxWriter makes the rest."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import IntEnum
from functools import lru_cache
from math import isfinite

import xlsxwriter  # type: ignore[import-untyped] # untyped
from xlsxwriter.format import Format  # type: ignore[import-untyped] # untyped
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell  # type: ignore[import-untyped] # untyped
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped] # untyped

from bot.form.kinds.kind import FactType
from bot.form.model import Question
from bot.languages import exported_codes, name_of
from bot.publish.export.cells import (
    ExportTable,
    Labels,
    Record,
    by_language,
    cell_of,
    frozen,
    label_cell,
    shown,
)
from bot.publish.export.column_values import ExportColumn, ExportValue
from bot.publish.export.columns import origins
from bot.publish.export.formats.writing import ExportFacts, Spool, Writer, said, texts, zipped

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
    """Writer of a column's values and labels from sheet column `at`, counted from 0. A column of a repeat is written for one
    instance. Excess parts of texts go to `over`."""
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
    """Sheet, continued on another one after `MOST_ROWS`. `over` holds the texts of the last row that exceed their cells.
    `height` of rows is in points, 0 for automatic."""

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


Plain = tuple[Sequence[Head], Sequence[Sequence[str]]]
_MADE = datetime(1980, 1, 1, tzinfo=UTC)
_LOOKS: Mapping[Style, Mapping[str, object]] = {
    Style.HEAD: {"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "valign": "vcenter"},
    Style.TEXT: {"text_wrap": True, "valign": "top"},
    Style.QUOTED: {"text_wrap": True, "valign": "top", "quote_prefix": True},
    Style.NUMBER: {"valign": "top", "align": "right", "indent": 1},
    Style.DAY: {"valign": "top", "num_format": "yyyy-mm-dd", "align": "left", "indent": 1},
}
_END = b"</sheetData>"
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')

_WIDTHS_OF_LISTS = {
    "sheet": 14, "name": 32, "type": 10, "several": 9, "list": 22, "privacy": 12, "how": 50, "code": 28,
}  # fmt: skip
_WIDTH_OF_LISTS = 34


def around(
    grown: Mapping[str, tuple[Sequence[Head], Rows]], plain: Mapping[str, Plain]
) -> Iterator[tuple[str, Rows | bytes]]:
    """Files of a workbook with these sheets, by title."""
    made = io.BytesIO()
    plainly = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    book = xlsxwriter.Workbook(made, {"in_memory": True, **plainly})
    book.set_properties({"created": _MADE})
    looks = {style: book.add_format(dict(look)) for style, look in _LOOKS.items()}
    for look in looks.values():
        look._get_xf_index()  # noqa: SLF001 - fixes the numbers of formats, which rows use as `Style`
    for title, (heads, rows) in grown.items():
        _begin(book.add_worksheet(title), heads, rows.number, looks, frozen=1)
    for title, (heads, lines) in plain.items():
        sheet = _begin(book.add_worksheet(title), heads, len(lines), looks, frozen=0)
        sheet.fit_to_pages(1, 0)  # printed one page wide
        for number, line in enumerate(lines, 1):
            for at, text in enumerate(line):
                if text:
                    sheet.write_string(number, at, text, looks[Style.TEXT])
    book.close()
    return _filled(made, grown.values())


def _begin(
    sheet: Worksheet, heads: Sequence[Head], rows: int, looks: Mapping[Style, Format], frozen: int
) -> Worksheet:
    sheet.freeze_panes(1, frozen)
    sheet.set_row(0, 22)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.set_print_scale(60)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(rows, 1), len(heads) - 1)
    for at, (name, width) in enumerate(heads):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, name, looks[Style.HEAD])
    return sheet


def _filled(
    made: io.BytesIO, grown: Iterable[tuple[Sequence[Head], Rows]]
) -> Iterator[tuple[str, Rows | bytes]]:
    known = {f"xl/worksheets/sheet{number}.xml": of for number, of in enumerate(grown, 1)}
    with zipfile.ZipFile(made) as book:
        for name in book.namelist():
            content = book.read(name)
            if name not in known:
                yield name, content
                continue
            heads, rows = known[name]
            before, end, after = content.partition(_END)
            last = xl_rowcol_to_cell(rows.number, len(heads) - 1).encode()
            rows.finish(_DIMENSION.sub(b'<dimension ref="A1:%b"/>' % last, before), end + after)
            yield name, rows


def dictionary(table: ExportTable, written: Iterable[TableSheet]) -> Plain:
    names = ["sheet", "name", *(f"heading_{code}" for code in exported_codes())]
    names += ["type", "several", "list", "reported_question", "moderators_question", "how", "privacy"]
    found = {one.name: (one.how, reported) for one, reported in origins(table.review, table.report)}
    rows = [
        row
        for sheet in written
        for column in sheet.columns
        for row in _described(sheet.title, column, *found.get(column.name, (column.how, ())))
    ]
    return _headed(names), rows


def _described(
    sheet: str, column: ExportColumn, how: str, reported: Sequence[Question]
) -> Iterator[Sequence[str]]:
    headings = [_heading(column, language) for language in exported_codes()]
    decided = column.question.name if column.question is not None else ""
    several = "yes" if column.several else "no"
    where = [", ".join(question.name for question in reported), decided, how, str(column.privacy)]
    yield [sheet, column.name, *headings, str(column.type), several, column.codes, *where]
    for name, language in zip(column.names[1:], exported_codes(), strict=False):
        labels = [f"{heading} ({name_of(language)})" for heading in headings]
        yield [sheet, name, *labels, "label", several, column.codes, *where]


def _heading(column: ExportColumn, language: str) -> str:
    if column.how != OF_WORKBOOK:
        return column.heading(texts(), language)
    return said(f"export.workbook.{'label' if column.name.startswith('label_') else column.name}", language)


def codes(table: ExportTable) -> Plain:
    rows = [
        [name, code, *by_language(label).values()]
        for name, labels in table.labels.items()
        for code, label in labels.items()
    ]
    return _headed(["list", "code", *(f"label_{language}" for language in exported_codes())]), rows


def _headed(names: Sequence[str]) -> Sequence[Head]:
    return [(name, _WIDTHS_OF_LISTS.get(name, _WIDTH_OF_LISTS)) for name in names]


_MOST_TITLE = 31
OWN = ("reports", "lists", "continued", "dictionary", "codes", "history")
"""Titles that no repeat may have. Excel reserves the last."""
_HEIGHT = 46


class WorkbookWriter(Writer):
    def __init__(self, table: ExportTable, _about: ExportFacts) -> None:
        self._table = table
        labels = table.labels
        of_record = [column for column in table.columns if not column.repeat]
        self._names = [column.name for column in of_record]
        self._reports = TableSheet("reports", of_record, labels, _HEIGHT)
        self._taken = set(OWN)
        self._repeats = {
            name: TableSheet(_title(name, self._taken), [ID, INSTANCE, *columns], labels)
            for name, columns in table.repeats.items()
        }
        self._several = [column for column in table.columns if column.several]
        self._said = {
            name: {code: [*by_language(label).values()] for code, label in labels.items()}
            for name, labels in table.labels.items()
        }
        self._lists = TableSheet("lists", LIST_COLUMNS, labels)
        self._continued = TableSheet("continued", CONTINUED_COLUMNS, labels, _HEIGHT)

    def row(self, record: Record) -> bytes:
        ref = record["id"]
        self._reports.append([record[name] for name in self._names])
        self._continue(self._reports, ref, None)
        for name, sheet in self._repeats.items():
            values = [record[column.name] for column in self._table.repeats[name]]
            for number, instance in enumerate(zip(*values, strict=True), 1):
                sheet.append([ref, number, *instance])
                self._continue(sheet, ref, number)
        for column in self._several:
            self._list(column, ref, record[column.name])
        return b""

    def end(self) -> Generator[bytes, None, None]:
        written = [self._reports, *self._repeats.values(), self._lists]
        if self._continued.parts[0].number:
            written.append(self._continued)
        grown = {
            sheet.title if number == 0 else _title(sheet.title, self._taken): (sheet.heads, rows)
            for sheet in written
            for number, rows in enumerate(sheet.parts)
        }
        plain = {"dictionary": dictionary(self._table, written), "codes": codes(self._table)}
        yield from zipped(around(grown, plain))

    def _list(self, column: ExportColumn, ref: str, value: ExportValue) -> None:
        lists = enumerate(value, 1) if column.repeat else [(None, value)]
        said, blank = self._said.get(column.codes, {}), [""] * len(exported_codes())
        for instance, values in lists:
            for position, one in enumerate(values or (), 1):
                labels = said.get(one, blank)
                self._lists.append([ref, column.name, instance, position, shown(one), *labels])
                self._continue(self._lists, ref, instance, position, column.name)

    def _continue(
        self, sheet: TableSheet, ref: str, instance: int | None, position: int | None = None, column: str = ""
    ) -> None:
        for name, parts in sheet.over:
            for number, text in enumerate(parts, 2):
                self._continued.append([ref, sheet.title, instance, position, column or name, number, text])
        sheet.over.clear()


def _title(name: str, taken: set[str]) -> str:
    title, number = name[:_MOST_TITLE], 1
    while title.casefold() in taken:
        number += 1
        title = f"{name[: _MOST_TITLE - 4]}_{number}"
    taken.add(title.casefold())
    return title
