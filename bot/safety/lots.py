"""Lots, drawn by the operating system's randomness, many by one call: Python's SystemRandom makes a call for each."""

import secrets
import struct
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")
_BYTES = 8


def numbers(count: int) -> Sequence[int]:
    """So many numbers of 64 bits."""
    return struct.unpack(f"={count}Q", secrets.token_bytes(_BYTES * count))


def shuffled(values: Sequence[_T]) -> list[_T]:
    """The same values, in one order as likely as in any other: two of the numbers that they are sorted by are equal once in 2^64
    times."""
    order = numbers(len(values))
    return [values[at] for at in sorted(range(len(values)), key=order.__getitem__)]
