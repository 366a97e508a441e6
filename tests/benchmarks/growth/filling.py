"""Databases of a size, filled past the bot as fast as each takes rows."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import asyncpg  # type: ignore[import-untyped] # it has no types
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

import migrations
from db.engine import Database
from tests.benchmarks.growth.rows import Rows, Years


@dataclass(frozen=True, slots=True)
class Hold:
    """For how many seconds something held the lock that whoever writes needs, and how many of the processor's this process took
    meanwhile. The rest it waited, for the disk, for the server or, on a busy machine, for its turn."""

    what: str
    seconds: float
    cpu: float


class WatchedDatabase(Database):
    """Remembers what held the lock, and how many statements were run."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.held: list[Hold] = []
        self.statements = 0
        for engine in {self.writer, self.reader}:
            event.listen(engine.sync_engine, "before_cursor_execute", self._count)

    def _count(self, *_of_it: object) -> None:
        self.statements += 1

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """As `Database.write`."""
        with ExitStack() as stack:
            async with super().write() as session:
                stack.enter_context(self._holding("transaction"))
                yield session

    async def cut_log(self) -> bool:
        """As `Database.cut_log`, which holds up whoever writes too."""
        with self._holding("cut of the log"):
            return await super().cut_log()

    @contextmanager
    def _holding(self, what: str) -> Iterator[None]:
        begun, cpu = perf_counter(), process_time()
        yield
        self.held.append(Hold(what, perf_counter() - begun, process_time() - cpu))


async def fill(url: str, years: Years) -> None:
    """Bring an empty database to the newest migration and fill it."""
    await migrations.upgrade(url)
    if url.startswith("sqlite"):
        await asyncio.to_thread(_fill_sqlite, Path(url.removeprefix("sqlite+aiosqlite:///")), years)
    else:
        await _fill_postgresql(url.replace("+asyncpg", ""), years)


def _fill_sqlite(path: Path, years: Years) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000"):
            connection.execute(f"PRAGMA {pragma}")
        for chunk in years.chunks():
            connection.execute("BEGIN")
            for table, rows in _filled(chunk).items():
                names = ", ".join(f'"{name}"' for name in rows[0])
                marks = ", ".join(f":{name}" for name in rows[0])
                connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608 - names of ours
            connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")


async def _fill_postgresql(url: str, years: Years) -> None:
    connection = await asyncpg.connect(url)
    for chunk in years.chunks():
        for table, rows in _filled(chunk).items():
            records = [tuple(row.values()) for row in rows]
            await connection.copy_records_to_table(table, records=records, columns=list(rows[0]))
    await connection.execute("SELECT setval('audit_log_id_seq', (SELECT max(id) FROM audit_log))")
    await connection.execute("VACUUM ANALYZE")  # as autovacuum has done by then
    await connection.close()


def _filled(chunk: Rows) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    return {table: rows for table, rows in chunk.items() if rows}
