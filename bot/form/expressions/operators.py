"""The operators of expressions, as closures over those of their operands."""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.form.expressions.coercion import NAN, equal, to_number, to_text
from bot.form.expressions.context import Closure, Context, Truth


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
    """One side of an operator; `constant` is its value if it is written in the expression."""

    value: Closure
    constant: str | float | None = None


def calculated(symbol: str, left: Closure, right: Closure) -> Closure:
    """The closure of an operator that gives a number."""
    work = ARITHMETIC[symbol]
    return lambda context: work(to_number(left(context)), to_number(right(context)))


def ordered(symbol: str, left: Operand, right: Operand) -> Truth:
    """The closure of `<`, `<=`, `>` or `>=`."""
    holds, one, other, limit = ORDER[symbol], left.value, right.value, right.constant
    if isinstance(limit, float):
        return lambda context: holds(to_number(one(context)), limit)
    return lambda context: holds(to_number(one(context)), to_number(other(context)))


def equated(symbol: str, left: Operand, right: Operand) -> Truth:
    """The closure of `=` or `!=`. Most compare a value with a text, and most such values are texts themselves."""
    same = symbol == "="
    for one, text in ((left.value, right.constant), (right.value, left.constant)):
        if isinstance(text, str):
            return _equal_to(one, text) if same else _unequal_to(one, text)
    one, other = left.value, right.value
    if same:
        return lambda context: equal(one(context), other(context))
    return lambda context: not equal(one(context), other(context))


def _equal_to(one: Closure, text: str) -> Truth:
    def holds(context: Context) -> bool:
        value = one(context)
        return value == text if isinstance(value, str) else equal(value, text)

    return holds


def _unequal_to(one: Closure, text: str) -> Truth:
    def holds(context: Context) -> bool:
        value = one(context)
        return value != text if isinstance(value, str) else not equal(value, text)

    return holds


def selected(names: Operand, name: Operand) -> Truth:
    """The closure of `selected(names, name)`. As JavaRosa does it: `selected(${x}, '')` is true for a blank."""
    listed, one = names.value, name.value
    if isinstance(name.constant, str):
        wanted = f" {name.constant.strip()} "
        return lambda context: wanted in f" {to_text(listed(context))} "
    if isinstance(names.constant, str):
        every = f" {names.constant} "
        return lambda context: f" {to_text(one(context)).strip()} " in every
    return lambda context: f" {to_text(one(context)).strip()} " in f" {to_text(listed(context))} "
