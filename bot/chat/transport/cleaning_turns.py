"""Turns for cleaning files: small ones first, and one turn for images, so that no photo waits for a video."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bot.safety.cleaning.types import IMAGES, type_of

AT_ONCE: Final = 2
"""Files cleaned at once. Each may use `confinement.MOST_MEMORY`."""
MOST_PASSED_SECONDS: Final = 60.0
"""How long a file lets smaller ones pass, so that none waits five minutes."""


@dataclass(eq=False, slots=True)
class _Waiting:
    is_image: bool
    size: int
    since: float
    called: "asyncio.Future[None]"


class CleaningTurns:
    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._called: list[_Waiting] = []

    @asynccontextmanager
    async def turn(self, content: bytes) -> AsyncIterator[None]:
        loop, kind = asyncio.get_running_loop(), type_of(content)
        is_image = kind is None or kind.room == IMAGES  # an unknown type takes no time
        mine = _Waiting(is_image, len(content), loop.time(), loop.create_future())
        self._waiting.append(mine)
        try:
            self._call(loop.time())
            await mine.called
            yield
        finally:
            (self._called if mine in self._called else self._waiting).remove(mine)
            self._call(loop.time())

    def _call(self, now: float) -> None:
        while len(self._called) < AT_ONCE:
            others_too = all(one.is_image for one in self._called)
            may = [one for one in self._waiting if one.is_image or others_too]
            if not may:
                return
            late = [one for one in may if now - one.since >= MOST_PASSED_SECONDS]
            first = late[0] if late else min(may, key=lambda one: (not one.is_image, one.size))
            self._waiting.remove(first)
            self._called.append(first)
            if not first.called.done():  # it may have been cancelled just now
                first.called.set_result(None)
