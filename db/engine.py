"""The two databases: SQLite as findings about durability ask for it, PostgreSQL by URL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",  # an acknowledged update must survive a power loss
    "busy_timeout": "10000",
    "foreign_keys": "ON",
    "secure_delete": "ON",
}


class Database:
    """Sessions for writing (one at a time on SQLite) and for reading."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self._prepare_folder()
            self.writer = _sqlite(url, "BEGIN IMMEDIATE")
            self.reader = _sqlite(url, "BEGIN")
        else:
            self.writer = self.reader = create_async_engine(url)
        self._write = async_sessionmaker(self.writer, expire_on_commit=False, autoflush=False)
        self._read = async_sessionmaker(self.reader, expire_on_commit=False, autoflush=False)
        self._lock = asyncio.Lock()

    def _prepare_folder(self) -> None:
        name = make_url(self.url).database
        if name and name != ":memory:":
            Path(name).parent.mkdir(parents=True, exist_ok=True)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """One transaction that commits at the end and rolls back on an error."""
        async with self._lock, self._write() as session, session.begin():
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one state of the database and changes nothing."""
        async with self._read() as session, session.begin():
            yield session

    async def truncate_log(self) -> bool:
        """Empty SQLite's write-ahead log, so that what was destroyed is gone from it too.

        False when a reader was in the way; ask again later. True at once on PostgreSQL, whose log is
        the server's affair.
        """
        if not self.is_sqlite:
            return True
        async with self._lock, self.writer.connect() as connection:
            raw = await connection.get_raw_connection()
            driver: Any = raw.driver_connection  # inside a transaction the pragma fails: no session here
            await driver.execute("PRAGMA busy_timeout=0")  # nobody shall wait for a reader meanwhile
            try:
                cursor = await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                row = await cursor.fetchone()
                await cursor.close()
            finally:
                await driver.execute(f"PRAGMA busy_timeout={PRAGMAS['busy_timeout']}")
            return bool(row is not None and row[0] == 0)

    async def close(self) -> None:
        """Close every connection."""
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()


def _sqlite(url: str, begin: str) -> AsyncEngine:
    engine = create_async_engine(url)

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy begins, not the driver
        cursor = connection.cursor()
        for name, value in PRAGMAS.items():
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
