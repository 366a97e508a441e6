"""Expressions of a form: XPath 1.0 as ODK understands it (https://getodk.github.io/xforms-spec/).

elementpath parses the source; the tree is compiled once into plain closures over the nodes of an instance, so that
coercion follows JavaRosa and nothing can ever run but the functions listed in `functions`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.form.expressions.coercion import Scalar, scalar
from bot.form.expressions.compiler import Compiler
from bot.form.expressions.context import Closure, Context, Fixed, Reading, Truth
from bot.form.expressions.grammar import ExpressionError, Token, tree
from bot.form.expressions.paths import Path

__all__ = ["LONGEST_SOURCE", "Expression", "ExpressionError", "parse"]

LONGEST_SOURCE = 4_000
"""The most characters of one expression."""


@dataclass(frozen=True, eq=False)
class Expression:
    """A compiled expression. `paths` are all the paths it reads, including those in predicates; `functions` are the
    names of all functions it calls; `tokens` is what it was parsed to."""

    source: str
    paths: tuple[Path, ...]
    functions: frozenset[str]
    tokens: Token
    closure: Closure

    def evaluate(self, context: Context) -> Scalar:
        """The value in this context; a nodeset counts as the value of its first node."""
        return scalar(self.closure(context))

    def holds(self, context: Context) -> bool:
        """The value as a boolean."""
        return self._truth(context)

    def read(self, context: Reading) -> Scalar:
        """The value, where its paths stand for instance paths."""
        return scalar(self._direct_closure(context))

    def holds_reading(self, context: Reading) -> bool:
        """The same as a boolean."""
        return self._direct_truth(context)

    @cached_property
    def _truth(self) -> Truth:
        return Compiler().truth(self.tokens)

    @cached_property
    def _direct_closure(self) -> Closure:
        return Compiler(direct=True).value(self.tokens)

    @cached_property
    def _direct_truth(self) -> Truth:
        return Compiler(direct=True).truth(self.tokens)


@lru_cache(maxsize=4096)
def parse(source: str) -> Expression:
    """Compile an expression, or take it from the cache. Raises ExpressionError."""
    if len(source) > LONGEST_SOURCE:
        raise ExpressionError(f"it is longer than {LONGEST_SOURCE} characters")
    compiler = Compiler()
    try:
        tokens = tree(source)
        closure = compiler.value(tokens)
    except RecursionError as error:
        raise ExpressionError("it is nested too deeply") from error
    return Expression(source, tuple(compiler.paths), frozenset(compiler.functions), tokens, closure)


@lru_cache(maxsize=4096)
def value_at(expression: Expression, paths: tuple[str, ...]) -> Callable[[Fixed], Scalar]:
    """What gives the value of an expression whose paths always stand for these instance paths."""
    closure = Compiler(fixed=paths).value(expression.tokens)
    return lambda context: scalar(closure(context))


@lru_cache(maxsize=4096)
def truth_at(expression: Expression, paths: tuple[str, ...]) -> Callable[[Fixed], bool]:
    """The same as a boolean."""
    return Compiler(fixed=paths).truth(expression.tokens)
