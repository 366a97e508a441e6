"""Raw cells of an XLSForm with their rows. Reports surplus cells and equal headers, which pyxform drops
silently."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.form.xlsform.problems import FormError, Problem


@dataclass(frozen=True, slots=True)
class Row:
    """Non-empty cells of a row by header. `number` is the row of a spreadsheet or the line of a text file."""

    number: int
    cells: Mapping[str, str]


@dataclass(slots=True)
class Sheet:
    name: str
    header: tuple[str, ...] = ()
    header_row: int = 1
    rows: list[Row] = field(default_factory=list)


Sheets = dict[str, Sheet]


def read(path: Path, problems: list[Problem]) -> Sheets:
    """Read an `.xlsx`, `.md` or `.csv` form. Errors in rows go to `problems`. Raises FormError if the file
    cannot be read at all."""
    try:
        match path.suffix.lower():
            case ".xlsx":
                return _workbook(path)
            case ".md":
                return _gathered(_markdown(path.read_text("utf-8"), problems), problems)
            case ".csv":
                return _gathered(_csv(path), problems)
    except (OSError, UnicodeDecodeError, csv.Error, _WorkbookError) as error:
        problem = Problem("file", None, "", f"It cannot be read ({error}).", "Save it again as .xlsx or .md.")
        raise FormError(path.name, (problem,)) from error
    problem = Problem("file", None, "", f"`{path.suffix}` is not a form.", "Use .xlsx, .md or .csv.")
    raise FormError(path.name, (problem,))


class _WorkbookError(Exception):
    """Unreadable workbook."""


def _workbook(path: Path) -> Sheets:
    from pyxform.errors import PyXFormError  # type: ignore[import-untyped] # noqa: PLC0415 - it takes half of a start
    from pyxform.xls2json_backends import xlsx_to_dict  # type: ignore[import-untyped] # noqa: PLC0415 - the same

    try:
        book = xlsx_to_dict(str(path))
    except PyXFormError as error:
        raise _WorkbookError(str(error)) from error
    sheets: Sheets = {}
    for name in (key for key in book if f"{key}_header" in book):
        header = book[f"{name}_header"]
        sheet = Sheet(name, tuple(header[0]) if header else ())
        for number, cells in enumerate(book[name], 2):
            kept = {column: str(cell).strip() for column, cell in cells.items() if cell is not None}
            if any(kept.values()):
                sheet.rows.append(Row(number, {column: cell for column, cell in kept.items() if cell}))
        sheets[name] = sheet
    return sheets


_Line = tuple[int, str, list[str]]

_COMMENT_AFTER = re.compile(r"^(.*\|)\s*#[^|]*$")
_SEPARATOR = re.compile(r"^[|-]+$")
_PIPE = re.compile(r"(?<!\\)\|")


def _markdown(text: str, problems: list[Problem]) -> Iterator[_Line]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        table = _COMMENT_AFTER.sub(r"\1", line).strip()
        if not table.startswith("|") or _SEPARATOR.match(table):
            continue
        if not table.endswith("|"):
            fix = "End it so, or pyxform loses its last cell."
            problems.append(Problem("file", number, "", "The row does not end with `|`.", fix))
        if not table.strip("|-: "):
            fix = "Write the line under a header as `|---|---|`, without spaces."
            problems.append(Problem("file", number, "", "The row would start a sheet.", fix))
            continue
        cells = [cell.strip().replace(r"\|", "|") for cell in _PIPE.split(table.removesuffix("|")[1:])]
        yield number, cells[0], cells[1:]


def _csv(path: Path) -> Iterator[_Line]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        for cells in reader:
            if any(cells):
                yield reader.line_num, cells[0].strip(), [cell.strip() for cell in cells[1:]]


def _gathered(lines: Iterable[_Line], problems: list[Problem]) -> Sheets:
    sheets: Sheets = {}
    sheet: Sheet | None = None
    for number, name, cells in lines:
        if name:
            sheet = sheets.setdefault(name.lower(), Sheet(name.lower()))
        if sheet is None or not any(cells):
            continue
        if not sheet.header:
            sheet.header, sheet.header_row = _header(cells), number
            _check_header(sheet, problems)
        else:
            sheet.rows.append(_row(sheet, number, cells, problems))
    return sheets


def _header(cells: list[str]) -> tuple[str, ...]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return tuple(cells)


def _check_header(sheet: Sheet, problems: list[Problem]) -> None:
    for column in dict.fromkeys(sheet.header):
        if column and sheet.header.count(column) > 1:
            what, fix = "The column appears twice.", "Keep one of them."
            problems.append(Problem(sheet.name, sheet.header_row, column, what, fix))


def _row(sheet: Sheet, number: int, cells: list[str], problems: list[Problem]) -> Row:
    surplus = [cell for cell in cells[len(sheet.header) :] if cell]
    if surplus:
        what = f"The row has more cells than the header, from `{surplus[0]}` on."
        fix = r"Write a `|` inside a text as `\|`; in .csv put a text with commas between double quotes."
        problems.append(Problem(sheet.name, number, "", what, fix))
    pairs = zip(sheet.header, cells, strict=False)
    return Row(number, {column: cell for column, cell in pairs if column and cell})
