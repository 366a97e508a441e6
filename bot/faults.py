"""Faults of the network, the database and the clock, with the reaction to each. `database_faults` classifies database errors.

| where | fault | reaction |
|---|---|---|
| start | Telegram cannot be reached | retried by `START_BACKOFF` until the bot is stopped |
| start | database `AWAY`: locked, full, not reached | `run` retries by `START_BACKOFF`; other commands end with one line |
| start | database read-only, `DAMAGED`, newer than the program or wrongly named; file store refuses; unknown token | the command ends with one line |
| start | file store away for now | logged; files stay at Telegram meanwhile |
| any request | 5xx, time-out, broken connection, no DNS | `REQUEST_TRIES` by `REQUEST_BACKOFF`, then raised to the caller |
| getUpdates | 429 | waits as Telegram asks, at most `LONGEST_HOLD` |
| getUpdates | 409: another process fetches | the first one waits `CONFLICT_PAUSE`, the other by `RIVAL_BACKOFF` (see `rivalry`) |
| getUpdates | 409: a webhook is set; token refused for now | retried by `FETCH_BACKOFF`, at least `CONFLICT_PAUSE` |
| getUpdates | any other error, an answer that is no Bot API's | retried by `FETCH_BACKOFF` |
| getUpdates | an entry is no object or nested too deep | dropped and logged |
| getUpdates | an update without a usable id | set aside once; the next fetch waits `UNUSABLE_PAUSE` |
| setWebhook | 400: address or certificate refused | the command ends with one line |
| setWebhook | any other error, a host that Telegram cannot reach | retried by `FETCH_BACKOFF` |
| webhook's request | its batch failed, or the bot stops | 503, so that Telegram sends the update again |
| database | `AWAY`: locked, read-only, full, not reached, restarted, out of memory | updates fetched again by `DATABASE_BACKOFF`, without limit; the operator is told |
| chat | database away for ten seconds or more | signs of life (see `signs_of_life`) |
| database | `is_undone`: PostgreSQL ended a deadlock | `MOST_UNDONE` tries, then as `AWAY` |
| database | `DAMAGED`: corrupt, or no database | as `AWAY`; the operator must restore a backup |
| database | `DOUBTFUL`: any other error | if a test write fails too, as `AWAY`; else the update is blamed after `MOST_DOUBTS` tries |
| batch | any other error | processed again by chat, and the failing chat by update |
| update | it is to blame | set aside; its sender gets a reference |
| clock | it jumps | pauses use a monotonic clock; nothing is destroyed until Telegram's time agrees (see `clocks`) |
| deliveries, backlog | `is_of_database` | retried by `DATABASE_BACKOFF`; the outbox keeps the rows |
| call | 429 | its chat alone waits as Telegram asks |
| call | 403: the bot is blocked | the chat's queued calls are dropped, except deletions |
| line to the team's group | 400: it became a supergroup | sent to the new number, which is remembered (see `to_group`) |
| call | 400 | sent as `Call.instead` says, else dropped |
| call | the store lacks its file | a text says so in its place |
| call | store away (`StoreAwayError`) | as a fault of the network |
| call | no request can be made (`UnbuildableError`) | dropped; the chat gets a reference |
| call | network fault; token refused for now | retried by `SEND_BACKOFF`; dropped after `MOST_ALONE` failures while other calls went through |
| call | database `AWAY` or `DAMAGED` for its attachment | retried by `SEND_BACKOFF`, without limit |
| call | an error of the bot itself | `MOST_FAULTS` tries, then dropped |
| deletion | 400 for several messages | each is deleted alone |
| deletion | 400 for one message | the person is told how to delete it by hand |
| file | 400 "too big" | given up; the report shows that a file is missing |
| file | store away (`StoreAwayError`) | fetched or removed again by `FILE_BACKOFF`, without limit |
| file | any other error | `MOST_FETCHES` tries by `FILE_BACKOFF` |
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.database_faults import is_away, is_of_database


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
    """A call that cannot become a request, such as one with a control character or half a surrogate pair. No
    retry helps."""

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
        case BadRequest() if (
            "chat not found" in error.message.lower()
        ):  # a person who has deleted the account
            return SendFault.BLOCKED
        case UnbuildableError():
            return SendFault.UNBUILDABLE
        case BadRequest():  # before NetworkError, its base class in PTB
            return SendFault.REFUSED
        case NetworkError() | InvalidToken():
            return SendFault.NETWORK
        case TelegramError():
            return SendFault.UNKNOWN
    return SendFault.STORED if is_away(error) or isinstance(error, ConnectionError) else SendFault.OWN


def is_final_for_file(error: Exception) -> bool:
    """Whether a file can never be fetched. Telegram's other 400 is temporary: "wrong file_id or the file is
    temporarily unavailable"."""
    return isinstance(error, BadRequest) and "too big" in error.message
