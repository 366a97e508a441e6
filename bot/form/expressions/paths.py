"""Location paths: names, `.`, `..`, `*`, `current()` and predicates."""

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.form.expressions.coercion import (
    NAN,
    Closure,
    Element,
    EvaluationContext,
    Nodes,
    Scalar,
    Truth,
    equal,
    to_number,
    to_text,
)
from bot.form.expressions.tables import TABLE, Narrowing, TableNode, at_table


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step: a name, `*`, `.` or `..`. `looks` are the paths in its predicates. `narrow` finds rows of a table
    for the first predicate."""

    name: str
    predicates: "tuple[Callable[[EvaluationContext], bool], ...]" = ()
    looks: "tuple[Path, ...]" = ()
    narrow: Narrowing | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """A path from `/` (the form), `.` (the current node) or `current()` (the node of the expression).
    `plain` is the source of an absolute path of names, else blank."""

    start: str
    steps: tuple[PathStep, ...]
    plain: str = field(init=False, default="", compare=False)

    def __post_init__(self) -> None:
        named = all(step.name not in {"*", ".", ".."} and not step.predicates for step in self.steps)
        if self.absolute and self.steps and named:
            object.__setattr__(self, "plain", "".join(f"/{step.name}" for step in self.steps))

    @property
    def absolute(self) -> bool:
        return self.start == "/"

    def names(self, context: str, origin: str) -> Iterator[str]:
        """Schema paths of this path and its predicates, for `.` at `context` and `current()` at `origin`.
        Blank above the root."""
        names = [] if self.absolute else (context if self.start == "." else origin).split("/")[1:]
        for step in self.steps:
            if step.name == "..":
                names = names[:-1]
            elif step.name != ".":
                names = [*names, step.name]
            for path in step.looks:
                yield from path.names("/" + "/".join(names), origin)
        yield "/" + "/".join(names) if names else ""


def select(path: Path, context: EvaluationContext) -> Nodes:
    """Relevant nodes that a path selects.

    As in JavaRosa, an absolute path inside a repeat means its current instance, unless it ends there or has a
    predicate there.
    """
    if path.plain and context.candidate is None and (met := context.scope.met(path.plain)) is not None:
        return (met,) if met.relevant else ()
    if not path.steps:
        return _own(context if path.start == "." else _origin(context))
    nodes: Nodes
    steps = path.steps
    if path.absolute:
        nodes, start = _shared(path, context)
        steps = steps[start:]
    else:
        nodes = (context.node if path.start == "." else context.origin,)
    for step in steps:
        nodes = _step(nodes, step, context)
    if context.candidate is not None and nodes == (context.origin,):
        return _own(_origin(context))
    if len(nodes) == 1:  # nearly always
        return nodes if nodes[0].relevant else ()
    return tuple(node for node in nodes if node.relevant)


def _shared(path: Path, context: EvaluationContext) -> tuple[Nodes, int]:
    lineage, steps = context.origin.lineage, path.steps
    if steps[0].name.startswith(TABLE[1:]):
        return at_table(context, steps[0].name.removeprefix(TABLE[1:])), 1
    if steps[0].name != lineage[0].name or steps[0].predicates:
        return (), len(steps)
    depth = 1
    while depth < min(len(steps) - 1, len(lineage)):
        if steps[depth].name != lineage[depth].name or steps[depth].predicates:
            break
        depth += 1
    return (lineage[depth - 1],), depth


def _step(nodes: Nodes, step: PathStep, context: EvaluationContext) -> Nodes:
    if len(nodes) == 1 and not step.predicates and step.name not in {".", ".."}:
        return tuple(nodes[0].children(step.name))
    found: list[Element] = []
    for node in nodes:
        if step.name == "..":
            found.extend(node.lineage[-2:-1])
        elif step.name == ".":
            found.append(node)
        else:
            found.extend(_filtered(_children(node, step, context), step, context))
    return tuple(dict.fromkeys(found))


def _children(node: Element, step: PathStep, context: EvaluationContext) -> Nodes:
    if step.narrow is None or not isinstance(node, TableNode):
        return tuple(node.children(step.name))
    return node.rows(step.narrow.places(context, node.table)) if step.name == "item" else ()


def _filtered(nodes: Nodes, step: PathStep, context: EvaluationContext) -> Nodes:
    for holds in step.predicates:
        nodes = tuple(
            node
            for place, node in enumerate(nodes, 1)
            if holds(EvaluationContext(context.scope, node, context.origin, context.candidate, place))
        )
    return nodes


def _origin(context: EvaluationContext) -> EvaluationContext:
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
    return NAN if not left or math.isnan(left) else math.copysign(math.inf, left)


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


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of an operator. `constant` is its literal value."""

    value: Closure
    constant: str | float | None = None


def ordered(symbol: str, left: Operand, right: Operand) -> Truth:
    holds, one, other, limit = ORDER[symbol], left.value, right.value, right.constant
    if isinstance(limit, float):
        return lambda context: holds(to_number(one(context)), limit)
    return lambda context: holds(to_number(one(context)), to_number(other(context)))


def equated(symbol: str, left: Operand, right: Operand) -> Truth:
    """Closure of `=` or `!=`, with a fast path for texts."""
    wanted = symbol == "="
    for one, text in ((left.value, right.constant), (right.value, left.constant)):
        if isinstance(text, str):
            return _equal_to(one, text, wanted)
    one, other = left.value, right.value
    return lambda context: equal(one(context), other(context)) is wanted


def _equal_to(one: Closure, text: str, wanted: bool) -> Truth:
    def holds(context: EvaluationContext) -> bool:
        value = one(context)
        return (value == text if isinstance(value, str) else equal(value, text)) is wanted

    return holds


def selected(names: Operand, name: Operand) -> Truth:
    """Closure of `selected(names, name)`. As in JavaRosa, `selected(${x}, '')` is true for a blank."""
    listed, one = names.value, name.value
    if isinstance(name.constant, str):
        wanted = f" {name.constant.strip()} "
        return lambda context: wanted in f" {to_text(listed(context))} "
    if isinstance(names.constant, str):
        every = f" {names.constant} "
        return lambda context: f" {to_text(one(context)).strip()} " in every
    return lambda context: f" {to_text(one(context)).strip()} " in f" {to_text(listed(context))} "
