"""Choice lists: of the sheet `choices`, and of files beside the form."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.form.model import Choice, Text
from bot.form.xlsform.sheets import (
    ANY,
    FormError,
    NumberedRow,
    Problem,
    csv_rows,
    language_code,
    refused,
    repeated,
)

if TYPE_CHECKING:  # they need pyxform, which the lists of the program's own forms do not
    from bot.form.xlsform.columns import Branch, Line
    from bot.form.xlsform.translations import Translations

OTHER = "other"
_OTHER_LABEL = "Other"


@dataclass(slots=True)
class Choices:
    """Choice lists of one form. `folder` holds its CSV files, `lines` are the rows of its sheet by list."""

    folder: Path
    lines: Mapping[str, Sequence["Line"]]
    translations: "Translations"
    _read: dict[str, tuple[Choice, ...]] = field(default_factory=dict)

    def of(self, branch: "Branch") -> tuple[Choice, ...]:
        name = branch.type.list_name
        if name not in self._read:
            self._read[name] = self._of_list(branch, name)
        choices = self._read[name]
        if branch.type.has_other and all(choice.name != OTHER for choice in choices):
            choices += (Choice(OTHER, dict.fromkeys(self.translations.languages, _OTHER_LABEL)),)
        return choices

    def _of_list(self, branch: "Branch", name: str) -> tuple[Choice, ...]:
        if name in self.lines:
            return tuple(map(self._choice, self.lines[name]))
        return self._file(branch, name) if "." in name else ()

    def _choice(self, line: "Line") -> Choice:
        name = line.cells["name"]
        label = self.translations.text(line, "label")
        if not label:
            if not self.translations.media(line):
                line.warn("label", f"`{name}` has no label.", "Its name is shown.")
            label = dict.fromkeys(self.translations.languages, name)
        return Choice(name, label, line.others, media=self.translations.media(line))

    def _file(self, branch: "Branch", name: str) -> tuple[Choice, ...]:
        if Path(name).name != name or not name.lower().endswith(".csv"):
            what, fix = f"`{name}` cannot be read.", "Name a CSV file that stands beside the form."
            branch.line.report("type", what, fix)
            return ()
        problems = branch.line.findings.problems
        try:
            choices = read_list(self.folder / name)
        except FormError as error:
            problems.extend(error.problems)
            return ()
        if not choices:
            problems.append(Problem(name, None, "", "The list has no choices.", "Add a row for each."))
        return tuple(replace(one, label=self._in_all(name, one.label)) for one in choices)

    def _in_all(self, name: str, label: Text) -> Text:
        """A label of a file in the languages of the form."""
        languages = self.translations.languages
        if ANY in label:
            return dict.fromkeys(languages, label[ANY])
        for code in (code for code in languages if code not in label):
            what, column = f"There is no label in `{code}`.", f"label::… ({code})"
            warning = Problem(name, 1, column, what, "Another language's is shown.")
            if warning not in self.translations.findings.warnings:
                self.translations.findings.warnings.append(warning)
        instead = label.get(self.translations.default) or next(iter(label.values()))
        return {**label, **{code: instead for code in languages if code not in label}}


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
        lines = csv_rows(path)
    except FileNotFoundError:
        fix = "Put it there, or correct its name."
        raise refused(path, path.name, "There is no such file.", fix) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        what = f"The list cannot be read ({error})."
        raise refused(path, path.name, what, "Save it as UTF-8 CSV.") from error
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
    problems += repeated(path.name, 1, header)
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
    return problems
