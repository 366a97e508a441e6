"""Expressions of a form: XPath 1.0 as ODK understands it (https://getodk.github.io/xforms-spec/).

elementpath parses the source; the tree is compiled once into plain closures over the nodes of an instance, so that
coercion follows JavaRosa and nothing can ever run but the functions listed in `functions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.form.expressions.coercion import Scalar, scalar
from bot.form.expressions.compiler import Compiler
from bot.form.expressions.context import Closure, Context, Truth
from bot.form.expressions.grammar import ExpressionError, Token, tree
from bot.form.expressions.paths import Path

__all__ = ["LONGEST_SOURCE", "Expression", "ExpressionError", "parse"]

LONGEST_SOURCE = 4_000
"""The most characters of one expression."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. `paths` are all the paths it reads, including those in predicates; `functions` are the
    names of all functions it calls; `tokens` is what it was parsed to."""

    source: str
    paths: tuple[Path, ...]
    functions: frozenset[str]
    tokens: Token
    closure: Closure
    truth: Truth

    def evaluate(self, context: Context) -> Scalar:
        """The value in this context; a nodeset counts as the value of its first node."""
        return scalar(self.closure(context))

    def holds(self, context: Context) -> bool:
        """The value as a boolean."""
        return self.truth(context)

    def reading(self, readings: Mapping[Path, Closure]) -> "Expression":
        """The same expression, which reads these paths so."""
        return _compiled(self.source, self.tokens, Compiler(readings))


@lru_cache(maxsize=4096)
def parse(source: str) -> Expression:
    """Compile an expression, or take it from the cache. Raises ExpressionError."""
    if len(source) > LONGEST_SOURCE:
        raise ExpressionError(f"it is longer than {LONGEST_SOURCE} characters")
    try:
        return _compiled(source, tree(source), Compiler())
    except RecursionError as error:
        raise ExpressionError("it is nested too deeply") from error


def _compiled(source: str, tokens: Token, compiler: Compiler) -> Expression:
    closure = compiler.value(tokens)
    paths, functions = tuple(compiler.paths), frozenset(compiler.functions)
    return Expression(source, paths, functions, tokens, closure, compiler.truth(tokens))
