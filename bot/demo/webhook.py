"""Delivery of updates to a webhook: in order within a lane, lanes side by side, retried until taken."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.demo.updates import Lane, UpdateQueue

_PATIENCE = aiohttp.ClientTimeout(total=60)
_LONGEST_PAUSE = 60.0

Reply = Callable[[dict[str, Any]], Awaitable[None]]
"""Runs the method call that a webhook may give in its answer."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where updates go."""

    url: str
    secret: str
    max_connections: int


class Webhook:
    """The webhook of one bot.

    `pause` is the wait before the first retry in seconds, doubled up to a minute; `reply` gets method calls
    from answers; `clock` dates the last error in wall seconds.
    """

    def __init__(self, updates: UpdateQueue, clock: Callable[[], float], reply: Reply, pause: float) -> None:
        self.target: Target | None = None
        self.last_error: tuple[int, str] | None = None
        self._updates = updates
        self._clock = clock
        self._reply = reply
        self._pause = pause
        self._lanes: dict[Lane, deque[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(1)
        updates.listener = self._hear

    async def point(self, target: Target | None) -> None:
        """Deliver to another target, or to none; deliveries under way end and stay pending."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None
        self._lanes.clear()
        self.target, self.last_error = target, None
        if target is None:
            return
        self._slots = asyncio.Semaphore(target.max_connections)
        self._session = aiohttp.ClientSession(timeout=_PATIENCE)
        for number, lane in self._updates.lanes():
            self._hear(number, lane)

    def _hear(self, number: int, lane: Lane) -> None:
        if self.target is None:
            return
        waiting = self._lanes.get(lane)
        if waiting is not None:
            waiting.append(number)
            return
        self._lanes[lane] = deque([number])
        task = asyncio.get_running_loop().create_task(self._drain(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, lane: Lane) -> None:
        waiting = self._lanes[lane]
        while waiting:
            await self._deliver(waiting[0])
            waiting.popleft()
        del self._lanes[lane]

    async def _deliver(self, number: int) -> None:
        pause = self._pause
        while (pending := self._updates.get(number)) is not None:
            async with self._slots:
                taken, call = await self._post(pending.update)
            if taken:
                self._updates.done(number)
                if call is not None:
                    await self._reply(call)
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _post(self, update: dict[str, Any]) -> tuple[bool, dict[str, Any] | None]:
        if self.target is None or self._session is None:
            return False, None
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.target.secret} if self.target.secret else {}
        try:
            async with self._session.post(self.target.url, json=update, headers=headers) as response:
                body = await response.read()
                if response.ok:
                    return True, _call(body)
                words = f"Wrong response from the webhook: {response.status} {response.reason}"
        except (aiohttp.ClientError, TimeoutError) as broken:
            words = f"Connection failed: {type(broken).__name__}"
        self.last_error = (int(self._clock()), words)
        return False, None


def _call(body: bytes) -> dict[str, Any] | None:
    try:
        call = json.loads(body)
    except ValueError:
        return None
    return call if isinstance(call, dict) and "method" in call else None
