"""JSON that somebody else wrote: what can be read of it is read, so that one value which cannot takes nothing else with it."""

import json
import re
from contextlib import suppress
from typing import Any

from bot import json_bytes

DEEPEST = 100
"""Levels, as many as Telegram's own server reads (tdlib/td, `json_decode`)."""
_MOST_DIGITS = 64
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def readable(text: str) -> Any:
    """The value of a JSON text. What lies too deep in it is null, a number of too many digits is 0, and in place of half a
    surrogate pair stands a question mark, since nothing could keep or send it; None if it is no JSON."""
    with suppress(ValueError):
        return json_bytes.loaded(text)
    try:
        return _whole(json.loads(text))
    except (ValueError, RecursionError):
        # int() refuses thousands of digits with a ValueError too.
        try:
            return _whole(json.loads(shallow(text), parse_int=_integer))
        except ValueError:
            return None


def _whole(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))


def shallow(text: str) -> str:
    """A JSON text with null in place of whatever lies deeper than `DEEPEST` levels."""
    kept: list[str] = []
    depth = begun = 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                kept += [text[begun : token.start()], "null"]
        elif token[0] in "]}":
            if depth == DEEPEST + 1:
                begun = token.end()
            depth -= 1
    return "".join([*kept, text[begun:] if depth <= DEEPEST else ""])


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= _MOST_DIGITS else 0
