"""Test control over HTTP under `/control/`: failures, limits, the log of calls, updates."""

import json
import math
import random
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from aiohttp import web

from bot.local_api import access
from bot.local_api.access import JSON, ApiError, Params, answer, checked, read_object, too_many_requests
from bot.local_api.account import BotAccount, account_named
from bot.local_api.delivery import LONGEST_WAIT, NumberedLog

LONGEST_VALUE = 16 * 1024
"""Characters of a logged value."""

_MOST_PARAMETERS = 100


def _cut(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text)})"


class CallLog(NumberedLog):
    """The last calls. Omits file contents and cuts long values."""

    def add(
        self, when: float, bot: str, method: str, params: JSON, code: int, result: object, ms: float
    ) -> None:
        """Log a call with its result (`code` 200) or refusal. `when` is in wall seconds, `ms` in
        milliseconds."""
        self.append(
            {
                "number": self.number + 1,
                "at": when,
                "bot": bot,
                "method": method,
                "chat_id": _cut(params.get("chat_id")),
                "params": {
                    _cut(name): _cut(value) for name, value in islice(params.items(), _MOST_PARAMETERS)
                },
                "code": code,
                "result": _cut(result),
                "ms": round(ms, 1),
            }
        )

    def calls(self, after: int, method: str | None = None) -> list[JSON]:
        wanted = method.lower() if method else None
        return [call for call in self.since(after) if wanted is None or call["method"].lower() == wanted]


_MOST = 2**31
_RANDOM = random.SystemRandom()
_WORDS = {
    400: "Bad Request: refused on purpose",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


@dataclass(slots=True)
class Failure:
    """A failure of the next `count` calls that match `method` ("*" for any), `chat_id` and `message_id`.

    With `seconds`, all matching calls fail for that time. With `chance` (0 to 1), only that share fails, at
    random.

    A matching call waits `delay` seconds. Then the first of these applies:
    - `body`: the whole answer, with `code` or 200 as its status
    - `retry_after` (429), or `code` with `description`: the call is refused
    - `drop` "before": the connection is dropped
    - otherwise: the call is handled, and after `delay_after` seconds answered, or dropped with `drop` "after"
    """

    method: str = "*"
    count: int = 1
    chat_id: int | str | None = None
    code: int | None = None
    description: str | None = None
    retry_after: int | None = None
    drop: str | None = None
    delay: float = 0.0
    delay_after: float = 0.0
    message_id: int | None = None
    seconds: float | None = None
    chance: float = 1.0
    body: str | None = None

    def concerns(self, method: str, call: Params) -> bool:
        named = self.method == "*" or self.method.lower() == method
        of_chat = self.chat_id is None or str(self.chat_id) == call.text("chat_id")
        messages = f"{call.text('message_id') or ''} {call.text('message_ids') or ''}"
        of_message = self.message_id in {None, *map(int, re.findall(r"\d{1,18}", messages))}
        return named and of_chat and of_message and (self.chance >= 1 or _RANDOM.random() < self.chance)

    def refusal(self) -> ApiError | None:
        if self.retry_after is not None:
            return too_many_requests(self.retry_after)
        if self.code is None:
            return None
        return ApiError(self.code, self.description or _WORDS.get(self.code, "Refused on purpose"))


def _integer(lowest: int, highest: int = _MOST) -> Callable[[object], bool]:
    return lambda value: type(value) is int and lowest <= value <= highest


def _text(value: object) -> bool:
    return isinstance(value, str)


def _seconds(value: object) -> bool:
    return type(value) in {int, float} and math.isfinite(value) and value >= 0  # type: ignore[arg-type, operator]


def _above_zero(value: object) -> bool:
    return _seconds(value) and value != 0


_Rules = Mapping[str, tuple[Callable[[object], bool], str]]
"""Test of a field's value, and its description, by name."""

_FAILURE: _Rules = {
    "method": (_text, "the name of a method or *"),
    "count": (_integer(1), "an integer from 1"),
    "chat_id": (lambda value: _text(value) or type(value) is int, "the id of a chat"),
    "code": (_integer(400, 599), "an integer from 400 to 599"),
    "description": (_text, "a text"),
    "retry_after": (_integer(0), "an integer from 0"),
    "drop": (lambda value: value == "before" or value == "after", '"before" or "after"'),  # noqa: PLR1714 - a list has no hash
    "delay": (_seconds, "a number of seconds from 0"),
    "delay_after": (_seconds, "a number of seconds from 0"),
    "message_id": (_integer(1), "the id of a message"),
    "seconds": (_seconds, "a number of seconds from 0"),
    "body": (_text, "a text"),
    "chance": (lambda value: _seconds(value) and value <= 1, "a number from 0 to 1"),  # type: ignore[operator] # it is one
}
_LIMITS: _Rules = {
    "on": (lambda value: isinstance(value, bool), "true or false"),
    "chat_burst": (_above_zero, "a number above 0"),
    "chat_per_second": (_above_zero, "a number above 0"),
}


def _check(given: JSON, rules: _Rules) -> None:
    if unknown := set(given) - set(rules):
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    for name, value in given.items():
        fits, words = rules[name]
        if not fits(value):
            raise ValueError(f"{name} must be {words}")


class Failures:
    """Pending failures, in the order in which they were set."""

    def __init__(self) -> None:
        self._pending: list[tuple[Failure, float]] = []

    def add(self, wanted: JSON) -> None:
        """Add a failure from JSON with the fields of Failure. Raises ValueError for invalid ones."""
        _check(wanted, _FAILURE)
        failure = Failure(**wanted)
        lasts = math.inf if failure.seconds is None else failure.seconds
        self._pending.append((failure, time.monotonic() + lasts))

    def clear(self) -> None:
        self._pending.clear()

    def as_json(self) -> list[JSON]:
        return [asdict(failure) for failure, _ in self._pending]

    def take(self, method: str, call: Params) -> Failure | None:
        self._pending = [(failure, until) for failure, until in self._pending if time.monotonic() < until]
        for entry in self._pending:
            failure = entry[0]
            if failure.concerns(method, call):
                failure.count -= failure.seconds is None
                if failure.count <= 0:
                    self._pending.remove(entry)
                return failure
        return None


_CHATS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` messages at once, then `per_second`."""

    burst: float
    per_second: float


_CHAT, _GROUP, _ALL = Rate(5, 1), Rate(20, 20 / 60), Rate(30, 30)


class _Allowance:
    def __init__(self, rate: Rate, now: float) -> None:
        self._rate, self._left, self._at = rate, rate.burst, now

    def wait(self, count: int, now: float) -> float:
        """Seconds until `count` messages may be sent. A full bucket admits even more than a burst."""
        self._left = min(self._rate.burst, self._left + max(now - self._at, 0.0) * self._rate.per_second)
        self._at = now
        missing = min(count, self._rate.burst) - self._left
        # A bot that waits as long as told must not be refused because of rounding.
        return missing / self._rate.per_second if missing > 1e-9 else 0.0

    def take(self, count: int) -> None:
        self._left -= count


class FloodLimits:
    """Flood limits of messages and edits per bot and per chat, enforced while `on`. By Telegram's FAQ
    (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits): 30 a second to all chats, one a second to a
    chat with short bursts, 20 a minute to a group. `now` is any monotonic clock in seconds."""

    def __init__(self) -> None:
        self.on = False
        self._chat = _CHAT
        self._bots: dict[str, _Allowance] = {}
        self._chats: OrderedDict[tuple[str, int], _Allowance] = OrderedDict()

    def switch(self, *, on: bool, chat: Rate = _CHAT) -> None:
        """Switch the limits and refill all buckets. `chat` is the rate of a private chat."""
        self.on, self._chat = on, chat
        self._bots.clear()
        self._chats.clear()

    def check(self, bot: str, chat: int, now: float, count: int = 1) -> None:
        """Raise ApiError 429 with retry_after if `count` messages may not be sent to a chat yet."""
        if self.on and (wait := max(one.wait(count, now) for one in self._allowances(bot, chat, now))) > 0:
            raise too_many_requests(
                max(1, math.ceil(wait - 1e-9))
            )  # rounding may turn two seconds into slightly more

    def count(self, bot: str, chat: int, now: float, count: int = 1) -> None:
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


class Control:
    """Failures, limits and logged calls, with their HTTP routes, of the first account unless `bot` names
    another."""

    def __init__(self, accounts: Iterable[BotAccount]) -> None:
        self.failures, self.limits, self.calls = Failures(), FloodLimits(), CallLog()
        self._accounts = tuple(accounts)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/control/failures", checked(self._fail)),
            web.post("/control/limits", checked(self._limit)),
            web.get("/control/calls", checked(self._calls)),
            web.get("/control/updates", checked(self._updates)),
            web.post("/control/updates", checked(self._put_update)),
            web.post("/control/redeliver", checked(self._redeliver)),
            web.post("/control/reset", self._reset),
        ]

    async def _fail(self, request: web.Request) -> web.Response:
        self.failures.add(read_object(await request.read()))
        return answer({"ok": True, "failures": self.failures.as_json()})

    async def _limit(self, request: web.Request) -> web.Response:
        body = read_object(await request.read())
        _check(body, _LIMITS)
        rate = Rate(body.get("chat_burst", _CHAT.burst), body.get("chat_per_second", _CHAT.per_second))
        self.limits.switch(on=body.get("on", True), chat=rate)
        return answer({"ok": True})

    async def _calls(self, request: web.Request) -> web.Response:
        log = self.calls
        after = int(request.query.get("after", "0"))
        await log.wait(after, access.seconds_of(request.query.get("timeout", "0"), LONGEST_WAIT))
        found = log.calls(after, request.query.get("method"))
        return answer({"ok": True, "number": log.number, "calls": found})

    async def _updates(self, request: web.Request) -> web.Response:
        queue = account_named(self._accounts, request.query.get("bot")).updates
        ids = queue.recent(int(request.query.get("last", "100")))
        return answer({"ok": True, "pending": len(queue), "ids": ids})

    async def _put_update(self, request: web.Request) -> web.Response:
        """Send the bot an `update` unchanged, even a broken one."""
        body = read_object(await request.read(), lone_surrogates=True)
        number = account_named(self._accounts, body.get("bot")).updates.put_raw(body["update"])
        return answer({"ok": True, "update_id": number})

    async def _redeliver(self, request: web.Request) -> web.Response:
        body = read_object(await request.read())
        queue = account_named(self._accounts, body.get("bot")).updates
        ids = [int(number) for number in body.get("ids") or queue.recent(int(body.get("last", 0)))]
        return answer({"ok": True, "found": queue.redeliver(ids)})

    async def _reset(self, _request: web.Request) -> web.Response:
        """Clear failures and calls, and switch the limits off. Chats and updates stay."""
        self.failures.clear()
        self.calls.clear()
        self.limits.switch(on=False)
        return answer({"ok": True})
