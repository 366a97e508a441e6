"""Waiting for something that may not come."""

import asyncio


async def wait_at_most(event: asyncio.Event, seconds: float | None) -> bool:
    """Wait until an event is set, for so many seconds at most, or without end for None; whether it is set.

    By `asyncio.timeout`: before Python 3.12 `asyncio.wait_for` returns a result that came at the moment at which it was cancelled, and
    loses the cancellation, so that a task which is told to end goes on."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
