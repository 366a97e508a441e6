"""SQLite at work on the thread that asks it, for worlds of thousands of statements in which one act follows another: a hop to a thread
of its own and back takes as long as most of them, and a third of such a world's time."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from db import sqlite_driver
from db.sqlite_driver import Connection

_open = sqlite_driver._open


@contextmanager
def same_thread() -> Iterator[None]:
    """Connections that are opened inside the block work so. Nobody else may hold their file's lock: all would wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "_hop", _stay)
        patch.setattr(sqlite_driver, "_open", _open_for_any_thread)
        yield


async def _stay(_self: Connection, act: Callable[[], Any]) -> Any:
    return act()


def _open_for_any_thread(
    opened: list[sqlite3.Connection],
    pragmas: Mapping[str, str],
    arguments: Sequence[Any],
    options: Mapping[str, Any],
) -> sqlite3.Connection:
    own = {**pragmas, "synchronous": "OFF"}  # nobody switches the machine off meanwhile
    return _open(opened, own, arguments, {**options, "check_same_thread": False})
