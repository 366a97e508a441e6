"""Raw cells of an XLSForm with their rows. Reports surplus cells and equal headers, which pyxform drops
silently."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.form.model import Choice

ANSWER_INSIDE = ("A chat cannot show an answer inside a text yet.", "Write it without ${…}.")

_Line = tuple[int, str, list[str]]

_COMMENT_AFTER = re.compile(r"^(.*\|)\s*#[^|]*$")
_SEPARATOR = re.compile(r"^[|-]+$")
_PIPE = re.compile(r"(?<!\\)\|")

ANY = ""
"""Language of a label for every language of the form."""

NumberedRow = tuple[int, list[str]]
_LANGUAGE = re.compile(r".*\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\)\s*")


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


def read(path: Path, problems: list[Problem]) -> dict[str, FormSheet]:
    """Read an `.xlsx`, `.md` or `.csv` form. Errors in rows go to `problems`. Raises FormError if the file
    cannot be read at all."""
    try:
        match path.suffix.lower():
            case ".xlsx":
                return _workbook(path)
            case ".md":
                return _gathered(_markdown(path.read_text("utf-8"), problems), problems)
            case ".csv":
                rows = _csv_rows(path)
                return _gathered(((number, row[0], row[1:]) for number, row in rows), problems)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, error) from error
    raise _refused(path, "file", f"`{path.suffix}` is not a form.", "Use .xlsx, .md or .csv.")


def _unreadable(path: Path, error: Exception) -> FormError:
    return _refused(path, "file", f"It cannot be read ({error}).", "Save it again as .xlsx or .md.")


def _refused(path: Path, sheet: str, what: str, fix: str) -> FormError:
    return FormError(path.name, (Problem(sheet, None, "", what, fix),))


def _workbook(path: Path) -> dict[str, FormSheet]:
    from pyxform.errors import PyXFormError  # type: ignore[import-untyped] # noqa: PLC0415 - it takes half of a start
    from pyxform.xls2json_backends import xlsx_to_dict  # type: ignore[import-untyped] # noqa: PLC0415 - the same

    try:
        book = xlsx_to_dict(str(path))
    except PyXFormError as error:
        raise _unreadable(path, error) from error
    sheets: dict[str, FormSheet] = {}
    for name in (key for key in book if f"{key}_header" in book):
        header = book[f"{name}_header"]
        sheet = FormSheet(name, tuple(header[0]) if header else ())
        for number, cells in enumerate(book[name], 2):
            kept = {column: str(cell).strip() for column, cell in cells.items() if cell is not None}
            if any(kept.values()):
                sheet.rows.append(SheetRow(number, {column: cell for column, cell in kept.items() if cell}))
        sheets[name] = sheet
    return sheets


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


def _csv_rows(path: Path) -> list[NumberedRow]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        return [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]


def _gathered(lines: Iterable[_Line], problems: list[Problem]) -> dict[str, FormSheet]:
    sheets: dict[str, FormSheet] = {}
    sheet: FormSheet | None = None
    for number, name, cells in lines:
        if name:
            sheet = sheets.setdefault(name.lower(), FormSheet(name.lower()))
        if sheet is None or not any(cells):
            continue
        if not sheet.header:
            last = max(place for place, cell in enumerate(cells, 1) if cell)
            sheet.header, sheet.header_row = tuple(cells[:last]), number
            problems += _repeated(sheet.name, number, sheet.header)
        else:
            sheet.rows.append(_row(sheet, number, cells, problems))
    return sheets


def _repeated(sheet: str, row: int, header: Sequence[str]) -> list[Problem]:
    twice = dict.fromkeys(column for column in header if column and header.count(column) > 1)
    return [Problem(sheet, row, one, "The column appears twice.", "Keep one of them.") for one in twice]


def _row(sheet: FormSheet, number: int, cells: list[str], problems: list[Problem]) -> SheetRow:
    surplus = [cell for cell in cells[len(sheet.header) :] if cell]
    if surplus:
        what = f"The row has more cells than the header, from `{surplus[0]}` on."
        fix = r"Write a `|` inside a text as `\|`; in .csv put a text with commas between double quotes."
        problems.append(Problem(sheet.name, number, "", what, fix))
    pairs = zip(sheet.header, cells, strict=False)
    return SheetRow(number, {column: cell for column, cell in pairs if column and cell})


def language_code(name: str) -> str | None:
    """Code of a language in XLSForm's spelling: `kk` in `Қазақша (kk)`."""
    found = _LANGUAGE.fullmatch(name)
    return found[1].lower() if found else None


def read_list(path: Path) -> tuple[Choice, ...]:
    """Read the choices of a UTF-8 CSV file, with labels by language code and other columns in
    `Choice.columns`.

    A plain `label` is stored under ANY, unless any column names a language. Raises FormError, with row and
    column, for a missing file, header, name or label, a surplus cell or a repeated name.
    """
    problems, choices = list[Problem](), list[Choice]()
    lines, languages = table_of(path, "label", problems)
    known = {"name", "label", *languages}
    for row in rows_of(path, lines, list(languages), "Give each choice its own code.", problems):
        label = {code: row.get(column, "") for column, code in languages.items()}
        columns = {column: cell for column, cell in row.items() if column and column not in known}
        choices.append(Choice(row.get("name", ""), label, columns))
    if problems:
        raise FormError(path.name, tuple(problems))
    return tuple(choices)


def table_of(path: Path, text: str, problems: list[Problem]) -> tuple[list[NumberedRow], dict[str, str]]:
    """Read the non-empty rows of a UTF-8 CSV file, each with the number of its last line, and the language codes
    by column of a text (`label::English (en)`). A plain `label` counts only if no column names a language.

    Raises FormError if the file cannot be read. Problems of the header go to `problems`.
    """
    try:
        lines = _csv_rows(path)
    except FileNotFoundError:
        fix = "Put it there, or correct its name."
        raise _refused(path, path.name, "There is no such file.", fix) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        what = f"The list cannot be read ({error})."
        raise _refused(path, path.name, what, "Save it as UTF-8 CSV.") from error
    return lines, _languages_of(path, lines[0][1] if lines else [], text, problems)


def rows_of(
    path: Path, lines: list[NumberedRow], required: list[str], twice: str, problems: list[Problem]
) -> Iterator[dict[str, str]]:
    """Rows by column, unless the header has problems. Adds the problems of each. `twice`: what to do about
    equal names."""
    header, seen = lines[0][1] if lines else [], set[str]()
    for line in lines[1:] if not problems else ():
        row = dict(zip(header, line[1], strict=False))
        problems += _row_problems(path.name, line, header, required)
        name = row.get("name", "")
        if name in seen:
            problems.append(Problem(path.name, line[0], "name", f"`{name}` appears twice.", twice))
        seen.add(name)
        yield row


def _languages_of(path: Path, header: list[str], text: str, problems: list[Problem]) -> dict[str, str]:
    languages = {}
    problems += _repeated(path.name, 1, header)
    for column in header:
        if column.startswith(f"{text}::"):
            code = language_code(column)
            if code is None:
                fix = f"Write it as `{text}::English (en)`."
                problems.append(Problem(path.name, 1, column, "The language has no code.", fix))
            else:
                languages[column] = code
    if "name" not in header:
        problems.append(Problem(path.name, 1, "name", "There is no column `name`.", "Add it."))
    if not languages and text not in header:
        problems.append(Problem(path.name, 1, text, f"There is no {text}.", f"Add a column `{text}`."))
    return languages or {text: ANY}


def _row_problems(sheet: str, line: NumberedRow, header: list[str], required: list[str]) -> list[Problem]:
    number, cells = line
    problems = []
    if any(cells[len(header) :]):
        fix = 'Put a text with commas between double quotes ("…").'
        problems.append(Problem(sheet, number, "", "The row has more cells than the header.", fix))
    row = dict(zip(header, cells, strict=False))
    name = row.get("name", "")
    if len(name.split()) != 1:
        fix = "Give the choice a code without spaces."
        problems.append(Problem(sheet, number, "name", f"`{name}` is not a valid code.", fix))
    blank, filled = f"`{name}` has no label here.", [column for column in required if row.get(column)]
    problems += [Problem(sheet, number, one, blank, "Write one.") for one in required if one not in filled]
    return problems + [Problem(sheet, number, one, *ANSWER_INSIDE) for one in filled if "${" in row[one]]
