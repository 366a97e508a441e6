"""The operator reads when an outage begins and when it ends, and nothing between."""

import logging
from collections.abc import Callable

import pytest
from sqlalchemy.exc import DBAPIError

from bot.store import faults
from bot.store.faults import AGAIN_SECONDS, SOON_SECONDS, Outage

Told = Callable[[], list[str]]
AWAY = DBAPIError("", {}, ValueError(), connection_invalidated=True)


class Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    """The lines so far."""
    caplog.set_level(logging.WARNING, "bot.store.faults")
    return lambda: caplog.messages


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def found(clock: Clock) -> Outage:
    return Outage("it is there again", clock)


def test_an_outage_is_told_when_it_begins_once_an_hour_and_when_it_ends(
    found: Outage, clock: Clock, told: Told
) -> None:
    """Not with each error: a log that is full of them hides everything else."""
    found.end()
    for now in (0.0, 1.0, AGAIN_SECONDS - 1, AGAIN_SECONDS, AGAIN_SECONDS + 1):
        clock.now = now
        found.note("it is away")
    found.end()
    found.end()
    assert told() == ["it is away", "it is away", "it is there again, after 60 minutes"]


def test_an_outage_that_begins_again_at_once_is_not_told_anew(
    found: Outage, clock: Clock, told: Told
) -> None:
    """A nearly full disk refuses only some writes."""
    for now in (0.0, SOON_SECONDS / 2, SOON_SECONDS):
        clock.now = now
        found.note("it is away")
        clock.now += 20.0
        found.end()
    assert told() == ["it is away", "it is there again, after 20 s"] * 2


def write(found: Outage, error: Exception | None = None) -> None:
    """A transaction that ends well, or with an error."""
    with found.of_database(writing=True):
        if error is not None:
            raise error


def test_only_writing_ends_an_outage_of_writing(found: Outage, told: Told) -> None:
    """A full disk can be read."""
    with pytest.raises(DBAPIError):
        write(found, AWAY)
    with found.of_database(writing=False):
        pass
    assert told() == [faults.advice(AWAY)]
    write(found)
    assert told()[1:] == ["it is there again, after 0 s"]


def test_an_error_of_the_program_is_no_outage(found: Outage, told: Told) -> None:
    """It goes on to who can tell more of it."""
    with pytest.raises(KeyError):
        write(found, KeyError())
    assert told() == []
