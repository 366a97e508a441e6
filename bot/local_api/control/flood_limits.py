"""Flood limits as Telegram publishes them: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits."""

import math
from collections import OrderedDict
from dataclasses import dataclass

from bot.local_api.protocol.errors import too_many_requests

_CHATS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` messages at once, and then so many a second."""

    burst: float
    per_second: float


_CHAT, _GROUP, _ALL = Rate(5, 1), Rate(20, 20 / 60), Rate(30, 30)


class _Allowance:
    """The messages that may still be sent, a token bucket."""

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate, self._left, self._at = rate, rate.burst, now

    def wait(self, count: int, now: float) -> float:
        """Seconds until `count` messages may be sent; more than a burst may be sent when the bucket is full."""
        self._left = min(self._rate.burst, self._left + max(now - self._at, 0.0) * self._rate.per_second)
        self._at = now
        missing = min(count, self._rate.burst) - self._left
        # Whoever waits as long as told must not be refused because of rounding.
        return missing / self._rate.per_second if missing > 1e-9 else 0.0

    def take(self, count: int) -> None:
        """Count messages that were sent."""
        self._left -= count


class FloodLimits:
    """The limits of each bot, for each chat and for all of them, while they are `on`.

    `now` is any clock in seconds that does not run back.
    """

    def __init__(self) -> None:
        self.on = False
        self._chat = _CHAT
        self._bots: dict[str, _Allowance] = {}
        self._chats: OrderedDict[tuple[str, int], _Allowance] = OrderedDict()

    def switch(self, *, on: bool, chat: Rate = _CHAT) -> None:
        """Switch them on, at this rate for a private chat, or off; everybody may send a whole burst again."""
        self.on, self._chat = on, chat
        self._bots.clear()
        self._chats.clear()

    def check(self, bot: str, chat: int, now: float, count: int = 1) -> None:
        """Raises ApiError 429 with retry_after when `count` messages may not be sent to a chat yet."""
        if self.on and (wait := max(one.wait(count, now) for one in self._allowances(bot, chat, now))) > 0:
            raise too_many_requests(math.ceil(wait))

    def count(self, bot: str, chat: int, now: float, count: int = 1) -> None:
        """Count messages that were sent."""
        if self.on:
            for one in self._allowances(bot, chat, now):
                one.take(count)

    def _allowances(self, bot: str, chat: int, now: float) -> tuple[_Allowance, _Allowance]:
        rate = _GROUP if chat < 0 else self._chat
        own = self._chats.setdefault((bot, chat), _Allowance(rate, now))
        self._chats.move_to_end((bot, chat))
        if len(self._chats) > _CHATS_KEPT:
            self._chats.popitem(last=False)
        return own, self._bots.setdefault(bot, _Allowance(_ALL, now))
