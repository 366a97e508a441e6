"""Workbook around the rows, made in memory by XlsxWriter.

The rows are written by `sheets` for safety. XlsxWriter's constant-memory mode would store them on disk in the
clear. It also takes a text from `<r>` to `</r>` for XML.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import xlsxwriter  # type: ignore[import-untyped] # untyped
from xlsxwriter.format import Format  # type: ignore[import-untyped] # untyped
from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped] # untyped
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped] # untyped

from bot.services.export.formats.xlsx.cell_xml import Style
from bot.services.export.formats.xlsx.sheets import Head, Rows

Plain = tuple[Sequence[Head], Sequence[Sequence[str]]]
_MADE = datetime(1980, 1, 1, tzinfo=UTC)
_LOOKS: Mapping[Style, Mapping[str, object]] = {
    Style.HEAD: {"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "valign": "vcenter"},
    Style.TEXT: {"text_wrap": True, "valign": "top"},
    Style.QUOTED: {"text_wrap": True, "valign": "top", "quote_prefix": True},
    Style.NUMBER: {"valign": "top", "align": "right", "indent": 1},
    Style.DAY: {"valign": "top", "num_format": "yyyy-mm-dd", "align": "left", "indent": 1},
}
_A3, _PRINTED = 8, 60
_END = b"</sheetData>"
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')


def around(
    grown: Mapping[str, tuple[Sequence[Head], Rows]], plain: Mapping[str, Plain]
) -> Iterator[tuple[str, Rows | bytes]]:
    """Files of a workbook with these sheets, by title."""
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
