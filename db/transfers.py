"""Transfer of a whole database between SQLite and PostgreSQL, in one transaction."""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, delete, func, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from db.engine import APPLICATION, PRAGMAS, sqlite_engine
from db.models import Base, FreeSlot, KeySlot

ROWS_AT_ONCE = 100
MADE_BY_MIGRATIONS = frozenset({KeySlot.__tablename__, FreeSlot.__tablename__})
"""Tables that migrations fill with room for keys."""
TABLES: Sequence[Table] = Base.metadata.sorted_tables
_ALONE = {"busy_timeout": "1000", "locking_mode": "EXCLUSIVE"}
"""Pragmas that lock the file at the first access (https://www.sqlite.org/wal.html, "Use of WAL Without
Shared-Memory")."""
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND application_name = :name"
)
_SEQUENCE = "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), max({column})) FROM {table}"
_LOCK_NOT_AVAILABLE = "55P03"

Note = Callable[[int], None]


class InUseError(Exception):
    """The source is in use."""


class NotEmptyError(Exception):
    """The target has rows in the named table."""


class UnlikeError(Exception):
    """Copied rows differ in the named table. Nothing of them stays."""


@dataclass(slots=True)
class Tally:
    """Row count of a table, and a digest independent of their order."""

    rows: int = 0
    digest: int = 0

    def add(self, rows: Sequence[Row[Any]]) -> None:
        self.rows += len(rows)
        for row in rows:
            hashed = hashlib.sha256(repr(tuple(row)).encode()).digest()
            self.digest = (self.digest + int.from_bytes(hashed)) % 2**256


@asynccontextmanager
async def held(url: str) -> AsyncIterator[AsyncConnection]:
    """Hold one state of a database while no one can write. Raises InUseError while another process has it
    open."""
    if url.startswith("sqlite"):
        await asyncio.to_thread(_require_alone, url)
        engine = sqlite_engine(url, "BEGIN", {**_ALONE, **PRAGMAS, "busy_timeout": "1000"})
    else:
        engine = create_async_engine(url, isolation_level="REPEATABLE READ")
    try:
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(engine.connect())
                await _take(connection)
            except DBAPIError as error:
                if _is_locked(error):
                    raise InUseError from None
                raise
            yield connection
    finally:
        await engine.dispose()


def _require_alone(url: str) -> None:
    """Check without the async driver, whose thread outlives a failure to connect."""
    with closing(sqlite3.connect(str(make_url(url).database), timeout=1)) as file:
        try:
            file.execute("PRAGMA locking_mode=EXCLUSIVE").close()
            file.execute("SELECT count(*) FROM sqlite_schema").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise InUseError from None
            raise


async def _take(connection: AsyncConnection) -> None:
    if connection.dialect.name == "sqlite":
        return  # locked when opened
    await connection.execute(text("SET LOCAL lock_timeout = '5s'"))
    # Before the first query, which fixes the state that this transaction sees.
    await connection.execute(text(f"LOCK TABLE {', '.join(table.name for table in TABLES)} IN SHARE MODE"))
    if await connection.scalar(_OTHERS, {"name": APPLICATION}):
        raise InUseError


def _is_locked(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE


async def row_count(connection: AsyncConnection) -> int:
    counts = [await connection.scalar(select(func.count()).select_from(table)) for table in TABLES]
    return sum(count or 0 for count in counts)


async def transfer(
    source: AsyncConnection, url: str, copied: Note = lambda _: None, compared: Note = lambda _: None
) -> Mapping[str, int]:
    """Copy all rows into a migrated, empty database, and compare. Returns each table's row count.

    Raises NotEmptyError and UnlikeError. The target stays empty then.
    """
    engine = _writer(url)
    try:
        async with engine.begin() as target:
            await _require_empty(target)
            found = {table.name: await _copy(source, target, table, copied) for table in TABLES}
            for table in TABLES:
                if await _tally(target, table, compared) != found[table.name]:
                    raise UnlikeError(table.name)
    finally:
        await engine.dispose()
    return {name: tally.rows for name, tally in found.items()}


def _writer(url: str) -> AsyncEngine:
    return sqlite_engine(url, "BEGIN IMMEDIATE") if url.startswith("sqlite") else create_async_engine(url)


async def _require_empty(target: AsyncConnection) -> None:
    for table in TABLES:
        if table.name not in MADE_BY_MIGRATIONS and await target.scalar(
            select(1).select_from(table).limit(1)
        ):
            raise NotEmptyError(table.name)
    for table in reversed(TABLES):
        if table.name in MADE_BY_MIGRATIONS:
            await target.execute(delete(table))


async def _copy(source: AsyncConnection, target: AsyncConnection, table: Table, note: Note) -> Tally:
    tally = Tally()
    async for rows in _pages(source, table):
        await target.execute(insert(table), [dict(row._mapping) for row in rows])  # noqa: SLF001 - its public name
        tally.add(rows)
        note(len(rows))
    column = table.autoincrement_column
    if column is not None and target.dialect.name == "postgresql":
        await target.execute(text(_SEQUENCE.format(table=table.name, column=column.name)))
    return tally


async def _tally(connection: AsyncConnection, table: Table, note: Note) -> Tally:
    tally = Tally()
    async for rows in _pages(connection, table):
        tally.add(rows)
        note(len(rows))
    return tally


async def _pages(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Row[Any]]]:
    """Rows sorted by key. Their written order would reveal their age."""
    query = select(table).order_by(*table.primary_key.columns)
    result = await connection.stream(query.execution_options(yield_per=ROWS_AT_ONCE))
    async for rows in result.partitions(ROWS_AT_ONCE):
        yield rows
