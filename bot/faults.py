"""Faults of the network and the database in one table: what is waited for, what is retried, what is given up and told.

| where | fault | what happens |
|---|---|---|
| start | Telegram is not reached | retried by `START_BACKOFF` until it is, or until the bot is stopped |
| start | Telegram does not know the token; the database is `UNREACHED` | the command ends with one line |
| any request | 5xx, a timeout, a broken connection | `REQUEST_TRIES` by `REQUEST_BACKOFF`, then it is the caller's fault to handle |
| getUpdates | 429 | waited for as long as Telegram says |
| getUpdates | 409: another process fetches | whoever came first goes on after `CONFLICT_PAUSE`, the other waits by `RIVAL_BACKOFF` (see `rivalry`) |
| getUpdates | 409: a webhook is set; a token that is refused for now | retried by `FETCH_BACKOFF`, after `CONFLICT_PAUSE` at least |
| getUpdates | any other error of Telegram | retried by `FETCH_BACKOFF` |
| setWebhook | 400: the address or the certificate is refused | the command ends with one line |
| setWebhook | any other error of Telegram, and a host that it cannot reach | retried by `FETCH_BACKOFF` |
| a webhook's request | its batch failed, or the bot stops | 503, so that Telegram sends the update again |
| a batch | whatever it raises | processed again update by update; only then an update is looked at alone |
| an update | `is_away`: the database surely is not there, or another process holds it | the same updates are fetched again by `FETCH_BACKOFF`, for ever |
| an update | `UNAVAILABLE`: the database refuses | the same, `MOST_REFUSALS` times; then the update is blamed |
| an update | anything else | it is set aside at once, and its person is told a reference |
| deliveries | `is_of_database` | recorded again later; until then the outbox holds the rows |
| an answer | 429 | its chat alone waits for as long as Telegram says |
| an answer | 403: the person blocked the bot | what that chat is owed is dropped, but for deletions |
| an answer | 400 | sent in its other ways if it has some (`Call.instead`), else dropped |
| an answer | the store lacks its file | that is said in its place |
| an answer | no request can be made of it (`UnbuildableError`) | dropped at once, and its person is told a reference |
| a deletion | 400 for several messages | each is asked for alone |
| a deletion | 400 for one message | the person is told that it remains, and how to delete it by hand |
| an answer | the network, a token that is refused for now | retried by `SEND_BACKOFF`; after `MOST_ALONE` failures while other calls went through, dropped |
| an answer | the bot itself | retried `MOST_FAULTS` times, then dropped |
| a file | 400 "too big" | given up at once; whoever opens the report sees that a file is missing |
| a file | anything else | retried by `FILE_BACKOFF`, `MOST_FETCHES` times |
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between tries, in seconds: each is twice as long as the one before, up to the longest."""

    first: float
    longest: float

    def pauses(self) -> Iterator[float]:
        """The pauses, without end."""
        pause = self.first
        while True:
            yield pause
            pause = min(pause * 2, self.longest)


class UnbuildableError(TelegramError):
    """No request can be made of a call: a control character in a file's name, half a symbol in a text. No try mends it."""

    def __init__(self) -> None:
        super().__init__("the request cannot be built")


class UnsentError(NetworkError):
    """No connection came about, so Telegram has certainly not seen the request."""


START_BACKOFF = Backoff(1.0, 60.0)
REQUEST_BACKOFF = Backoff(0.3, 0.6)
FETCH_BACKOFF = Backoff(0.5, 30.0)
RIVAL_BACKOFF = Backoff(3.0, 300.0)
SEND_BACKOFF = Backoff(1.0, 60.0)
FILE_BACKOFF = Backoff(1.0, 60.0)

REQUEST_TRIES = 3
CONFLICT_PAUSE = 3.0
"""Seconds. Two processes that poll faster throw each other out all the time, and neither gets an update."""
MOST_REFUSALS = 6
"""Rounds that a database may refuse before the update at hand is blamed after all: about half a minute."""
MOST_ALONE = 60
"""Tries of an answer that fails in the network while other calls go through: about an hour."""
MOST_FAULTS = 5
MOST_FETCHES = 1440
"""A file is given up after a day of tries at the longest pause: evidence outlives an outage."""

_DATABASE = (SQLAlchemyError, OSError)
UNAVAILABLE = (OperationalError, InterfaceError)
"""What a database raises that is full, locked or away, but also one that an update made choke."""
_READ_ONLY = "25006"
_AWAY = ("08", "40", "53", "57P")
"""Classes of SQLSTATE (PostgreSQL, appendix A): no connection, a transaction undone for another's sake, no
resources left, shutting down."""
_SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,  # another process, such as a command, holds the file for long
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""The same of SQLite's result codes (https://www.sqlite.org/rescode.html)."""
_PRIMARY = 0xFF
"""The bits of an extended result code that hold the primary one."""


def is_away(error: BaseException) -> bool:
    """Whether an error says for certain that the database cannot be used now, so that no update is to blame.

    While PostgreSQL's driver connects its errors come as they are, later inside SQLAlchemy's."""
    if isinstance(error, OSError | PoolTimeoutError):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _has_away_state(error.orig)
    return _has_away_state(error)


def _has_away_state(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):  # errors of the module itself have no code
        return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in _SQLITE_AWAY
    state = getattr(error, "sqlstate", None)
    return isinstance(state, str) and state.startswith(_AWAY)


def is_of_database(error: BaseException) -> bool:
    """Whether an error is one of the database, whatever the reason."""
    return isinstance(error, _DATABASE) or is_away(error)


def is_waited_for(error: BaseException) -> bool:
    """Whether the batch loop goes on after an error, once it has waited. Any other is a bug and ends it."""
    return isinstance(error, TelegramError) or is_of_database(error)


def fetch_pause(error: Exception, pause: float) -> float:
    """Seconds until updates are fetched again; `pause` is the backoff's."""
    if isinstance(error, RetryAfter):
        return retry_seconds(error)
    return max(pause, CONFLICT_PAUSE) if isinstance(error, Conflict | InvalidToken) else pause


def retry_seconds(held: RetryAfter) -> float:
    """Seconds that Telegram asks for."""
    after = held.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


class SendFault(Enum):
    """Why an answer was not sent, by what is done about it."""

    BLOCKED = auto()
    REFUSED = auto()
    """This answer will never be taken."""
    UNBUILDABLE = auto()
    """No request can be made of this answer."""
    NETWORK = auto()
    """It may have been shown or not."""
    UNKNOWN = auto()
    """An error of Telegram that no rule knows."""
    OWN = auto()
    """The bot itself failed: a file that cannot be read, a database that is busy."""


def of_sending(error: Exception) -> SendFault:
    """The kind of a fault of one answer, but for RetryAfter, which brings its own pause."""
    match error:
        case Forbidden():
            return SendFault.BLOCKED
        case UnbuildableError():
            return SendFault.UNBUILDABLE
        case BadRequest():  # before NetworkError, which PTB makes it a kind of
            return SendFault.REFUSED
        case NetworkError() | InvalidToken():
            return SendFault.NETWORK
        case TelegramError():
            return SendFault.UNKNOWN
    return SendFault.OWN


def is_final_for_file(error: Exception) -> bool:
    """Whether a file can never be fetched. Telegram's other 400 for it is temporary: "wrong file_id or the file
    is temporarily unavailable"."""
    return isinstance(error, BadRequest) and "too big" in error.message


def told(error: Exception) -> str:
    """What a database says for an operator. SQLite's own words name no value; PostgreSQL's may, so of it the kind."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, sqlite3.Error):
        return str(cause)
    return type(cause.__cause__ or cause).__name__  # the driver's error stands behind SQLAlchemy's


def takes_nothing(error: BaseException) -> bool:
    """Whether a database is away, full, locked or to be read alone, so that what was to be done is not to blame."""
    only_read = getattr(getattr(error, "orig", error), "sqlstate", None) == _READ_ONLY
    return isinstance(error, UNAVAILABLE) or is_away(error) or only_read


def unreached() -> tuple[type[Exception], ...]:
    """What is raised at the start by a database that is wrongly named or does not answer."""
    return (OSError, ValueError, ImportError, SQLAlchemyError, sqlite3.Error, *_driver_errors())


def _driver_errors() -> tuple[type[Exception], ...]:
    """What PostgreSQL's driver raises by itself while it connects."""
    try:
        import asyncpg  # type: ignore[import-untyped] # noqa: PLC0415 - it is an extra; it has no types
    except ImportError:
        return ()
    return (asyncpg.PostgresError, asyncpg.InterfaceError)
