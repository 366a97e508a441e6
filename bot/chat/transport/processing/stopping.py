"""The end of the loop and of the jobs beside it."""

import asyncio

from bot.waiting import wait_at_most


class Stopping(asyncio.Event):
    """Set once all is to end."""

    async def wait_at_most(self, seconds: float) -> None:
        """Wait so long, or until it is set."""
        await wait_at_most(self, seconds)
