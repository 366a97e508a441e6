"""Waiting with a time limit."""

import asyncio


async def wait_at_most(event: asyncio.Event, seconds: float | None) -> bool:
    """Wait until an event is set, for at most `seconds` or without limit for None. Returns whether it is
    set.

    Uses `asyncio.timeout`: before Python 3.12 `asyncio.wait_for` can lose a cancellation, and the task would
    go on.
    """
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
