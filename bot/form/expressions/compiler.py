"""Compiler from the parsed tree of an expression to a closure."""

import difflib
import re
from collections.abc import Callable, Collection
from typing import Any, ClassVar

from elementpath import ElementPathError
from elementpath.tdop import Parser
from elementpath.xpath1 import XPath1Parser

from bot.form.expressions import paths
from bot.form.expressions.coercion import (
    Closure,
    EvaluationContext,
    Function,
    Reading,
    Truth,
    Value,
    to_boolean,
    to_number,
)
from bot.form.expressions.functions import BOOLEAN, FUNCTIONS, LAZY, NODESETS, OF_ITS_OWN_NODE, REFUSED
from bot.form.expressions.paths import Operand, Path, PathStep
from bot.form.expressions.tables import TABLE, Narrowing, narrowing

Token = Any
"""A token of elementpath, which has no types: a tree with `symbol` and `value`."""

_ALL = {**FUNCTIONS, **LAZY}

_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_CALL = re.compile(r"([A-Za-z][\w.:-]*)\s*\(")
_NODE_TESTS = {"node", "text", "comment", "processing-instruction"}
_WORDS = {"and", "or", "div", "mod"}

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|.", re.DOTALL)

_NUMBERS = frozenset({"(integer)", "(decimal)", "(float)"})


class ExpressionError(ValueError):
    """Unusable expression, with the reason in one line."""


def tree(source: str) -> Token:
    """Parse an expression. Raises ExpressionError for invalid XPath and unknown functions."""
    _refuse_unknown_functions(source)
    try:
        return _ODKParser().parse(source)
    except ElementPathError as error:
        text = re.sub(r"\[err:\w+\] ", "", str(error))
        found = re.search(r"at line \d+, column (\d+): (.*)", text)
        raise ExpressionError(f"{found[2]} at character {found[1]}" if found else text) from error


class _ODKParser(XPath1Parser):
    """XPath 1.0 with ODK's functions. Only parses, never evaluates."""

    DEFAULT_NAMESPACES: ClassVar[dict[str, str]] = {
        **XPath1Parser.DEFAULT_NAMESPACES,
        "jr": "http://openrosa.org/javarosa",
    }

    def parse(self, source: str) -> Token:
        if self.tokenizer is None:
            type(self).tokenizer = self.create_tokenizer(self.symbol_table)
        return Parser.parse(self, source)


def _register() -> None:
    for name, function in _ALL.items():
        prefix, _, local = name.rpartition(":")
        _ODKParser.symbol_table.pop(local, None)
        # elementpath lets a path start at a kind test, but not at a function of XPath 1.0.
        label = "kind test" if name in {"current", "instance"} else "function"
        nargs = None if function.least else (0, None)
        _ODKParser.function(local, prefix=prefix or None, label=label, nargs=nargs)


_register()


def _refuse_unknown_functions(source: str) -> None:
    for name in _CALL.findall(_STRING.sub("''", source)):
        if name in REFUSED:
            raise ExpressionError(f"the function {name}() is not for a chat: {REFUSED[name]}")
        if name in _NODE_TESTS:
            raise ExpressionError(f"{name}() is not supported")
        if name not in _ALL and name not in _WORDS:
            near = difflib.get_close_matches(name, [*_ALL], 1)
            hint = f"; did you mean {near[0]}()?" if near else ""
            raise ExpressionError(f"the function {name}() is not known{hint}")


def runaway(pattern: str) -> bool:
    """Whether a pattern repeats a group that holds repetition or alternatives, such as `(a+)+`, whose
    running time may double with every letter. Some harmless patterns match too."""
    wide = [False]
    closed = False
    for part in _PART.findall(pattern):
        if part == "(":
            wide.append(False)
            closed = False
        elif part == ")" and len(wide) > 1:
            closed = wide.pop()
            wide[-1] = wide[-1] or closed
        elif part in {"*", "+"} or (part.startswith("{") and part.endswith(",}")):
            if closed:
                return True
            wide[-1] = True
        else:
            wide[-1] = wide[-1] or part == "|"
            closed = False
    return False


def check_count(name: str, function: Function, count: int) -> None:
    """Raise ExpressionError for too few or too many arguments."""
    if count < function.least or (function.most is not None and count > function.most):
        most = "or more" if function.most is None else f"to {function.most}"
        span = str(function.least) if function.least == function.most else f"{function.least} {most}"
        raise ExpressionError(f"{name}() takes {span} arguments, here it has {count}")


def check_pattern(token: Token) -> None:
    """Raise ExpressionError for a pattern that is no literal, is invalid, or could run for ever."""
    if token.symbol != "(string)":
        raise ExpressionError("the pattern of regex() must be a text in quotes")
    try:
        re.compile(token.value)
    except re.error as error:
        raise ExpressionError(f"the pattern of regex() is wrong: {error}") from error
    if runaway(token.value):
        raise ExpressionError("the pattern of regex() repeats what already repeats, which can take for ever")


class Compiler:
    """Compiler of one tree, which collects its paths and functions.

    The closure walks the nodes that its paths select. If `direct`, it takes a `Reading` with an instance path
    for each of `paths`.
    """

    def __init__(self, *, direct: bool = False) -> None:
        self.direct = direct
        self.paths: list[Path] = []
        self.functions: set[str] = set()

    def value(self, token: Token) -> Closure:
        symbol, constant = str(token.symbol), _constant(token)
        if constant is not None:
            return lambda _: constant
        if symbol == "(" and len(token) == 1:
            return self.value(token[0])
        if symbol in paths.ARITHMETIC and len(token):
            first, *second = map(self.value, token)
            if not second:
                sign = -1.0 if symbol == "-" else 1.0
                return lambda context: sign * to_number(first(context))
            work, (other,) = paths.ARITHMETIC[symbol], second
            return lambda context: work(to_number(first(context)), to_number(other(context)))
        if (boolean := self._boolean(token)) is not None:
            return boolean
        if self._is_call(token):
            return self._call(token)
        return self._nodes(self.path(token))

    def truth(self, token: Token) -> Truth:
        if token.symbol == "(" and len(token) == 1:
            return self.truth(token[0])
        if (boolean := self._boolean(token)) is not None:
            return boolean
        closure = self.value(token)
        return lambda context: to_boolean(closure(context))

    def _boolean(self, token: Token) -> Truth | None:
        """Closure of a token whose value is a boolean. None for others."""
        symbol = str(token.symbol)
        if symbol in {"and", "or"} and len(token) == 2:
            left, right = self.truth(token[0]), self.truth(token[1])
            if symbol == "and":
                return lambda context: left(context) and right(context)
            return lambda context: left(context) or right(context)
        if symbol in paths.EQUALITY:
            return paths.equated(symbol, self._operand(token[0]), self._operand(token[1]))
        if symbol in paths.ORDER:
            return paths.ordered(symbol, self._operand(token[0]), self._operand(token[1]))
        if not self._is_call(token) or (name := _name(token)) not in BOOLEAN:
            return None
        _, arguments = self._called(token)
        if name == "selected":
            return paths.selected(*map(self._operand, arguments))
        holds = self.truth(arguments[0])
        return lambda context: not holds(context)

    def _operand(self, token: Token) -> Operand:
        return Operand(self.value(token), _constant(token))

    @staticmethod
    def _is_call(token: Token) -> bool:
        if token.symbol == ":":
            return len(token) == 2 and str(token.value) in FUNCTIONS
        return bool(token.label == "function")

    def _call(self, token: Token) -> Closure:
        name, (function, arguments) = _name(token), self._called(token)
        if name == "if":
            test, yes, no = self.truth(arguments[0]), self.value(arguments[1]), self.value(arguments[2])
            return lambda context: yes(context) if test(context) else no(context)
        if name == "indexed-repeat":
            return self._indexed(arguments)
        if name in NODESETS:
            for argument in arguments:
                Compiler().path(argument)
        if name == "regex":
            check_pattern(arguments[1])
        closures, call = tuple(map(self.value, arguments)), function.call
        if name in OF_ITS_OWN_NODE and not arguments:
            closures = (self._nodes(Path(".", ())),)
        if len(closures) == 1:
            only = closures[0]
            return lambda context: call(context, (only(context),))
        return lambda context: call(context, [closure(context) for closure in closures])

    def _called(self, token: Token) -> tuple[Function, list[Token]]:
        name = _name(token)
        arguments = list(token[1]) if token.symbol == ":" else list(token)
        function = FUNCTIONS.get(name) or LAZY[name]
        self.functions.add(name)
        check_count(name, function, len(arguments))
        return function, arguments

    def _indexed(self, arguments: list[Token]) -> Closure:
        target = self.path(arguments[0])
        if not target.absolute or len(arguments) % 2 == 0:
            raise ExpressionError("indexed-repeat() takes ${question}, then ${repeat} and its place in turn")
        steps = list(target.steps)
        for repeat, place in zip(arguments[1::2], arguments[2::2], strict=True):
            depth = len(self.path(repeat).steps)
            if not 0 < depth < len(steps):
                raise ExpressionError("indexed-repeat() takes a question inside the repeat it names")
            index = self.value(place)
            steps[depth - 1] = PathStep(steps[depth - 1].name, (_at(index),))
        return self._nodes(Path("/", tuple(steps)))

    def _nodes(self, path: Path) -> Closure:
        number = len(self.paths)
        self.paths.append(path)
        return _read(number) if self.direct else lambda context: paths.select(path, context)

    def path(self, token: Token) -> Path:
        """The path of a token. Raises ExpressionError for XPath that forms do not need."""
        symbol = str(token.symbol)
        if symbol == "/":
            return self._joined(token)
        if symbol == "[":
            return self._filtered(token)
        if symbol in {"(name)", "*", "..", "."} and not len(token):
            return Path(".", () if symbol == "." else (PathStep(str(token.value)),))
        if symbol == "current" and not len(token):
            return Path("current()", ())
        if symbol == "instance" and len(token) == 1 and token[0].symbol == "(string)":
            self.functions.add(symbol)
            return Path("/", (PathStep(f"{TABLE[1:]}{token[0].value}"),))
        shown = {"//": "`//`", "|": "`|`", "@": "attributes", "$": "variables"}.get(symbol, f"`{symbol}`")
        raise ExpressionError(f"{shown} cannot be used in a form's expression")

    def _joined(self, token: Token) -> Path:
        left = self.path(token[0]) if len(token) == 2 else Path("/", ())
        if not len(token):
            return left
        right = self.path(token[-1])
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
        narrow = None if last.predicates else narrowed(token[1])
        narrow, looks = last.narrow or narrow, last.looks + tuple(inner.paths)
        step = PathStep(last.name, (*last.predicates, _predicate(closure)), looks, narrow)
        return Path(path.start, (*path.steps[:-1], step))


def narrowed(token: Token) -> Narrowing | None:
    """Rows of a table that may fulfil a condition, whose `.` is a row."""
    return None if _reads_row(token, {"position"}, starts=False) else narrowing(token, _of_no_row)


def _of_no_row(token: Token) -> Closure | None:
    return None if _reads_row(token) else Compiler().value(token)


def _reads_row(token: Token, functions: Collection[str] = ("position",), *, starts: bool = True) -> bool:
    """Whether an expression calls one of these functions or, if `starts`, has a path that starts at `.`."""
    inner = Compiler()
    inner.value(token)
    return not inner.functions.isdisjoint(functions) or (
        starts and any(one.start == "." for one in inner.paths)
    )


def _name(token: Token) -> str:
    return str(token.value) if token.symbol == ":" else str(token.symbol)


def _constant(token: Token) -> str | float | None:
    symbol = str(token.symbol)
    if symbol in _NUMBERS:
        return float(token.value)
    return str(token.value) if symbol == "(string)" else None


def _read(number: int) -> Closure:
    def read(context: Reading) -> Value:
        path = context.reads[number]
        value = context.known.get(path)
        return context.scope.value_at(path) if value is None else value

    return read  # type: ignore[return-value]  # `Expression.read` passes nothing else


def _predicate(closure: Closure) -> Callable[[EvaluationContext], bool]:
    def holds(context: EvaluationContext) -> bool:
        value = closure(context)
        if isinstance(value, float):
            return value == context.position
        return bool(value) if isinstance(value, tuple) else to_boolean(value)

    return holds


def _at(index: Closure) -> Callable[[EvaluationContext], bool]:
    """Evaluate the index at the expression's own node, not inside the repeat."""

    def holds(context: EvaluationContext) -> bool:
        outside = EvaluationContext(context.scope, context.origin, context.origin, context.candidate)
        place = to_number(index(outside))
        # As in JavaRosa, an index that is not a number yet means the first instance.
        return max(1.0, place) == context.position

    return holds
