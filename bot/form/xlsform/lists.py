"""Choice lists and tables: of the sheets `choices` and `external_choices`, and of CSV, GeoJSON and XML files beside
the form."""

import csv
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from bot.form.model import Choice, Table, Text
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
from bot.languages import languages

if TYPE_CHECKING:  # they need pyxform, which the lists of the program's own forms do not
    from bot.form.xlsform.columns import Branch, Line, Translations

OTHER = "other"
FOLDED, STATIC = "._folded", "_static"
"""End of the name of a column in small letters, and column of choices that are always shown, for `search()`."""

_MOST_BYTES, _MOST_ROWS, _LONGEST_NAME = 20_000_000, 100_000, 200
_FOLD = str.maketrans({letter: letter.lower() for letter in map(chr, range(ord("A"), ord("Z") + 1))})
_SEARCH = re.compile(r"\bsearch\s*\((.*)\)", re.DOTALL)
_ARGUMENT = re.compile(r"(?:'[^']*'|\"[^\"]*\"|\([^()]*\)|\$\{[^}]*\}|[^,()'\"])+")


def search_of(line: "Line") -> tuple[str, ...]:
    """Arguments of a `search()` in an appearance: the file's name without its end, then those as written."""
    found = _SEARCH.search(line.cells.get("appearance", ""))
    file, *others = map(str.strip, _ARGUMENT.findall(found[1]) or [""]) if found else [""]
    return (file.strip("'\"").removesuffix(".csv"), *others) if found else ()


def report(line: "Line", column: str, error: FormError) -> None:
    """Refuse a cell whose file cannot be read, or the file's own cells."""
    for problem in error.problems:
        if problem.row is None:
            line.report(column, str(problem), "")
        else:
            line.findings.problems.append(problem)


@dataclass(slots=True)
class Choices:
    """Choice lists of one form. `lines` and `external` are the rows of its sheets by list, `files` the names of the
    files that it declares, by what `instance()` calls them."""

    path: Path
    lines: Mapping[str, Sequence["Line"]]
    external: Mapping[str, Sequence["Line"]]
    files: Mapping[str, str]
    translations: "Translations"
    tables: dict[str, Table] = field(default_factory=dict)
    """Tables that expressions name, by name."""
    missing: list[str] = field(default_factory=list)
    """Names of files that are not beside the form."""
    _read: dict[object, tuple[Choice, ...]] = field(default_factory=dict)

    def of(self, branch: "Branch", value: str = "", label: str = "") -> tuple[Choice, ...]:
        """Choices of a select, from these columns of a file. Empty if its list is missing or wrong."""
        name, is_external, search = branch.type.list_name, branch.type.is_external, search_of(branch.line)
        key = (name, is_external, value, label, search)
        if key not in self._read:
            lines = (self.external if is_external else self.lines).get(name, ())
            made = self._searched(branch.line, search, lines) if search else map(self._choice, lines)
            is_file = not lines and "." in name
            try:
                self._read[key] = tuple(self._file(branch.line, name, value, label) if is_file else made)
            except FormError as error:
                report(branch.line, "appearance" if search else "type", error)
                self._read[key] = ()
        choices = self._read[key]
        if choices and branch.type.has_other and all(choice.name != OTHER for choice in choices):
            choices += (Choice(OTHER, own_words("choices.other", self.translations.languages)),)
        return choices

    def _choice(self, line: "Line") -> Choice:
        name, label = line.cells["name"], self.translations.text(line, "label")
        media = self.translations.media(line)
        if not label:
            if not media:
                line.warn("label", f"`{name}` has no label.", "Its name is shown.")
            label = dict.fromkeys(self.translations.languages, name)
        return Choice(name, label, line.of("?"), media=media)

    def _file(self, line: "Line", name: str, value: str, label: str) -> Iterator[Choice]:
        if (path := self._beside(line, "type", name)) is None:
            return
        own = ("id", "title") if name.lower().endswith(".geojson") else ("name", "label")
        value, label = value or own[0], label or own[1]
        rows, languages = read_rows(path, label, "", needs_text=False, name=value)
        if not rows:
            line.report("type", f"{name}: The list has no choices.", "Add a row for each.")
        spoken, findings = self.translations.languages, self.translations.findings
        for code in spoken if ANY not in languages.values() else ():
            if code not in languages.values():
                what, column = f"There is no label in `{code}`.", f"label::… ({code})"
                findings.warn(name, 1, column, what, "Another language's is shown.")
        # A filter may read any column by its own name.
        known = {"", value, label, *languages} - ({value, label} - {"name", "label"})
        for _, row in rows:
            said = {code: row.get(column) or row[value] for column, code in languages.items()}
            instead = said.pop(ANY, "") or said.get(self.translations.default) or next(iter(said.values()))
            yield Choice(row[value], dict.fromkeys(spoken, instead) | said, _without(row, known))

    def _found(self, name: str) -> Path | None:
        """A file beside the form, or in the folder of its media; folders in its name do not count. Raises FormError if
        none can have the name."""
        plain = Path(name).name
        if plain.startswith(".") or not 0 < len(plain.encode(errors="replace")) <= _LONGEST_NAME:
            raise refused(self.path, plain[:50] or name, "It is not the name of a file.", "Correct it.")
        in_media = self.path.with_name(f"{self.path.stem}-media") / plain
        return next((one for one in (in_media, self.path.with_name(plain)) if one.is_file()), None)

    def _beside(self, line: "Line", column: str, name: str) -> Path | None:
        """As above. The first cell that needs a missing file tells it."""
        found, plain = self._found(name), Path(name).name
        if found is None and plain not in self.missing:
            self.missing.append(plain)
            line.warn(column, f"There is no file {plain}.", "Put it beside the form before it is used.")
        return found

    def _searched(self, line: "Line", search: Sequence[str], lines: Sequence["Line"]) -> Iterator[Choice]:
        """Choices of `search()`: the file's, whose columns the first row names, and those of other rows if their name
        is a number or they name no column."""
        if (table := self.table(line, "appearance", f"{search[0]}.csv")) is None:
            return
        folded, is_first = [argument.strip("'\"") for argument in search[2:3]], True
        for row in lines:
            choice, name = self._choice(row), row.cells["name"]
            labels = {code: re.split(r"[,\s]+", cell.strip(", ")) for code, cell in choice.label.items()}
            columns = dict.fromkeys((name, *chain(*labels.values())))
            if name.removeprefix("-").isdecimal() or not (is_first or table.columns & columns.keys()):
                yield replace(choice, columns={**choice.columns, STATIC: "yes"})
                continue
            is_first = False
            for column in (column for column in columns if column not in table.columns):
                what = f"`{search[0]}` has no column `{column}`."
                return row.report("name" if column == name else "label", what, "Name one of its columns.")
            for cells in (cells for cells in table.rows if cells.get(name)):
                told = {code: filter(None, map(cells.get, named)) for code, named in labels.items()}
                label = {code: ", ".join(words) or cells[name] for code, words in told.items()}
                small = {f"{one}{FOLDED}": cells.get(one, "").translate(_FOLD) for one in folded}
                yield Choice(cells[name], label, {**cells, **small})

    def table(self, line: "Line", column: str, name: str) -> Table | None:
        """The list of a name, or its file, for expressions. None if the file is missing. Raises FormError if it cannot
        be read, or the form declares none of the name."""
        if name not in self.tables and (rows := self._rows(line, column, name)) is not None:
            self.tables[name] = Table(tuple(rows))
        return self.tables.get(name)

    def _rows(self, line: "Line", column: str, name: str) -> Iterable[Mapping[str, str]] | None:
        lines = self.lines.get(name) or self.external.get(name)
        if lines and name not in self.files:  # not of a `name.csv`
            default, listed = self.translations.default, map(self._choice, lines)
            return ({"name": one.name, "label": one.label.get(default, ""), **one.columns} for one in listed)
        file = name if name.endswith(".csv") else self.files.get(name, f"{name}.csv")
        is_declared = file == name or name in self.files or file in self.missing
        if not is_declared and self._found(file) is None:
            raise refused(self.path, name, "There is no such list or file.", "Correct its name.")
        if (path := self._beside(line, column, file)) is None:
            return None
        header, *rows = lines_of(path) or [(0, [])]
        return (dict(zip(header[1], cells, strict=False)) for _, cells in rows)


def own_words(key: str, codes: Iterable[str]) -> Text:
    """Words of the bot in its languages, and in English for others."""
    known = {one.code: one.phrases[key][0] for one in languages() if key in one.phrases}
    return {**known, **{code: known["en"] for code in codes if code not in known}}


def read_list(path: Path) -> tuple[Choice, ...]:
    """Read the choices of a file, with labels by language code and other columns in `Choice.columns`.

    A plain `label` is stored under ANY, unless any column names a language. Raises FormError, with row and
    column, for a missing file, header, name or label, a repeated name and a surplus cell.
    """
    rows, languages = read_rows(path, "label", "Give each choice its own code.", needs_text=True)
    known = {"", "name", "label", *languages}

    def choice(row: Mapping[str, str]) -> Choice:
        label = {code: row[column] for column, code in languages.items()}
        return Choice(row["name"], label, _without(row, known))

    return tuple(choice(row) for _, row in rows)


def _without(row: Mapping[str, str], columns: Collection[str]) -> dict[str, str]:
    return {column: cell for column, cell in row.items() if column not in columns}


def read_rows(
    path: Path, text: str, twice: str, *, needs_text: bool, name: str = "name"
) -> tuple[list[tuple[int, dict[str, str]]], dict[str, str]]:
    """Read the numbered rows of a file by column, and the language codes by column of a text (`label::English (en)`).
    Without such a column, a plain `label` is of ANY.

    `name` is the column of codes, and `twice` the fix for equal ones. Blank, it allows them, and spaces in them.
    Raises FormError with all problems.
    """
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
    """Read the header and rows of a UTF-8 CSV file, each with the number of its last line, the features of a GeoJSON
    file or the items of an XML file, each with its number. Raises FormError if the file cannot be read."""
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
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_BYTES // 1_000_000} MB")
    if (read := _READERS.get(path.suffix.lower())) is None:
        raise ValueError("it is no .csv, .geojson or .xml")
    if len(lines := read(data)) > _MOST_ROWS + 1:
        raise ValueError(f"it has more than {_MOST_ROWS:,} rows")
    return lines


def _csv_lines(data: bytes) -> list[NumberedRow]:
    return list(islice(csv_rows(data), _MOST_ROWS + 2))


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


_READERS = {".csv": _csv_lines, ".geojson": _features, ".xml": _items}
