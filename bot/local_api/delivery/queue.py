"""The updates that wait for one bot, with the offsets of getUpdates.

Source: https://core.telegram.org/bots/api#getupdates and the behaviour of the Bot API server.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from bot.local_api.protocol.errors import ApiError, conflict
from bot.local_api.protocol.json_values import JSON

CALLBACK_LIFETIME = 150
"""Seconds after which an undelivered callback query is dropped."""

LIFETIME = 24 * 3600
"""Seconds after which any other undelivered update is dropped."""

UPDATE_KINDS = (
    *("message", "edited_message", "channel_post", "edited_channel_post", "business_connection"),
    *("business_message", "edited_business_message", "deleted_business_messages", "message_reaction"),
    *("message_reaction_count", "inline_query", "chosen_inline_result", "callback_query", "shipping_query"),
    *("pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member"),
    *("chat_join_request", "chat_boost", "removed_chat_boost"),
)
# The Bot API server takes an offset further ahead of its queue than this for a mistake and confirms nothing by it.
_FARTHEST_AHEAD = 10
SAME_OFFSET_SECONDS = 0.5
"""Whoever asks again with the same offset sooner is given a single update, as by the Bot API server."""
_BY_DEFAULT = frozenset(UPDATE_KINDS) - {"chat_member", "message_reaction", "message_reaction_count"}
_OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
_WEBHOOK = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)

OrderingKey = tuple[str, int]
"""A webhook gets updates with the same key in order: ("chat", id) for messages, ("user", id) for callback queries."""


@dataclass(frozen=True, slots=True)
class PendingUpdate:
    """An update that is not confirmed yet; `expires` in wall seconds."""

    update: JSON
    key: OrderingKey
    expires: float


class UpdateQueue:
    """Updates, the oldest unconfirmed first.

    `clock` gives wall seconds; `first` is the first update_id; `listener` is called with each new update.
    """

    def __init__(self, clock: Callable[[], float], first: int) -> None:
        self._clock = clock
        self._next = first
        self._pending: OrderedDict[int, PendingUpdate] = OrderedDict()
        self._redelivered: list[JSON] = []
        self._recent: deque[JSON] = deque(maxlen=1000)
        self._poll: asyncio.Future[None] | None = None
        self._allowed: frozenset[str] = _BY_DEFAULT
        self._polled: tuple[int, float] | None = None
        self.listener: Callable[[int, OrderingKey], None] | None = None

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def waiting(self) -> bool:
        """Whether a getUpdates waits for an update."""
        return self._poll is not None

    @property
    def allowed(self) -> list[str] | None:
        """What the bot asked for, in the order of UPDATE_KINDS; None when it never asked or asked for the default."""
        return (
            None if self._allowed == _BY_DEFAULT else [kind for kind in UPDATE_KINDS if kind in self._allowed]
        )

    def allow(self, kinds: object) -> None:
        """Remember `allowed_updates`; None keeps what was, an empty list restores the default."""
        if isinstance(kinds, list):
            self._allowed = (
                frozenset(str(kind).lower() for kind in kinds) & frozenset(UPDATE_KINDS) or _BY_DEFAULT
            )

    def put(self, kind: str, payload: JSON, key: OrderingKey) -> int | None:
        """Add an update and return its id; None if the bot does not want this kind."""
        if kind not in self._allowed:
            return None
        lifetime = CALLBACK_LIFETIME if kind == "callback_query" else LIFETIME
        number = self._next
        self._next += 1
        self._add(PendingUpdate({"update_id": number, kind: payload}, key, self._clock() + lifetime))
        return number

    def put_raw(self, update: JSON) -> int:
        """Add an update exactly as it is, with an id if it has none: for tests of broken updates."""
        raw = {"update_id": self._next, **update}
        self._next = max(self._next, int(raw["update_id"])) + 1
        self._add(PendingUpdate(raw, ("raw", 0), self._clock() + LIFETIME))
        return int(raw["update_id"])

    def _add(self, pending: PendingUpdate) -> None:
        number = int(pending.update["update_id"])
        self._pending[number] = pending
        self._recent.append(pending.update)
        if self.listener is not None:
            self.listener(number, pending.key)
        self.wake()

    def redeliver(self, ids: list[int]) -> int:
        """Deliver these recent updates once more, whatever the offset; returns how many were found."""
        found = [update for number in ids for update in self._recent if update["update_id"] == number]
        self._redelivered += found
        self.wake()
        return len(found)

    def recent(self, count: int) -> list[int]:
        """The ids of the last `count` updates, confirmed or not, oldest first."""
        return [int(update["update_id"]) for update in list(self._recent)[-count:]] if count > 0 else []

    def wake(self) -> None:
        """Let a waiting getUpdates answer with what there is."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def end_poll(self, words: str) -> None:
        """End a waiting getUpdates with 409 Conflict."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(conflict(words))

    def confirm(self, offset: int) -> None:
        """Forget every update before `offset`; a negative one keeps that many from the end.

        An offset more than ten ahead of the newest update confirms nothing.
        """
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popitem(last=False)
            return
        if offset > self._next + _FARTHEST_AHEAD:
            return
        while self._pending and next(iter(self._pending)) < offset:
            self._pending.popitem(last=False)

    def clear(self) -> None:
        """Forget all updates (`drop_pending_updates`)."""
        self._pending.clear()

    def get(self, number: int) -> PendingUpdate | None:
        """A pending update by id; an expired one is forgotten instead."""
        pending = self._pending.get(number)
        if pending is not None and pending.expires < self._clock():
            del self._pending[number]
            return None
        return pending

    def done(self, number: int) -> None:
        """Forget one update that a webhook has accepted."""
        self._pending.pop(number, None)

    def pending_keys(self) -> list[tuple[int, OrderingKey]]:
        """Ids and ordering keys of everything pending, oldest first."""
        return [(number, pending.key) for number, pending in self._pending.items()]

    def _ready(self, limit: int) -> list[JSON]:
        now, again = self._clock(), self._redelivered
        self._redelivered = []
        while self._pending and next(iter(self._pending.values())).expires < now:
            self._pending.popitem(last=False)
        window = list(islice(self._pending.items(), limit))
        for number, pending in window:
            if pending.expires < now:
                del self._pending[number]
        return again + [pending.update for _, pending in window if pending.expires >= now]

    async def poll(self, offset: int, limit: int, seconds: float) -> list[JSON]:
        """getUpdates: confirm, then up to `limit` updates, waiting up to `seconds` for the first.

        Raises ApiError 409 when another poll or a webhook takes over while it waits.
        """
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
        """How many updates a poll may have."""
        now, before = asyncio.get_running_loop().time(), self._polled
        self._polled = offset, now
        hurried = before is not None and before[0] == offset and now < before[1] + SAME_OFFSET_SECONDS
        return 1 if hurried else limit


def webhook_conflict() -> ApiError:
    """409 for getUpdates while a webhook is set."""
    return conflict(_WEBHOOK)
