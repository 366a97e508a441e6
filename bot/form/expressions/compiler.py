"""Compiles the parsed tree of an expression into a closure over the nodes of an instance."""

import math
import operator
import re
from collections.abc import Callable, Mapping

from bot.form.expressions.coercion import NAN, Value, equal, to_boolean, to_number
from bot.form.expressions.context import Context, Function
from bot.form.expressions.functions import FUNCTIONS, LAZY, NODESETS, OF_ITS_OWN_NODE
from bot.form.expressions.grammar import ExpressionError, Token
from bot.form.expressions.paths import Path, Step, select
from bot.form.expressions.patterns import runaway

Closure = Callable[[Context], Value]


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    return NAN if not left or math.isnan(left) else math.copysign(math.inf, left)


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "div": _divided,
    "mod": lambda left, right: math.fmod(left, right) if right and math.isfinite(left) else NAN,
}
_COMPARISON: Mapping[str, Callable[[Value, Value], bool]] = {
    "=": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": lambda left, right: to_number(left) < to_number(right),
    "<=": lambda left, right: to_number(left) <= to_number(right),
    ">": lambda left, right: to_number(left) > to_number(right),
    ">=": lambda left, right: to_number(left) >= to_number(right),
}


class Compiler:
    """Compiles a tree of tokens, and notes the paths and functions it comes across."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.functions: set[str] = set()

    def value(self, token: Token) -> Closure:
        symbol = str(token.symbol)
        if symbol in {"(integer)", "(decimal)", "(float)"}:
            number = float(token.value)
            return lambda _: number
        if symbol == "(string)":
            text = str(token.value)
            return lambda _: text
        if symbol == "(" and len(token) == 1:
            return self.value(token[0])
        if symbol in _COMPARISON:
            return self._comparison(symbol, token)
        if symbol in _ARITHMETIC and len(token):
            return self._arithmetic(symbol, token)
        if symbol in {"and", "or"} and len(token) == 2:
            return self._logic(symbol, token)
        if self._is_call(token):
            return self._call(token)
        return self._nodes(self.path(token))

    def _comparison(self, symbol: str, token: Token) -> Closure:
        compare, left, right = _COMPARISON[symbol], self.value(token[0]), self.value(token[1])
        return lambda context: compare(left(context), right(context))

    def _arithmetic(self, symbol: str, token: Token) -> Closure:
        if len(token) == 1:
            only, sign = self.value(token[0]), -1.0 if symbol == "-" else 1.0
            return lambda context: sign * to_number(only(context))
        work, left, right = _ARITHMETIC[symbol], self.value(token[0]), self.value(token[1])
        return lambda context: work(to_number(left(context)), to_number(right(context)))

    def _logic(self, symbol: str, token: Token) -> Closure:
        left, right = self.value(token[0]), self.value(token[1])
        if symbol == "and":
            return lambda context: to_boolean(left(context)) and to_boolean(right(context))
        return lambda context: to_boolean(left(context)) or to_boolean(right(context))

    @staticmethod
    def _is_call(token: Token) -> bool:
        if token.symbol == ":":
            return len(token) == 2 and str(token.value) in FUNCTIONS
        return bool(token.label == "function")

    def _call(self, token: Token) -> Closure:
        name = str(token.value) if token.symbol == ":" else str(token.symbol)
        arguments = list(token[1]) if token.symbol == ":" else list(token)
        function = FUNCTIONS.get(name) or LAZY[name]
        self.functions.add(name)
        _check_count(name, function, len(arguments))
        if name == "if":
            return self._choice(arguments)
        if name == "indexed-repeat":
            return self._indexed(arguments)
        if name == "regex":
            _check_pattern(arguments[1])
        if name in NODESETS:
            for argument in arguments:
                Compiler().path(argument)
        if name in OF_ITS_OWN_NODE and not arguments:
            self.paths.append(Path(".", ()))
        closures = tuple(map(self.value, arguments))
        call = function.call
        return lambda context: call(context, [closure(context) for closure in closures])

    def _choice(self, arguments: list[Token]) -> Closure:
        test, yes, no = map(self.value, arguments)
        return lambda context: yes(context) if to_boolean(test(context)) else no(context)

    def _indexed(self, arguments: list[Token]) -> Closure:
        """`indexed-repeat(node, repeat, index, …)` is the node's path with an index at each repeat."""
        target = self.path(arguments[0])
        if not target.absolute or len(arguments) % 2 == 0:
            raise ExpressionError("indexed-repeat() takes ${question}, then ${repeat} and its place in turn")
        steps = list(target.steps)
        for repeat, place in zip(arguments[1::2], arguments[2::2], strict=True):
            depth = len(self.path(repeat).steps)
            if not 0 < depth < len(steps):
                raise ExpressionError("indexed-repeat() takes a question inside the repeat it names")
            index = self.value(place)
            steps[depth - 1] = Step(steps[depth - 1].name, (_at(index),))
        return self._nodes(Path("/", tuple(steps)))

    def _nodes(self, path: Path) -> Closure:
        self.paths.append(path)
        return lambda context: select(path, context)

    def path(self, token: Token) -> Path:
        """The path that a token stands for. Raises ExpressionError for XPath that forms do not need."""
        symbol = str(token.symbol)
        if symbol == "/":
            return self._joined(token)
        if symbol == "[":
            return self._filtered(token)
        if symbol in {"(name)", "*", "..", "."} and not len(token):
            return Path(".", () if symbol == "." else (Step(str(token.value)),))
        if symbol == "current" and not len(token):
            return Path("current()", ())
        shown = {"//": "`//`", "|": "`|`", "@": "attributes", "$": "variables"}.get(symbol, f"`{symbol}`")
        raise ExpressionError(f"{shown} cannot be used in a form's expression")

    def _joined(self, token: Token) -> Path:
        if not len(token):
            return Path("/", ())
        if len(token) == 1:
            return self._joined_to(Path("/", ()), token[0])
        return self._joined_to(self.path(token[0]), token[1])

    def _joined_to(self, left: Path, token: Token) -> Path:
        right = self.path(token)
        if right.start != ".":
            raise ExpressionError("current() can only stand at the start of a path")
        return Path(left.start, left.steps + right.steps)

    def _filtered(self, token: Token) -> Path:
        path = self.path(token[0])
        if not path.steps:
            raise ExpressionError("a condition in brackets must follow a name")
        inner = Compiler()
        closure = inner.value(token[1])
        self.functions |= inner.functions
        last = path.steps[-1]
        step = Step(last.name, (*last.predicates, _predicate(closure)), last.looks + tuple(inner.paths))
        return Path(path.start, (*path.steps[:-1], step))


def _predicate(closure: Closure) -> Callable[[Context], bool]:
    def holds(context: Context) -> bool:
        value = closure(context)
        if isinstance(value, float):
            return value == context.position
        return bool(value) if isinstance(value, tuple) else to_boolean(value)

    return holds


def _at(index: Closure) -> Callable[[Context], bool]:
    """The index is evaluated where the whole expression stands, not inside the repeat."""

    def holds(context: Context) -> bool:
        outside = Context(context.scope, context.origin, context.origin, context.candidate)
        place = to_number(index(outside))
        # As in JavaRosa, an index that is not a number yet means the first instance.
        return max(1.0, place) == context.position

    return holds


def _check_count(name: str, function: Function, count: int) -> None:
    if count < function.least or (function.most is not None and count > function.most):
        most = "or more" if function.most is None else f"to {function.most}"
        span = str(function.least) if function.least == function.most else f"{function.least} {most}"
        raise ExpressionError(f"{name}() takes {span} arguments, here it has {count}")


def _check_pattern(token: Token) -> None:
    if token.symbol != "(string)":
        raise ExpressionError("the pattern of regex() must be a text in quotes")
    try:
        re.compile(token.value)
    except re.error as error:
        raise ExpressionError(f"the pattern of regex() is wrong: {error}") from error
    if runaway(token.value):
        raise ExpressionError("the pattern of regex() repeats what already repeats, which can take for ever")
