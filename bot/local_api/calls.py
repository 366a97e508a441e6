"""The log of calls of the Bot API."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from itertools import islice
from typing import Any

KEPT = 2000
LONGEST = 16 * 1024
"""Characters of a value, as text or as JSON, that are kept: four times as many as a message has."""

_MOST_VALUES = 100


def _cut(value: Any) -> Any:
    """A value whole, or the beginning of it with its length."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)})"


def kept(params: dict[str, Any]) -> dict[str, Any]:
    """What of the parameters of a call is kept."""
    return {_cut(name): _cut(value) for name, value in islice(params.items(), _MOST_VALUES)}


class CallLog:
    """The last calls, each with a number that grows by one; file contents are never kept, long values cut."""

    def __init__(self, most: int = KEPT) -> None:
        self.number = 0
        self._calls: deque[dict[str, Any]] = deque(maxlen=most)
        self._changed = asyncio.Event()

    def add(self, when: float, bot: str, method: str, params: dict[str, Any], code: int) -> None:
        """Note a call that was handled (`code` 200) or refused; `when` in wall seconds."""
        self.number += 1
        self._calls.append(
            {
                "number": self.number,
                "at": when,
                "bot": bot,
                "method": method,
                "chat_id": _cut(params.get("chat_id")),
                "params": kept(params),
                "code": code,
            }
        )
        self.wake()

    def wake(self) -> None:
        """Wake whoever waits."""
        self._changed.set()
        self._changed = asyncio.Event()

    def clear(self) -> None:
        """Forget the calls; the numbers go on."""
        self._calls.clear()

    def since(self, after: int, method: str | None = None) -> list[dict[str, Any]]:
        """The kept calls with a number above `after`, of one method (any case) if given."""
        wanted = method.lower() if method else None
        return [
            call
            for call in self._calls
            if call["number"] > after and (wanted is None or call["method"].lower() == wanted)
        ]

    async def wait(self, after: int, seconds: float) -> None:
        """Return once there is a call after `after`, or after `seconds`."""
        if self.number > after or seconds <= 0:
            return
        changed = self._changed
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            return
