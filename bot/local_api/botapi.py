"""The Bot API over HTTP: https://core.telegram.org/bots/api#making-requests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bot.local_api.apierror import ApiError
from bot.local_api.calls import CallLog
from bot.local_api.deliveries import Told
from bot.local_api.failures import Failure, Failures
from bot.local_api.limits import FloodLimits
from bot.local_api.methods import DELIVERIES, METHODS, SENDING, sent_by
from bot.local_api.params import Params, read_params
from bot.local_api.webhook import Reply, Webhook
from bot.local_api.world import World

_NOTHING = Failure()


def answer(body: dict[str, Any], status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


def _success(result: object) -> web.Response:
    if isinstance(result, Told):
        return answer({"ok": True, "result": result.result, "description": result.description})
    return answer({"ok": True, "result": result})


async def _nowhere(request: web.Request) -> web.Response:
    del request
    return answer(ApiError(404, "Not Found").as_json(), 404)


def _drop(request: web.Request) -> web.Response:
    # To a client this looks like a server that died: the connection is reset without an answer.
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


class BotApi:
    """Methods and files of the bots in `worlds`, which are found by token; `clock` gives wall seconds."""

    def __init__(self, worlds: Mapping[str, World], clock: Callable[[], float], webhook_pause: float) -> None:
        self.worlds = worlds
        self.failures = Failures()
        self.limits = FloodLimits()
        self.calls = CallLog()
        self._clock = clock
        self.webhooks = {
            token: Webhook(world.updates, clock, self._replier(world), webhook_pause)
            for token, world in worlds.items()
        }

    def routes(self) -> list[web.RouteDef]:
        """The two addresses of the Bot API, and an answer in JSON for misspelt ones."""
        return [
            web.route("*", "/bot{token}/{method}", self.call),
            web.get("/file/bot{token}/{path:.+}", self.download),
            web.route("*", "/bot{rest:.*}", _nowhere),
            web.route("*", "/file/bot{rest:.*}", _nowhere),
        ]

    def _replier(self, world: World) -> Reply:
        async def reply(method: str, call: Params) -> None:
            try:
                await self.run(world, method, call)
            except ApiError:
                return  # Telegram, too, tells nobody; the log of calls has it.

        return reply

    def _method(self, method: str, world: World, call: Params) -> Awaitable[object]:
        if method in METHODS:
            return METHODS[method](world, call)
        if method in DELIVERIES:
            return DELIVERIES[method](world, call, self.webhooks[world.token])
        raise ApiError(404, "Not Found: method not found")

    def _world(self, request: web.Request) -> World:
        world = self.worlds.get(request.match_info["token"])
        if world is None:
            raise ApiError(401, "Unauthorized")
        return world

    async def run(self, world: World, name: str, call: Params) -> object:
        """Run a method by name, counted and logged. Raises ApiError."""
        method, code, result = name.lower(), 200, None
        counted: tuple[int, int] | None = None
        try:
            counted = self._count(world, method, call) if method in SENDING else None
            result = await self._method(method, world, call)
        except ApiError as refusal:
            code = refusal.code
            raise
        except Exception:
            code = 500
            raise
        finally:
            if counted is not None and code != 200:
                self.limits.give_back(world.token, *counted)
            # An empty poll says nothing and would push everything else out of the log.
            if method != "getupdates" or result or code != 200:
                self.calls.add(self._clock(), world.me["username"], name, call.logged(), code)
        return result

    def _count(self, world: World, method: str, call: Params) -> tuple[int, int] | None:
        """The chat and the number of messages that were counted. Raises ApiError 429."""
        # What is sent to nobody is refused by the method itself and uses up nothing.
        chat = world.known(call.text("chat_id"))
        if chat is None:
            return None
        count = sent_by(method, call)
        self.limits.check(world.token, chat.id, asyncio.get_running_loop().time(), count)
        return chat.id, count

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        try:
            world, call = self._world(request), await read_params(request)
            method = request.match_info["method"]
            failure = self.failures.take(method.lower(), call.text("chat_id")) or _NOTHING
            await self._fail(failure, world, method, call)
            result = await self.run(world, method, call) if failure.drop != "before" else None
        except ApiError as refusal:
            return answer(refusal.as_json(), refusal.code)
        if failure.delay_after:
            await asyncio.sleep(failure.delay_after)
        return _drop(request) if failure.drop else _success(result)

    async def _fail(self, failure: Failure, world: World, method: str, call: Params) -> None:
        if failure.delay:
            await asyncio.sleep(failure.delay)
        refusal = failure.refusal()
        if refusal is not None:
            self.calls.add(self._clock(), world.me["username"], method, call.logged(), refusal.code)
            raise refusal

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A file by its file_path; scripts of failures call this method "download"."""
        failure = self.failures.take("download", None) or _NOTHING
        try:
            world = self._world(request)
            await self._fail(failure, world, "download", Params({"path": request.match_info["path"]}))
        except ApiError as refusal:
            return answer(refusal.as_json(), refusal.code)
        file = world.files.at(request.match_info["path"])
        if failure.drop:
            return _drop(request)
        if file is None:
            return answer(ApiError(404, "Not Found").as_json(), 404)
        return web.Response(body=file.content, content_type="application/octet-stream")
