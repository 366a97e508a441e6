"""A wrong clock destroys nothing: what it says must agree with Telegram, or follow from the hour before."""

import pytest

from bot.store import clocks
from bot.store.clocks import ClockNews, ClockState, TelegramTime
from tests.bench import Bench

HOUR, DAY = 3600.0, 24 * 3600.0


class Stopwatch:
    """Seconds that pass by themselves."""

    seconds = 0.0

    def __call__(self) -> float:
        """How many have passed."""
        return self.seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    """One that stands."""
    return Stopwatch()


def test_telegrams_time_goes_on_between_its_answers(stopwatch: Stopwatch) -> None:
    """The clock agrees as long as it is not an hour off, whichever way."""
    told = TelegramTime(stopwatch)
    assert told.bears_out(5 * DAY) is None
    told.note_answer(5 * DAY)
    stopwatch.seconds = DAY
    for own, agrees in (
        (6 * DAY, True),
        (6 * DAY + HOUR, True),
        (6 * DAY + HOUR + 1, False),
        (5 * DAY, False),
    ):
        assert told.bears_out(own) is agrees
    assert told.corrected(400 * DAY) == 6 * DAY
    assert told.corrected(6 * DAY + 60) == 6 * DAY + 60


def test_a_message_proves_that_a_clock_is_behind_and_never_that_it_is_ahead(stopwatch: Stopwatch) -> None:
    """It may have waited for a day while the bot was down. The latest counts."""
    told = TelegramTime(stopwatch)
    told.note_message(5 * DAY)
    told.note_message(4 * DAY)
    assert told.bears_out(5 * DAY + 60) is True
    assert told.bears_out(6 * DAY) is None
    assert told.bears_out(4 * DAY) is False
    assert told.corrected(4 * DAY) == 5 * DAY
    assert told.corrected(6 * DAY) == 6 * DAY


async def looks(bench: Bench, *seen: tuple[float, bool | None]) -> list[tuple[bool, ClockNews | None]]:
    """What looks at the clock find, one after the other: hours from now that it is off, and whether Telegram agrees."""
    found = []
    for hours, agrees in seen:
        async with bench.write() as unit:
            one = await clocks.look(unit, bench.now.timestamp() + hours * HOUR, agrees)
            found.append((one.may_destroy, one.news))
    return found


@pytest.mark.parametrize("days", [4, 400, -4])
async def test_a_clock_that_jumps_stops_and_is_told_once(bench: Bench, days: int) -> None:
    """Ahead or back, with Telegram against it or silent; told at the second look, since the first may err. It goes on by
    itself as soon as Telegram agrees."""
    for against in (False, None):
        assert await looks(bench, (0, True), *[(days * 24, against)] * 3, (0, True), (1, None)) == [
            (True, None),
            (False, None),
            (False, ClockNews.STOPPED),
            (False, None),
            (True, ClockNews.RIGHT),
            (True, None),
        ]


async def test_a_clock_that_is_wrong_at_the_first_look_is_found_by_what_is_stored(bench: Bench) -> None:
    """After an update nothing is remembered yet but the hours of reports."""
    async with bench.write() as unit:
        await bench.submit(unit)
    assert await looks(bench, (400 * 24, None)) == [(False, None)]


async def test_a_clock_that_is_stepped_gains_one_bound_in_all(bench: Bench) -> None:
    """However small the steps and however many: what counts is the distance from the last hour that Telegram confirmed.
    Back it is an hour."""
    ahead = ((hours, None) for hours in (0, 12, 24, 25, 26))
    back = ((0, True), (24, None), (-1, None), (-2, None))
    found = [may for may, _ in await looks(bench, (0, True), *ahead, *back)]
    assert found == [True, *[True, True, True, False, False], *[True, True, True, False]]


async def test_a_year_stepped_by_days_destroys_nothing(bench: Bench) -> None:
    """After each step the clock is looked at, while Telegram is silent; the administrators are told as of any jump."""
    found = await looks(bench, (0, True), *((24 * days, None) for days in range(1, 380)))
    assert [may for may, _ in found] == [True, True, *[False] * 378]
    assert [news for _, news in found if news] == [ClockNews.STOPPED]


async def test_a_clock_that_stopped_is_not_right_again_because_it_looks_so(bench: Bench) -> None:
    """Back where it was it may have been wrong before: Telegram has to agree, or the operator."""
    assert [may for may, _ in await looks(bench, (0, None), (400 * 24, None), (0, None), (0, True))] == [
        True,
        False,
        False,
        True,
    ]


async def test_the_operators_word_counts_for_a_day(bench: Bench) -> None:
    """Also where Telegram says otherwise, as a server of one's own with a wrong clock does. A clock that is stepped on from
    there gains no more than it does without that word."""
    await looks(bench, (0, True), (400 * 24, None))
    async with bench.write() as unit:
        await clocks.confirm(unit, bench.now.timestamp() + 400 * DAY)
    ahead = 400 * 24
    found = await looks(bench, (ahead, None), (ahead + 12, False), (ahead + 24, False), (ahead + 36, None))
    assert [may for may, _ in found] == [True, True, True, False]
    async with bench.read() as unit:
        state, _ = await clocks.stored(unit)
    assert state is ClockState.STOPPED
