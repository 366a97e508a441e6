"""JSON as bytes by pydantic's core, and a tolerant reader for JSON that other programs wrote."""

import json
import re
from contextlib import suppress
from typing import Any

from pydantic_core import from_json, to_json


def dumped(value: Any) -> bytes:
    """Compact JSON of texts, numbers, lists, tuples and dicts. Raises ValueError for what JSON or UTF-8 cannot hold."""
    return to_json(value)


def loaded(written: bytes | str) -> Any:
    """Parse JSON. Only keys are cached, so that no person's text stays in memory.
    Raises ValueError for invalid JSON, half a surrogate pair and more than 200 levels."""
    return from_json(written, cache_strings="keys")


DEEPEST = 100
"""Levels of nesting, as in Telegram's own server (tdlib/td, `json_decode`)."""
_MOST_DIGITS = 64
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def readable(text: str) -> Any:
    """Value of a JSON text, or None if it is no JSON. Values nested too deep become null, numbers with too many digits 0,
    and lone surrogates, which cannot be stored, "?"."""
    with suppress(ValueError):
        return loaded(text)
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
    """JSON text with null below `DEEPEST` levels."""
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
