"""One bot on one SQLite file: a second one is told so. One migration on any database: a second one waits."""

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
"""PostgreSQL's advisory lock of who migrates."""


class NotAloneError(Exception):
    """Another process holds the database's place."""


@contextmanager
def alone(url: str, suffix: str = "lock", wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the place of the one bot of a SQLite database, or another place by its suffix, inside the block; nothing on PostgreSQL. While
    another process does, call `wait` again and again, or without one raise NotAloneError. It is a lock of SQLite's on a file of its own,
    which ends with its process, even a killed one."""
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
    """Hold the place of who migrates a database inside the block; `wait` as for `alone`. A command's own: it blocks the event loop."""
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
