"""The table of faults: what each error means for whoever waits, retries or gives up."""

from datetime import timedelta
from itertools import islice

import pytest
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

from bot.store import faults
from bot.store.faults import Backoff, SendFault, fetch_pause
from bot.transport.lanes import Lane


def test_pauses_double_up_to_the_longest() -> None:
    """And stay there for as long as it takes."""
    assert list(islice(Backoff(1, 5).pauses(), 5)) == [1, 2, 4, 5, 5]


async def test_what_fails_by_chance_is_tried_again_a_quarter_of_a_second_later() -> None:
    """An answer, a fetch of updates, a start and a transaction: somebody waits for each. Each further pause is twice as long."""
    lane, pauses = Lane(), faults.Pauses()
    assert [lane.note_failure(0) for _ in range(3)] == [0.25, 0.5, 1.0]
    assert [pauses.after(NetworkError("x")) for _ in range(3)] == [0.25, 0.5, 1.0]
    assert pauses.after(PoolTimeoutError()) == 0.25
    assert next(faults.START_BACKOFF.pauses()) == 0.25


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (Forbidden("blocked"), SendFault.BLOCKED),
        (BadRequest("Chat not found"), SendFault.BLOCKED),
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
