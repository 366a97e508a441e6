"""The table of faults: what each error means for whoever waits, retries or gives up."""

import errno
import socket
import sqlite3
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path

import asyncpg  # type: ignore[import-untyped] # it has no types
import pytest
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot import faults
from bot.faults import Backoff, DatabaseFault, SendFault, fetch_pause

AWAY, DAMAGED, DOUBTFUL = DatabaseFault


def test_pauses_double_up_to_the_longest() -> None:
    """And stay there for as long as it takes."""
    assert list(islice(Backoff(1, 5).pauses(), 5)) == [1, 2, 4, 5, 5]


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (Forbidden("blocked"), SendFault.BLOCKED),
        (BadRequest("no"), SendFault.REFUSED),
        (NetworkError("x"), SendFault.NETWORK),
        (TimedOut(), SendFault.NETWORK),
        (InvalidToken(), SendFault.NETWORK),
        (Conflict("x"), SendFault.UNKNOWN),
        (TelegramError("x"), SendFault.UNKNOWN),
        (FileNotFoundError("x"), SendFault.OWN),
        (PoolTimeoutError(), SendFault.STORED),
        (ConnectionRefusedError(), SendFault.STORED),
    ],
)
def test_an_answer_fails_in_one_of_six_ways(error: Exception, fault: SendFault) -> None:
    """A refusal is no broken network, though the library has it inherit from one."""
    assert faults.of_sending(error) is fault


@pytest.mark.parametrize("after", [7, timedelta(seconds=7)])
def test_the_seconds_that_telegram_asks_for_are_read(after: int | timedelta) -> None:
    """As a number or as a time: that depends on how the library is set."""
    held = RetryAfter(after)
    assert faults.retry_seconds(held) == 7


def test_a_bug_is_not_waited_for() -> None:
    """The loop ends with it instead of spinning on it; the network and the database are waited for."""
    assert not faults.is_waited_for(RuntimeError("x"))
    assert faults.is_waited_for(NetworkError("x"))
    assert faults.is_waited_for(ConnectionRefusedError())


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
        (ConnectionRefusedError(), DOUBTFUL),
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
    assert faults.advice(error.value).startswith("the database is damaged (")
    assert not faults.may_pass(error.value)


def test_only_what_passes_by_itself_is_waited_for_at_the_start() -> None:
    """A wrong password, a name that is no database's and a file of somebody else's never do. A PostgreSQL that is not started
    yet has no socket; asyncio does not say which file that would be."""
    no_socket = FileNotFoundError(errno.ENOENT, "No such file or directory")
    passing = (
        *(ConnectionRefusedError(), TimeoutError(), socket.gaierror(), no_socket),
        of_sqlite(sqlite3.SQLITE_BUSY),
    )
    no_file = FileNotFoundError(errno.ENOENT, "No such file or directory", "/nowhere")
    lasting = (
        no_file,
        PermissionError(),
        of_sqlite(sqlite3.SQLITE_READONLY),
        of_sqlite(sqlite3.SQLITE_CANTOPEN),
    )
    for error in (*passing, DBAPIError("", {}, StateError("57P03"))):
        assert faults.may_pass(error)
    for lasts in (*lasting, DBAPIError("", {}, StateError("28P01")), ValueError()):
        assert not faults.may_pass(lasts)


def test_only_a_file_that_is_too_big_can_never_be_fetched() -> None:
    """Telegram says 400 also of files that are not there for a moment."""
    assert faults.is_final_for_file(BadRequest("File is too big"))
    assert not faults.is_final_for_file(BadRequest("wrong file_id or the file is temporarily unavailable"))
    assert not faults.is_final_for_file(NetworkError("too big"))


def test_a_fault_of_fetching_has_its_pause() -> None:
    """On 409 there is a pause of seconds; a broken network is tried sooner; a flood limit as it says."""
    assert fetch_pause(Conflict("other"), 0.5) >= 3
    assert fetch_pause(NetworkError("x"), 0.5) == 0.5
    assert fetch_pause(OSError("x"), 8) == 8
    assert fetch_pause(RetryAfter(7), 0.5) == 7
