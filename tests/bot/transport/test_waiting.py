"""Waiting for something that may not come."""

import asyncio

import pytest

from bot.transport.replicas import wait_at_most


async def test_it_ends_by_the_event_or_by_the_time() -> None:
    """And says which; without a time it waits for the event."""
    event = asyncio.Event()
    assert not await wait_at_most(event, 0.001)
    asyncio.get_running_loop().call_soon(event.set)
    assert await wait_at_most(event, None)
    assert await wait_at_most(event, -1.0), "what is there already is not waited for"


@pytest.mark.parametrize("steps", range(4))
async def test_a_cancellation_about_the_moment_of_the_event_is_not_lost(steps: int) -> None:
    """A task that waits again and again ends when it is told to, whichever steps after what it waits for that is."""
    event = asyncio.Event()

    async def wait_for_ever() -> None:
        while True:
            await wait_at_most(event, 60)
            event.clear()

    waiting = asyncio.create_task(wait_for_ever())
    await asyncio.sleep(0.001)
    event.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting}, timeout=0.5)
    assert waiting.cancelled()
