"""Two programs with one token: one serves, the other says so and waits."""

import random

from hypothesis import given
from hypothesis import strategies as st

from bot.transport.polling import PEACE_SECONDS, SERVES, WAITS, Rivalry


class Program:
    """A program that fetches whenever its pause is over; a fetch ends after half a minute or by another one's."""

    def __init__(self, starts: float) -> None:
        self.rivalry, self.next = Rivalry(), starts
        self.polls: float | None = None
        self.served = 0.0
        self.told: list[str] = []

    def poll(self, now: float) -> None:
        """Ask Telegram."""
        self.rivalry.asks(now)
        self.polls, self.next = now, now + 30

    def disturbed(self, now: float) -> None:
        """Telegram answers with 409."""
        pause, told = self.rivalry.met(now)
        self.told += [told] if told else []
        self.polls, self.next = None, now + pause


def live(programs: list[Program], begin: float, end: float) -> None:
    """As Telegram does: whoever asked last is served, and the other's request is ended."""
    now = begin
    while (due := min(programs, key=lambda one: one.next)).next < end:
        for one in programs:
            one.served += due.next - now if one.polls is not None else 0
        now = due.next
        if due.polls is not None:
            due.rivalry.fetched(now)
        for other in programs:
            if other is not due and other.polls is not None:
                other.disturbed(now)
        due.poll(now)


def shares(programs: list[Program], begin: float, end: float) -> list[float]:
    """What part of this time each of them was served."""
    before = [one.served for one in programs]
    live(programs, begin, end)
    return [(one.served - was) / (end - begin) for one, was in zip(programs, before, strict=True)]


@given(st.integers(), st.floats(PEACE_SECONDS, 1000))
def test_whoever_came_first_goes_on_and_the_other_waits(seed: int, later: float) -> None:
    """Of the hours after the second start nearly all; each says once what it does."""
    random.seed(seed)
    first, second = Program(0), Program(later)
    live([first], 0, later)
    served, other = shares([first, second], later, later + 3 * 3600)
    assert served > 0.95
    assert other < 0.05
    assert first.told[:1] == [SERVES]
    assert second.told[:1] == [WAITS]
    assert len(first.told) <= 4
    assert len(second.told) <= 4
    live([second], later + 3 * 3600, later + 4 * 3600)  # the first is gone
    assert second.rivalry.serves
    assert not second.rivalry.waits


@given(st.integers(), st.floats(0, 5))
def test_of_two_that_begin_together_one_comes_to_serve(seed: int, later: float) -> None:
    """Within minutes, whichever it is."""
    random.seed(seed)
    programs = [Program(0), Program(later)]
    live(programs, 0, 1200)
    assert max(shares(programs, 1200, 3600)) > 0.9


def test_a_stop_that_overlaps_the_next_start_delays_nothing_for_long() -> None:
    """The old one's last request ends the new one's first."""
    new = Rivalry()
    new.asks(0.0)
    pause, _ = new.met(1.0)
    assert pause < 5
