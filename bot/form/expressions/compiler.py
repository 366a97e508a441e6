"""Compiler from the parsed tree of an expression to a closure."""

import difflib
import operator
import re
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import reduce
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
    matcher,
    to_boolean,
    to_number,
)
from bot.form.expressions.functions import BOOLEAN, FUNCTIONS, LAZY, NODESETS, OF_ITS_OWN_NODE, REFUSED
from bot.form.expressions.paths import TABLE, Narrowing, Path, PathStep, narrowing

Token = Any
"""A token of elementpath, which has no types: a tree with `symbol` and `value`."""

_ALL = {**FUNCTIONS, **LAZY}

_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_CALL = re.compile(r"(?:[a-z-]+::)?([A-Za-z][\w.-]*(?::[A-Za-z][\w.-]*)?)\s*\(")
_NODE_TESTS = frozenset({"node", "text", "comment", "processing-instruction"})
_WORDS = {"and", "or", "div", "mod"}
_MOST_NESTED = 100
_MOST_INSIDE = 2
_FAR = frozenset({"descendant", "descendant-or-self", "following", "preceding"})
_CHAINS = frozenset({"and", "or", "+"})
_STARTS = frozenset({"randomize", "indexed-repeat"})
"""Functions whose value is nodes, which a path can start with."""

_NUMBERS = frozenset({"(integer)", "(decimal)", "(float)"})


class ExpressionError(ValueError):
    """Unusable expression, with the reason in one line."""


def tree(source: str) -> Token:
    """Parse an expression. Raises ExpressionError for invalid XPath and unknown functions."""
    _refuse_unknown_functions(source)
    try:
        found = _ODKParser().parse(source)
    except ElementPathError as error:
        text = re.sub(r"\[err:\w+\] ", "", str(error))
        said = re.search(r"at line \d+, column (\d+): (.*)", text)
        raise ExpressionError(f"{said[2]} at character {said[1]}" if said else text) from error
    check_depth(found)
    return found


class _ODKParser(XPath1Parser):
    """XPath 1.0 with ODK's functions. Only parses, never evaluates."""

    DEFAULT_NAMESPACES: ClassVar[dict[str, str]] = {
        **XPath1Parser.DEFAULT_NAMESPACES,
        "jr": "http://openrosa.org/javarosa",
    }
    # elementpath lets a path start neither in parentheses nor at most functions.
    PATH_STEP_SYMBOLS: ClassVar[set[str]] = {*XPath1Parser.PATH_STEP_SYMBOLS, "(", *_STARTS}

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
    # elementpath allows no comparison of a comparison, and lets `<` bind no tighter than `=`.
    for symbol in (*paths.EQUALITY, *paths.ORDER):
        _ODKParser.symbol_table.pop(symbol)
        _ODKParser.infix(symbol, bp=30 if symbol in paths.EQUALITY else 35)


_register()


def _refuse_unknown_functions(source: str) -> None:
    for name in _CALL.findall(_STRING.sub("''", source)):
        if name in REFUSED:
            raise ExpressionError(f"the function {name}() is not for a chat: {REFUSED[name]}")
        if name not in _ALL and name not in _WORDS and name not in _NODE_TESTS:
            near = difflib.get_close_matches(name, [*_ALL], 1, 0.8)
            hint = f"; did you mean {near[0]}()?" if near else ""
            raise ExpressionError(f"the function {name}() is not known{hint}")


def check_count(name: str, function: Function, count: int) -> None:
    """Raise ExpressionError for too few or too many arguments."""
    if count < function.least or (function.most is not None and count > function.most):
        most = "or more" if function.most is None else f"to {function.most}"
        span = str(function.least) if function.least == function.most else f"{function.least} {most}"
        raise ExpressionError(f"{name}() takes {span} arguments, here it has {count}")


def check_depth(token: Token) -> None:
    """Raise ExpressionError for a tree whose evaluation might recurse too deeply."""
    waiting = [(token, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > _MOST_NESTED:
            raise ExpressionError("it is nested too deeply")
        flat = one.symbol in _CHAINS
        waiting += ((inner, depth + (not flat or inner.symbol != one.symbol)) for inner in one)


class Compiler:
    """Compiler of one tree, which collects its paths and functions, with `inside` conditions in brackets around. The
    closure walks the nodes of its paths or, if `direct`, takes a `Reading` with an instance path for each."""

    def __init__(self, *, direct: bool = False, inside: int = 0) -> None:
        self.direct, self.inside = direct, inside
        self.paths: list[Path] = []
        self.functions: set[str] = set()

    def value(self, token: Token) -> Closure:
        symbol, constant = str(token.symbol), _constant(token)
        if constant is not None:
            return lambda _: constant
        if symbol == "(" and len(token) == 1:
            return self.value(token[0])
        if symbol in paths.ARITHMETIC and len(token):
            if symbol == "+" and len(token) == 2 and len(chain := _chain(token)) > 2:
                terms = tuple(map(self.value, chain))
                return lambda context: reduce(operator.add, [to_number(term(context)) for term in terms])
            work, (*left, right) = paths.ARITHMETIC[symbol], map(self.value, token)
            first = left[0] if left else lambda _: -0.0
            return lambda context: work(to_number(first(context)), to_number(right(context)))
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
            parts = tuple(map(self.truth, _chain(token)))
            if len(parts) > 2:
                return _decided(parts, by=symbol == "or")
            left, right = parts
            if symbol == "and":
                return lambda context: left(context) and right(context)
            return lambda context: left(context) or right(context)
        if symbol in paths.EQUALITY or symbol in paths.ORDER:
            compare = paths.equated if symbol in paths.EQUALITY else paths.ordered
            return compare(symbol, self.value(token[0]), self.value(token[1]), _constant(token[1]))
        if not self._is_call(token) or (name := _name(token)) not in BOOLEAN:
            return None
        _, arguments = self._called(token)
        if name == "selected":
            names, one = map(self.value, arguments)
            return paths.selected(names, one, _constant(arguments[1]))
        holds = self.truth(arguments[0])
        return lambda context: not holds(context)

    @staticmethod
    def _is_call(token: Token) -> bool:
        return str(token.value) in FUNCTIONS if token.symbol == ":" else bool(token.label == "function")

    def _call(self, token: Token) -> Closure:
        name, (function, arguments) = _name(token), self._called(token)
        if name == "if":
            test, yes, no = self.truth(arguments[0]), self.value(arguments[1]), self.value(arguments[2])
            return lambda context: yes(context) if test(context) else no(context)
        if name == "indexed-repeat":
            return self._indexed(arguments)
        if name == "weighted-checklist" and len(arguments) % 2:
            raise ExpressionError(f"{name}() takes two bounds, then pairs of a value and its weight")
        if name == "regex" and isinstance(pattern := _constant(arguments[1]), str):
            try:
                matcher(pattern)
            except re.error as error:
                raise ExpressionError(f"the pattern of regex() is wrong: {error}") from error
        closures, call = self._arguments(name, arguments), function.call
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

    def _arguments(self, name: str, arguments: list[Token]) -> tuple[Closure, ...]:
        if name in OF_ITS_OWN_NODE and not arguments:
            return (self._nodes(Path(".", ())),)
        if name in NODESETS and arguments:
            return (self._nodes(self.path(arguments[0])), *map(self.value, arguments[1:]))
        return tuple(map(self.value, arguments))

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
        if symbol in {"/", "//"}:
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
        if symbol in _STARTS or symbol == "|" or (symbol == "(" and len(token) == 1):
            return self._made(token)
        if (step := self._step(token)) is not None:
            return Path(".", (step,))
        shown = {"$": "variables", "(string)": "a text"}.get(symbol, f"`{symbol}`")
        raise ExpressionError(f"{shown} cannot be used in a form's expression as a path")

    def _step(self, token: Token) -> PathStep | None:
        """Step with an axis or a test of the kind of node. None for other tokens."""
        symbol = str(token.symbol)
        if symbol == "text":
            return PathStep("*", axis="text()")
        if symbol in _NODE_TESTS:
            return PathStep("*" if symbol == "node" else f"{symbol}()")
        if symbol == "@" or (symbol == "attribute" and len(token)):
            return PathStep(f"@{token[0].value}")
        if symbol not in paths.AXES or not len(token):
            return None
        (step,) = self.path(token[0]).steps
        if symbol in _FAR and self.inside:
            raise ExpressionError(f"{symbol} cannot be searched in brackets: it could take for ever")
        test = "node()" if str(token[0].symbol) == "node" else step.name
        return step if symbol == "child" else replace(step, name=test, axis=symbol)

    def _made(self, token: Token) -> Path:
        """Path that starts at the nodes of a union, a function or an expression in parentheses."""
        if self._is_call(token):
            inner = Compiler(inside=self.inside)
            make = inner._call(token)
            self.functions |= inner.functions
            return Path("(", (), tuple(inner.paths), make)  # type: ignore[arg-type]  # these give nodes
        bases = tuple(map(self.path, token))
        if len(bases) == 1:
            return Path("(", (), bases, lambda context: paths.select(bases[0], context))
        return Path("(", (), bases, lambda context: paths.union(bases, context))

    def _joined(self, token: Token) -> Path:
        left = self.path(token[0]) if len(token) == 2 else Path("/", ())
        if not len(token):
            return left
        right = self.path(token[-1])
        if right.start != ".":
            raise ExpressionError("current() and parentheses can only stand at the start of a path")
        steps = right.steps
        if str(token.symbol) == "//":
            if self.inside:
                raise ExpressionError("`//` cannot be used in brackets: it could take for ever")
            steps = (PathStep("node()", axis="descendant-or-self"), *steps)
        return replace(left, steps=left.steps + steps)

    def _filtered(self, token: Token) -> Path:
        path = self.path(token[0])
        if path.start == "(" and not path.steps:
            path = replace(path, steps=(PathStep("node()", axis="("),))
        if not path.steps or path.steps[-1].name in {".", ".."}:
            raise ExpressionError("a condition in brackets must follow a name")
        if self.inside == _MOST_INSIDE:
            raise ExpressionError(f"more than {_MOST_INSIDE} conditions in brackets are inside each other")
        inner = Compiler(inside=self.inside + 1)
        closure = inner.value(token[1])
        self.functions |= inner.functions
        last = path.steps[-1]
        predicates, looks = (*last.predicates, _predicate(closure)), last.looks + tuple(inner.paths)
        narrow = last.narrow if last.predicates else narrowed(token[1])
        step = replace(last, predicates=predicates, looks=looks, narrow=narrow)
        return replace(path, steps=(*path.steps[:-1], step))


def _chain(token: Token) -> list[Token]:
    """Operands of an operator that is repeated, from left to right."""
    found = [token[1]]
    while (left := token[0]).symbol == token.symbol and len(left) == 2:
        token = left
        found.append(token[1])
    return [left, *reversed(found)]


def _decided(parts: tuple[Truth, ...], *, by: bool) -> Truth:
    """Closure of a long `and` or `or`: the first part of this value decides."""

    def holds(context: EvaluationContext) -> bool:
        for part in parts:
            if part(context) is by:
                return by
        return not by

    return holds


def narrowed(token: Token) -> Narrowing | None:
    """Rows of a table that may fulfil a condition, whose `.` is a row."""
    if _reads_row(token, starts=()):
        return None
    return narrowing(token, lambda part: None if _reads_row(part) else Compiler().value(part))


def _reads_row(token: Token, starts: Collection[str] = (".", "(")) -> bool:
    """Whether an expression asks for the place of a row, or has a path with one of these starts."""
    inner = Compiler()
    inner.value(token)
    return bool(inner.functions & {"last", "position"}) or any(one.start in starts for one in inner.paths)


def _name(token: Token) -> str:
    return str(token.value) if token.symbol == ":" else str(token.symbol)


def _constant(token: Token) -> str | float | None:
    if token.symbol == "(string)":
        return str(token.value)
    return float(token.value) if token.symbol in _NUMBERS else None


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
    # As in JavaRosa, an index that is not a number yet means the first instance.
    return lambda context: max(1.0, to_number(index(paths.at_origin(context)))) == context.position
