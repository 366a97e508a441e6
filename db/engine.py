"""SQLite and PostgreSQL behind one interface. A commit survives a power loss."""

import asyncio
import os
import secrets
import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import BindParameter, bindparam, delete, func, insert, literal, make_url, select, text, update
from sqlalchemy.event import listens_for
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.sql.expression import ClauseElement

from db.models import SLOT_BYTES, DataKey, FreeSlot, KeySlot, padded
from db.sqlite_driver import Connection

PRAGMAS = {
    "journal_mode": "WAL",  # readers and the writer do not block each other
    "synchronous": "FULL",  # with NORMAL, WAL may lose committed transactions, whose updates are acknowledged
    "busy_timeout": "10000",  # milliseconds: another process (the command line) may be writing
    "foreign_keys": "ON",
    "secure_delete": "ON",  # overwrites deleted rows, except bytes that moved within a page (see `KeySession`)
}
"""Pragmas of every SQLite connection. Only `journal_mode` is stored in the file."""
READING = {"cache_size": "-256"}
"""Pragmas of readers: a small cache in KiB, since each write makes it invalid."""
APPLICATION = "kuager"
KEEPALIVE = {
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",
}
"""Probes keep idle connections open. A host that dies must not block other replicas by its locks."""
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 600
_FREE_PAGES = text(
    "SELECT freelist_count FROM pragma_freelist_count, pragma_auto_vacuum WHERE auto_vacuum = 2"
)
ONE_STATE = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Options of reading transactions: each sees the state of its first query, and waits for no lock."""


IN_MEMORY = "sqlite+aiosqlite:///file:{}?mode=memory&cache=shared&uri=true"
"""Database of this process, by a name of its own. It is gone when it is closed."""
_OF_MEMORY = {"read_uncommitted": "ON", "temp_store": "MEMORY"}
"""Pragmas of such a database: a reader would lock its one cache, and sorting would write to a disk."""


def file_of(url: str) -> str:
    """Path of a SQLite file, else ''."""
    made = make_url(url)
    is_file = url.startswith("sqlite") and made.database != ":memory:" and made.query.get("mode") != "memory"
    return made.database or "" if is_file else ""


def make_file(url: str) -> None:
    """Create a SQLite file for its owner only, if it is missing. Raises OSError."""
    if name := file_of(url):
        Path(name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        make_own(name)


def make_own(path: str) -> None:
    """Create a file for its owner only, if it is missing. Raises OSError. One that is there is not opened: to close it would
    drop the locks that SQLite has on it in this process (https://www.sqlite.org/howtocorrupt.html, 2.2)."""
    if not os.path.exists(path):  # noqa: PTH110 - where it may not look, the next line tells so
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def close_to_others(url: str) -> None:
    """Restrict a SQLite file and its log to their owner. Raises OSError."""
    name = file_of(url)
    for path in (Path(f"{name}{suffix}") for suffix in ("", "-wal", "-shm") if name):
        if path.exists():
            path.chmod(path.stat().st_mode & 0o700)


SLOTS_AT_ONCE = 256
"""Slots made at once. The first block exceeds a page, so that the root page holds no slot."""
LEAST_FREE = 64
"""Free slots to choose from at least, so that a slot's number does not tell its key's age."""
_DRAWS = 2**62
_SLOTS_LOCK = 0x6B736C74
_SLOTS: Any = KeySlot.__table__
_FREE_SLOTS: Any = FreeSlot.__table__
_FREE = (
    select(_FREE_SLOTS.c.draw, _FREE_SLOTS.c.number)
    .order_by(_FREE_SLOTS.c.draw)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_TAKE = delete(_FREE_SLOTS).where(_FREE_SLOTS.c.draw == bindparam("taken"))
_FILL = update(_SLOTS).where(_SLOTS.c.number == bindparam("slot")).values(content=bindparam("new_content"))
"""A statement on tables, so that the session does not search its objects."""


class KeySession(Session):
    """A session that gives new data keys a slot when it flushes: a row of one size, overwritten in place.

    SQLite moves rows that come and go, and old bytes can stay in gaps that `secure_delete` does not reach. A
    row of constant size stays (https://www.sqlite.org/src/file/src/btree.c, btreeOverwriteCell). On PostgreSQL
    this promises nothing.
    """


@listens_for(KeySession, "before_flush")
def _place_new_keys(session: KeySession, _context: object, _instances: object) -> None:
    new = [row for row in session.new if isinstance(row, DataKey)]
    if not new:
        return
    numbers = _take_slots(session, len(new))
    contents = []
    for row, number in zip(new, numbers, strict=True):
        row.slot = number
        contents.append({"slot": number, "new_content": padded(row.new_wrapped)})
    session.connection().execute(_FILL, contents)


def _take_slots(session: Session, count: int) -> Sequence[int]:
    connection, most = session.connection(), {"most": count + LEAST_FREE}
    found = connection.execute(_FREE, most).all()
    while len(found) < count + LEAST_FREE:
        _make_slots(session)
        found = connection.execute(_FREE, most).all()
    taken = found[:count]
    connection.execute(_TAKE, [{"taken": draw} for draw, _ in taken])
    return [number for _, number in taken]


def _make_slots(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_SLOTS_LOCK)))
    first = (session.scalar(select(func.max(KeySlot.number))) or 0) + 1
    numbers = range(first, first + SLOTS_AT_ONCE)
    session.execute(insert(KeySlot), [{"number": number, "content": bytes(SLOT_BYTES)} for number in numbers])
    session.execute(insert(FreeSlot), [free_slot(number) for number in numbers])


def free_slot(number: int) -> dict[str, int]:
    """Row of a free slot, with a random draw."""
    return {"draw": secrets.randbelow(_DRAWS), "number": number}


async def destroy_keys(session: AsyncSession, key_ids: Collection[str]) -> None:
    """Overwrite the slots of these flushed data keys and delete their rows."""
    if not key_ids:
        return
    gone = delete(DataKey).where(DataKey.id.in_(key_ids)).returning(DataKey.slot)
    slots = (await session.scalars(gone)).all()
    if not slots:
        return
    emptied = update(KeySlot).where(KeySlot.number.in_(slots)).values(content=bytes(SLOT_BYTES))
    await session.execute(emptied.execution_options(synchronize_session=False))
    await session.execute(insert(FreeSlot), [free_slot(number) for number in slots])


async def overwrite_keys(
    session: AsyncSession, wrapped: Collection[tuple[DataKey, bytes]], ring: str
) -> None:
    """Replace data keys in place by their new wrapping under the ring's key `ring`."""
    if not wrapped:
        return
    contents = [{"number": row.slot, "content": padded(content)} for row, content in wrapped]
    await session.execute(update(KeySlot), contents)
    for row, _ in wrapped:
        row.ring = ring


class Database:
    """Sessions for writing, one at a time, and for reading."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            make_file(url)
            more = {} if file_of(url) else _OF_MEMORY
            self.writer = sqlite_engine(url, "BEGIN IMMEDIATE", PRAGMAS | more)
            self.reader = sqlite_engine(url, "BEGIN", PRAGMAS | READING | more)
        else:
            named = {
                "server_settings": {"application_name": APPLICATION, **KEEPALIVE},
                "timeout": CONNECT_SECONDS,
            }
            # Last in, first out: the last used connection has the most prepared statements.
            self.writer = create_async_engine(url, connect_args=named, pool_use_lifo=True)
            self.reader = self.writer.execution_options(**ONE_STATE)  # shares the connections
        self._write, self._read = (
            async_sessionmaker(engine, expire_on_commit=False, autoflush=False, sync_session_class=KeySession)
            for engine in (self.writer, self.reader)
        )
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Transaction, committed at the end or rolled back on an error."""
        async with self._lock, self._write() as session, session.begin():
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Session that reads one state of the database throughout."""
        async with self._read() as session, session.begin():
            yield session

    async def truncate_log(self) -> bool:
        """Empty SQLite's write-ahead log, so that destroyed data is gone from there too. False when a reader
        was in the way. Always true on PostgreSQL."""
        if not self.is_sqlite:
            return True
        async with self.reader.connect() as connection:
            await _checkpointed(connection, "PASSIVE")
        return await self.cut_log()

    async def cut_log(self) -> bool:
        """Empty SQLite's log while writers wait. `truncate_log` does the slow part before."""
        async with self._lock, self.writer.connect() as connection:
            return await _checkpointed(connection, "TRUNCATE")

    async def close(self) -> None:
        await self.writer.dispose()
        if self.is_sqlite:
            await self.reader.dispose()


async def free_pages(session: AsyncSession) -> int:
    """Number of unused pages that a SQLite file can give back. 0 on PostgreSQL, where VACUUM does it."""
    if session.get_bind().dialect.name != "sqlite":
        return 0
    return await session.scalar(_FREE_PAGES) or 0


async def give_back(session: AsyncSession, pages: int) -> None:
    """Shorten a SQLite file with an emptied log by unused pages. Pages at the end move into the gaps."""

    def act(database: sqlite3.Connection) -> None:
        for _ in range(pages):  # the driver takes a single step of a pragma without columns, which frees one
            database.execute("PRAGMA incremental_vacuum(1)").close()

    raw = await (await session.connection()).get_raw_connection()
    driver: Any = raw.driver_connection
    await driver.transact(act)


async def end_when_idle(session: AsyncSession) -> None:
    """Let PostgreSQL end this transaction after IDLE_SECONDS without a query. As long as it is open, data
    that others delete stays in the server's files."""
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        wait = text(f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_SECONDS * 1000:.0f}")
        await connection.execute(wait)


async def _checkpointed(connection: AsyncConnection, mode: str) -> bool:
    """Run a checkpoint without waiting (sqlite.org/pragma.html#pragma_wal_checkpoint). False if anything was in its way."""
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
    """SQLite engine whose transactions begin with `begin`. Writers need BEGIN IMMEDIATE: a plain BEGIN locks
    at the first write, and fails if another connection has written since it read."""

    def connection(*arguments: Any, **options: Any) -> Connection:
        return Connection(begin, PRAGMAS if pragmas is None else pragmas, arguments, options)

    # Last in, first out, so that there are only as many connections with threads as are busy at once.
    pool: dict[str, Any] = {"poolclass": AsyncAdaptedQueuePool, "pool_use_lifo": True}
    return create_async_engine(url, connect_args={"async_creator_fn": connection}, **pool)


class Bulk:
    """An INSERT, UPDATE or DELETE with these parameters. Values are numbers, texts, bytes or None."""

    def __init__(self, statement: ClauseElement, names: Sequence[str]) -> None:
        self._statement, self._names = statement, list(names)
        self._by_dialect: dict[str, tuple[str, itemgetter[str]]] = {}

    async def run(self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        dialect = connection.dialect
        if dialect.name not in self._by_dialect:
            compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._names)
            places = compiled.positiontup
            get: Any = itemgetter(*places) if len(places) > 1 else lambda row: (row[places[0]],)
            self._by_dialect[dialect.name] = str(compiled), get
        sql, values_of = self._by_dialect[dialect.name]
        await connection.exec_driver_sql(sql, [values_of(row) for row in rows])


_T = TypeVar("_T")


def padded_to_power_of_two(values: Collection[_T]) -> list[_T]:
    """Values padded to a power of two by repetition, so that few different statements are prepared."""
    found = list(values)
    missing = (1 << (len(found) - 1).bit_length()) - len(found) if found else 0
    return [*found, *found[:1] * missing]


def inline(limit: int) -> BindParameter[int]:
    """Limit written into the statement, since PostgreSQL expects parameters to be large."""
    return literal(limit, literal_execute=True)
