"""The grammar of expressions: elementpath's XPath 1.0 plus ODK's functions, used for parsing only."""

import difflib
import re
from typing import Any, ClassVar

from elementpath import ElementPathError
from elementpath.tdop import Parser
from elementpath.xpath1 import XPath1Parser

from bot.form.expressions.functions import FUNCTIONS, LAZY, REFUSED

Token = Any
"""A token of elementpath: a tree with `symbol` and `value`; the library does not type them."""

_ALL = {**FUNCTIONS, **LAZY}


class ExpressionError(ValueError):
    """An expression that cannot be used; the message says why in one line."""


def tree(source: str) -> Token:
    """Parse an expression into a tree of tokens. Raises ExpressionError for invalid XPath and unknown functions."""
    _refuse_unknown_functions(source)
    try:
        return _ODKParser().parse(source)
    except ElementPathError as error:
        raise ExpressionError(_reason(error)) from error
    except RecursionError as error:
        raise ExpressionError("it is nested too deeply") from error


class _ODKParser(XPath1Parser):
    """XPath 1.0 that also accepts ODK's functions; it never evaluates, so they have no bodies here."""

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
        label = "kind test" if name == "current" else "function"
        nargs = None if function.least else (0, None)
        _ODKParser.function(local, prefix=prefix or None, label=label, nargs=nargs)


def _reason(error: ElementPathError) -> str:
    text = re.sub(r"\[err:\w+\] ", "", str(error))
    found = re.search(r"at line \d+, column (\d+): (.*)", text)
    return f"{found[2]} at character {found[1]}" if found else text


_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_CALL = re.compile(r"([A-Za-z][\w.:-]*)\s*\(")
_NODE_TESTS = {"node", "text", "comment", "processing-instruction"}
_WORDS = {"and", "or", "div", "mod"}


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


_register()
