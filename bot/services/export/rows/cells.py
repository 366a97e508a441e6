r"""Cells of a table: several values in one cell, and a guard against spreadsheet formulas (OWASP, "CSV
Injection").

Values are joined by `; `, instances of a repeat by ` | `. A `\`, `;` or `|` in a value gets a `\` before it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache

from bot.form.kinds.kind import FactType
from bot.form.model import Text
from bot.form.xlsform.lists import ANY
from bot.languages import exported_codes
from bot.services.export.columns import ExportColumn
from bot.services.export.columns.public_answers import ExportValue

_SPECIAL = re.compile(r"([\\;|])")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]|'*[\t\r]")
"""Beginning of a formula, full-width forms included. Leading apostrophes match too, or a cell with one could
not be told from a guarded cell."""
OF_COMMAS, OF_SEMICOLONS = r";\t\r\n", r",;\t\r\n"
"""Characters at which a spreadsheet with another separator could split a cell. Excel in Kazakh and Russian
separates by `;`."""
_INNER = {at: re.compile(rf"([{at}])(?=['\"\s]*[=+\-@＝＋－＠])") for at in (OF_COMMAS, OF_SEMICOLONS)}
_INNER_GUARDED = {
    at: re.compile(rf"([{at}])'(?=['\"\s]*[=+\-@＝＋－＠])") for at in (OF_COMMAS, OF_SEMICOLONS)
}
"""Places where a split would begin a formula. Spreadsheets strip quotation marks."""
_MARK = re.compile(r"[=+\-@\t\r＝＋－＠]")
_GUARDED = re.compile(r"'(?:'*\s*[=+\-@＝＋－＠]|'*[\t\r])")
_TOKEN = re.compile(r"\\(.)|( \| )|(; )|(.)", re.DOTALL)


def one(value: str) -> str:
    return _SPECIAL.sub(r"\\\1", value)


def many(values: Iterable[str]) -> str:
    return "; ".join(one(value) for value in values)


def instances(parts: Iterable[str]) -> str:
    return " | ".join(parts)


def split(cell: str) -> list[list[str]]:
    """Split a cell into the values of each instance: the inverse of `one`, `many` and `instances`."""
    parts: list[list[str]] = [[""]]
    for escaped, bar, semicolon, plain in _TOKEN.findall(cell):
        if bar:
            parts.append([""])
        elif semicolon:
            parts[-1].append("")
        else:
            parts[-1][-1] += escaped or plain
    return [[] if part == [""] else part for part in parts]


def guard(cell: str, at: str = OF_COMMAS) -> str:
    """Put an apostrophe before a cell that a spreadsheet could take for a formula, and before such parts
    after a separator of `at`."""
    if _MARK.search(cell) is None or _PLAIN_NUMBER.fullmatch(cell):
        return cell
    cell = _INNER[at].sub(r"\1'", cell)
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguard(cell: str, at: str = OF_COMMAS) -> str:
    return _INNER_GUARDED[at].sub(r"\1", cell[1:] if _GUARDED.match(cell) else cell)


Labels = Mapping[str, Mapping[str, Text]]
"""Labels of codes, by list, code and language (ANY for every language)."""
Cell = Callable[[ExportValue], str]
Cells = Callable[[ExportValue], tuple[str, ...]]
_WORDS = frozenset({FactType.TEXT, FactType.LINK})
"""Types that may hold a person's words, which are never cached."""
_KEPT = 4096


def row_cells(
    columns: Sequence[ExportColumn],
    labels: Labels,
    finished: Callable[[str], str],
    point: str = ".",
    between: str | None = None,
) -> Callable[[Mapping[str, ExportValue]], list[str]]:
    """Writer of a record as a cell for each column name.

    `finished` prepares each cell, `point` is the decimal separator, `between` joins a column with its labels.
    """
    none = finished("")
    writers: list[tuple[str, Sequence[str], bool, Cells]] = []
    for column in columns:
        blank = [none] * len(column.names)
        blank = blank if between is None else [between.join(blank)]
        is_kept, cells_of = _cells_of(column, labels, finished, point, between)
        writers.append((column.name, blank, is_kept, cells_of))

    def written(record: Mapping[str, ExportValue]) -> list[str]:
        row: list[str] = []
        for name, blank, is_kept, cells_of in writers:
            value = record[name]
            if not value and (value is None or value == []):
                row += blank
            elif is_kept and value.__class__ is list:
                try:
                    row += cells_of(tuple(value))
                except TypeError:  # it holds lists
                    row += cells_of(frozen(value))
            else:
                row += cells_of(value)
        return row

    return written


def _cells_of(
    column: ExportColumn,
    labels: Labels,
    finished: Callable[[str], str],
    point: str,
    between: str | None,
) -> tuple[bool, Cells]:
    """Writer of a column and its labels. True where it is cached and takes tuples for lists."""
    plain = cell(column, point)
    if column.type in _WORDS and not column.by_codes:
        return False, _of_words(column, lambda value: (finished(plain(value)),))
    ways = [plain]
    if column.codes:
        ways += [label_cell(column, labels, language) for language in exported_codes()]

    @lru_cache(_KEPT, typed=True)  # since 1, 1.0 and True are equal
    def kept(value: ExportValue) -> tuple[str, ...]:
        row = tuple(finished(way(value)) for way in ways)
        return row if between is None else (between.join(row),)

    if column.repeat and column.several:
        return False, lambda value: kept(frozen(value))
    return True, kept


def _of_words(column: ExportColumn, written: Cells) -> Cells:
    if not column.repeat:
        return written
    nothing = cache(lambda number: written([None] * number))
    return lambda value: nothing(len(value)) if value.count(None) == len(value) else written(value)


def cell(column: ExportColumn, point: str = ".") -> Cell:
    if point == ".":
        return _joined(column, shown)
    return _joined(
        column,
        lambda value: shown(value).replace(".", point) if isinstance(value, float) else shown(value),
    )


def label_cell(column: ExportColumn, labels: Labels, language: str) -> Cell:
    said = labels_in(labels[column.codes], language)
    return _joined(column, lambda code: said.get(code, ""))


def labels_in(labels: Mapping[str, Text], language: str) -> Mapping[str, str]:
    return {code: label.get(language) or label.get(ANY, "") for code, label in labels.items()}


def shown(value: ExportValue) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _joined(column: ExportColumn, each: Cell) -> Cell:
    """Writer of a column. The value tells whether it is a list, since an older form may have allowed only
    one."""

    def part(value: ExportValue) -> str:
        several = isinstance(value, list | tuple)
        return many(map(each, value)) if several else one(each(value))

    if column.repeat:
        return lambda value: instances(map(part, value))
    return lambda value: part(value) if isinstance(value, list | tuple) else each(value)


def frozen(value: ExportValue) -> ExportValue:
    return tuple(map(frozen, value)) if isinstance(value, list) else value
