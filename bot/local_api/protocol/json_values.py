"""JSON as the Bot API takes it: finite numbers, a bounded depth, and nothing that an answer could not carry."""

import json
import math
from typing import Any, NoReturn

JSON = dict[str, Any]
"""A JSON object."""

_DEEPEST = 100  # levels, as in tdlib's json_decode


def read_json(text: str | bytes, *, lone_surrogates: bool = False) -> Any:
    """The value of a JSON text in UTF-8.

    Raises ValueError for anything else, for a value nested more than 100 levels deep, for NaN and infinities, and
    for lone surrogates unless they are let through: UTF-8 has no bytes for them, so no answer could carry them.
    """
    words = text if isinstance(text, str) else text.decode()
    try:
        value = json.loads(words, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _is_deep(value):
        raise ValueError("nested too deeply")
    if not lone_surrogates and "\\ud" in words.lower():
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse_constant(digits)


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        inner = (
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)
        )
        level = [child for children in inner for child in children]
        if not level:
            return False
    return True


def seconds_of(text: str, longest: float) -> float:
    """How long to wait: 0 to `longest` seconds. Raises ValueError for anything but a number."""
    seconds = float(text)
    if math.isnan(seconds):
        raise ValueError("timeout must be a number of seconds")
    return min(max(seconds, 0.0), longest)
