"""Flood limits as Telegram publishes them: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from bot.local_api.apierror import too_many_requests
from bot.local_api.params import number_of

_CHATS_KEPT = 10_000


@dataclass(slots=True)
class Rates:
    """What is allowed: messages a second to one chat, a minute to one group, a second in all; and bursts."""

    chat_per_second: float = 1.0
    chat_burst: float = 5
    group_per_minute: float = 20.0
    all_per_second: float = 30.0
    all_burst: float = 30


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


@dataclass(slots=True)
class _Buckets:
    """Those of one bot."""

    all: _Bucket
    chats: OrderedDict[int, _Bucket] = field(default_factory=OrderedDict)


class FloodLimits:
    """Token buckets of each bot, per chat and for all chats; `now` is any clock in seconds that does not run back."""

    def __init__(self) -> None:
        self.on = False
        self.rates = Rates()
        self._bots: dict[str, _Buckets] = {}

    def set(self, wanted: dict[str, Any]) -> None:
        """Switch on or off (`on`) and change rates by their names; buckets begin full.

        Raises ValueError for anything else, and then changes nothing.
        """
        names = {rate.name for rate in fields(Rates)}
        if unknown := set(wanted) - names - {"on"}:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        on = wanted.get("on", True)
        if not isinstance(on, bool):
            raise ValueError("on must be true or false")  # noqa: TRY004 - all that is wrong here is one kind of error
        rates = {name: number_of(wanted[name], name) for name in names & set(wanted)}
        for name, value in rates.items():
            if value <= 0:
                raise ValueError(f"{name} must be above 0")
        self.on, self.rates = on, replace(self.rates, **rates)
        self._bots.clear()

    def as_json(self) -> dict[str, Any]:
        """The state of the switch and the rates."""
        return {"on": self.on, **asdict(self.rates)}

    def check(self, bot: str, chat: int, now: float, count: int = 1) -> None:
        """Count messages of `bot` to `chat`. Raises ApiError 429 with retry_after and then counts nothing.

        More than a full bucket holds pass when it is full, and are made up for afterwards.
        """
        if not self.on:
            return
        rates = self.rates
        group = chat < 0
        rate = rates.group_per_minute / 60 if group else rates.chat_per_second
        burst = rates.group_per_minute if group else rates.chat_burst
        own = self._bots.setdefault(bot, _Buckets(_Bucket(rates.all_burst, now)))
        bucket = own.chats.setdefault(chat, _Bucket(burst, now))
        own.chats.move_to_end(chat)
        if len(own.chats) > _CHATS_KEPT:
            own.chats.popitem(last=False)
        in_all = own.all.wait(count, rates.all_per_second, rates.all_burst, now)
        wait = max(bucket.wait(count, rate, burst, now), in_all)
        if wait > 0:
            raise too_many_requests(math.ceil(wait))
        bucket.tokens -= count
        own.all.tokens -= count

    def give_back(self, bot: str, chat: int, count: int) -> None:
        """What was counted was not sent after all."""
        own = self._bots.get(bot)
        if own is None:
            return
        own.all.tokens += count
        if chat in own.chats:
            own.chats[chat].tokens += count
