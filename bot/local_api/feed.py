"""What happens in a person's chats, as numbered events that a phone can wait for."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

KEPT = 500


class Feed:
    """The last events of one person's phone; numbers grow by one and never repeat. `waiting` tells how many wait."""

    def __init__(self, kept: int = KEPT) -> None:
        self.seq = 0
        self.waiting = 0
        self._events: deque[dict[str, Any]] = deque(maxlen=kept)
        self._changed = asyncio.Event()

    def add(self, kind: str, **fields: object) -> None:
        """Append an event and wake whoever waits."""
        self.seq += 1
        self._events.append({"seq": self.seq, "kind": kind, **fields})
        self.wake()

    def wake(self) -> None:
        """Wake whoever waits, event or not."""
        self._changed.set()
        self._changed = asyncio.Event()

    def since(self, after: int) -> tuple[list[dict[str, Any]], bool]:
        """The events after number `after`, and whether some between were forgotten already."""
        missing = self.seq - after
        if missing <= 0:
            return [], missing < 0
        found = list(self._events)[-missing:]
        return found, len(found) < missing

    async def wait(self, after: int, seconds: float) -> None:
        """Return as soon as there is an event after `after`, or after `seconds`."""
        if self.seq != after or seconds <= 0:
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
