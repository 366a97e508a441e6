"""Numbered entries that clients follow by long polling."""

import asyncio
from collections import deque
from itertools import islice

from bot.local_api.protocol.json_values import JSON

LONGEST_WAIT = 50.0
"""Seconds that one request may wait."""


class NumberedLog:
    """The last `kept` entries; their numbers grow by one and never repeat. `waiting` is how many requests wait."""

    def __init__(self, kept: int) -> None:
        self.number = 0
        self.waiting = 0
        self._entries: deque[JSON] = deque(maxlen=kept)
        self._changed = asyncio.Event()

    def append(self, entry: JSON) -> None:
        """Add what has the next number, and wake whoever waits."""
        self.number += 1
        self._entries.append(entry)
        self.wake()

    def clear(self) -> None:
        """Forget the entries; the numbers go on."""
        self._entries.clear()

    def since(self, after: int) -> list[JSON]:
        """The kept entries with a number above `after`."""
        missing = min(self.number - after, len(self._entries))
        return list(islice(self._entries, len(self._entries) - missing, None)) if missing > 0 else []

    def wake(self) -> None:
        """Wake whoever waits, entry or not."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, after: int, seconds: float) -> None:
        """Return once the last number is not `after`, or after `seconds`.

        A number ahead of the log comes from a client that knew an earlier server: it is not kept waiting.
        """
        if self.number != after or seconds <= 0:
            return
        changed = self._changed
        self.waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            return
        finally:
            self.waiting -= 1
