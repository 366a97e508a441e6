"""The SQLite file of a bot that runs, which for a while takes nothing, or refuses some changes."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from typing import Any

from bot.app.wiring import Bot


def file_of(running_: Bot) -> str:
    """The path of its SQLite file."""
    return running_.settings.database_url.removeprefix("sqlite+aiosqlite:///")


async def pragma(running_: Bot, words: str) -> Any:
    """Set a pragma on the writer's connection; what it gives."""
    database = running_.work.database
    async with database._lock, database.writer.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        return await (await driver.execute(f"PRAGMA {words}")).fetchone()


@asynccontextmanager
async def beside(running_: Bot) -> AsyncIterator[Callable[[str], Awaitable[object]]]:
    """Another process at work on its SQLite file; it waits in a thread, since the bot has to go on meanwhile."""
    other = sqlite3.connect(file_of(running_), timeout=5, isolation_level=None, check_same_thread=False)
    with closing(other):
        yield lambda words: asyncio.to_thread(other.execute, words)


@asynccontextmanager
async def outage(kind: str, running_: Bot) -> AsyncIterator[None]:
    """SQLite takes nothing inside the block."""
    if kind == "locked":
        async with beside(running_) as other:
            await other("BEGIN IMMEDIATE")
            yield
            await other("ROLLBACK")
        return
    # Full: no page can be added, as on a disk without room; small changes still find their place.
    pages = (await pragma(running_, "page_count"))[0]
    await pragma(running_, "query_only=ON" if kind == "read-only" else f"max_page_count={pages}")
    yield
    await pragma(running_, "query_only=OFF" if kind == "read-only" else "max_page_count=1000000")


@asynccontextmanager
async def refusing(running_: Bot, *tables: str) -> AsyncIterator[None]:
    """SQLite refuses every change of a row of these tables, for a reason that no code tells."""
    acts = [(table, act) for table in tables for act in ("UPDATE", "INSERT")]
    async with beside(running_) as other:
        for table, act in acts:
            begin = f"CREATE TRIGGER no_{act}_{table} BEFORE {act} ON {table}"
            await other(f"{begin} BEGIN SELECT RAISE(ABORT, 'no'); END")
        yield
        for table, act in acts:
            await other(f"DROP TRIGGER no_{act}_{table}")
