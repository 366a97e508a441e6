"""Faults of the network and the database (a full disk too) in one table: waited for, retried, given up or reported, and outages."""

import errno
import logging
import math
import os
import socket
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from time import monotonic
from typing import TypeVar

from sqlalchemy import exc
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

log = logging.getLogger(__name__)

_T = TypeVar("_T")
MOST_UNDONE = 3
"""Tries of a transaction that PostgreSQL rolls back."""
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
"""Result codes (https://www.sqlite.org/rescode.html) and the advice for the operator."""
_SQLITE_PASSING = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_NOMEM,
})  # fmt: skip
_SQLITE_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY = 0xFF
_AWAY = ("08", "25006", "28", "3D", "40", "53", "55P03", "57P", "58", "F0")
"""SQLSTATEs, or prefixes of their classes (PostgreSQL, appendix A): no connection, read-only, login refused,
no such database, rolled back, no resources, locked, shutting down, system errors."""
_POSTGRESQL: Mapping[str, str] = {
    "08": "the connection broke off",
    "25006": "it can only be read",
    "28": "it refuses this user or password",
    "3D": "the server has no database of this name",
    "42501": "this user may not do that: let it own the database",
    "53": "the server has no room, memory or connection left",
    "57P": "the server starts or stops",
}
"""SQLSTATEs, or prefixes, in words."""
_UNDONE = "40"
_PASSING = ("08", "40", "53", "55P03", "57P", "58")
_DAMAGED = ("XX001", "XX002")
_OF_A_VALUE = "22"


class DatabaseFault(Enum):
    """State of the whole database, as an error tells it."""

    AWAY = auto()
    DAMAGED = auto()
    DOUBTFUL = auto()
    """Caused by the database or by the request."""


def of_database(error: BaseException) -> DatabaseFault | None:
    """Classify an error, also of a driver that connects. None for one that an update or the program alone can cause."""
    match error:
        case exc.TimeoutError() | ConnectionError() | socket.gaierror():
            return DatabaseFault.AWAY
        case FileNotFoundError(errno=errno.ENOENT, filename=None):
            return DatabaseFault.AWAY  # asyncio does not name PostgreSQL's socket
        case exc.DataError():  # a value that no column holds
            return None
        case DBAPIError():
            return DatabaseFault.AWAY if error.connection_invalidated else _of_driver(error.orig)
        case exc.StatementError():  # a value that the driver cannot even send
            return None
        case SQLAlchemyError() | OSError() | MemoryError():
            return DatabaseFault.DOUBTFUL
    if type(error).__module__.partition(".")[0] in {"asyncpg", "sqlite3"}:
        return _of_driver(error)
    return None


def _of_driver(error: BaseException | None) -> DatabaseFault | None:
    code, state = _sqlite_code(error), _sqlstate(error)
    if code in _SQLITE_DAMAGED or state.startswith(_DAMAGED):
        return DatabaseFault.DAMAGED
    if code in _SQLITE_AWAY or state.startswith(_AWAY):
        return DatabaseFault.AWAY
    return None if state.startswith(_OF_A_VALUE) else DatabaseFault.DOUBTFUL


def _sqlite_code(error: BaseException | None) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & _PRIMARY


def _sqlstate(error: BaseException | None) -> str:
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) else ""


def is_away(error: BaseException) -> bool:
    """Whether the database is certainly unavailable, so that no update is to blame."""
    return of_database(error) in {DatabaseFault.AWAY, DatabaseFault.DAMAGED}


def is_unreached(error: BaseException) -> bool:
    """Whether Telegram was not reached, rather than refused."""
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)


def is_undone(error: BaseException) -> bool:
    """Whether PostgreSQL rolled a transaction back to resolve a conflict such as a deadlock. A retry works."""
    return _sqlstate(getattr(error, "orig", error)).startswith(_UNDONE)


async def again_if_undone(act: Callable[[], Awaitable[_T]]) -> _T:
    """Run a transaction, and retry it if `is_undone`."""
    for _ in range(MOST_UNDONE - 1):
        try:
            return await act()
        except Exception as error:
            if not is_undone(error):
                raise
    return await act()


def is_of_database(error: BaseException) -> bool:
    return isinstance(error, SQLAlchemyError) or of_database(error) is not None


def advice(error: Exception) -> str:
    if damage := damage_of(error):
        return damage
    why = _SQLITE_AWAY.get(_sqlite_code(getattr(error, "orig", error)))
    return (
        f"the database takes nothing ({told(error)}){f': {why}' if why else ''}. Nothing is lost: people wait until it does, "
        "and Telegram keeps what they write for 24 hours"
    )


def damage_of(error: Exception) -> str:
    return damaged(told(error)) if of_database(error) is DatabaseFault.DAMAGED else ""


def damaged(why: str) -> str:
    return (
        f"KUAGER_DATABASE_URL names a database that is damaged ({why}). Stop the bot, move the database and the folder of files away as "
        "they are, and run: python -m bot restore BACKUP. Nothing is taken until then; Telegram keeps what people write for 24 hours"
    )


def told(error: Exception) -> str:
    """SQLite's message for the operator, or words for PostgreSQL's error, whose message may hold values."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, sqlite3.Error):
        return str(cause)
    cause = cause.__cause__ or cause  # SQLAlchemy wraps the driver's error
    if isinstance(cause, OSError) and cause.errno:
        return os.strerror(cause.errno) if cause.errno > 0 else "the name of its host is not known"
    state = _sqlstate(cause)
    known = (words for start, words in _POSTGRESQL.items() if state.startswith(start))
    return next(known, f"it answers with {state} (SQLSTATE)" if state else "nothing answers at this address")


def takes_nothing(error: BaseException) -> bool:
    """Whether one line is enough for the operator: the database is unavailable or refuses the command."""
    return is_away(error) or isinstance(error, exc.OperationalError | exc.InterfaceError)


def may_pass(error: BaseException) -> bool:
    """Whether a start may wait for the database. A wrong name or password or a foreign file stays wrong."""
    if isinstance(error, TimeoutError | exc.TimeoutError):
        return True
    if isinstance(error, OSError):
        return of_database(error) is DatabaseFault.AWAY
    # It broke in the middle: the driver may know no more.
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = getattr(error, "orig", None) or error
    return _sqlite_code(cause) in _SQLITE_PASSING or _sqlstate(cause).startswith(_PASSING)


def unreached() -> tuple[type[Exception], ...]:
    errors = (OSError, ValueError, ImportError, SQLAlchemyError, sqlite3.Error)
    try:
        import asyncpg  # type: ignore[import-untyped] # noqa: PLC0415 - it is an extra; it has no types
    except ImportError:
        return errors
    # The last one: a connection broke in the middle of an operation.
    return (*errors, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between tries, in seconds, that double up to `longest`."""

    first: float
    longest: float

    def pauses(self) -> Iterator[float]:
        pause = self.first
        while True:
            yield pause
            pause = min(pause * 2, self.longest)


class Pauses:
    """Pauses after consecutive failures, with separate backoffs for the network and the database."""

    def __init__(self) -> None:
        self._network, self._database = FETCH_BACKOFF.pauses(), DATABASE_BACKOFF.pauses()

    def after(self, error: BaseException) -> float:
        return next(self._database if is_of_database(error) else self._network)


class UnbuildableError(TelegramError):
    """A call that cannot become a request, such as one with half a surrogate pair. No retry helps."""

    def __init__(self) -> None:
        super().__init__("the request cannot be built")


class UnsentError(NetworkError):
    """No connection was made, so Telegram has certainly not seen the request."""


START_BACKOFF = Backoff(0.25, 60.0)
REQUEST_BACKOFF = Backoff(0.3, 0.6)
FETCH_BACKOFF = Backoff(0.25, 30.0)
DATABASE_BACKOFF = Backoff(0.25, 5.0)
"""Short, since a database is near and people wait for answers."""
RIVAL_BACKOFF = Backoff(3.0, 300.0)
SEND_BACKOFF = Backoff(0.25, 60.0)
"""Short at first: a person waits, and most random failures pass at the second try."""
FILE_BACKOFF = Backoff(1.0, 60.0)
REQUEST_TRIES = 3
CONFLICT_PAUSE = 3.0
"""Seconds. Processes that poll faster interrupt each other, and neither gets an update."""
UNUSABLE_PAUSE = 1.0
"""Seconds between two fetches that bring only updates without a usable id."""
LONGEST_HOLD = 3600.0
"""Seconds: the longest pause that Telegram can impose."""
MOST_DOUBTS = 3
MOST_ALONE = 60
"""About an hour of tries."""
MOST_FAULTS = 5
MOST_FETCHES = 1440
"""A day at the longest pause, so that evidence outlives an outage."""


def is_waited_for(error: BaseException) -> bool:
    return isinstance(error, TelegramError) or is_of_database(error)


def fetch_pause(error: Exception, pause: float) -> float:
    if isinstance(error, RetryAfter):
        return min(LONGEST_HOLD, retry_seconds(error))
    return max(pause, CONFLICT_PAUSE) if isinstance(error, Conflict | InvalidToken) else pause


def retry_seconds(held: RetryAfter) -> float:
    after = held.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


class SendFault(Enum):
    """Reasons why a call was not delivered, by how the sender goes on."""

    BLOCKED = auto()
    """The chat accepts no message, for good."""
    REFUSED = auto()
    UNBUILDABLE = auto()
    NETWORK = auto()
    """Telegram may have shown it or not."""
    UNKNOWN = auto()
    STORED = auto()
    """The database is unavailable, and with it the call's attachment."""
    OWN = auto()
    """The bot itself failed."""


def of_sending(error: Exception) -> SendFault:
    """Classify the error of one call, except RetryAfter and ChatMigrated, which the sender handles itself."""
    match error:
        case Forbidden():
            return SendFault.BLOCKED
        case BadRequest() if "chat not found" in error.message.lower():
            return SendFault.BLOCKED  # a person who has deleted the account
        case UnbuildableError():
            return SendFault.UNBUILDABLE
        case BadRequest():  # before NetworkError, its base class in PTB
            return SendFault.REFUSED
        case NetworkError() | InvalidToken():
            return SendFault.NETWORK
        case TelegramError():
            return SendFault.UNKNOWN
    return SendFault.STORED if is_away(error) else SendFault.OWN


def is_final_for_file(error: Exception) -> bool:
    """Whether a file can never be fetched. Telegram's other 400, "wrong file_id or …", is temporary."""
    return isinstance(error, BadRequest) and "too big" in error.message


AGAIN_SECONDS = 3600.0
SOON_SECONDS = 60.0
"""An outage that begins again this soon is the same: a nearly full disk refuses only some writes."""


@dataclass(slots=True)
class Outage:
    """Reports an outage to the operator when it begins, hourly, and when it ends, in the words of `over`."""

    over: str
    clock: Callable[[], float] = monotonic
    _began: float | None = None
    _told_at: float = -math.inf
    _of_writing: bool = False

    @property
    def is_on(self) -> bool:
        return self._began is not None

    def note(self, line: str, *, writing: bool = False) -> None:
        """Report a new or long outage."""
        now = self.clock()
        self._of_writing |= writing
        if now - self._told_at >= (SOON_SECONDS if self._began is None else AGAIN_SECONDS):
            self._began, self._told_at = now if self._began is None else self._began, now
            log.error("%s", line)

    def end(self, *, writing: bool = True) -> None:
        """Report that it is over. A full disk can be read: only writing ends an outage of writing."""
        if self._of_writing and not writing:
            return
        if self._began is not None:
            seconds = self.clock() - self._began
            lasted = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
            log.warning("%s, after %s", self.over, lasted)
        self._began, self._of_writing = None, False

    @contextmanager
    def of_database(self, *, writing: bool) -> Iterator[None]:
        """Note that the database is away inside the block, or is there at its end."""
        try:
            yield
        except Exception as error:
            if is_away(error):
                lasting = writing or bool(damage_of(error))
                self.note(advice(error), writing=lasting)
            raise
        self.end(writing=writing)
