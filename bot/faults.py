"""Faults of the network, the database and the clock in one table: what is waited for, retried, given up and told. Which fault an
error of the database is, `database_faults` tells.

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
| a line in the team's group | 400: it has become a supergroup | the new number is remembered and the line sent there (see `to_group`) |
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
MOST_DOUBTS = 3
"""Tries of an update that fails in the database while a write beside it works."""
MOST_ALONE = 60
"""Tries of an answer that fails in the network while other calls go through: about an hour."""
MOST_FAULTS = 5
MOST_FETCHES = 1440
"""A file is given up after a day of tries at the longest pause: evidence outlives an outage."""


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
    """The chat takes nothing, for good."""
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
    """The kind of a fault of one answer, but for RetryAfter, which brings its own pause, and ChatMigrated, which brings a number."""
    match error:
        case Forbidden():
            return SendFault.BLOCKED
        case BadRequest() if (
            "chat not found" in error.message.lower()
        ):  # a person who has deleted the account
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
