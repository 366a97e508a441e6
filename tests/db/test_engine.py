"""The engine: pragmas, writers that lose nothing, and a log that can be emptied."""

import asyncio
import sqlite3
import sys
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.engine import PRAGMAS, READING, Database, end_when_idle, make_file
from db.models import Base, Erasure, FailedUpdate, Report, SeenUpdate

WRITERS, EACH = 8, 25
SECRET = b"what-must-be-gone"


@pytest.fixture
def file(migrated_file: Path, tmp_path: Path) -> Path:
    """A migrated SQLite file."""
    path = tmp_path / "kuager.db"
    path.write_bytes(migrated_file.read_bytes())
    return path


@pytest.fixture
def url(file: Path) -> str:
    """Its URL."""
    return f"sqlite+aiosqlite:///{file}"


async def test_every_connection_of_sqlite_has_the_pragmas(url: str) -> None:
    """Those of writers and of readers: WAL, FULL, foreign keys, secure delete, a patient wait."""
    database = Database(url)
    names = {"WAL": "wal", "FULL": "2", "ON": "1"}
    for opened in (database.write, database.read):
        async with opened() as session:
            for name, value in PRAGMAS.items():
                found = await session.scalar(text(f"PRAGMA {name}"))
                assert str(found) == names.get(value, value), name
    await database.close()


async def test_who_reads_when_nobody_else_does_has_always_the_same_connection(url: str) -> None:
    """Though there have been more: each has a thread of its own, and pages in memory, of which one that reads keeps few."""
    database = Database(url)

    async def connection() -> int:
        async with database.read() as session:
            raw: Any = await (await session.connection()).get_raw_connection()
            assert await session.scalar(text("PRAGMA cache_size")) == int(READING["cache_size"])
            await asyncio.sleep(0)  # whoever reads at once needs one of its own
            return id(raw.driver_connection)

    assert len(set(await asyncio.gather(*(connection() for _ in range(3))))) == 3
    assert len({await connection() for _ in range(6)}) == 1
    await database.close()


async def test_who_reads_sees_one_state_and_writes_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On both databases, whatever is committed meanwhile; whoever writes sees what is there by then. One who reads for long and asks nothing
    more is ended by PostgreSQL, so that what was deleted does not stay for its sake."""
    monkeypatch.setattr("db.engine.IDLE_SECONDS", 0.2)
    every = select(SeenUpdate.id)
    with pytest.raises(DBAPIError) if not database.is_sqlite else nullcontext():
        async with database.read() as session:
            await end_when_idle(session)
            assert (await session.scalars(every)).all() == []
            await add(database, SeenUpdate(id=1, hour=1))
            assert (await session.scalars(every)).all() == []
            async with database.write() as other:
                assert (await other.scalars(every)).all() == [1]
            await asyncio.sleep(0.5)
            await session.scalars(every)
    if not database.is_sqlite:
        with pytest.raises(DBAPIError, match="read-only"):
            async with database.read() as session:
                await session.execute(text("DELETE FROM seen_updates"))
    async with database.read() as session:
        assert (await session.scalars(every)).all() == [1]


async def test_postgresql_gives_up_a_transaction_whose_host_is_gone(migrated_server: str) -> None:
    """What it has locked would hold up the other copies of the bot for as long as TCP tries."""
    own = Database(migrated_server)
    async with own.write() as session:
        assert await session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "30s"
    await own.close()


async def test_foreign_keys_hold(database: Database) -> None:
    """On both databases a report cannot name a key that does not exist."""
    facts = {"form": "f", "form_version": "1", "language": "ru", "urgent": False}
    report = Report(id="r", ref="R", status="new", submitted_hour=1, data_key_id="none", **facts)
    with pytest.raises(IntegrityError):
        await add(database, report)


async def add(database: Database, row: Base, *, fail: bool = False) -> None:
    """Write a row in a transaction, which may fail after it."""
    async with database.write() as session:
        session.add(row)
        await session.flush()
        if fail:
            raise RuntimeError


async def test_eight_writers_lose_no_update(url: str) -> None:
    """Eight databases objects, as eight processes would have them, read and then write the same row."""
    databases = [Database(url) for _ in range(WRITERS)]
    async with databases[0].write() as session:
        session.add(SeenUpdate(id=1, hour=0))

    async def count(database: Database) -> None:
        for _ in range(EACH):
            async with database.write() as session:
                hour = await session.scalar(select(SeenUpdate.hour))
                await asyncio.sleep(0)
                await session.execute(update(SeenUpdate).values(hour=(hour or 0) + 1))

    await asyncio.gather(*(count(database) for database in databases))
    async with databases[0].read() as session:
        assert await session.scalar(select(SeenUpdate.hour)) == WRITERS * EACH
    for database in databases:
        await database.close()


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    """On both databases."""
    with pytest.raises(RuntimeError):
        await add(database, Erasure(hour=1), fail=True)
    async with database.read() as session:
        assert (await session.scalars(select(Erasure))).all() == []


async def test_what_was_deleted_is_in_the_log_until_it_is_emptied(file: Path, url: str) -> None:
    """After the log was emptied the bytes are in no file; a reader in the way says so by False."""
    database = Database(url)
    async with database.write() as session:
        session.add(FailedUpdate(reference="r", update_id=1, raw=SECRET, hour=1))
    assert SECRET in on_disk(file)
    async with database.read() as reading:
        await reading.scalar(select(FailedUpdate.reference))
        async with database.write() as session:
            row = await session.get(FailedUpdate, "r")
            await session.delete(row)
        await database.writer.dispose()  # a fresh connection, so that the short wait below takes
        assert SECRET in on_disk(file)
        assert not await impatient(database)
    assert await database.truncate_log()
    assert SECRET not in on_disk(file)
    await database.close()


async def test_the_log_is_copied_before_writers_have_to_wait(file: Path, url: str) -> None:
    """So what is left to do while nobody can write is short, however long the log."""
    copied = False

    class Watched(Database):
        async def cut_log(self) -> bool:
            nonlocal copied
            copied = in_database(file)
            return await super().cut_log()

    database = Watched(url)
    async with database.write() as session:
        session.add(FailedUpdate(reference="r", update_id=1, raw=SECRET, hour=1))
    assert not in_database(file)
    assert await database.truncate_log()
    assert copied
    await database.close()


async def impatient(database: Database) -> bool:
    """Empty the log, but without waiting ten seconds for a reader."""
    async with database.writer.connect() as connection:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        cursor = await driver.execute("PRAGMA busy_timeout=50")
        await cursor.close()
    return await database.truncate_log()


def in_database(file: Path) -> bool:
    """Whether it stands in the database itself, not in its log alone."""
    return SECRET in file.read_bytes()


def on_disk(file: Path) -> bytes:
    """Everything in the database's files."""
    return b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))


async def test_another_program_takes_no_log_away_after_the_file_was_looked_for_again(
    file: Path, url: str
) -> None:
    """As when a start is tried again. Without its locks the log is removed, and with it all that is written from then on."""
    database = Database(url)
    async with database.write() as session:
        await session.execute(text("CREATE TABLE kept (number)"))
    make_file(url)
    look = "import sqlite3, sys; opened = sqlite3.connect(sys.argv[1]); opened.execute('SELECT * FROM kept'); opened.close()"
    await (await asyncio.create_subprocess_exec(sys.executable, "-c", look, str(file))).wait()
    async with database.write() as session:
        await session.execute(text("INSERT INTO kept VALUES (1)"))
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as other:
        assert other.execute("SELECT number FROM kept").fetchall() == [(1,)]
    await database.close()


async def test_a_folder_is_made_for_the_file(tmp_path: Path) -> None:
    """The first start needs no preparation."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/new/folder/kuager.db")
    async with database.write() as session:
        await session.execute(text("CREATE TABLE t (a INTEGER)"))
    assert (tmp_path / "new" / "folder" / "kuager.db").exists()
    await database.close()
