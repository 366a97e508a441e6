"""Locks against a second bot on one SQLite file, and against two migrations at once."""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager

from sqlalchemy import func, make_url, select
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

AGAIN_SECONDS = 0.2
_MIGRATION = 0x6B756169
"""PostgreSQL's advisory lock of a migration."""


class NotAloneError(Exception):
    """The lock belongs to another process."""


@contextmanager
def alone(url: str, suffix: str = "lock", wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a lock beside a SQLite database inside the block, named by `suffix`. Does nothing on PostgreSQL.

    While another process holds it, call `wait` repeatedly, or raise NotAloneError without one. SQLite frees
    the lock even of a killed process.
    """
    name = make_url(url).database
    if not url.startswith("sqlite") or not name or name == ":memory:":
        yield
        return
    path = f"{name}.{suffix}"
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
        while not lock.in_transaction:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                if wait is None:
                    raise NotAloneError from None
                wait()
                time.sleep(AGAIN_SECONDS)
        yield


@asynccontextmanager
async def turn_to_migrate(url: str, wait: Callable[[], None]) -> AsyncIterator[None]:
    """Hold the lock of a migration inside the block. For commands only, since it blocks the event loop."""
    with alone(url, "migrating", wait):
        if url.startswith("sqlite"):
            yield
            return
        engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            while not await connection.scalar(select(func.pg_try_advisory_lock(_MIGRATION))):
                wait()
                await asyncio.sleep(AGAIN_SECONDS)
            yield
