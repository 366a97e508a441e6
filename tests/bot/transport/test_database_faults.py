"""What an error of the database says of it as a whole."""

import errno
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg  # type: ignore[import-untyped] # it has no types
import pytest
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.store import faults
from bot.store.faults import DatabaseFault

AWAY, DAMAGED, DOUBTFUL = DatabaseFault
NO_SOCKET = FileNotFoundError(errno.ENOENT, "No such file or directory")
"""A PostgreSQL that is not there: asyncio does not name its socket."""


class StateError(Exception):
    """An error of PostgreSQL's driver with its SQLSTATE."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def of_sqlite(code: int) -> sqlite3.Error:
    """An error as the module makes it."""
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        *((DBAPIError("", {}, StateError(state)), AWAY) for state in ("57P01", "08006", "40P01", "53100")),
        *((DBAPIError("", {}, StateError(state)), AWAY) for state in ("25006", "28P01", "3D000", "58030", "55P03")),
        *((DBAPIError("", {}, StateError(state)), DAMAGED) for state in ("XX001", "XX002")),
        *((DBAPIError("", {}, StateError(state)), DOUBTFUL) for state in ("57014", "XX000", "42P01", "23505")),
        *(
            (OperationalError("", {}, of_sqlite(code)), AWAY)
            for code in (
                sqlite3.SQLITE_BUSY_SNAPSHOT, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY_DBMOVED,
                sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM,
                sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_PERM, sqlite3.SQLITE_ABORT_ROLLBACK,
            )
        ),
        (OperationalError("", {}, of_sqlite(sqlite3.SQLITE_ERROR)), DOUBTFUL),
        (DBAPIError("", {}, Exception(), connection_invalidated=True), AWAY),
        (PoolTimeoutError(), AWAY),
        (StateError("57P03"), None),
        (asyncpg.CannotConnectNowError(), AWAY),
        (asyncpg.InterfaceError("x"), DOUBTFUL),
        (ConnectionRefusedError(), AWAY),
        (socket.gaierror(), AWAY),
        (NO_SOCKET, AWAY),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/nowhere"), DOUBTFUL),
        (MemoryError(), DOUBTFUL),
        (DBAPIError("", {}, StateError("22001")), None),
        (DataError("", {}, Exception()), None),
        (StatementError("", "", {}, OverflowError()), None),
        (ValueError(), None),
    ],
)  # fmt: skip
def test_what_an_error_says_of_the_database(error: Exception, fault: DatabaseFault | None) -> None:
    """That it takes nothing, is damaged, may be either, or that it has nothing to do with it."""
    assert faults.of_database(error) is fault
    assert faults.is_away(error) == (fault in {AWAY, DAMAGED})


@pytest.mark.parametrize(("written", "at"), [(b"no database at all", 0), (b"\xff" * 4000, 4096)])
def test_a_damaged_file_of_sqlite_is_the_operators_to_mend(tmp_path: Path, written: bytes, at: int) -> None:
    """Whether it is no database any more or only a page of it is broken: that is told in a line."""
    path = tmp_path / "damaged.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE a (b TEXT)")
        database.execute("INSERT INTO a VALUES ('x')")
        database.commit()
    content = bytearray(path.read_bytes())
    content[at : at + len(written)] = written
    path.write_bytes(content)
    with closing(sqlite3.connect(path)) as database, pytest.raises(sqlite3.DatabaseError) as error:
        database.execute("SELECT * FROM a").fetchall()
    assert faults.of_database(error.value) is DAMAGED
    assert faults.advice(error.value).startswith("KUAGER_DATABASE_URL names a database that is damaged (")
    assert not faults.may_pass(error.value)


def test_only_what_passes_by_itself_is_waited_for_at_the_start() -> None:
    """A wrong password, a name that is no database's and a file of somebody else's never do."""
    passing = (
        *(ConnectionRefusedError(), TimeoutError(), socket.gaierror(), NO_SOCKET),
        of_sqlite(sqlite3.SQLITE_BUSY),
    )
    no_file = FileNotFoundError(errno.ENOENT, "No such file or directory", "/nowhere")
    lasting = (
        no_file,
        PermissionError(),
        of_sqlite(sqlite3.SQLITE_READONLY),
        of_sqlite(sqlite3.SQLITE_CANTOPEN),
    )
    broken = DBAPIError("", {}, asyncpg.InterfaceError("connection is closed"), connection_invalidated=True)
    for error in (*passing, broken, DBAPIError("", {}, StateError("57P03"))):
        assert faults.may_pass(error)
    for lasts in (*lasting, DBAPIError("", {}, StateError("28P01")), ValueError()):
        assert not faults.may_pass(lasts)
