"""Expressions of a form: XPath 1.0 as ODK understands it (https://getodk.github.io/xforms-spec/).

elementpath parses the source; the tree is compiled once into plain closures over the nodes of an instance, so that
coercion follows JavaRosa and nothing can ever run but the functions listed in `functions`.
"""

from dataclasses import dataclass
from functools import lru_cache

from bot.form.expressions.coercion import Scalar, scalar, to_boolean
from bot.form.expressions.compiler import Closure, Compiler
from bot.form.expressions.context import Context
from bot.form.expressions.grammar import ExpressionError, tree
from bot.form.expressions.paths import Path

__all__ = ["LONGEST_SOURCE", "Expression", "ExpressionError", "parse"]

LONGEST_SOURCE = 4_000
"""The most characters of one expression."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. `paths` are all the paths it reads, including those in predicates; `functions` are the
    names of all functions it calls."""

    source: str
    paths: tuple[Path, ...]
    functions: frozenset[str]
    closure: Closure

    def evaluate(self, context: Context) -> Scalar:
        """The value in this context; a nodeset counts as the value of its first node."""
        return scalar(self.closure(context))

    def holds(self, context: Context) -> bool:
        """The value as a boolean."""
        return to_boolean(self.closure(context))


@lru_cache(maxsize=4096)
def parse(source: str) -> Expression:
    """Compile an expression, or take it from the cache. Raises ExpressionError."""
    if len(source) > LONGEST_SOURCE:
        raise ExpressionError(f"it is longer than {LONGEST_SOURCE} characters")
    compiler = Compiler()
    try:
        closure = compiler.value(tree(source))
    except RecursionError as error:
        raise ExpressionError("it is nested too deeply") from error
    return Expression(source, tuple(compiler.paths), frozenset(compiler.functions), closure)
