"""The pace of sending."""

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.transport.lanes import UNPACED, Bucket, SendingPace

A = b"a"


@dataclass
class Clock:
    """Seconds that pass by sleeping alone."""

    now: float = 50.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of the pace."""
    made = Clock()
    monkeypatch.setattr(asyncio, "sleep", made.sleep)
    return made


async def test_a_burst_goes_at_once_and_then_one_message_a_second(clock: Clock) -> None:
    """As Telegram allows to one chat."""
    pace = SendingPace(1000, 1.0, 3, clock)
    times = []
    for _ in range(5):
        await pace.wait(b"a", "sendMessage")
        times.append(clock.now - 50)
    assert times == [0, 0, 0, 1, 2]


async def test_a_chat_that_waits_costs_no_other_chat_a_second(clock: Clock) -> None:
    """Each chat has its own bucket."""
    pace = SendingPace(1000, 1.0, 1, clock)
    for _ in range(3):
        await pace.wait(b"a", "sendMessage")
    late = clock.now
    await pace.wait(b"b", "sendMessage")
    assert clock.now == late


async def test_all_chats_together_keep_to_the_common_limit(clock: Clock) -> None:
    """A hundred chats at ten a second take nine seconds after the first ten."""
    pace = SendingPace(10, 1.0, 4, clock)
    for number in range(100):
        await pace.wait(str(number).encode(), "sendMessage")
    assert clock.now - 50 == pytest.approx(9, abs=0.01)


@pytest.mark.parametrize("method", sorted(UNPACED))
async def test_a_call_that_puts_no_message_into_a_chat_does_not_wait(clock: Clock, method: str) -> None:
    """A tap is answered at once, whatever else the chat is owed."""
    pace = SendingPace(1, 1.0, 1, clock)
    for _ in range(20):
        await pace.wait(b"a", method)
    assert clock.now == 50


async def test_chats_that_have_been_quiet_are_forgotten(clock: Clock) -> None:
    """The memory of the pace does not grow with the number of people."""
    pace = SendingPace(1e9, 1.0, 1, clock)
    for number in range(10_050):
        await pace.wait(str(number).encode(), "sendMessage")
        clock.now += 0.01
    assert len(pace._chats) <= 10_001


@given(st.lists(st.floats(0, 5), max_size=60), st.floats(0.5, 50), st.integers(1, 10))
def test_in_any_stretch_of_time_a_bucket_gives_no_more_than_its_rate_and_burst(
    gaps: list[float], rate: float, size: int
) -> None:
    """Counted from its beginning: never more than size + rate x seconds by then."""
    now, used = 0.0, []
    bucket = Bucket(rate, size)
    for gap in gaps:
        now += gap
        used.append(now + bucket.take(now))
    for count, at in enumerate(sorted(used), start=1):
        assert count <= size + rate * at + 1e-6


async def test_what_may_wait_has_room_while_a_quarter_of_all_is_left(clock: Clock) -> None:
    """And none while Telegram refuses the bot."""
    pace, had_room = SendingPace(8, 1.0, 1, clock), list[bool]()
    for number in range(7):
        had_room.append(pace.has_room(A))
        await pace.wait(bytes([number]), "editMessageText")
    had_room.append(pace.has_room(A))
    clock.now += 1
    had_room.append(pace.has_room(A))
    pace.hold(7.0)
    assert [*had_room, pace.has_room(A)] == [*[True] * 7, False, True, False]


async def test_what_may_wait_has_room_while_half_of_a_chat_s_burst_is_left(clock: Clock) -> None:
    """Else the next answer there would wait for it."""
    pace, had_room = SendingPace(100, 1.0, 4, clock), list[bool]()
    for _ in range(3):
        had_room.append(pace.has_room(A))
        await pace.wait(A, "sendMessage")
    assert [*had_room, pace.has_room(b"another")] == [True, True, False, True]


async def test_copies_of_the_bot_share_what_telegram_takes(clock: Clock) -> None:
    """Each at its part, and at all of it again once it is alone."""
    pace = SendingPace(10, 100, 100, clock)
    for copies, seconds in ((2, 4.0), (1, 2.0)):
        pace.share(copies)
        clock.now += 100
        begun = clock.now
        for chat in range(int(10 / copies) + 20):
            await pace.wait(bytes([chat]), "sendMessage")
        assert clock.now - begun == pytest.approx(seconds)


async def test_nothing_goes_while_telegram_refuses_the_bot(clock: Clock) -> None:
    """But for what puts no message into a chat."""
    pace = SendingPace(10, 10, 10, clock)
    pace.hold(7.0)
    begun = clock.now
    await pace.wait(b"a", "answerCallbackQuery")
    assert clock.now == begun
    await pace.wait(b"a", "sendMessage")
    assert clock.now - begun == pytest.approx(7.0)


async def test_a_group_gets_no_more_than_twenty_messages_in_any_minute(clock: Clock) -> None:
    """As Telegram allows, at the usual pace of a chat."""
    pace, times = SendingPace(1000, 1.0, 4, clock), list[float]()
    for _ in range(60):
        await pace.wait(A, "sendMessage", is_group=True)
        times.append(clock.now)
    assert max(sum(at <= one < at + 60 for one in times) for at in times) in range(15, 21)


async def test_a_chat_that_telegram_refuses_gets_fewer_calls_and_then_steadily_more(
    clock: Clock,
) -> None:
    """A quarter fewer at first, and as many as usual a quarter of a minute later. Other chats get theirs."""
    pace = SendingPace(1000, 1.0, 1, clock)
    await pace.wait(A, "sendMessage")
    pace.note_refusal(A, 3.0)
    gaps = [await _gap(pace, clock) for _ in range(40)]
    begun = clock.now
    await pace.wait(b"another", "sendMessage")
    assert clock.now == begun
    assert gaps[0] == pytest.approx(4 / 3, abs=0.1)
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] == pytest.approx(1.0)


async def _gap(pace: SendingPace, clock: Clock) -> float:
    begun = clock.now
    await pace.wait(A, "sendMessage")
    return clock.now - begun


async def test_a_bot_that_telegram_refuses_again_and_again_still_sends(clock: Clock) -> None:
    """Less and less, but not nothing, and as usual a minute after the last. Refusals of a bot that sends little say nothing of its
    pace."""
    pace, rates = SendingPace(30, 1.0, 1, clock), list[int]()
    pace.hold(1.0)
    clock.now += 5.0
    assert pace.within(1.0) == 30
    for _ in range(20):
        for number in range(25):
            await pace.wait(bytes([number]), "sendMessage")
        pace.hold(1.0)
        clock.now += 5.0
        rates.append(pace.within(1.0))
    assert rates == sorted(rates, reverse=True)
    assert (rates[0], rates[-1]) == (25, 10)
    clock.now += 60
    assert pace.within(1.0) == 30


def test_newcomers_are_taken_in_no_faster_than_their_next_screens_can_be_sent(clock: Clock) -> None:
    """A burst of them at once, then a sixth of the calls a second; with fewer calls fewer."""
    pace = SendingPace(30, 1.0, 4, clock)
    pace.note_starts(70)
    assert pace.starts() == pytest.approx(-10)
    clock.now += 4
    assert pace.starts() == pytest.approx(10)
    pace.share(2)
    clock.now += 60
    assert pace.starts() == pytest.approx(30)
