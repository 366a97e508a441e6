"""The cells of a row as texts: what each column needs for it is worked out once for a table, not for each row."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache

from bot.form.kinds.kind import FactType
from bot.form.model import Text
from bot.form.xlsform.lists import ANY
from bot.languages import exported_codes
from bot.services.export.columns import ExportColumn
from bot.services.export.columns.public_answers import ExportValue
from bot.services.export.rows import cells

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
        return cells.many(map(each, value)) if several else cells.one(each(value))

    if column.repeat:
        return lambda value: cells.instances(map(part, value))
    return lambda value: part(value) if isinstance(value, list | tuple) else each(value)


def frozen(value: ExportValue) -> ExportValue:
    """The value as one that can be a key."""
    return tuple(map(frozen, value)) if isinstance(value, list) else value
