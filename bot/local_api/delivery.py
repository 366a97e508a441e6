"""Delivery of updates to a bot: the queue behind getUpdates, and the webhook."""

import asyncio
import os
import ssl
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import islice

import aiohttp

from bot.local_api.access import JSON, ApiError, Params, conflict, read_webhook_answer

CALLBACK_LIFETIME = 150
"""Seconds until an undelivered callback query is dropped."""

LIFETIME = 24 * 3600

UPDATE_KINDS = (
    *("message", "edited_message", "channel_post", "edited_channel_post", "business_connection"),
    *("business_message", "edited_business_message", "deleted_business_messages", "message_reaction"),
    *("message_reaction_count", "inline_query", "chosen_inline_result", "callback_query", "shipping_query"),
    *("pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member"),
    *("chat_join_request", "chat_boost", "removed_chat_boost"),
)
# The Bot API server treats an offset further ahead of its queue as a mistake that confirms nothing.
_FARTHEST_AHEAD = 10
SAME_OFFSET_SECONDS = 0.5
"""Repeating an offset sooner yields a single update, as with the Bot API server."""
_BY_DEFAULT = frozenset(UPDATE_KINDS) - {"chat_member", "message_reaction", "message_reaction_count"}
_OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"

OrderingKey = tuple[str, int]
"""Webhook updates of a key arrive in order: ("chat", id) for messages, ("user", id) for callback queries."""


@dataclass(frozen=True, slots=True)
class PendingUpdate:
    """An unconfirmed update. `expires` is in wall seconds."""

    update: JSON
    key: OrderingKey
    expires: float


class UpdateQueue:
    """Unconfirmed updates, oldest first. `clock` returns wall seconds, `first` is the first update_id.
    `listener` is called with each new update."""

    def __init__(self, clock: Callable[[], float], first: int) -> None:
        self._clock = clock
        self._next = first
        self.pending: OrderedDict[int, PendingUpdate] = OrderedDict()
        self._redelivered: list[JSON] = []
        self._recent: deque[JSON] = deque(maxlen=1000)
        self._poll: asyncio.Future[None] | None = None
        self._allowed: frozenset[str] = _BY_DEFAULT
        self._polled: tuple[int, float] | None = None
        self.listener: Callable[[int, OrderingKey], None] | None = None

    def __len__(self) -> int:
        return len(self.pending)

    @property
    def waiting(self) -> bool:
        return self._poll is not None

    @property
    def allowed(self) -> list[str] | None:
        """Requested update kinds, or None for the default."""
        return (
            None if self._allowed == _BY_DEFAULT else [kind for kind in UPDATE_KINDS if kind in self._allowed]
        )

    def allow(self, kinds: object) -> None:
        """Set `allowed_updates`. None keeps the current kinds, an empty list restores the default."""
        if isinstance(kinds, list):
            self._allowed = (
                frozenset(str(kind).lower() for kind in kinds) & frozenset(UPDATE_KINDS) or _BY_DEFAULT
            )

    def put(self, kind: str, payload: JSON, key: OrderingKey) -> int | None:
        """Add an update and return its id, or None if the bot did not request this kind."""
        if kind not in self._allowed:
            return None
        lifetime = CALLBACK_LIFETIME if kind == "callback_query" else LIFETIME
        number = self._next
        self._next += 1
        self._add(PendingUpdate({"update_id": number, kind: payload}, key, self._clock() + lifetime))
        return number

    def put_raw(self, update: JSON) -> int:
        """Add an update unchanged, with an id if it has none. For tests of broken updates."""
        raw = {"update_id": self._next, **update}
        self._next = max(self._next, int(raw["update_id"])) + 1
        self._add(PendingUpdate(raw, ("raw", 0), self._clock() + LIFETIME))
        return int(raw["update_id"])

    def _add(self, pending: PendingUpdate) -> None:
        number = int(pending.update["update_id"])
        self.pending[number] = pending
        self._recent.append(pending.update)
        if self.listener is not None:
            self.listener(number, pending.key)
        self.wake()

    def redeliver(self, ids: list[int]) -> int:
        """Deliver recent updates again, regardless of the offset. Returns how many were found."""
        found = [update for number in ids for update in self._recent if update["update_id"] == number]
        self._redelivered += found
        self.wake()
        return len(found)

    def recent(self, count: int) -> list[int]:
        return [int(update["update_id"]) for update in list(self._recent)[-count:]] if count > 0 else []

    def wake(self) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def end_poll(self, words: str) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(conflict(words))

    def confirm(self, offset: int) -> None:
        """Drop updates before `offset`. A negative one keeps that many of the newest, one over ten ahead
        confirms nothing."""
        if offset < 0:
            while len(self.pending) > -offset:
                self.pending.popitem(last=False)
            return
        if offset > self._next + _FARTHEST_AHEAD:
            return
        while self.pending and next(iter(self.pending)) < offset:
            self.pending.popitem(last=False)

    def get(self, number: int) -> PendingUpdate | None:
        pending = self.pending.get(number)
        if pending is not None and pending.expires < self._clock():
            del self.pending[number]
            return None
        return pending

    def _ready(self, limit: int) -> list[JSON]:
        now, again = self._clock(), self._redelivered
        self._redelivered = []
        while self.pending and next(iter(self.pending.values())).expires < now:
            self.pending.popitem(last=False)
        window = list(islice(self.pending.items(), limit))
        for number, pending in window:
            if pending.expires < now:
                del self.pending[number]
        return again + [pending.update for _, pending in window if pending.expires >= now]

    async def poll(self, offset: int, limit: int, seconds: float) -> list[JSON]:
        """Confirm `offset`, then return up to `limit` updates, waiting up to `seconds` for the first. Raises
        ApiError 409 if another poll or a webhook takes over meanwhile."""
        self.end_poll(_OTHER_POLL)
        self.confirm(offset)
        ready = self._ready(self._throttled(offset, limit))
        if ready or seconds <= 0:
            return ready
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await poll
        except TimeoutError:
            return []
        finally:
            if self._poll is poll:
                self._poll = None
        return self._ready(limit)

    def _throttled(self, offset: int, limit: int) -> int:
        now, before = asyncio.get_running_loop().time(), self._polled
        self._polled = offset, now
        hurried = before is not None and before[0] == offset and now < before[1] + SAME_OFFSET_SECONDS
        return 1 if hurried else limit


_TIMEOUT = aiohttp.ClientTimeout(total=60)
_LONGEST_PAUSE = 60
_LONGEST_ASKED = 3600
_NOT_IN_ANSWERS = frozenset({"setwebhook", "deletewebhook"})

CallMethod = Callable[[str, Params], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    url: str
    secret: str
    max_connections: int
    certificate: str | None = None

    def trust(self) -> ssl.SSLContext | bool:
        """TLS trust for this host. Raises ValueError or ssl.SSLError for an invalid certificate."""
        return ssl.create_default_context(cadata=self.certificate) if self.certificate else True


@dataclass(frozen=True, slots=True)
class _Outcome:
    error: str = ""
    call: Params | None = None
    retry_after: int = 0


@dataclass(eq=False, repr=False)
class WebhookState:
    """One bot's webhook. Retries follow after 0, 2, 4, 8 ... up to 60 times `pause` seconds, or as the
    answer's Retry-After says. `call_method` runs calls from answers. `clock` returns wall seconds."""

    updates: UpdateQueue
    clock: Callable[[], float]
    call_method: CallMethod
    pause: float
    target: WebhookTarget | None = None
    last_error: tuple[int, str] | None = None
    _waiting: dict[OrderingKey, deque[int]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    def __post_init__(self) -> None:
        self.updates.listener = self._enqueue

    async def point(self, target: WebhookTarget | None) -> None:
        """Switch to another target, or to none. Interrupted deliveries stay pending. First raises the errors
        of `trust`."""
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
        for number, pending in list(self.updates.pending.items()):
            self._enqueue(number, pending.key)

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
        while (pending := self.updates.get(number)) is not None:
            async with self._slots:
                outcome = await self._attempt(pending.update)
            if not outcome.error:
                self.updates.pending.pop(number, None)
                await self._run(outcome.call)
                return
            self._note_error(outcome.error)
            asked = min(outcome.retry_after, _LONGEST_ASKED)
            if self.clock() + (asked or wait) > pending.expires:
                self.updates.pending.pop(number, None)
                continue
            await asyncio.sleep((asked or wait) * self.pause)
            if not asked:
                wait = min(max(wait * 2, 2), _LONGEST_PAUSE)

    def _note_error(self, words: str) -> None:
        self.last_error = (int(self.clock()), words)

    async def _run(self, call: Params | None) -> None:
        method = (call.text("method") or "").lower() if call is not None else ""
        # The result of get... would be lost, and a webhook may not replace itself while it is served.
        if call is not None and method and method not in _NOT_IN_ANSWERS and not method.startswith("get"):
            values = {name: value for name, value in call.values.items() if name != "method"}
            try:
                await self.call_method(method, Params(values, call.files))
            except Exception as error:  # noqa: BLE001 - a boundary: later updates must still arrive
                self._note_error(f"The call in the answer failed: {type(error).__name__}")

    async def _attempt(self, update: JSON) -> _Outcome:
        if (target := self.target) is None or self._session is None:
            return _Outcome("Webhook is not set")
        headers = {"X-Telegram-Bot-Api-Secret-Token": target.secret} if target.secret else {}
        post = self._session.post(target.url, json=update, headers=headers, allow_redirects=False)
        try:
            async with post as response:
                return await _outcome(response)
        except (aiohttp.ClientError, TimeoutError) as broken:
            return _Outcome(_words(broken))
        except Exception as error:  # noqa: BLE001 - a boundary: a failed attempt, the next may succeed
            return _Outcome(f"Wrong response from the webhook: {type(error).__name__}")


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
    if isinstance(broken, aiohttp.ClientConnectorError):
        # An unresolved host name has a negative number, unknown to the operating system.
        number = broken.errno or 0
        return os.strerror(number) if number > 0 else "Can't connect to the webhook"
    return "Read timeout expired" if isinstance(broken, TimeoutError) else "Connection closed"


LONGEST_WAIT = 50.0
"""Maximum seconds that a request may wait."""


class NumberedLog:
    """The last `kept` entries, with rising numbers that never repeat. `waiting` counts waiting requests."""

    kept = 1000

    def __init__(self) -> None:
        self.number = 0
        self.waiting = 0
        self._entries: deque[JSON] = deque(maxlen=self.kept)
        self._changed = asyncio.Event()

    def append(self, entry: JSON) -> None:
        self.number += 1
        self._entries.append(entry)
        self.wake()

    def clear(self) -> None:
        self._entries.clear()

    def since(self, after: int) -> list[JSON]:
        missing = min(self.number - after, len(self._entries))
        return list(islice(self._entries, len(self._entries) - missing, None)) if missing > 0 else []

    def wake(self) -> None:
        """Wake waiting requests, even without an entry."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, after: int, seconds: float) -> None:
        """Wait until the last number differs from `after`, up to `seconds`. A number ahead of the log, from
        an earlier server, does not wait."""
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
