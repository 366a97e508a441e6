"""A first signal ends a demo in good order, a second one at once, whatever it is doing."""

import asyncio
import signal
from collections.abc import Iterator
from typing import NoReturn

import pytest

from bot.demo.running import SIGNALS, Stop


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The handlers of signals stay what they were."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("loop_has_signals", [True, False])
async def test_a_signal_asks_for_the_end(
    number: signal.Signals, loop_has_signals: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the event loop has no signal handlers, as on Windows."""

    def refuse(*_: object) -> NoReturn:
        raise NotImplementedError  # as asyncio does there

    if not loop_has_signals:
        monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", refuse)
    stop = Stop()
    stop.listen()
    assert not stop.asked
    signal.raise_signal(number)
    async with asyncio.timeout(5):
        await stop.wait()
    assert stop.asked


def test_a_second_signal_ends_the_loop() -> None:
    """Although work is still going on."""

    async def work() -> None:
        stop = Stop()
        stop.listen()
        signal.raise_signal(signal.SIGINT)
        await stop.wait()
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(work())


async def test_work_is_cancelled_when_the_end_is_asked_for() -> None:
    """While it waits for something else."""
    stop, done = Stop(), []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            done.append(True)

    asyncio.get_running_loop().call_soon(stop.ask)
    async with asyncio.timeout(5):
        await stop.unless(work())
    assert done == [True]


async def test_work_that_nobody_cancels_is_done() -> None:
    """And what it raises is raised."""

    async def work() -> None:
        raise LookupError("nobody there")

    with pytest.raises(LookupError, match="nobody there"):
        await Stop().unless(work())
