"""Tables beside a form, for `instance('list')/root/item[…]` and `pulldata`, and the rows of a long list that a
condition finds by an index or in one fast pass, instead of row by row."""

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


class Cell:
    """A row of a table (0-based), or one cell of a row, as an element of expressions."""

    relevant = True

    def __init__(self, name: str, value: str, cells: Mapping[str, str], place: int = 0) -> None:
        self.name = name
        self.value = value
        self.cells = cells
        self.position = place + 1
        self.lineage: tuple[Cell, ...] = (self,)

    def children(self, name: str) -> "Sequence[Cell]":
        if name == "*":
            return tuple(Cell(column, cell, {}) for column, cell in self.cells.items())
        return (Cell(name, self.cells[name], {}),) if name in self.cells else ()


class Root(Cell):
    """The element around all rows."""

    def __init__(self, table: Table) -> None:
        super().__init__("root", "", {})
        self.table = table

    def children(self, name: str) -> Sequence[Cell]:
        return self.rows(range(len(self.table.rows))) if name in {"item", "*"} else ()

    def rows(self, places: Collection[int]) -> tuple[Cell, ...]:
        return tuple(Cell("item", "", self.table.rows[place], place) for place in places)


def root_of(context: EvaluationContext, name: str) -> Nodes:
    table = context.scope.table(name)
    return () if table is None else (Root(table),)


def paths_of(name: str, table: Table) -> Collection[str]:
    """Schema paths of a table, for `expression.check`."""
    item = f"{TABLE}{name}/root/item"
    return {item.removesuffix("/item"), item, *(f"{item}/{column}" for column in table.columns)}


def pulldata(context: EvaluationContext, arguments: Arguments) -> Value:
    """The cell in a column of the first row whose key is this. Blank if there is none."""
    name, wanted, key, value = map(to_text, arguments)
    name = name.removesuffix(".csv")  # a list of the form may have the file's name
    table = context.scope.table(f"{name}.csv") or context.scope.table(name)
    places = () if table is None or value == "" else table.index(key).get(value, ())
    return "" if table is None or not places else table.rows[places[0]].get(wanted, "")


_Places = Collection[int] | None
"""Rows (0-based) in their order. None for all."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Rows that may fulfil a condition. `exact`: all of them do."""

    find: Callable[[EvaluationContext, Table], _Places]
    exact: bool = True

    def places(self, context: EvaluationContext, table: Table) -> Collection[int]:
        found = self.find(context, table)
        return range(len(table.rows)) if found is None else found


def narrowing(token: Any, fixed: Callable[[Any], Closure | None]) -> Narrowing | None:
    """Rows by a parsed condition. None if each must be tried.

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
        return _joined(symbol == "and", [narrowing(one, fixed) for one in (token, *parts)])
    if (constant := fixed(token)) is not None:
        return Narrowing(lambda context, _: None if to_boolean(constant(context)) else ())
    if symbol not in _FINDERS or len(token) != 2:
        return None
    swapped = symbol == "selected" or (symbol == "=" and token[0].symbol != "(name)")
    name, value, find = token[swapped], fixed(token[not swapped]), _FINDERS[symbol]
    if name.symbol != "(name)" or len(name) or value is None:
        return None
    column = str(name.value)
    return Narrowing(lambda context, table: find(table, column, value(context)), exact=symbol != "selected")


def _joined(all_hold: bool, sides: list[Narrowing | None]) -> Narrowing | None:
    known = [side for side in sides if side is not None]
    if not known or (not all_hold and len(known) < len(sides)):
        return None

    def find(context: EvaluationContext, table: Table) -> _Places:
        found = [side.find(context, table) for side in known]
        some = [places for places in found if places is not None]
        if not some or (len(some) < len(found) and not all_hold):
            return None
        join = set[int].intersection if all_hold else set[int].union
        return sorted(join(*map(set[int], some))) if len(some) > 1 else some[0]

    return Narrowing(find, len(known) == len(sides) and all(side.exact for side in known))


def _equal(table: Table, column: str, value: Value) -> Collection[int]:
    """Rows whose cell equals a value, or that of any of several nodes."""
    if isinstance(value, tuple) and len(value) > 1:
        return _any_equal(table, column, [node.value for node in value])
    value = scalar(value)
    if isinstance(value, bool):
        return [place for place, cell in enumerate(table.column(column)) if (cell != "") is value]
    if isinstance(value, float):
        return table.index(column, to_number).get(value, ())
    return table.index(column).get(to_text(value), ())


def _any_equal(table: Table, column: str, values: Collection[Value]) -> Collection[int]:
    return sorted({place for value in values for place in _equal(table, column, value)})


def _having(holds: Callable[[str, str], bool]) -> Callable[[Table, str, Value], _Places]:
    def find(table: Table, column: str, value: Value) -> _Places:
        cells, part = enumerate(table.column(column)), to_text(value)
        return [place for place, cell in cells if holds(cell, part)] if part else None

    return find


_FINDERS: Mapping[str, Callable[[Table, str, Value], _Places]] = {
    "=": _equal,
    "selected": lambda table, column, value: _any_equal(table, column, ["", *to_text(value).split()]),
    "contains": _having(str.__contains__),
    "starts-with": _having(str.startswith),
    "ends-with": _having(str.endswith),
}
"""Rows by a function or operator of a column and a value."""
