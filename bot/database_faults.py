"""What an error of the database says: whether it is away for all, damaged, or to blame on what was asked of it. What follows from
that stands in the table of `faults`."""

import socket
import sqlite3
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import TypeVar

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_T = TypeVar("_T")

MOST_UNDONE = 3
"""Tries of a transaction that PostgreSQL undoes for another's sake."""


class DatabaseFault(Enum):
    """What an error of the database says of it as a whole."""

    AWAY = auto()
    """It takes nothing now, for a reason that no update causes."""
    DAMAGED = auto()
    """The operator has to mend it."""
    DOUBTFUL = auto()
    """It may be the database, or what was asked of it."""


_SQLITE_AWAY: dict[int, str] = {
    sqlite3.SQLITE_BUSY: "another process holds it: let that command end, or end it",
    sqlite3.SQLITE_LOCKED: "another connection holds it",
    sqlite3.SQLITE_PROTOCOL: "too many processes open it at once",
    sqlite3.SQLITE_READONLY: "it can only be read: give its file and folder back to the bot's user",
    sqlite3.SQLITE_PERM: "its file and folder are not the bot's user's",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened: look after its folder and disk",
    sqlite3.SQLITE_IOERR: "its disk fails: look after the disk",
    sqlite3.SQLITE_FULL: "its disk is full: make room",
    sqlite3.SQLITE_NOMEM: "no memory is left",
    sqlite3.SQLITE_ABORT: "it has rolled back by itself",
}
"""Result codes (https://www.sqlite.org/rescode.html) with what the operator is told."""
_SQLITE_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_NOMEM,
    }
)
_SQLITE_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY = 0xFF
"""The bits of an extended result code that hold the primary one."""
_AWAY = ("08", "25006", "28", "3D", "40", "53", "55P03", "57P", "58", "F0")
"""SQLSTATEs, or the beginnings of their classes (PostgreSQL, appendix A): no connection, to be read alone, nobody is let in,
no such database, undone for another's sake, no resources left, locked, shutting down, errors of the system."""
_UNDONE = "40"
_PASSING = ("08", "40", "53", "55P03", "57P", "58")
_DAMAGED = ("XX001", "XX002")
_OF_A_VALUE = "22"


def of_database(error: BaseException) -> DatabaseFault | None:
    """What an error says of the database; None for one that an update or the program alone can cause.

    While PostgreSQL's driver connects its errors come as they are, later inside SQLAlchemy's."""
    match error:
        case PoolTimeoutError():
            return DatabaseFault.AWAY
        case DataError():  # a value that no column holds
            return None
        case DBAPIError():
            return DatabaseFault.AWAY if error.connection_invalidated else _of_driver(error.orig)
        case StatementError():  # a value that the driver cannot even send
            return None
        case SQLAlchemyError() | OSError() | MemoryError():
            return DatabaseFault.DOUBTFUL
    if type(error).__module__.partition(".")[0] in {"asyncpg", "sqlite3"}:
        return _of_driver(error)
    return None


def _of_driver(error: BaseException | None) -> DatabaseFault | None:
    code = _sqlite_code(error)
    if code in _SQLITE_AWAY:
        return DatabaseFault.AWAY
    if code in _SQLITE_DAMAGED:
        return DatabaseFault.DAMAGED
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str) and state.startswith(_DAMAGED):
        return DatabaseFault.DAMAGED
    if isinstance(state, str) and state.startswith(_AWAY):
        return DatabaseFault.AWAY
    if isinstance(state, str) and state.startswith(_OF_A_VALUE):
        return None
    return DatabaseFault.DOUBTFUL


def _sqlite_code(error: BaseException | None) -> int:
    """SQLite's primary result code; 0 for an error of the module itself, and of anything else."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & _PRIMARY


def is_away(error: BaseException) -> bool:
    """Whether an error says for certain that the database cannot be used now, so that no update is to blame."""
    return of_database(error) in {DatabaseFault.AWAY, DatabaseFault.DAMAGED}


def is_undone(error: BaseException) -> bool:
    """Whether PostgreSQL has undone a transaction for another's sake, as it ends a deadlock: done again, it works."""
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    return isinstance(state, str) and state.startswith(_UNDONE)


async def again_if_undone(act: Callable[[], Awaitable[_T]]) -> _T:
    """What `act` gives, a transaction: done again where PostgreSQL has undone it for another's sake."""
    for _ in range(MOST_UNDONE - 1):
        try:
            return await act()
        except Exception as error:
            if not is_undone(error):
                raise
    return await act()


def is_of_database(error: BaseException) -> bool:
    """Whether an error is one of the database, whatever the reason."""
    return isinstance(error, SQLAlchemyError) or of_database(error) is not None


def advice(error: Exception) -> str:
    """One line for the operator of a database that takes nothing."""
    if damage := damage_of(error):
        return damage
    why = _SQLITE_AWAY.get(_sqlite_code(getattr(error, "orig", error)))
    return (
        f"the database takes nothing ({told(error)}){f': {why}' if why else ''}. Nothing is lost: people wait until it does, "
        "and Telegram keeps what they write for 24 hours"
    )


def damage_of(error: Exception) -> str:
    """The line for a damaged database; blank where an error does not say that it is."""
    return damaged(told(error)) if of_database(error) is DatabaseFault.DAMAGED else ""


def damaged(why: str) -> str:
    """One line for the operator of a damaged database, and the command that helps."""
    return (
        f"KUAGER_DATABASE_URL names a database that is damaged ({why}). Stop the bot, move the database and the folder of files away as "
        "they are, and run: python -m bot restore BACKUP. Nothing is taken until then; Telegram keeps what people write for 24 hours"
    )


def told(error: Exception) -> str:
    """What a database says for an operator. SQLite's own words name no value; PostgreSQL's may, so of it the kind."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, sqlite3.Error):
        return str(cause)
    return type(cause.__cause__ or cause).__name__  # the driver's error stands behind SQLAlchemy's


def takes_nothing(error: BaseException) -> bool:
    """Whether a database takes nothing, or an operator's command cannot be done on it, so that a line is enough."""
    return is_away(error) or isinstance(error, OperationalError | InterfaceError)


def may_pass(error: BaseException) -> bool:
    """Whether a start may wait for a database that raises this: it is not there, or takes nothing, for a reason that passes by
    itself. A wrong name, a wrong password and a file that is not the bot's own do not."""
    if isinstance(error, ConnectionError | TimeoutError | socket.gaierror | PoolTimeoutError):
        return True
    if (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):  # it ended under way: the driver may know no more
        return True
    if (
        isinstance(error, FileNotFoundError) and error.filename is None
    ):  # PostgreSQL's socket, of which no file's name is told
        return True
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None)
    return _sqlite_code(cause) in _SQLITE_PASSING or (isinstance(state, str) and state.startswith(_PASSING))


def unreached() -> tuple[type[Exception], ...]:
    """What is raised at the start by a database that is wrongly named or does not answer."""
    return (OSError, ValueError, ImportError, SQLAlchemyError, sqlite3.Error, *_driver_errors())


def _driver_errors() -> tuple[type[Exception], ...]:
    """What PostgreSQL's driver raises by itself while it connects."""
    try:
        import asyncpg  # type: ignore[import-untyped] # noqa: PLC0415 - it is an extra; it has no types
    except ImportError:
        return ()
    # The last where a connection breaks in the middle of an operation.
    return (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
