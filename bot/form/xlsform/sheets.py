"""Raw cells of an XLSForm with their rows. Keeps what pyxform loses: the lines of text files, surplus cells and
equal headers."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

MOST_BYTES = 50_000_000
"""Largest file, and the largest workbook when unpacked."""

MOST_CHARACTERS = 30_000_000
"""A workbook may repeat one long text in millions of cells."""

ANY = ""
"""Language of a label for every language of the form."""

NumberedRow = tuple[int, list[str]]
_Line = tuple[int, str, list[str]]

_COMMENT_AFTER = re.compile(r"^(.*\|)\s*#[^|]*$")
_SEPARATOR = re.compile(r"^[|-]+$")
_PIPE = re.compile(r"(?<!\\)\|")
_LANGUAGE = re.compile(r".*\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\)\s*")
_SHEETS = frozenset({"survey", "choices", "settings", "external_choices", "entities", "osm"})
_BLANK_ROWS = 60
"""Blank rows in a workbook before its end, as in pyxform."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem and its fix. `row` counts from 1 with the header, or is the line of a text file."""

    sheet: str
    row: int | None
    column: str
    what: str
    fix: str

    def __str__(self) -> str:
        row = "" if self.row is None else f", row {self.row}"
        column = f", column {self.column}" if self.column else ""
        return f"{self.sheet}{row}{column}: {self.what} {self.fix}".rstrip()


class FormError(Exception):
    """Unusable form or list, with all its problems."""

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(source, problems)
        self.source = source
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join([f"{self.source}:", *(f"  {problem}" for problem in self.problems)])


@dataclass(slots=True)
class Findings:
    """Problems, which refuse a form, and warnings, which do not."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def refuse(self, sheet: str, row: int | None, column: str, what: str, fix: str = "") -> None:
        self.problems.append(Problem(sheet, row, column, what, fix))

    def warn(self, sheet: str, row: int | None, column: str, what: str, fix: str = "") -> None:
        self.warnings.append(Problem(sheet, row, column, what, fix))


@dataclass(frozen=True, slots=True)
class SheetRow:
    """Non-empty cells of a row by header. `number` is the row of a spreadsheet or the line of a text file."""

    number: int
    cells: Mapping[str, str]


@dataclass(slots=True)
class FormSheet:
    name: str
    header: tuple[str, ...] = ()
    header_row: int = 1
    rows: list[SheetRow] = field(default_factory=list)


def read(path: Path, findings: Findings) -> dict[str, FormSheet]:
    """Read the sheets of an `.xlsx`, `.xls`, `.csv` or `.md` form. Raises FormError if it cannot be read at all."""
    try:
        _check_size(path.stat().st_size)
        lines = _lines(path, findings.problems)
        in_text = path.suffix.lower() in {".md", ".csv"}
        sheets = _gathered(_bounded(lines), findings.problems if in_text else findings.warnings, in_text)
    except FormError:
        raise
    except Exception as error:
        what = f"It cannot be read ({error})."
        raise refused(path, "file", what, "Save it again as .xlsx or .md.") from error
    for spaced in [one for one in sheets if one != one.strip()]:
        sheets[spaced.strip()] = sheet = sheets.pop(spaced)
        sheet.name = spaced.strip()
        if len(sheets) > 1 and sheet.name in {"survey", "choices"}:
            what = "The name of the sheet has spaces around it."
            findings.refuse(sheet.name, None, "", what, "Take them away.")
    for sheet in sheets.values():
        findings.problems += repeated(sheet.name, sheet.header_row, sheet.header)
    if len(sheets) == 1 and not _SHEETS & sheets.keys():
        (only,) = sheets.values()
        only.name = "survey"
        return {"survey": only}
    return sheets


def _lines(path: Path, problems: list[Problem]) -> Iterable[_Line]:
    match path.suffix.lower():
        case ".xlsx" | ".xlsm" | ".xls":
            with path.open("rb") as file:
                is_zip = file.read(2) == b"PK"
            return _xlsx(path) if is_zip else _xls(path)
        case ".md":
            return _markdown(path.read_text("utf-8"), problems)
        case ".csv":
            return ((number, row[0], row[1:]) for number, row in csv_rows(path.read_bytes()))
    raise refused(
        path, "file", f"`{path.suffix or path.name}` is not a form.", "Use .xlsx, .xls, .md, .csv or .zip."
    )


def refused(path: Path, sheet: str, what: str, fix: str) -> FormError:
    return FormError(path.name, (Problem(sheet, None, "", what, fix),))


def _check_size(size: int) -> None:
    if not size:
        raise ValueError("it is empty")
    if size > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES // 1_000_000} MB, perhaps when unpacked")


def _bounded(lines: Iterable[_Line]) -> Iterator[_Line]:
    characters = 0
    for line in lines:
        characters += sum(map(len, line[2]))
        if characters > MOST_CHARACTERS:
            raise ValueError(f"it has more than {MOST_CHARACTERS} characters")
        yield line


def _xlsx(path: Path) -> Iterator[_Line]:
    content = path.read_bytes()
    with ZipFile(BytesIO(content)) as archive:
        _check_size(sum(one.file_size for one in archive.infolist()))
    from openpyxl import load_workbook  # type: ignore[import-untyped] # noqa: PLC0415 - our own forms need none
    from pyxform.xls2json_backends import xlsx_value_to_str  # type: ignore[import-untyped] # noqa: PLC0415 - it takes half of a start

    book = load_workbook(BytesIO(content), read_only=True, data_only=True)  # by a path it looks at the suffix
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            rows = (
                [_cell(value, xlsx_value_to_str) for value in row]
                for row in sheet.iter_rows(values_only=True)
            )
            yield from _sheet_lines(sheet.title, rows)
    finally:
        book.close()


def _xls(path: Path) -> Iterator[_Line]:
    from pyxform.xls2json_backends import xls_value_to_unicode  # noqa: PLC0415 - the same
    from xlrd import open_workbook  # type: ignore[import-untyped] # noqa: PLC0415 - the same

    book = open_workbook(file_contents=path.read_bytes(), logfile=StringIO(), on_demand=True)
    for sheet in book.sheets():
        cells = map(sheet.row, range(sheet.nrows))
        rows = (
            [
                _cell(one.value, partial(xls_value_to_unicode, value_type=one.ctype, datemode=book.datemode))
                for one in row
            ]
            for row in cells
        )
        yield from _sheet_lines(sheet.name, rows)


def _cell(value: object, text: Callable[[object], str]) -> str:
    return "" if value is None or value == "" else text(value).strip()


def _sheet_lines(name: str, rows: Iterable[list[str]]) -> Iterator[_Line]:
    """Rows of a sheet up to a run of blank ones."""
    blank = 0
    for number, cells in enumerate(rows, 1):
        yield number, name if number == 1 else "", cells
        blank = 0 if any(cells) else blank + 1
        if blank > _BLANK_ROWS:
            break


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


def csv_rows(data: bytes) -> Iterator[NumberedRow]:
    """Rows of a UTF-8 CSV file that are not blank. Codes repeat in thousands of them: each is kept once."""
    reader, known = csv.reader(StringIO(data.decode("utf-8-sig"), newline="")), dict[str, str]()
    filled = ((reader.line_num, row) for row in reader if any(row))
    return ((number, [known.setdefault(one, one) for one in map(str.strip, row)]) for number, row in filled)


def _gathered(lines: Iterable[_Line], surplus: list[Problem], in_text: bool) -> dict[str, FormSheet]:
    """Rows by sheet. A surplus cell is a problem in a text, where it has moved the others."""
    sheets: dict[str, FormSheet] = {}
    sheet: FormSheet | None = None
    for number, name, cells in lines:
        if name:
            sheet = sheets.setdefault(name.lower(), FormSheet(name.lower()))
        if sheet is None or not any(cells):
            continue
        if not sheet.header:
            last = max(place for place, cell in enumerate(cells, 1) if cell)
            sheet.header, sheet.header_row = tuple(" ".join(cell.split()) for cell in cells[:last]), number
            continue
        if any(over := cells[len(sheet.header) :]):
            surplus.append(_surplus(sheet.name, number, next(filter(None, over)), in_text))
        pairs = zip(sheet.header, cells, strict=False)
        sheet.rows.append(SheetRow(number, {column: cell for column, cell in pairs if column and cell}))
    return sheets


def _surplus(sheet: str, number: int, cell: str, in_text: bool) -> Problem:
    what = f"The row has more cells than the header, from `{cell[:50]}` on."
    fix = r"Write a `|` inside a text as `\|`; in .csv put a text with commas between double quotes."
    return Problem(sheet, number, "", what, fix if in_text else "They are ignored.")


def repeated(sheet: str, row: int, header: Sequence[str]) -> list[Problem]:
    twice = dict.fromkeys(column for column in header if column and header.count(column) > 1)
    return [Problem(sheet, row, one, "The column appears twice.", "Keep one of them.") for one in twice]


def language_code(name: str) -> str | None:
    """Code of a language in XLSForm's spelling: `kk` in `Қазақша (kk)`."""
    found = _LANGUAGE.fullmatch(name)
    return found[1].lower() if found else None
