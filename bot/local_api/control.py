"""Switches for tests and demonstrations, under `/control/`: failures, limits, the log of calls, updates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.local_api.apierror import bad_request
from bot.local_api.botapi import BotApi, answer
from bot.local_api.params import parsed, seconds_of
from bot.local_api.world import World

_LONGEST_WAIT = 50.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _guarded(handler: Handler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ValueError as wrong:
            return answer(bad_request(str(wrong)).as_json(), 400)
        except (TypeError, KeyError) as wrong:
            return answer(bad_request(f"{type(wrong).__name__}: {wrong}").as_json(), 400)

    return handle


async def _body(request: web.Request, *, halves: bool = False) -> dict[str, Any]:
    body = parsed(await request.read() or b"{}", halves=halves)
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body


class Control:
    """Everything that can be switched on the local Bot API."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._worlds = {world.me["username"]: world for world in api.worlds.values()}

    def routes(self) -> list[web.RouteDef]:
        """All addresses of the control."""
        return [
            web.get("/control/failures", self.failures),
            web.post("/control/failures", _guarded(self.fail)),
            web.delete("/control/failures", self.succeed),
            web.get("/control/limits", self.limits),
            web.post("/control/limits", _guarded(self.limit)),
            web.get("/control/calls", _guarded(self.calls)),
            web.delete("/control/calls", self.forget_calls),
            web.get("/control/updates", _guarded(self.updates)),
            web.post("/control/updates", _guarded(self.put_update)),
            web.post("/control/redeliver", _guarded(self.redeliver)),
            web.post("/control/reset", self.reset),
        ]

    def _world(self, name: object) -> World:
        return self._worlds[str(name)] if name else next(iter(self._worlds.values()))

    async def failures(self, request: web.Request) -> web.Response:
        """The failures still to come."""
        del request
        return answer({"ok": True, "failures": self._api.failures.as_json()})

    async def fail(self, request: web.Request) -> web.Response:
        """Set a failure: the fields of Failure."""
        self._api.failures.add(await _body(request))
        return answer({"ok": True, "failures": self._api.failures.as_json()})

    async def succeed(self, request: web.Request) -> web.Response:
        """Forget all failures."""
        self._api.failures.clear()
        return await self.failures(request)

    async def limits(self, request: web.Request) -> web.Response:
        """The flood limits."""
        del request
        return answer({"ok": True, "limits": self._api.limits.as_json()})

    async def limit(self, request: web.Request) -> web.Response:
        """Switch flood limits: {"on": true, ...fields of Rates}."""
        self._api.limits.set(await _body(request))
        return await self.limits(request)

    async def calls(self, request: web.Request) -> web.Response:
        """Calls with a number above `after`, of `method`, waiting up to `timeout` seconds for one."""
        after = int(request.query.get("after", "0"))
        timeout = seconds_of(request.query.get("timeout", "0"), _LONGEST_WAIT)
        await self._api.calls.wait(after, timeout)
        found = self._api.calls.since(after, request.query.get("method"))
        return answer({"ok": True, "number": self._api.calls.number, "calls": found})

    async def forget_calls(self, request: web.Request) -> web.Response:
        """Forget the calls."""
        del request
        self._api.calls.clear()
        return answer({"ok": True, "number": self._api.calls.number})

    async def updates(self, request: web.Request) -> web.Response:
        """How many updates are pending, and the ids of the last `last` ones, confirmed or not."""
        queue = self._world(request.query.get("bot")).updates
        return answer(
            {"ok": True, "pending": len(queue), "ids": queue.recent(int(request.query.get("last", "100")))}
        )

    async def put_update(self, request: web.Request) -> web.Response:
        """Give the bot an update exactly as it stands in `update`, broken or not."""
        body = await _body(request, halves=True)
        return answer({"ok": True, "update_id": self._world(body.get("bot")).updates.put_raw(body["update"])})

    async def redeliver(self, request: web.Request) -> web.Response:
        """Give recent updates once more, with their old ids: `ids` in the order wanted, or the `last` n."""
        body = await _body(request)
        queue = self._world(body.get("bot")).updates
        ids = [int(number) for number in body.get("ids") or queue.recent(int(body.get("last", 0)))]
        return answer({"ok": True, "found": queue.repeat(ids)})

    async def reset(self, request: web.Request) -> web.Response:
        """Forget failures and calls, switch the limits off; chats and updates stay."""
        del request
        self._api.failures.clear()
        self._api.calls.clear()
        self._api.limits.set({"on": False})
        return answer({"ok": True})
