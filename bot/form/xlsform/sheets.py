"""Raw cells of an XLSForm, and of the CSV, GeoJSON and XML files beside it, with their rows. Keeps what pyxform
loses: the lines of text files, surplus cells and equal headers."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from bot.form.model import Choice

MOST_BYTES = 50_000_000
"""Largest file, and the largest workbook when unpacked."""

MOST_CHARACTERS = 30_000_000
"""A workbook may repeat one long text in millions of cells."""

ANY = ""
"""Language of a label for every language of the form."""

_MOST_LIST_BYTES, _MOST_ROWS = 20_000_000, 100_000
"""Of a file beside the form."""

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


@dataclass(slots=True)
class FormSheet:
    """`rows` are non-empty cells by header, each with the row of a spreadsheet or the line of a text file."""

    name: str
    header: tuple[str, ...] = ()
    header_row: int = 1
    rows: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)


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
            content = path.read_bytes()
            return _xlsx(content) if content.startswith(b"PK") else _xls(content)
        case ".md":
            return _markdown(path.read_text("utf-8"), problems)
        case ".csv":
            return ((number, row[0], row[1:]) for number, row in csv_rows(path.read_bytes()))
    what = f"`{path.suffix or path.name}` is not a form."
    raise refused(path, "file", what, "Use .xlsx, .xls, .md, .csv or .zip.")


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


def _xlsx(content: bytes) -> Iterator[_Line]:
    with ZipFile(BytesIO(content)) as archive:
        _check_size(sum(one.file_size for one in archive.infolist()))
    from openpyxl import load_workbook  # type: ignore[import-untyped] # noqa: PLC0415 - our own forms need none
    from pyxform.xls2json_backends import xlsx_value_to_str as text  # type: ignore[import-untyped] # noqa: PLC0415 - it takes half of a start

    with closing(load_workbook(BytesIO(content), read_only=True, data_only=True)) as book:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            rows = sheet.iter_rows(values_only=True)
            cells = (["" if value is None else text(value).strip() for value in row] for row in rows)
            yield from _sheet_lines(sheet.title, cells)


def _xls(content: bytes) -> Iterator[_Line]:
    from pyxform.xls2json_backends import xls_value_to_unicode as text  # noqa: PLC0415 - the same
    from xlrd import open_workbook  # type: ignore[import-untyped] # noqa: PLC0415 - the same

    book = open_workbook(file_contents=content, logfile=StringIO(), on_demand=True)
    for sheet in book.sheets():
        rows = sheet.get_rows()
        cells = ([text(one.value, one.ctype, book.datemode).strip() for one in row] for row in rows)
        yield from _sheet_lines(sheet.name, cells)


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
        if over := next(filter(None, cells[len(sheet.header) :]), ""):
            what = f"The row has more cells than the header, from `{over[:50]}` on."
            fix = r"Write a `|` inside a text as `\|`; in .csv put a text with commas between double quotes."
            surplus.append(Problem(sheet.name, number, "", what, fix if in_text else "They are ignored."))
        pairs = zip(sheet.header, cells, strict=False)
        sheet.rows.append((number, {column: cell for column, cell in pairs if column and cell}))
    return sheets


def repeated(sheet: str, row: int, header: Sequence[str]) -> list[Problem]:
    twice = dict.fromkeys(column for column in header if column and header.count(column) > 1)
    return [Problem(sheet, row, one, "The column appears twice.", "Keep one of them.") for one in twice]


def language_code(name: str) -> str | None:
    """Code of a language in XLSForm's spelling: `kk` in `Қазақша (kk)`."""
    found = _LANGUAGE.fullmatch(name)
    return found[1].lower() if found else None


# Lists


def read_list(path: Path) -> tuple[Choice, ...]:
    """Read the choices of a file, with labels by language code, or a plain one under ANY, and other columns. Raises
    FormError with row and column."""
    rows, languages = read_rows(path, "label", "Give each choice its own code.", needs_text=True)
    choices = []
    for _, row in rows:
        label = {code: row.pop(column) for column, code in languages.items()}
        name = row.pop("name")
        columns = {column: cell for column, cell in row.items() if column not in {"", "label"}}
        choices.append(Choice(name, label, columns))
    return tuple(choices)


def read_rows(
    path: Path, text: str, twice: str, *, needs_text: bool, name: str = "name"
) -> tuple[list[tuple[int, dict[str, str]]], dict[str, str]]:
    """Read the numbered rows of a file by column, and the language codes by column of a text (`label::English (en)`),
    ANY of a plain one. `name` is the column of codes, and `twice` the fix for equal ones; blank, it allows them, and
    spaces in them. Raises FormError with all problems."""
    (_, header), *lines = lines_of(path) or [(0, [])]
    codes = {column: language_code(column) for column in header if column.startswith(f"{text}::")}
    languages = codes or {text: ANY}
    problems = list(_header_problems(path.name, header, name, languages))

    def report(row: int, column: str, what: str, fix: str) -> None:
        problems.append(Problem(path.name, row, column, what, fix))

    rows, seen = list[tuple[int, dict[str, str]]](), set[str]()
    for number, cells in () if problems else lines:
        row = {name: "", **dict(zip(header, cells, strict=False))}
        code = row[name]
        if any(cells[len(header) :]):
            fix = 'Put a text with commas between double quotes ("…").'
            report(number, "", "The row has more cells than the header.", fix)
        if len((code if twice else code.replace(" ", "_")).split()) != 1:
            report(number, name, f"`{code}` is not a valid code.", "Give the choice a code without spaces.")
        if code in seen and twice:
            report(number, name, f"`{code}` appears twice.", twice)
        for column in (column for column in languages if needs_text and not row.get(column)):
            report(number, column, f"`{code}` has no label here.", "Write one.")
        seen.add(code)
        rows.append((number, row))
    if problems:
        raise FormError(path.name, tuple(problems))
    return rows, {column: code or ANY for column, code in languages.items()}


def _header_problems(
    file: str, header: list[str], name: str, languages: Mapping[str, str | None]
) -> Iterator[Problem]:
    yield from repeated(file, 1, header)
    for column in {name: "", **languages}:
        if column not in header:
            what = f"column `{column}`" if column == name else column
            yield Problem(file, 1, column, f"There is no {what}.", f"Add a column `{column}`.")
        elif languages.get(column, "") is None:
            fix = f"Write it as `{column.partition('::')[0]}::English (en)`."
            yield Problem(file, 1, column, "The language has no code.", fix)


def lines_of(path: Path) -> list[NumberedRow]:
    """Read the header and numbered rows of a CSV file, features of a GeoJSON file or items of an XML file. Raises
    FormError if it cannot be read."""
    try:
        return _bounded_lines(path)
    except FileNotFoundError:
        fix = "Put it there, or correct its name."
        raise refused(path, path.name, "There is no such file.", fix) from None
    except (OSError, ValueError, csv.Error, ParseError, RecursionError) as error:
        what = f"The list cannot be read ({error})."
        raise refused(path, path.name, what, "Save it as UTF-8 CSV.") from error


def _bounded_lines(path: Path) -> list[NumberedRow]:
    with path.open("rb") as file:
        data = file.read(_MOST_LIST_BYTES + 1)
    if len(data) > _MOST_LIST_BYTES:
        raise ValueError(f"it has more than {_MOST_LIST_BYTES // 1_000_000} MB")
    if (read := _READERS.get(path.suffix.lower())) is None:
        raise ValueError("it is no .csv, .geojson or .xml")
    if len(lines := read(data)) > _MOST_ROWS + 1:
        raise ValueError(f"it has more than {_MOST_ROWS:,} rows")
    return lines


def _features(data: bytes) -> list[NumberedRow]:
    found = json.loads(data)
    features = found.get("features") if isinstance(found, dict) else None
    if not isinstance(features, list):
        raise ValueError("it is no FeatureCollection")  # noqa: TRY004 - of the file, not of the program
    rows = []
    for number, one in enumerate(features, 1):
        try:
            row = {**(one.get("properties") or {}), **({"id": one["id"]} if "id" in one else {})}
        except (AttributeError, TypeError):
            raise ValueError(f"feature {number} is none") from None
        rows.append({**row, "geometry": _trace(one.get("geometry"), number)})
    return _as_lines([{name: _plain(value) for name, value in row.items()} for row in rows])


def _plain(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.strip()


def _trace(geometry: Any, number: int) -> str:
    """A point or line as ODK writes it, a polygon by its outer ring."""
    if geometry is None:
        return ""
    try:
        points = geometry["coordinates"]
        points = {"Point": [points], "LineString": points, "Polygon": points[0]}[geometry["type"]]
        return "; ".join(f"{float(north)} {float(east)} 0 0" for east, north, *_ in points)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        raise ValueError(f"the geometry of feature {number} is no Point, LineString or Polygon") from None


def _items(data: bytes) -> list[NumberedRow]:
    root = fromstring(data)
    if root.tag != "root":
        raise ValueError("its outermost element is not `root`")
    return _as_lines([{cell.tag: (cell.text or "").strip() for cell in item} for item in root.iter("item")])


def _as_lines(rows: Sequence[Mapping[str, str]]) -> list[NumberedRow]:
    header = list(dict.fromkeys(name for row in rows for name in row))
    return [(0, header), *((at, [row.get(name, "") for name in header]) for at, row in enumerate(rows, 1))]


_READERS = {
    ".csv": lambda data: list(islice(csv_rows(data), _MOST_ROWS + 2)),
    ".geojson": _features,
    ".xml": _items,
}
