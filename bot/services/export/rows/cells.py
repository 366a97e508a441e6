"""Cells of a table: several values in one cell, and cells that no spreadsheet takes for a formula.

Values of a list are joined by `; `, instances of a repeat by ` | `; a `\\`, `;` or `|` that belongs to a value gets
a `\\` before it. The guard against formulas follows OWASP, "CSV Injection".
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
"""What spreadsheets take for the beginning of a formula, full-width forms included. Apostrophes before it count too:
else a cell that has one could not be told from a guarded one."""
OF_COMMAS, OF_SEMICOLONS = r";\t\r\n", r",;\t\r\n"
"""Where the cells of a file fall apart in a spreadsheet that has another separator: one with commas at `;` (Excel in Kazakh and Russian)
or a tab, one with semicolons at a comma too."""
_INNER = {at: re.compile(rf"([{at}])(?=['\"\s]*[=+\-@＝＋－＠])") for at in (OF_COMMAS, OF_SEMICOLONS)}
_INNER_GUARDED = {
    at: re.compile(rf"([{at}])'(?=['\"\s]*[=+\-@＝＋－＠])") for at in (OF_COMMAS, OF_SEMICOLONS)
}
"""What follows would begin a formula there; quotation marks before it are taken off as those of a cell."""
_MARK = re.compile(r"[=+\-@\t\r＝＋－＠]")
"""Without one of these nothing is a formula; most cells have none."""
_GUARDED = re.compile(r"'(?:'*\s*[=+\-@＝＋－＠]|'*[\t\r])")
_TOKEN = re.compile(r"\\(.)|( \| )|(; )|(.)", re.DOTALL)
"""An escaped character, a separator of instances, a separator of values, or any other character."""


def one(value: str) -> str:
    """A value as part of a cell that holds several."""
    return _SPECIAL.sub(r"\\\1", value)


def many(values: Iterable[str]) -> str:
    """Several values in one cell."""
    return "; ".join(one(value) for value in values)


def instances(parts: Iterable[str]) -> str:
    """What `one` or `many` made of each instance of a repeat, in one cell."""
    return " | ".join(parts)


def split(cell: str) -> list[list[str]]:
    """The inverse of `one`, `many` and `instances`: a list of values for each instance, empty for a blank part."""
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
    """The cell, with an apostrophe before it, and before each part that a separator or line break of `at` could make a cell of its
    own, if a spreadsheet could take it for a formula."""
    if _MARK.search(cell) is None or _PLAIN_NUMBER.fullmatch(cell):
        return cell
    cell = _INNER[at].sub(r"\1'", cell)
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguard(cell: str, at: str = OF_COMMAS) -> str:
    """The inverse of `guard`."""
    return _INNER_GUARDED[at].sub(r"\1", cell[1:] if _GUARDED.match(cell) else cell)


Labels = Mapping[str, Mapping[str, Text]]
"""The labels of codes by list, code and language (ANY for every language)."""
Cell = Callable[[ExportValue], str]
"""Writes the value of a column in one cell."""
Cells = Callable[[ExportValue], tuple[str, ...]]
"""The same with those of its labels."""
_WORDS = frozenset({FactType.TEXT, FactType.LINK})
"""What may be a person's words, of which none are kept."""
_KEPT = 4096
"""Values of a column of codes, days or numbers whose cells are kept: most rows have one of a few."""


def row_cells(
    columns: Sequence[ExportColumn],
    labels: Labels,
    finished: Callable[[str], str],
    point: str = ".",
    between: str | None = None,
) -> Callable[[Mapping[str, ExportValue]], list[str]]:
    """What writes a record as one cell for each name of these columns, each made ready by `finished`; `point` parts decimals. With `between`
    the cells of a column and of its labels are one text, with that between them."""
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
                except TypeError:  # there are lists in it
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
    """What writes the cell of a column, and those of its labels. True with what keeps them and is given tuples instead of lists."""
    plain = cell(column, point)
    if column.type in _WORDS and not column.by_codes:
        return False, _of_words(column, lambda value: (finished(plain(value)),))
    ways = [plain]
    if column.codes:
        ways += [label_cell(column, labels, language) for language in exported_codes()]

    @lru_cache(_KEPT, typed=True)  # 1, 1.0 and True are equal
    def kept(value: ExportValue) -> tuple[str, ...]:
        row = tuple(finished(way(value)) for way in ways)
        return row if between is None else (between.join(row),)

    if column.repeat and column.several:
        return False, lambda value: kept(frozen(value))
    return True, kept


def _of_words(column: ExportColumn, written: Cells) -> Cells:
    """As `written`; what a repeat has that says nothing of this, as in most rows, is kept."""
    if not column.repeat:
        return written
    nothing = cache(lambda number: written([None] * number))
    return lambda value: nothing(len(value)) if value.count(None) == len(value) else written(value)


def cell(column: ExportColumn, point: str = ".") -> Cell:
    """What writes the values of a column in one cell."""
    if point == ".":
        return _joined(column, shown)
    return _joined(
        column,
        lambda value: shown(value).replace(".", point) if isinstance(value, float) else shown(value),
    )


def label_cell(column: ExportColumn, labels: Labels, language: str) -> Cell:
    """What writes the labels of the codes of a column in one cell."""
    said = labels_in(labels[column.codes], language)
    return _joined(column, lambda code: said.get(code, ""))


def labels_in(labels: Mapping[str, Text], language: str) -> Mapping[str, str]:
    """The labels of a list in a language, by code."""
    return {code: label.get(language) or label.get(ANY, "") for code, label in labels.items()}


def shown(value: ExportValue) -> str:
    """One value as a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _joined(column: ExportColumn, each: Cell) -> Cell:
    """`each` of the values of a column in one cell. What is several goes by the value: an older form may have taken but one."""

    def part(value: ExportValue) -> str:
        several = isinstance(value, list | tuple)
        return many(map(each, value)) if several else one(each(value))

    if column.repeat:
        return lambda value: instances(map(part, value))
    return lambda value: part(value) if isinstance(value, list | tuple) else each(value)


def frozen(value: ExportValue) -> ExportValue:
    """The value as one that can be a key."""
    return tuple(map(frozen, value)) if isinstance(value, list) else value
