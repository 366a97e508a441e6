"""Delivery of updates to a webhook: in order within a lane, lanes side by side, retried until taken.

Source: https://core.telegram.org/bots/api#setwebhook and WebhookActor of the Bot API server
(https://github.com/tdlib/telegram-bot-api).
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from bot.local_api.apierror import ApiError
from bot.local_api.params import Params, read_reply
from bot.local_api.updates import Lane, UpdateQueue

_PATIENCE = aiohttp.ClientTimeout(total=60)
_LONGEST_PAUSE = 60
_LONGEST_RETRY_AFTER = 3600
_NOT_IN_ANSWERS = frozenset({"setwebhook", "deletewebhook", "close", "logout"})

Reply = Callable[[str, Params], Awaitable[None]]
"""Runs the method call that a webhook may give in its answer."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where updates go. With `fixed` the connection is made to `ip_address` whatever the name resolves to."""

    url: str
    secret: str
    max_connections: int
    ip_address: str
    fixed: bool = False
    certified: bool = False


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one delivery: an error's words or the call in the answer."""

    error: str = ""
    retry_after: int = 0
    call: Params | None = None


class Webhook:
    """The webhook of one bot.

    `pause` is what retries take for a second: the first comes at once, the next after 2, 4, 8 ... up to 60 of it,
    or after what the answer says in Retry-After; `reply` gets method calls from answers; `clock` dates the last
    error in wall seconds.
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
        delay, failures = 1, 0
        while (pending := self._updates.get(number)) is not None:
            async with self._slots:
                outcome = await self._attempt(pending.update)
            if not outcome.error:
                self._updates.done(number)
                await self._run(outcome.call)
                return
            self._blame(outcome.error)
            if failures and not outcome.retry_after:
                delay = min(delay * 2, _LONGEST_PAUSE)
            wait = outcome.retry_after or (delay if failures else 0)
            failures += 1
            if self._clock() + wait > pending.expires:
                self._updates.done(number)
            else:
                await asyncio.sleep(wait * self._pause)

    def _blame(self, words: str) -> None:
        self.last_error = (int(self._clock()), words)

    async def _run(self, call: Params | None) -> None:
        method = (call.text("method") or "").lower() if call is not None else ""
        # What asks would get no answer, and what changes the delivery is left to real calls.
        if call is not None and method and method not in _NOT_IN_ANSWERS and not method.startswith("get"):
            values = {name: value for name, value in call.values.items() if name != "method"}
            try:
                await self._reply(method, Params(values, call.files))
            except Exception as error:  # noqa: BLE001 - a boundary: what the chat says next must still arrive
                self._blame(f"The call in the answer failed: {type(error).__name__}")

    async def _attempt(self, update: dict[str, Any]) -> _Outcome:
        try:
            return await self._post(update)
        except (aiohttp.ClientError, TimeoutError) as broken:
            return _Outcome(_words(broken))
        except Exception as error:  # noqa: BLE001 - a boundary: it is a failed attempt, and the next may go well
            return _Outcome(f"Wrong response from the webhook: {type(error).__name__}")

    async def _post(self, update: dict[str, Any]) -> _Outcome:
        target, session = self.target, self._session
        if target is None or session is None:
            return _Outcome("Webhook is not set")
        url, headers = URL(target.url), {}
        if target.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = target.secret
        named: dict[str, Any] = {}
        if target.fixed:
            headers["Host"], named = url.authority, {"server_hostname": url.host}
            url = url.with_host(target.ip_address)
        post = session.post(url, json=update, headers=headers, allow_redirects=False, **named)
        async with post as response:
            return await _outcome(response)


async def _outcome(response: aiohttp.ClientResponse) -> _Outcome:
    if 200 <= response.status < 300:
        try:
            return _Outcome(call=await read_reply(response))
        except ApiError:
            return _Outcome()
    await response.read()
    return _Outcome(f"Wrong response from the webhook: {response.status} {response.reason}", _asked(response))


def _asked(response: aiohttp.ClientResponse) -> int:
    """Seconds of Retry-After; 0 without."""
    given = response.headers.get("Retry-After", "")
    if not given.isdecimal():
        return 0
    # More digits than Python turns into a number are more seconds than anybody waits.
    return min(int(given), _LONGEST_RETRY_AFTER) if len(given) < 10 else _LONGEST_RETRY_AFTER


def _words(broken: aiohttp.ClientError | TimeoutError) -> str:
    """What getWebhookInfo says of a broken connection."""
    if isinstance(broken, aiohttp.ClientSSLError):
        return f"SSL error {{{broken}}}"
    if isinstance(broken, aiohttp.ClientConnectorError):
        return os.strerror(broken.errno) if broken.errno else "Can't connect to the webhook"
    if isinstance(broken, aiohttp.ConnectionTimeoutError):
        return "Connection timed out"
    return "Read timeout expired" if isinstance(broken, TimeoutError) else "Connection closed"
