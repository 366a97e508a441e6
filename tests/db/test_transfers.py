"""A database goes over into another one whole, or not at all."""

import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, text

from db.engine import Database
from db.models import AuditEntry, Base, Mark
from db.transfers import MADE_BY_MIGRATIONS, InUseError, NotEmptyError, UnlikeError, held, row_count, transfer
from tests.conftest import sqlite_url
from tests.db.every_state import fill, snapshot


@pytest.fixture
async def full_url(migrated_file: Path, tmp_path: Path) -> str:
    """The URL of a SQLite database with rows of every state."""
    url = sqlite_url(Path(shutil.copy(migrated_file, tmp_path / "full.db")))
    database = Database(url)
    async with database.writer.begin() as connection:
        await connection.run_sync(lambda sync: fill(sync, snapshot(sync)))
    await database.close()
    return url


@pytest.fixture
def other_url(migrated_file: Path, tmp_path: Path) -> str:
    """The URL of another SQLite database, with nothing in it."""
    return sqlite_url(Path(shutil.copy(migrated_file, tmp_path / "other.db")))


async def everything(url: str) -> Mapping[str, Sequence[Row[Any]]]:
    """All rows of all tables, by their keys."""
    database = Database(url)
    async with database.reader.connect() as connection:
        found = {
            table.name: sorted((await connection.execute(select(table))).all(), key=repr)
            for table in Base.metadata.sorted_tables
        }
    await database.close()
    return found


async def test_every_state_goes_over_and_back(full_url: str, database_url: str, other_url: str) -> None:
    """Each row as it was; what PostgreSQL numbers itself goes on behind the last number."""
    told: list[int] = []
    async with held(full_url) as source:
        number = await row_count(source)
        counts = await transfer(source, database_url, told.append, told.append)
    before = await everything(full_url)
    assert all(before.values())
    assert counts == {name: len(rows) for name, rows in before.items()}
    assert sum(told) == 2 * number == 2 * sum(counts.values())
    assert await everything(database_url) == before
    async with held(database_url) as source:
        await transfer(source, other_url)
    assert await everything(other_url) == before
    database = Database(database_url)
    entry = AuditEntry(hour=1, actor="a", act="b", subject="c", detail="d", mac=b"m")
    async with database.write() as session:
        session.add(entry)
    await database.close()
    assert entry.id == max(row.id for row in before["audit_log"]) + 1


async def test_what_is_in_use_is_not_copied(database_url: str) -> None:
    """A bot would write to the old database what the copy then lacks."""
    database = Database(database_url)
    async with database.read() as session:
        await session.scalars(select(Mark))
    with pytest.raises(InUseError):
        async with held(database.url):
            pass
    await database.close()
    async with held(database.url) as source:
        assert await row_count(source) in {0, 512}  # a migration makes slots, which tests on PostgreSQL empty


async def test_what_is_copied_cannot_be_written_to_meanwhile(full_url: str) -> None:
    """Nor read by a bot that is started too early."""
    file = full_url.removeprefix("sqlite+aiosqlite:///")
    async with held(full_url):
        with (
            closing(sqlite3.connect(file, timeout=0)) as late,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            late.execute("SELECT count(*) FROM reports")


async def test_nothing_is_overwritten(full_url: str, database_url: str) -> None:
    """One row is enough, but for the room that a migration makes for keys."""
    database = Database(database_url)
    async with database.write() as session:
        session.add(Mark(name="a", value="b"))
    await database.close()
    before = await everything(database_url)
    async with held(full_url) as source:
        with pytest.raises(NotEmptyError, match="marks"):
            await transfer(source, database_url)
    assert await everything(database_url) == before


async def test_what_is_not_the_same_when_it_is_read_back_is_not_kept(full_url: str, other_url: str) -> None:
    """Whatever changed it, and however late that is seen."""
    changed = "CREATE TRIGGER changed AFTER INSERT ON reports BEGIN UPDATE reports SET language = 'xx' WHERE id = NEW.id; END"
    database = Database(other_url)
    async with database.writer.begin() as connection:
        await connection.execute(text(changed))
    await database.close()
    async with held(full_url) as source:
        with pytest.raises(UnlikeError, match="reports"):
            await transfer(source, other_url)
    left = await everything(other_url)
    assert {name for name, rows in left.items() if rows} == MADE_BY_MIGRATIONS
