"""Tables beside a form, for `instance('list')/root/item[…]` and `pulldata`, and the rows of a long list that a
condition can find by an index or one fast pass, instead of row by row."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.form.expressions.coercion import (
    Arguments,
    Closure,
    EvaluationContext,
    Nodes,
    Value,
    scalar,
    to_boolean,
    to_number,
    to_text,
)
from bot.form.model import Table

MOST_TRIED = 20_000
"""Rows that are tried one by one. A longer list needs a condition that finds its rows (see `narrowing`)."""

TABLE = "/::"
"""Beginning of schema paths in a table: `/::villages/root/item/name`."""

_ROOT, _ITEM = "root", "item"
_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda cell, part: part in cell,
    "starts-with": str.startswith,
    "ends-with": str.endswith,
}


class Cell:
    """A row of a table, or one cell of a row, as an element of expressions."""

    __slots__ = ("cells", "name", "position", "value")
    relevant = True

    def __init__(self, name: str, value: str, cells: Mapping[str, str], position: int = 1) -> None:
        self.name = name
        self.value = value
        self.cells = cells
        self.position = position

    @property
    def lineage(self) -> "tuple[Cell, ...]":
        return (self,)

    def children(self, name: str) -> "Sequence[Cell]":
        if name == "*":
            return tuple(Cell(column, cell, {}) for column, cell in self.cells.items())
        return (Cell(name, self.cells[name], {}),) if name in self.cells else ()


def row_of(cells: Mapping[str, str], place: int = 0) -> Cell:
    """A row (0-based) as an element."""
    return Cell(_ITEM, "", cells, place + 1)


class TableNode(Cell):
    """A table as an element, by its path `/root/item`."""

    __slots__ = ("table",)

    def __init__(self, table: Table, name: str = "") -> None:
        super().__init__(name, "", {})
        self.table = table

    def children(self, name: str) -> Sequence[Cell]:
        if not self.name:
            return (TableNode(self.table, _ROOT),) if name in {_ROOT, "*"} else ()
        return self.rows(range(len(self.table.rows))) if name in {_ITEM, "*"} else ()

    def rows(self, places: Collection[int]) -> tuple[Cell, ...]:
        return tuple(row_of(self.table.rows[place], place) for place in places)


def at_table(context: EvaluationContext, name: str) -> Nodes:
    """The table of a form's file or list as an element."""
    table = context.scope.table(name)
    return () if table is None else (TableNode(table),)


def paths_of(name: str, table: Table) -> Collection[str]:
    """Schema paths of a table, for `expression.check`."""
    item = f"{TABLE}{name}/{_ROOT}/{_ITEM}"
    return {
        f"{TABLE}{name}",
        f"{TABLE}{name}/{_ROOT}",
        item,
        *(f"{item}/{column}" for column in table.columns),
    }


def pulldata(context: EvaluationContext, arguments: Arguments) -> Value:
    """The cell in a column of the first row whose key is this. Blank if there is none."""
    name, wanted, key, value = map(to_text, arguments)
    table = context.scope.table(name.removesuffix(".csv"))
    places = () if table is None or value == "" else table.index(key).get(value, ())
    return "" if table is None or not places else table.rows[places[0]].get(wanted, "")


# Rows that a condition finds

_Places = Collection[int] | None
"""Rows (0-based). None for all."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Rows that may fulfil a condition. `exact`: all of them do."""

    find: Callable[[EvaluationContext, Table], _Places]
    exact: bool = True

    def places(self, context: EvaluationContext, table: Table) -> Collection[int]:
        """Rows in their order."""
        found = self.find(context, table)
        return range(len(table.rows)) if found is None else found


def narrowing(token: Any, fixed: Callable[[Any], Closure | None]) -> Narrowing | None:
    """What a parsed condition says of the rows. None if only trying each one tells.

    Known are a column compared by `=` with what is the same for all rows, `selected(…, column)`, `contains`,
    `starts-with` and `ends-with` of a column, and these joined by `and` and `or`. `fixed` compiles what is the same
    for all rows, and returns None for anything else.
    """
    symbol = str(token.symbol)
    if symbol == "(" and len(token) == 1:
        return narrowing(token[0], fixed)
    if symbol in {"and", "or"}:
        parts = [token[1]]
        while (token := token[0]).symbol == symbol:
            parts.append(token[1])
        return _joined(symbol, [narrowing(one, fixed) for one in (token, *parts)])
    if (constant := fixed(token)) is not None:
        return Narrowing(lambda context, _: None if to_boolean(constant(context)) else ())
    if symbol not in {"=", "selected", *_TEXTS} or len(token) != 2:
        return None
    sides = [token[0], token[1]]
    if symbol == "selected" or (symbol == "=" and not _column(sides[0])):
        sides.reverse()
    column, value = _column(sides[0]), fixed(sides[1])
    if not column or value is None:
        return None
    if symbol == "=":
        return Narrowing(lambda context, table: _equal(table, column, value(context)))
    if symbol == "selected":
        return Narrowing(lambda context, table: _among(table, column, to_text(value(context))), exact=False)
    holds = _TEXTS[symbol]
    return Narrowing(lambda context, table: _having(table, column, holds, to_text(value(context))))


def _column(token: Any) -> str:
    return str(token.value) if token.symbol == "(name)" and not len(token) else ""


def _joined(symbol: str, sides: list[Narrowing | None]) -> Narrowing | None:
    known = [side for side in sides if side is not None]
    exact = len(known) == len(sides) and all(side.exact for side in known)
    if not known or (symbol == "or" and len(known) < len(sides)):
        return None

    def every(context: EvaluationContext, table: Table) -> _Places:
        found = [places for side in known if (places := side.find(context, table)) is not None]
        if len(found) < 2:
            return found[0] if found else None
        return sorted(set(found[0]).intersection(*found[1:]))

    def any_(context: EvaluationContext, table: Table) -> _Places:
        found = [side.find(context, table) for side in known]
        sets = [set(places) for places in found if places is not None]
        return sorted(set().union(*sets)) if len(sets) == len(found) else None

    return Narrowing(every if symbol == "and" else any_, exact)


def _equal(table: Table, column: str, value: Value) -> _Places:
    """Rows whose cell equals a value, or that of any of several nodes."""
    if isinstance(value, tuple) and len(value) > 1:
        return sorted({place for node in value for place in _equal(table, column, node.value) or ()})
    value = scalar(value)
    if isinstance(value, bool):
        return [place for place, cell in enumerate(table.column(column)) if (cell != "") is value]
    if isinstance(value, float):
        return table.index(column, to_number).get(value, ())
    return table.index(column).get(to_text(value), ())


def _among(table: Table, column: str, names: str) -> _Places:
    index = table.index(column)
    return sorted({place for name in ("", *names.split()) for place in index.get(name, ())})


def _having(table: Table, column: str, holds: Callable[[str, str], bool], part: str) -> _Places:
    if not part:
        return None
    return [place for place, cell in enumerate(table.column(column)) if holds(cell, part)]
