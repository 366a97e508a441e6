"""Pace of sending, by token buckets (Bot API FAQ, "My bot is hitting limits")."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

UNPACED = frozenset({"answerCallbackQuery", "deleteMessage", "deleteMessages", "editMessageReplyMarkup"})
"""Methods without a limit, since they put no message into a chat."""
FLOODED_CHATS, FLOOD_SECONDS = 3, 2.0
"""Refusals of so many chats within so many seconds count for the whole bot."""
_FORGET_AFTER = 10_000


@dataclass(slots=True)
class Bucket:
    """A token bucket: holds `size` tokens and gains `rate` a second."""

    rate: float
    size: float
    tokens: float
    at: float

    def take(self, now: float) -> float:
        """Take a token in advance. Returns the seconds until it may be used."""
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate)
        self.at = now
        self.tokens -= 1
        return 0.0 if self.tokens >= 0 else -self.tokens / self.rate

    def full(self, now: float) -> bool:
        return self.tokens + (now - self.at) * self.rate >= self.size


class Pace:
    """Delays calls. `monotonic` gives seconds."""

    def __init__(
        self, per_second: float, per_chat: float, burst: int, monotonic: Callable[[], float]
    ) -> None:
        self._per_chat, self._burst, self._monotonic = per_chat, burst, monotonic
        self._per_second, self._held_until = per_second, 0.0
        self._all = Bucket(per_second, per_second, per_second, monotonic())
        self._chats: dict[bytes, Bucket] = {}
        self._refusals: dict[bytes, float] = {}

    def share(self, copies: int) -> None:
        self._all.take(self._monotonic())
        self._all.tokens += 1
        self._all.rate = self._all.size = self._per_second / max(1, copies)

    def hold(self, seconds: float) -> None:
        self._held_until = max(self._held_until, self._monotonic() + seconds)

    def note_refusal(self, chat_hash: bytes, seconds: float) -> bool:
        """Note that Telegram refuses a chat. Several refusals at once mean the bot, and hold all calls.
        Returns whether they do."""
        now = self._monotonic()
        self._refusals = {one: at for one, at in self._refusals.items() if at > now - FLOOD_SECONDS}
        self._refusals[chat_hash] = now
        if len(self._refusals) < FLOODED_CHATS:
            return False
        self._refusals.clear()
        self.hold(seconds)
        return True

    async def wait(self, chat_hash: bytes, method: str) -> None:
        if method in UNPACED:
            return
        now = self._monotonic()
        if len(self._chats) > _FORGET_AFTER:
            self._chats = {key: bucket for key, bucket in self._chats.items() if not bucket.full(now)}
        chat = self._chats.setdefault(chat_hash, Bucket(self._per_chat, self._burst, self._burst, now))
        own = chat.take(now)
        if own:
            await asyncio.sleep(own)
        common = self._all.take(self._monotonic())
        if common:
            await asyncio.sleep(common)
        while (held := self._held_until - self._monotonic()) > 0:  # noqa: ASYNC110 - it may be held for longer meanwhile
            await asyncio.sleep(held)
