"""Delivery of updates to a webhook: in order for each key, side by side otherwise, retried until accepted.

Source: https://core.telegram.org/bots/api#setwebhook and WebhookActor of the Bot API server
(https://github.com/tdlib/telegram-bot-api).
"""

import asyncio
import os
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from bot.local_api.delivery.queue import OrderingKey, UpdateQueue
from bot.local_api.protocol.errors import ApiError
from bot.local_api.protocol.json_values import JSON
from bot.local_api.protocol.params import Params, read_webhook_answer

_TIMEOUT = aiohttp.ClientTimeout(total=60)
_LONGEST_PAUSE = 60
_LONGEST_ASKED = 3600
_NOT_IN_ANSWERS = frozenset({"setwebhook", "deletewebhook"})

CallMethod = Callable[[str, Params], Awaitable[None]]
"""Runs the method call that a webhook may give in its answer."""


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """Where updates go. `certificate` is one in PEM that vouches for itself."""

    url: str
    secret: str
    max_connections: int
    certificate: str | None = None

    def trust(self) -> ssl.SSLContext | bool:
        """Whom to believe that it is this host. Raises ValueError and ssl.SSLError for what is no certificate."""
        return ssl.create_default_context(cadata=self.certificate) if self.certificate else True


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one delivery: an error's words and the pause that was asked for, or the call in the answer."""

    error: str = ""
    call: Params | None = None
    retry_after: int = 0


class Webhook:
    """The webhook of one bot.

    `pause`, in seconds, is the unit of the back-off: the first retry comes at once, the next after 2, 4, 8 ... up to 60
    of it, or after as many as the answer's Retry-After says.
    `call_method` runs calls from answers; `clock` gives wall seconds.
    """

    def __init__(
        self, updates: UpdateQueue, clock: Callable[[], float], call_method: CallMethod, pause: float
    ) -> None:
        self.target: WebhookTarget | None = None
        self.last_error: tuple[int, str] | None = None
        self._updates = updates
        self._clock = clock
        self._call_method = call_method
        self._pause = pause
        self._waiting: dict[OrderingKey, deque[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(1)
        updates.listener = self._enqueue

    async def point(self, target: WebhookTarget | None) -> None:
        """Deliver to another target, or to none; deliveries under way end and stay pending. Raises what `trust` raises, and then
        changes nothing."""
        trust = target.trust() if target is not None else True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None
        self._waiting.clear()
        self.target, self.last_error = target, None
        if target is None:
            return
        self._slots = asyncio.Semaphore(target.max_connections)
        self._session = aiohttp.ClientSession(
            timeout=_TIMEOUT, connector=aiohttp.TCPConnector(limit=target.max_connections, ssl=trust)
        )
        for number, key in self._updates.pending_keys():
            self._enqueue(number, key)

    def _enqueue(self, number: int, key: OrderingKey) -> None:
        if self.target is None:
            return
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.append(number)
            return
        self._waiting[key] = deque([number])
        task = asyncio.get_running_loop().create_task(self._drain(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, key: OrderingKey) -> None:
        waiting = self._waiting[key]
        while waiting:
            await self._deliver(waiting[0])
            waiting.popleft()
        del self._waiting[key]

    async def _deliver(self, number: int) -> None:
        wait = 0
        while (pending := self._updates.get(number)) is not None:
            async with self._slots:
                outcome = await self._attempt(pending.update)
            if not outcome.error:
                self._updates.done(number)
                await self._run(outcome.call)
                return
            self._note_error(outcome.error)
            asked = min(outcome.retry_after, _LONGEST_ASKED)
            if self._clock() + (asked or wait) > pending.expires:
                self._updates.done(number)
                continue
            await asyncio.sleep((asked or wait) * self._pause)
            if not asked:
                wait = min(max(wait * 2, 2), _LONGEST_PAUSE)

    def _note_error(self, words: str) -> None:
        self.last_error = (int(self._clock()), words)

    async def _run(self, call: Params | None) -> None:
        method = (call.text("method") or "").lower() if call is not None else ""
        # A get... would have nobody to answer, and a webhook may not replace itself while it is served.
        if call is not None and method and method not in _NOT_IN_ANSWERS and not method.startswith("get"):
            values = {name: value for name, value in call.values.items() if name != "method"}
            try:
                await self._call_method(method, Params(values, call.files))
            except Exception as error:  # noqa: BLE001 - a boundary: later updates must still arrive
                self._note_error(f"The call in the answer failed: {type(error).__name__}")

    async def _attempt(self, update: JSON) -> _Outcome:
        try:
            return await self._post(update)
        except (aiohttp.ClientError, TimeoutError) as broken:
            return _Outcome(_words(broken))
        except Exception as error:  # noqa: BLE001 - a boundary: a failed attempt, the next may succeed
            return _Outcome(f"Wrong response from the webhook: {type(error).__name__}")

    async def _post(self, update: JSON) -> _Outcome:
        target, session = self.target, self._session
        if target is None or session is None:
            return _Outcome("Webhook is not set")
        headers = {"X-Telegram-Bot-Api-Secret-Token": target.secret} if target.secret else {}
        post = session.post(target.url, json=update, headers=headers, allow_redirects=False)
        async with post as response:
            return await _outcome(response)


async def _outcome(response: aiohttp.ClientResponse) -> _Outcome:
    if 200 <= response.status < 300:
        try:
            return _Outcome(call=await read_webhook_answer(response))
        except ApiError:
            return _Outcome()
    await response.read()
    asked = response.headers.get("Retry-After", "")
    return _Outcome(
        f"Wrong response from the webhook: {response.status} {response.reason}",
        retry_after=int(asked) if asked.isascii() and asked.isdigit() else 0,
    )


def _words(broken: aiohttp.ClientError | TimeoutError) -> str:
    """What getWebhookInfo says of a broken connection."""
    if isinstance(broken, aiohttp.ClientConnectorError):
        # A host name that does not resolve has a negative number, for which the operating system has no words.
        number = broken.errno or 0
        return os.strerror(number) if number > 0 else "Can't connect to the webhook"
    return "Read timeout expired" if isinstance(broken, TimeoutError) else "Connection closed"
