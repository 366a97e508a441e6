"""The workbook around the rows: its formats, its heads, what each column is, and the lists of codes. XlsxWriter makes it, in memory.

XlsxWriter does not write the rows themselves: its constant-memory mode puts them on a disk in the clear, under a name, and a text that
begins with `<r>` and ends with `</r>` goes into the sheet as XML of whoever typed it.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import xlsxwriter  # type: ignore[import-untyped] # it has no types
from xlsxwriter.format import Format  # type: ignore[import-untyped] # it has no types
from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped] # it has no types
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped] # it has no types

from bot.services.export.formats.xlsx.cell_xml import Style
from bot.services.export.formats.xlsx.sheets import Head, Rows

Plain = tuple[Sequence[Head], Sequence[Sequence[str]]]
"""A sheet of texts: heads, and rows."""
_MADE = datetime(1980, 1, 1, tzinfo=UTC)
"""An export knows no clock."""
_LOOKS: Mapping[Style, Mapping[str, object]] = {
    Style.HEAD: {"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "valign": "vcenter"},
    Style.TEXT: {"text_wrap": True, "valign": "top"},
    Style.QUOTED: {"text_wrap": True, "valign": "top", "quote_prefix": True},
    Style.NUMBER: {"valign": "top", "align": "right", "indent": 1},
    Style.DAY: {"valign": "top", "num_format": "yyyy-mm-dd", "align": "left", "indent": 1},
}
_A3, _PRINTED = 8, 60
"""The paper on which it is printed, and how large, in per cent."""
_END = b"</sheetData>"
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')


def around(
    grown: Mapping[str, tuple[Sequence[Head], Rows]], plain: Mapping[str, Plain]
) -> Iterator[tuple[str, Rows | bytes]]:
    """The files of a workbook with these sheets by their titles: those that have grown, then the plain ones."""
    made = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(made, options)
    book.set_properties({"created": _MADE})
    looks = {style: book.add_format(dict(look)) for style, look in _LOOKS.items()}
    for look in looks.values():
        look._get_xf_index()  # noqa: SLF001 - a format gets its number when it is first used, and rows use them by `Style`
    for title, (heads, rows) in grown.items():
        _begin(book.add_worksheet(title), heads, rows.number, looks, frozen=1)
    for title, (heads, lines) in plain.items():
        sheet = _begin(book.add_worksheet(title), heads, len(lines), looks, frozen=0)
        sheet.fit_to_pages(1, 0)  # it is read as a page, across
        for number, line in enumerate(lines, 1):
            for at, text in enumerate(line):
                if text:
                    sheet.write_string(number, at, text, looks[Style.TEXT])
    book.close()
    return _filled(made, grown.values())


def _begin(
    sheet: Worksheet, heads: Sequence[Head], rows: int, looks: Mapping[Style, Format], frozen: int
) -> Worksheet:
    """A sheet with its heads, which stay when it is scrolled and can be filtered by."""
    sheet.freeze_panes(1, frozen)
    sheet.set_row(0, 22)
    sheet.set_landscape()
    sheet.set_paper(_A3)
    sheet.set_print_scale(_PRINTED)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(rows, 1), len(heads) - 1)
    for at, head in enumerate(heads):
        sheet.set_column(at, at, head.width)
        sheet.write_string(0, at, head.name, looks[Style.HEAD])
    return sheet


def _filled(
    made: io.BytesIO, grown: Iterable[tuple[Sequence[Head], Rows]]
) -> Iterator[tuple[str, Rows | bytes]]:
    """The files of the workbook, the rows put into those of their sheets."""
    sheets = {f"xl/worksheets/sheet{number}.xml": of for number, of in enumerate(grown, 1)}
    with zipfile.ZipFile(made) as book:
        for name in book.namelist():
            content = book.read(name)
            if name not in sheets:
                yield name, content
                continue
            heads, rows = sheets[name]
            before, end, after = content.partition(_END)
            last = xl_rowcol_to_cell(rows.number, len(heads) - 1).encode()
            rows.finish(_DIMENSION.sub(b'<dimension ref="A1:%b"/>' % last, before), end + after)
            yield name, rows
