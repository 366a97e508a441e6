"""Flood limits as Telegram publishes them: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, fields
from typing import Any

from bot.demo.apierror import too_many_requests

_CHATS_KEPT = 10_000


@dataclass(slots=True)
class Rates:
    """What is allowed: messages a second to one chat, a minute to one group, a second in all; and bursts."""

    chat_per_second: float = 1.0
    chat_burst: int = 5
    group_per_minute: float = 20.0
    all_per_second: float = 30.0
    all_burst: int = 30


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float

    def wait(self, count: int, rate: float, burst: float, now: float) -> float:
        """Seconds until there are `count` tokens, or as many as there can be; 0 takes nothing yet."""
        wanted = min(count, burst)
        self.tokens = min(burst, self.tokens + max(now - self.at, 0.0) * rate)
        self.at = now
        # Who waits as long as told must not be refused for what rounding took.
        return 0.0 if self.tokens >= wanted - 1e-9 else (wanted - self.tokens) / rate


class FloodLimits:
    """Token buckets per chat and for all chats; `now` is any clock in seconds that does not run back."""

    def __init__(self) -> None:
        self.on = False
        self.rates = Rates()
        self._chats: OrderedDict[int, _Bucket] = OrderedDict()
        self._all = _Bucket(self.rates.all_burst, -math.inf)

    def set(self, wanted: dict[str, Any]) -> None:
        """Switch on or off (`on`) and change rates by their names; buckets begin full. Raises ValueError."""
        for field in fields(Rates):
            if field.name in wanted:
                value = float(wanted[field.name])
                if value <= 0:
                    raise ValueError(f"{field.name} must be above 0")
                setattr(self.rates, field.name, value)
        self.on = bool(wanted.get("on", True))
        self._chats.clear()
        self._all = _Bucket(self.rates.all_burst, -math.inf)

    def as_json(self) -> dict[str, Any]:
        """The state of the switch and the rates."""
        return {"on": self.on, **{field.name: getattr(self.rates, field.name) for field in fields(Rates)}}

    def check(self, chat: int, now: float, count: int = 1) -> None:
        """Count messages to `chat`. Raises ApiError 429 with retry_after and then counts nothing.

        More than a full bucket holds pass when it is full, and are made up for afterwards.
        """
        if not self.on:
            return
        rates = self.rates
        group = chat < 0
        rate = rates.group_per_minute / 60 if group else rates.chat_per_second
        burst = rates.group_per_minute if group else rates.chat_burst
        bucket = self._chats.setdefault(chat, _Bucket(burst, now))
        self._chats.move_to_end(chat)
        if len(self._chats) > _CHATS_KEPT:
            self._chats.popitem(last=False)
        in_all = self._all.wait(count, rates.all_per_second, rates.all_burst, now)
        wait = max(bucket.wait(count, rate, burst, now), in_all)
        if wait > 0:
            raise too_many_requests(math.ceil(wait))
        bucket.tokens -= count
        self._all.tokens -= count
