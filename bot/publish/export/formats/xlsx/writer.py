"""The workbook around the sheets: formats, headings, descriptions of columns and lists of codes."""

import io
import re
import zipfile
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import xlsxwriter  # type: ignore[import-untyped] # untyped
from xlsxwriter.format import Format  # type: ignore[import-untyped] # untyped
from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped] # untyped
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped] # untyped

from bot.form.model import Question
from bot.languages import exported_codes, name_of
from bot.publish.export.cells import ExportTable, Record, labels_in, shown
from bot.publish.export.column_values import ExportColumn, ExportValue
from bot.publish.export.columns import origins
from bot.publish.export.formats.writing import ExportFacts, Writer, texts, zipped
from bot.publish.export.formats.xlsx import sheets
from bot.publish.export.formats.xlsx.sheets import ID, INSTANCE, OF_WORKBOOK, Head, Rows, Style, TableSheet

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

_WIDTHS = {
    "sheet": 14, "name": 32, "type": 10, "several": 9, "list": 22, "privacy": 12, "how": 50, "code": 28,
}  # fmt: skip
_WIDTH = 34


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
        said = [f"{heading} ({name_of(language)})" for heading in headings]
        yield [sheet, name, *said, "label", several, column.codes, *where]


def _heading(column: ExportColumn, language: str) -> str:
    if column.how == OF_WORKBOOK:
        name = "label" if column.name.startswith("label_") else column.name
        return texts().text(language, f"export.workbook.{name}")
    return column.heading(texts(), language)


def codes(table: ExportTable) -> Plain:
    said = _in_languages(table)
    lists = table.labels.items()
    rows = [[name, code, *(one[code] for one in said[name])] for name, codes in lists for code in codes]
    return _headed(["list", "code", *(f"label_{language}" for language in exported_codes())]), rows


def _in_languages(table: ExportTable) -> Mapping[str, Sequence[Mapping[str, str]]]:
    return {
        name: [labels_in(labels, language) for language in exported_codes()]
        for name, labels in table.labels.items()
    }


def _headed(names: Sequence[str]) -> Sequence[Head]:
    return [(name, _WIDTHS.get(name, _WIDTH)) for name in names]


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
        self._said = _in_languages(table)
        self._lists = TableSheet("lists", sheets.LIST_COLUMNS, labels)
        self._continued = TableSheet("continued", sheets.CONTINUED_COLUMNS, labels, _HEIGHT)

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
        said = self._said.get(column.codes, [{}] * len(exported_codes()))
        for instance, values in lists:
            for position, one in enumerate(values or (), 1):
                labels = (labels.get(one, "") for labels in said)
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
