"""SQLite at work on the thread that asks it, for worlds of thousands of statements in which one act follows another: a hop to a thread
of its own and back takes as long as most of them, and a third of such a world's time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from db.engine import PRAGMAS
from db.sqlite_driver import Connection


@contextmanager
def same_thread() -> Iterator[None]:
    """Connections work so inside the block. Nobody else may hold their file's lock: all would wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "_hop", _stay)
        patch.setitem(PRAGMAS, "synchronous", "OFF")  # nobody switches the machine off meanwhile
        yield


async def _stay(_self: Connection, act: Callable[[], Any]) -> Any:
    return act()
