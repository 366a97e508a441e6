"""The two databases behind one interface: SQLite, set up so that a commit survives a power loss, and PostgreSQL."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from db.key_slots import KeySession
from db.sqlite_driver import Connection

PRAGMAS = {
    "journal_mode": "WAL",  # readers and the writer do not block each other
    "synchronous": "FULL",  # with NORMAL, WAL may lose committed transactions, whose updates are acknowledged
    "busy_timeout": "10000",  # milliseconds: another process (the command line) may be writing
    "foreign_keys": "ON",
    "secure_delete": "ON",  # what is deleted is overwritten, but for what moved within a page (see `db.key_slots`)
}
"""What every connection to SQLite sets; only `journal_mode` is kept in the file."""
READING = {"cache_size": "-256"}
"""What those set that only read: KiB of pages for each, an eighth of what SQLite takes. What a reader has in its cache is void as soon as
somebody has written, so it is filled and freed without end, by a thread of its own, and what it took at most stays with the process."""
APPLICATION = "kuager"
"""What PostgreSQL calls a connection of the bot or of a command."""
KEEPALIVE = {
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",
}
"""When PostgreSQL asks whether the bot is still there, so that nothing on the way forgets a connection that is seldom used (whoever came
upon it would wait for minutes), and when it gives it up: a host that is gone in the middle of a transaction must not hold up the other
copies of the bot by what that has locked."""
CONNECT_SECONDS = 10.0
"""For how long a PostgreSQL is waited for that does not answer at all."""
IDLE_SECONDS = 600
"""After which PostgreSQL ends a transaction that reads for long and is asked nothing more (`end_when_idle`)."""
ONE_STATE = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Of transactions that only read on PostgreSQL: each sees the state of its first query throughout, and waits for nobody."""


def make_file(url: str) -> None:
    """Make the file of a SQLite database, for its owner alone, if it is not there; its log gets the same rights. Raises
    OSError."""
    name = make_url(url).database
    if not url.startswith("sqlite") or not name or name == ":memory:":
        return
    Path(name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(name, os.O_RDWR | os.O_CREAT, 0o600))


def close_to_others(url: str) -> None:
    """Take the file of a SQLite database, and its log, from everybody but its owner. Raises OSError."""
    name = make_url(url).database
    if not url.startswith("sqlite") or not name or name == ":memory:":
        return
    for path in (Path(f"{name}{suffix}") for suffix in ("", "-wal", "-shm")):
        if path.exists():
            path.chmod(path.stat().st_mode & 0o700)


class Database:
    """Sessions for writing (one at a time, as SQLite allows no more) and for reading."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            make_file(url)
            self.writer = sqlite_engine(url, "BEGIN IMMEDIATE")
            self.reader = sqlite_engine(url, "BEGIN", PRAGMAS | READING)
        else:
            named = {
                "server_settings": {"application_name": APPLICATION, **KEEPALIVE},
                "timeout": CONNECT_SECONDS,
            }
            # Whichever was used last is used next: it has most statements prepared.
            self.writer = create_async_engine(url, connect_args=named, pool_use_lifo=True)
            self.reader = self.writer.execution_options(**ONE_STATE)  # of the same connections
        self._write, self._read = (
            async_sessionmaker(engine, expire_on_commit=False, autoflush=False, sync_session_class=KeySession)
            for engine in (self.writer, self.reader)
        )
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """One transaction, which is committed at the end and rolled back on an error."""
        async with self._lock, self._write() as session, session.begin():
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading, which sees one state of the database throughout."""
        async with self._read() as session, session.begin():
            yield session

    async def truncate_log(self) -> bool:
        """Empty SQLite's write-ahead log, so that what was destroyed is gone from there too.

        False when a reader was in the way: try again later. Always true on PostgreSQL, whose log is the server's.
        """
        if not self.is_sqlite:
            return True
        async with self.reader.connect() as connection:
            await _checkpointed(connection, "PASSIVE")
        return await self.cut_log()

    async def cut_log(self) -> bool:
        """Empty the log of SQLite while nobody else can write. That takes as long as it takes to copy what stands in it
        into the database and to have the disk keep it, so `truncate_log` does all of that before, while others write."""
        async with self._lock, self.writer.connect() as connection:
            return await _checkpointed(connection, "TRUNCATE")

    async def close(self) -> None:
        """Close every connection."""
        await self.writer.dispose()
        if self.is_sqlite:
            await self.reader.dispose()


async def end_when_idle(session: AsyncSession) -> None:
    """Have PostgreSQL end this transaction where it is asked nothing for IDLE_SECONDS, as when nobody takes what is read: as long as it sees
    its state, what others delete stays in the server's files. Whoever goes on then gets an error of the database. SQLite has no such thing."""
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        wait = text(f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_SECONDS * 1000:.0f}")
        await connection.execute(wait)


async def _checkpointed(connection: AsyncConnection, mode: str) -> bool:
    """Whether a checkpoint met nobody in its way; it waits for none. https://www.sqlite.org/pragma.html#pragma_wal_checkpoint"""
    raw = await connection.get_raw_connection()
    # A session would begin a transaction, in which a checkpoint fails.
    driver: Any = raw.driver_connection
    await driver.execute("PRAGMA busy_timeout=0")
    try:
        cursor = await driver.execute(f"PRAGMA wal_checkpoint({mode})")
        row = await cursor.fetchone()  # busy, pages in the log, pages checkpointed
        await cursor.close()
    finally:
        await driver.execute(f"PRAGMA busy_timeout={PRAGMAS['busy_timeout']}")
    return bool(row is not None and row[0] == 0)


def sqlite_engine(url: str, begin: str, pragmas: Mapping[str, str] | None = None) -> AsyncEngine:
    """An engine whose transactions begin with this statement, and whose connections set these.

    The writer's begin with BEGIN IMMEDIATE. A plain BEGIN takes the write lock only at the first write, and if somebody
    else has written since it read, it fails with "database is locked", however long it would wait.
    """

    def connection(*arguments: Any, **options: Any) -> Connection:
        return Connection(begin, PRAGMAS if pragmas is None else pragmas, arguments, options)

    # Whichever was used last is used next, so that there are no more connections with threads of their own than are busy at once.
    return create_async_engine(url, connect_args={"async_creator_fn": connection}, pool_use_lifo=True)
