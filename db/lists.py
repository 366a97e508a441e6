"""Lists of values that statements are given.

`IN (...)` with three values is another statement than with four. A server prepares each once, which costs a round trip and a plan,
and a connection remembers a hundred: batches of all sizes, with several lists each, would prepare theirs again and again."""

from collections.abc import Collection
from typing import TypeVar

_T = TypeVar("_T")


def evened(values: Collection[_T]) -> list[_T]:
    """The values, the first of them so often that they are a power of two: 1 to 100 of them make eight statements."""
    found = list(values)
    missing = (1 << (len(found) - 1).bit_length()) - len(found) if found else 0
    return [*found, *found[:1] * missing]
