"""Code lists as CSV files: the choices of `select_one_from_file` and the code lists of exports.

Columns follow XLSForm: `name`, `label` or `label::Language (code)`, and any others.
"""

import csv
import re
from pathlib import Path

from bot.form.model import Choice
from bot.form.xlsform.problems import ANSWER_INSIDE, FormError, Problem

ANY = ""
"""Language of a label for every language of the form."""

NumberedRow = tuple[int, list[str]]
_LANGUAGE = re.compile(r".*\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\)\s*")


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
    problems: list[Problem] = []
    choices = _choices(path, read_lines(path), problems)
    if problems:
        raise FormError(path.name, tuple(problems))
    return choices


def read_lines(path: Path) -> list[NumberedRow]:
    """Read the non-empty rows of a UTF-8 CSV file, each with the number of its last line. Raises FormError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            return [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    except FileNotFoundError:
        problem = Problem(path.name, None, "", "There is no such file.", "Put it there, or correct its name.")
        raise FormError(path.name, (problem,)) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problem = Problem(path.name, None, "", f"The list cannot be read ({error}).", "Save it as UTF-8 CSV.")
        raise FormError(path.name, (problem,)) from error


def _choices(path: Path, lines: list[NumberedRow], problems: list[Problem]) -> tuple[Choice, ...]:
    header = lines[0][1] if lines else []
    languages = languages_of(path, header, "label", problems)
    if problems:
        return ()
    seen: set[str] = set()
    choices = []
    for number, cells in lines[1:]:
        row = dict(zip(header, cells, strict=False))
        problems.extend(row_problems(path.name, (number, cells), header, list(languages)))
        name = row.get("name", "")
        if name in seen:
            fix = "Give each choice its own code."
            problems.append(Problem(path.name, number, "name", f"`{name}` appears twice.", fix))
        seen.add(name)
        label = {code: row.get(column, "") for column, code in languages.items()}
        known = {"name", "label", *languages}
        columns = {column: cell for column, cell in row.items() if column and column not in known}
        choices.append(Choice(name, label, columns))
    return tuple(choices)


def languages_of(path: Path, header: list[str], text: str, problems: list[Problem]) -> dict[str, str]:
    """Language codes by column of a text (`label::English (en)`). A plain `label` counts only if no column
    names a language."""
    languages = {}
    for column in header:
        if header.count(column) > 1 and column:
            problems.append(Problem(path.name, 1, column, "The column appears twice.", "Keep one of them."))
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


def row_problems(sheet: str, line: NumberedRow, header: list[str], required: list[str]) -> list[Problem]:
    number, cells = line
    problems = []
    if any(cells[len(header) :]):
        fix = 'Put a text with commas between double quotes ("…").'
        problems.append(Problem(sheet, number, "", "The row has more cells than the header.", fix))
    row = dict(zip(header, cells, strict=False))
    if len(row.get("name", "").split()) != 1:
        fix = "Give the choice a code without spaces."
        problems.append(Problem(sheet, number, "name", f"`{row.get('name', '')}` is not a valid code.", fix))
    problems.extend(
        Problem(sheet, number, column, f"`{row.get('name', '')}` has no label here.", "Write one.")
        for column in required
        if not row.get(column)
    )
    problems.extend(
        Problem(sheet, number, column, *ANSWER_INSIDE) for column in required if "${" in row.get(column, "")
    )
    return problems
