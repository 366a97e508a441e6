"""Faults of the network, the database and the clock in one table: what is waited for, retried, given up and told.

| where | fault | what happens |
|---|---|---|
| start | Telegram is not reached | retried by `START_BACKOFF` until it is, or until the bot is stopped |
| start | the database is `AWAY`: locked, full, not reached | the same, for `run` alone; other commands end with one line |
| start | it can only be read, is `DAMAGED`, newer than the program, wrongly named; Telegram does not know the token | the command ends with one line |
| start | the store of files is away, which may pass | told in the log; files stay at Telegram until it is there |
| start | the store of files refuses | the command ends with one line |
| any request | 5xx, a timeout, a broken connection, no DNS | `REQUEST_TRIES` by `REQUEST_BACKOFF`, then it is the caller's fault to handle |
| getUpdates | 429 | waited for as long as Telegram says, `LONGEST_HOLD` at most |
| getUpdates | 409: another process fetches | whoever came first goes on after `CONFLICT_PAUSE`, the other waits by `RIVAL_BACKOFF` (see `rivalry`) |
| getUpdates | 409: a webhook is set; a token that is refused for now | retried by `FETCH_BACKOFF`, after `CONFLICT_PAUSE` at least |
| getUpdates | any other error of Telegram, an answer that is no Bot API's | retried by `FETCH_BACKOFF` |
| getUpdates | an entry that is no object, or is nested too deep | what can be read of the answer is; the rest is dropped and logged |
| getUpdates | an update without a usable id | it is set aside once, however often it comes; the next fetch waits `UNUSABLE_PAUSE` |
| setWebhook | 400: the address or the certificate is refused | the command ends with one line |
| setWebhook | any other error of Telegram, and a host that it cannot reach | retried by `FETCH_BACKOFF` |
| a webhook's request | its batch failed, or the bot stops | 503, so that Telegram sends the update again |
| the database | `AWAY`: locked, to be read alone, full, not reached, restarted, out of memory | no update is to blame: the same updates are fetched again by `DATABASE_BACKOFF`, for ever; the operator is told once what to do, and when it is over |
| whoever writes or taps | the same, for ten seconds and more | they see typing for a minute, a tap is answered by a passing line; nothing stays in the chat (see `signs_of_life`) |
| the database | `is_undone`: PostgreSQL has ended a deadlock | the same transaction at once, `MOST_UNDONE` times; then as `AWAY` |
| the database | `DAMAGED`: corrupt, or no database | the same; the operator is told to stop the bot and restore a backup |
| the database | `DOUBTFUL`: whatever else it raises | a small write of its own tells: if that fails too, it is `AWAY`; if it works, the update is tried `MOST_DOUBTS` times, then blamed |
| a batch | whatever else it raises | processed again chat by chat, and the chat that fails update by update |
| an update | it is to blame | it is set aside, and its person is told a reference |
| the clock | it jumps | pauses go by a clock that no jump moves; nothing is destroyed until Telegram's time agrees (see `clocks`) |
| deliveries, the backlog | `is_of_database` | again by `DATABASE_BACKOFF`; until then the outbox holds the rows |
| an answer | 429 | its chat alone waits for as long as Telegram says |
| an answer | 403: the person blocked the bot | what that chat is owed is dropped, but for deletions |
| an answer | 400 | sent in its other ways if it has some (`Call.instead`), else dropped |
| an answer | the store lacks its file | that is said in its place |
| an answer | the store is away (`StoreAwayError`) | as if the network were: the person has seen nothing |
| an answer | no request can be made of it (`UnbuildableError`) | dropped at once, and its person is told a reference |
| a deletion | 400 for several messages | each is asked for alone |
| a deletion | 400 for one message | the person is told that it remains, and how to delete it by hand |
| an answer | the network, a token that is refused for now | retried by `SEND_BACKOFF`; after `MOST_ALONE` failures while other calls went through, dropped |
| an answer | the database is `AWAY` or `DAMAGED`, for what an answer carries | retried by `SEND_BACKOFF`, for ever |
| an answer | the bot itself | retried `MOST_FAULTS` times, then dropped |
| a file | 400 "too big" | given up at once; whoever opens the report sees that a file is missing |
| a file | the store is away (`StoreAwayError`) | retried by `FILE_BACKOFF`, for ever; so is its removal |
| a file | anything else | retried by `FILE_BACKOFF`, `MOST_FETCHES` times |
"""

import socket
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
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
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

_T = TypeVar("_T")


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


class Pauses:
    """The pauses of a series of failures, of the network and of the database each by its own backoff."""

    def __init__(self) -> None:
        self._network, self._database = FETCH_BACKOFF.pauses(), DATABASE_BACKOFF.pauses()

    def after(self, error: BaseException) -> float:
        """Seconds until the next try."""
        return next(self._database if is_of_database(error) else self._network)


class UnbuildableError(TelegramError):
    """No request can be made of a call: a control character in a file's name, half a symbol in a text. No try mends it."""

    def __init__(self) -> None:
        super().__init__("the request cannot be built")


class UnsentError(NetworkError):
    """No connection came about, so Telegram has certainly not seen the request."""


START_BACKOFF = Backoff(0.25, 60.0)
REQUEST_BACKOFF = Backoff(0.3, 0.6)
FETCH_BACKOFF = Backoff(0.25, 30.0)
DATABASE_BACKOFF = Backoff(0.25, 5.0)
"""Short, since a database is near: whoever waits is answered soon after it is back."""
RIVAL_BACKOFF = Backoff(3.0, 300.0)
SEND_BACKOFF = Backoff(0.25, 60.0)
"""What fails by chance mostly works when it is tried again: somebody waits for it."""
FILE_BACKOFF = Backoff(1.0, 60.0)

REQUEST_TRIES = 3
CONFLICT_PAUSE = 3.0
"""Seconds. Two processes that poll faster throw each other out all the time, and neither gets an update."""
UNUSABLE_PAUSE = 1.0
"""Seconds between two fetches that give nothing but updates without a usable id: what others write waits no longer."""
LONGEST_HOLD = 3600.0
"""Seconds that Telegram is obeyed for at most, whatever it says."""
MOST_UNDONE = 3
"""Tries of a transaction that PostgreSQL undoes for another's sake."""
MOST_DOUBTS = 3
"""Tries of an update that fails in the database while a write beside it works."""
MOST_ALONE = 60
"""Tries of an answer that fails in the network while other calls go through: about an hour."""
MOST_FAULTS = 5
MOST_FETCHES = 1440
"""A file is given up after a day of tries at the longest pause: evidence outlives an outage."""


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
    if of_database(error) is DatabaseFault.DAMAGED:
        return (
            f"the database is damaged ({told(error)}). Stop the bot, keep the file as it is, and restore a backup. Nothing is "
            "taken until then; Telegram keeps what people write for 24 hours"
        )
    why = _SQLITE_AWAY.get(_sqlite_code(getattr(error, "orig", error)))
    return (
        f"the database takes nothing ({told(error)}){f': {why}' if why else ''}. Nothing is lost: people wait until it does, "
        "and Telegram keeps what they write for 24 hours"
    )


def is_waited_for(error: BaseException) -> bool:
    """Whether the batch loop goes on after an error, once it has waited. Any other is a bug and ends it."""
    return isinstance(error, TelegramError) or is_of_database(error)


def fetch_pause(error: Exception, pause: float) -> float:
    """Seconds until updates are fetched again; `pause` is the backoff's."""
    if isinstance(error, RetryAfter):
        return min(LONGEST_HOLD, retry_seconds(error))
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
    STORED = auto()
    """The database is away, and with it what the answer carries."""
    OWN = auto()
    """The bot itself failed: a file that cannot be read."""


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
    return SendFault.STORED if is_away(error) or isinstance(error, ConnectionError) else SendFault.OWN


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
    """Whether a database takes nothing, or an operator's command cannot be done on it, so that a line is enough."""
    return is_away(error) or isinstance(error, OperationalError | InterfaceError)


def may_pass(error: BaseException) -> bool:
    """Whether a start may wait for a database that raises this: it is not there, or takes nothing, for a reason that passes by
    itself. A wrong name, a wrong password and a file that is not the bot's own do not."""
    if isinstance(error, ConnectionError | TimeoutError | socket.gaierror | PoolTimeoutError):
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
    return (asyncpg.PostgresError, asyncpg.InterfaceError)
