"""What a call in an expression must have: the right number of arguments, a pattern that ends."""

import re

from bot.form.expressions.context import Function
from bot.form.expressions.grammar import ExpressionError, Token
from bot.form.expressions.patterns import runaway


def check_count(name: str, function: Function, count: int) -> None:
    """Raises ExpressionError for too few or too many arguments."""
    if count < function.least or (function.most is not None and count > function.most):
        most = "or more" if function.most is None else f"to {function.most}"
        span = str(function.least) if function.least == function.most else f"{function.least} {most}"
        raise ExpressionError(f"{name}() takes {span} arguments, here it has {count}")


def check_pattern(token: Token) -> None:
    """Raises ExpressionError for a pattern that is not written out, is wrong, or could take for ever."""
    if token.symbol != "(string)":
        raise ExpressionError("the pattern of regex() must be a text in quotes")
    try:
        re.compile(token.value)
    except re.error as error:
        raise ExpressionError(f"the pattern of regex() is wrong: {error}") from error
    if runaway(token.value):
        raise ExpressionError("the pattern of regex() repeats what already repeats, which can take for ever")
