"""The end of the loop and of the jobs beside it."""

import asyncio
from contextlib import suppress


class Stopping(asyncio.Event):
    """Set once all is to end."""

    async def wait_at_most(self, seconds: float) -> None:
        """Wait so long, or until it is set."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.wait(), seconds)
