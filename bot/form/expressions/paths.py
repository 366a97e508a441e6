"""Location paths: steps along the axes of XPath 1.0, unions and predicates. Also tables beside a form, and their rows
that a condition finds by an index or in one fast pass, instead of row by row."""

import math
import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.form.expressions.coercion import (
    NAN,
    Arguments,
    Closure,
    Element,
    EvaluationContext,
    Nodes,
    Scalar,
    Truth,
    Value,
    compared,
    equal,
    scalar,
    to_boolean,
    to_number,
    to_order,
    to_text,
)
from bot.form.model import Table

_NAME = re.compile(r"[^\W\d][\w.-]*$")
COUNTED = "/:counted"
_NEAR = frozenset({"", "(", "parent", "self", "text()"})
_SIBLINGS = frozenset({"following-sibling", "preceding-sibling"})
_ANYWHERE = frozenset({"ancestor", "ancestor-or-self", "following", "preceding"})

MOST_TRIED = 20_000
"""Rows that are tried one by one. A longer list needs a condition that finds its rows (see `narrowing`)."""

TABLE = "/::"
"""Beginning of schema paths in a table: `/::villages/root/item/name`."""

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


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step: a name, `@name`, `*`, `.`, `..`, `node()` or `text()`. `looks` are the paths in its predicates, `narrow`
    finds rows of a table for the first. `axis` is blank for children, `.` and `..`, and `(` if the predicates filter all
    nodes together."""

    name: str
    predicates: "tuple[Callable[[EvaluationContext], bool], ...]" = ()
    looks: "tuple[Path, ...]" = ()
    axis: str = ""
    narrow: Narrowing | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """A path from `/` (the form), `.` (the current node), `current()` (the node of the expression) or `(`: the
    nodes of `make`, which it takes from those of `bases`. `plain` is the source of an absolute path of names,
    else blank."""

    start: str
    steps: tuple[PathStep, ...]
    bases: "tuple[Path, ...]" = ()
    make: "Callable[[EvaluationContext], Nodes] | None" = field(default=None, compare=False)
    plain: str = field(init=False, default="", compare=False)

    def __post_init__(self) -> None:
        named = all(_NAME.match(step.name) and not step.predicates and not step.axis for step in self.steps)
        if self.absolute and self.steps and named:
            object.__setattr__(self, "plain", "".join(f"/{step.name}" for step in self.steps))

    @property
    def absolute(self) -> bool:
        return self.start == "/"

    def names(self, context: str, origin: str) -> Iterator[str]:
        """Schema paths of this path and its predicates, for `.` at `context` and `current()` at `origin`.
        Blank above the root. `**` stands for any number of names. COUNTED stands for the number of instances
        of each repeat, which decide where an axis leads."""
        if self.start == "(":
            yield from (COUNTED,) if len(self.bases) > 1 else ()
            for base in self.bases:
                *looks, end = base.names(context, origin)
                yield from (*looks, *replace(self, start=".").names(end, origin))
            return
        names = [] if self.absolute else (context if self.start == "." else origin).split("/")[1:]
        for step in self.steps:
            if step.axis not in _NEAR:
                yield COUNTED
            name = step.name.replace("node()", "*")
            if step.name == ".." or step.axis in _SIBLINGS:
                names = names[:-1]
            elif step.axis.startswith("descendant"):
                names = [*names, "**"]
            elif step.axis in _ANYWHERE:
                names = ["**"]
            if step.name not in {".", "..", "text()"} and step.axis not in {"self", "(", "text()"}:
                names = [*names, name]
            for path in step.looks:
                yield from path.names("/" + "/".join(names), origin)
        yield "/" + "/".join(names) if names else ""


def select(path: Path, context: EvaluationContext) -> Nodes:
    """Relevant nodes that a path selects. As in JavaRosa, an absolute path inside a repeat means its current instance,
    unless it ends there or has a predicate there."""
    if path.plain and context.candidate is None and (met := context.scope.met(path.plain)) is not None:
        return (met,) if met.relevant else ()
    nodes: Nodes
    steps = path.steps
    if path.make is not None:
        nodes = path.make(context)
    elif not path.steps and not path.absolute:
        return _own(context if path.start == "." else at_origin(context))
    elif path.absolute:
        nodes, start = _shared(path, context)
        steps = steps[start:]
    else:
        nodes = (context.node if path.start == "." else context.origin,)
    for step in steps:
        nodes = _step(nodes, step, context)
    if context.candidate is not None and nodes == (context.origin,):
        return _own(at_origin(context))
    if len(nodes) == 1:  # nearly always
        return nodes if nodes[0].relevant else ()
    return tuple(node for node in nodes if node.relevant)


def union(alternatives: Iterable[Path], context: EvaluationContext) -> Nodes:
    return in_order(tuple(dict.fromkeys(node for path in alternatives for node in select(path, context))))


def _shared(path: Path, context: EvaluationContext) -> tuple[Nodes, int]:
    lineage, steps = context.origin.lineage, path.steps
    if len(steps) > 1 and steps[0].name.startswith(TABLE[1:]):
        return root_of(context, steps[0].name.removeprefix(TABLE[1:])) if steps[1].name == "root" else (), 2
    if not steps or steps[0].axis or not _NAME.match(steps[0].name):
        return (_Document(lineage[0]),), 0
    if steps[0].name != lineage[0].name or steps[0].predicates:
        return (), len(steps)
    depth = 1
    while depth < min(len(steps) - 1, len(lineage)):
        step = steps[depth]
        if step.name != lineage[depth].name or step.predicates or step.axis:
            break
        depth += 1
    return (lineage[depth - 1],), depth


def _step(nodes: Nodes, step: PathStep, context: EvaluationContext) -> Nodes:
    if step.axis == "(":
        return _filtered(nodes, step, context)
    is_named = step.name not in {".", ".."} and not step.axis
    if len(nodes) == 1 and is_named and not step.predicates:
        return tuple(nodes[0].children(step.name))
    found: list[Element] = []
    for node in nodes:
        if step.name == "..":
            found.extend(node.lineage[-2:-1])
        elif step.name == ".":
            found.append(node)
        elif is_named and not step.predicates:
            found.extend(node.children(step.name))
        else:
            found.extend(_filtered(_along(node, step, context), step, context))
    distinct = tuple(dict.fromkeys(found))
    return in_order(distinct) if step.axis else distinct


def _along(node: Element, step: PathStep, context: EvaluationContext) -> Nodes:
    """Nodes of a step from one node, before its predicates."""
    if step.axis:
        return tuple(one for one in AXES[step.axis](node) if step.name in {one.name, "*", "node()"})
    if step.narrow is not None and isinstance(node, Root) and step.name == "item":
        return node.rows(step.narrow.places(context, node.table))
    return tuple(node.children(step.name))


def _filtered(nodes: Nodes, step: PathStep, context: EvaluationContext) -> Nodes:
    for holds in step.predicates:
        size = len(nodes)
        nodes = tuple(
            node
            for place, node in enumerate(nodes, 1)
            if holds(EvaluationContext(context.scope, node, context.origin, context.candidate, place, size))
        )
    return nodes


def _below(node: Element) -> Iterator[Element]:
    """A node and all inside, in order."""
    yield node
    for child in node.children("*"):
        yield from _below(child)


def _beside(node: Element) -> tuple[Nodes, Nodes]:
    """Siblings before a node, the nearest first, and after it."""
    siblings = tuple(child for outer in node.lineage[-2:-1] for child in outer.children("*"))
    place = siblings.index(node) if node in siblings else 0
    return siblings[:place][::-1], siblings[place + 1 :]


def _outside(node: Element, after: int) -> Nodes:
    """All before a node (0) or after it (1) but what is around it, the nearest first."""
    near = [beside for around in node.lineage[::-1] for beside in _beside(around)[after]]
    return tuple(
        one for beside in near for one in (tuple(_below(beside)) if after else (*_below(beside),)[::-1])
    )


AXES: Mapping[str, Callable[[Element], Iterable[Element]]] = {
    "ancestor": lambda node: node.lineage[-2::-1],
    "ancestor-or-self": lambda node: node.lineage[::-1],
    "child": lambda node: node.children("*"),
    "descendant": lambda node: tuple(_below(node))[1:],
    "descendant-or-self": _below,
    "following": lambda node: _outside(node, 1),
    "following-sibling": lambda node: _beside(node)[1],
    "parent": lambda node: node.lineage[-2:-1],
    "preceding": lambda node: _outside(node, 0),
    "preceding-sibling": lambda node: _beside(node)[0],
    "self": lambda node: (node,),
    "text()": lambda node: () if node.value == "" or node.children("*") else (node,),
}


def in_order(nodes: Nodes) -> Nodes:
    """Nodes in the order of the form, without duplicates."""
    if len(nodes) < 2:
        return nodes
    wanted = dict.fromkeys(nodes)
    found = {node: None for node in _below(nodes[0].lineage[0]) if node in wanted}
    return tuple(found | wanted)


class _Document:
    """The parent of a form's root."""

    name, value, position, relevant = "", "", 1, True

    def __init__(self, root: Element) -> None:
        self.root = root
        self.lineage: tuple[Element, ...] = (self,)

    def children(self, name: str) -> Nodes:
        return (self.root,) if name in {"*", "node()", self.root.name} else ()


def at_origin(context: EvaluationContext) -> EvaluationContext:
    return EvaluationContext(context.scope, context.origin, context.origin, context.candidate)


def _own(context: EvaluationContext) -> Nodes:
    if context.candidate is not None and context.node == context.origin:
        return (_Candidate(context.node, context.candidate),)
    return (context.node,)


class _Candidate:
    def __init__(self, node: Element, value: Scalar) -> None:
        self.node = node
        self.value = value
        self.name = node.name
        self.position = node.position
        self.lineage = node.lineage
        self.relevant = True

    def children(self, name: str) -> Nodes:
        return tuple(self.node.children(name))


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    return NAN if not left or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "div": _divided,
    "mod": lambda left, right: math.fmod(left, right) if right and math.isfinite(left) else NAN,
}
ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
EQUALITY = frozenset({"=", "!="})


def ordered(symbol: str, one: Closure, other: Closure, constant: str | float | None) -> Truth:
    order = ORDER[symbol]

    def holds(context: EvaluationContext) -> bool:
        value, limit = one(context), other(context) if constant is None else constant
        if value == "" or limit == "":
            return False
        if isinstance(value, tuple) or isinstance(limit, tuple):
            return compared(numbers, value, limit)
        left = value if isinstance(value, float) else to_order(value)
        return order(left, limit if isinstance(limit, float) else to_order(limit))

    def numbers(value: Scalar, limit: Scalar) -> bool:
        return order(to_order(value), to_order(limit))

    return holds


def equated(symbol: str, one: Closure, other: Closure, constant: str | float | None) -> Truth:
    wanted = symbol == "="

    def holds(context: EvaluationContext) -> bool:
        left, right = one(context), other(context) if constant is None else constant
        if isinstance(left, str) and isinstance(right, str):  # nearly always
            return (left == right) is wanted
        return compared(lambda a, b: equal(a, b) is wanted, left, right)

    return holds


def selected(names: Closure, name: Closure, constant: str | float | None) -> Truth:
    """Closure of `selected(names, name)`. As in JavaRosa, `selected(${x}, '')` is true for a blank."""
    if isinstance(constant, str):
        wanted = f" {constant.strip()} "
        return lambda context: wanted in f" {to_text(names(context))} "
    return lambda context: f" {to_text(name(context)).strip()} " in f" {to_text(names(context))} "


# Tables


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


def narrowing(token: Any, fixed: Callable[[Any], Closure | None]) -> Narrowing | None:
    """Rows by a parsed condition: `=`, `selected`, `contains`, `starts-with` and `ends-with` of a column, joined by `and`
    and `or`. None if each must be tried. `fixed` compiles what is the same for all rows, and returns None for the rest."""
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
