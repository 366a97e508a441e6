"""What one copy of the bot alone does, again and again."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.chat.transport.copies import Copies

ELSEWHERE_SECONDS = 5.0
"""Until a copy of the bot looks again whether it keeps house now."""


async def again_and_again(copies: Copies, once: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Do it once and pause for so many seconds, for ever, while this copy keeps house. `once` raises nothing."""
    while True:
        if not copies.keeps_house:
            await asyncio.sleep(ELSEWHERE_SECONDS)
            continue
        # Shielded: a transaction that is cut off leaves the driver's thread behind.
        await asyncio.shield(asyncio.ensure_future(once()))
        await asyncio.sleep(seconds)
