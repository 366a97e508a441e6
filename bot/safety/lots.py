"""Random numbers from the operating system, many in one call. Python's SystemRandom needs a call for each."""

import secrets
import struct
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")
_BYTES = 8


def numbers(count: int) -> Sequence[int]:
    return struct.unpack(f"={count}Q", secrets.token_bytes(_BYTES * count))


def shuffled(values: Sequence[_T]) -> list[_T]:
    """Values in a random order, all orders equally likely."""
    order = numbers(len(values))
    return [values[at] for at in sorted(range(len(values)), key=order.__getitem__)]
