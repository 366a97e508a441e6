"""Damage of a SQLite file is found."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db import transfers
from tests.conftest import sqlite_url


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of some hundred pages with an index."""
    made = tmp_path / "kuager.db"
    with closing(sqlite3.connect(made)) as database, database:
        database.execute("CREATE TABLE a (b TEXT)")
        database.execute("CREATE INDEX c ON a (b)")
        database.executemany("INSERT INTO a VALUES (?)", ((f"{number:0>300}",) for number in range(2000)))
    return made


def test_a_whole_file_has_no_faults(path: Path) -> None:
    """Also while another connection writes; on PostgreSQL none are looked for."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM a")
        assert transfers.faults(sqlite_url(path)) == []
    assert transfers.faults("postgresql+asyncpg://user:password@host/name") == []


def test_overwritten_pages_are_faults_where_there_is_time_to_find_them(path: Path) -> None:
    """In SQLite's words, which name no value."""
    with path.open("r+b") as file:
        file.seek(100 * 4096)
        file.write(b"\xa5" * 3 * 4096)
    found = transfers.faults(sqlite_url(path))
    assert found
    assert "Tree" in found[0]
    assert transfers.faults(sqlite_url(path), 0.0) in ([], found)
