"""SQLite on the caller's thread, for tests with thousands of consecutive statements.

A hop to another thread and back takes as long as most statements, a third of the total time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from db.engine import PRAGMAS
from db.sqlite_driver import Connection


@contextmanager
def same_thread() -> Iterator[None]:
    """Run connections on the caller's thread inside the block.

    No other process may hold their file's lock: everything would wait.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "_hop", _stay)
        patch.setitem(PRAGMAS, "synchronous", "OFF")  # no power loss to survive
        yield


async def _stay(_self: Connection, act: Callable[[], Any]) -> Any:
    return act()
