"""Failures, limits, the log of calls and updates over HTTP, under `/control/`."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.local_api.control.call_log import CallLog
from bot.local_api.control.failures import Failures
from bot.local_api.control.flood_limits import FloodLimits, Rate
from bot.local_api.protocol.answers import answer, refused
from bot.local_api.protocol.errors import bad_request
from bot.local_api.protocol.json_values import JSON, read_json, seconds_of
from bot.local_api.protocol.long_polling import LONGEST_WAIT
from bot.local_api.state.account import BotAccount

_LIMITS = {"on", "chat_burst", "chat_per_second"}


@dataclass(frozen=True, slots=True)
class Control:
    """What can be switched and read while bots run."""

    failures: Failures = field(default_factory=Failures)
    limits: FloodLimits = field(default_factory=FloodLimits)
    calls: CallLog = field(default_factory=CallLog)


def _checked(handler: Handler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ValueError as wrong:
            return refused(bad_request(str(wrong)))
        except (TypeError, KeyError) as wrong:
            return refused(bad_request(f"{type(wrong).__name__}: {wrong}"))

    return handle


async def _body(request: web.Request, *, lone_surrogates: bool = False) -> JSON:
    body = read_json(await request.read() or b"{}", lone_surrogates=lone_surrogates)
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body


def _positive(body: JSON, name: str, default: float) -> float:
    value = body.get(name, default)
    if type(value) not in {int, float} or not 0 < value < math.inf:
        raise ValueError(f"{name} must be a number above 0")
    return float(value)


class Switches:
    """The addresses of the control. They are about the first account unless `bot` names another."""

    def __init__(self, control: Control, accounts: Iterable[BotAccount]) -> None:
        self._control = control
        self._accounts = {account.me["username"]: account for account in accounts}

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.post("/control/failures", _checked(self.fail)),
            web.post("/control/limits", _checked(self.limit)),
            web.get("/control/calls", _checked(self.calls)),
            web.get("/control/updates", _checked(self.updates)),
            web.post("/control/updates", _checked(self.put_update)),
            web.post("/control/redeliver", _checked(self.redeliver)),
            web.post("/control/reset", self.reset),
        ]

    def _account(self, name: object) -> BotAccount:
        return self._accounts[str(name)] if name else next(iter(self._accounts.values()))

    async def fail(self, request: web.Request) -> web.Response:
        """Set a failure: the fields of Failure."""
        self._control.failures.add(await _body(request))
        return answer({"ok": True, "failures": self._control.failures.as_json()})

    async def limit(self, request: web.Request) -> web.Response:
        """Switch flood limits `on` or off, and set the rate for private chats."""
        body = await _body(request)
        if unknown := set(body) - _LIMITS:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        on = body.get("on", True)
        if not isinstance(on, bool):
            raise ValueError("on must be true or false")  # noqa: TRY004 - answered like every wrong value
        chat = Rate(_positive(body, "chat_burst", 5), _positive(body, "chat_per_second", 1))
        self._control.limits.switch(on=on, chat=chat)
        return answer({"ok": True})

    async def calls(self, request: web.Request) -> web.Response:
        """Calls with a number above `after`, of `method`, waiting up to `timeout` seconds for one."""
        log = self._control.calls
        after = int(request.query.get("after", "0"))
        await log.wait(after, seconds_of(request.query.get("timeout", "0"), LONGEST_WAIT))
        found = log.calls(after, request.query.get("method"))
        return answer({"ok": True, "number": log.number, "calls": found})

    async def updates(self, request: web.Request) -> web.Response:
        """How many updates are pending, and the ids of the `last` ones, confirmed or not."""
        queue = self._account(request.query.get("bot")).updates
        ids = queue.recent(int(request.query.get("last", "100")))
        return answer({"ok": True, "pending": len(queue), "ids": ids})

    async def put_update(self, request: web.Request) -> web.Response:
        """Give the bot an `update` exactly as it is, broken or not."""
        body = await _body(request, lone_surrogates=True)
        number = self._account(body.get("bot")).updates.put_raw(body["update"])
        return answer({"ok": True, "update_id": number})

    async def redeliver(self, request: web.Request) -> web.Response:
        """Deliver recent updates once more: `ids` in the order wanted, or the `last` n."""
        body = await _body(request)
        queue = self._account(body.get("bot")).updates
        ids = [int(number) for number in body.get("ids") or queue.recent(int(body.get("last", 0)))]
        return answer({"ok": True, "found": queue.redeliver(ids)})

    async def reset(self, request: web.Request) -> web.Response:
        """Forget failures and calls and switch the limits off; chats and updates stay."""
        del request
        self._control.failures.clear()
        self._control.calls.clear()
        self._control.limits.switch(on=False)
        return answer({"ok": True})
