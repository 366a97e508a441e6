"""SQLite on the caller's thread, for tests with thousands of consecutive statements.

A hop to another thread and back takes as long as most statements, a third of the total time.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from db.engine import PRAGMAS
from db.sqlite_driver import Connection


@contextmanager
def same_thread(*, in_turn: bool = False) -> Iterator[None]:
    """Run connections on the caller's thread inside the block.

    Other tasks run between two statements only if they are `in_turn`. No other connection may hold the file's
    lock for long: everything would wait.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "hop", _stay_in_turn if in_turn else _stay)
        patch.setitem(PRAGMAS, "synchronous", "OFF")  # no power loss to survive
        yield


async def _stay(_self: Connection, act: Callable[[], Any]) -> Any:
    return act()


async def _stay_in_turn(_self: Connection, act: Callable[[], Any]) -> Any:
    done = act()
    await asyncio.sleep(0)
    return done
