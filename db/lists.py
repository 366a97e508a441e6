"""Lists of values that statements are given, and how long what they give may be.

`IN (...)` with three values is another statement than with four. A server prepares each once, which costs a round trip and a plan,
and a connection remembers a hundred: batches of all sizes, with several lists each, would prepare theirs again and again."""

from collections.abc import Collection
from typing import TypeVar

from sqlalchemy import BindParameter, literal

_T = TypeVar("_T")


def evened(values: Collection[_T]) -> list[_T]:
    """The values, the first of them so often that they are a power of two: 1 to 100 of them make eight statements."""
    found = list(values)
    missing = (1 << (len(found) - 1).bit_length()) - len(found) if found else 0
    return [*found, *found[:1] * missing]


def inline(limit: int) -> BindParameter[int]:
    """A limit that stands in the statement. Of one that is given with it PostgreSQL does not know that it is small: it expects a tenth of all
    rows, and so makes a plan anew each time that there are many."""
    return literal(limit, literal_execute=True)
