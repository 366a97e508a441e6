"""The bot's way to the local Bot API, which breaks: answers are lost, it is gone for a while, and the bot dies at a call.

People reach the local Bot API by another way, which never breaks: it keeps what they see, whatever becomes of the bot.
"""

import asyncio
import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.local_api.account import StoredChat
from bot.local_api.server import LocalBotApi

_COUNTED = ("send", "delete", "edit", "answer")
"""How the names of those calls begin that come of what people do."""
_RECENTLY = 2.0
"""Seconds before a death within which what was sent may not have been recorded, on a machine that is busy."""
_NOTHING = b'{"ok": true, "result": []}'


@dataclass(slots=True)
class Doom:
    """The bot dies at the so-maniest call from now: before Telegram hears of it, or when Telegram has done it."""

    calls: int
    before: bool


class Line:
    """A second address of a local Bot API, for the bot alone. `polled` is for how many seconds updates are waited for, `kill` kills
    the bot."""

    def __init__(self, api: LocalBotApi, polled: float, kill: Callable[[], None]) -> None:
        self._api, self._polled, self._kill = api, polled, kill
        self._runner: web.AppRunner | None = None
        self._port = 0
        self.dooms: list[Doom] = []
        self.calls = 0
        self._sent: list[tuple[float, int]] = []
        self._unheard: set[int] = set()
        self._is_alive = True
        self.deaths: list[float] = []
        """When the bot died, in seconds since 1970."""

    @property
    def url(self) -> str:
        """The address, also while it is gone."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen, where it listened before if it did."""
        app = self._api.application()
        app.on_shutdown.clear()  # the people's way goes on
        app.middlewares.append(self._middleware())
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Break all connections and listen no longer."""
        runner, self._runner = self._runner, None
        if runner is not None:
            if runner.server is not None:
                for connection in list(runner.server.connections):
                    if connection.transport is not None:
                        connection.transport.abort()
            await runner.cleanup()

    async def be_gone(self, seconds: float) -> None:
        """Go, and come back after so long: a restart of Telegram's."""
        await self.stop()
        await asyncio.sleep(seconds)
        await self.start()

    def note_death(self) -> None:
        """The bot dies now: it may not have recorded what was sent just before."""
        self.deaths.append(time.time())
        self._is_alive = False
        since = time.monotonic() - _RECENTLY
        self._unheard |= {number for at, number in self._sent if at >= since}

    @property
    def unheard(self) -> Collection[int]:
        """The numbers of the messages of which the bot may not have heard that they were sent: the answer was lost, or it died."""
        return self._unheard

    def _middleware(self) -> Middleware:
        @web.middleware
        async def carry(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._carry(request, handler)

        return carry

    async def _carry(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        method = request.match_info.get("method", "").lower()
        if method == "getupdates":
            response = await self._polled_for(request, handler)
            came = isinstance(response, web.Response) and response.body != _NOTHING
            return broken(request) if came and self._is_last(before=False) else response
        if method == "getme":  # a life's first call: the dead one had sent whatever came before it
            self._is_alive = True
        if not method.startswith(_COUNTED):
            return await handler(request)
        if self._is_last(before=True):
            return broken(request)
        chat = await self._chat_of(request) if method.startswith("send") else None
        before, deaths, was_alive = _newest(chat), len(self.deaths), self._is_alive
        try:
            response = await handler(request)
        finally:
            if _newest(chat) > before:
                self._note_sent(_newest(chat), request, has_died=not was_alive or len(self.deaths) > deaths)
        return broken(request) if self._is_last(before=False) else response

    async def _chat_of(self, request: web.Request) -> StoredChat | None:
        if request.content_type != "application/json":
            return None
        call = json.loads(await request.read())
        return next(iter(self._api.accounts.values())).known(call.get("chat_id"))

    def _note_sent(self, number: int, request: web.Request, *, has_died: bool) -> None:
        """A chat has one call under way at most, so its newest message is the one that was sent."""
        self._sent.append((time.monotonic(), number))
        if has_died or request.transport is None or request.transport.is_closing():
            self._unheard.add(number)

    async def _polled_for(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            async with asyncio.timeout(self._polled):
                return await handler(request)
        except TimeoutError:
            return web.Response(body=_NOTHING, content_type="application/json")

    def _is_last(self, *, before: bool) -> bool:
        """Whether the bot dies at this call."""
        if before:
            self.calls += 1
            for mark_for_removal in self.dooms:
                mark_for_removal.calls -= 1
        due = [
            mark_for_removal
            for mark_for_removal in self.dooms
            if mark_for_removal.calls <= 0 and mark_for_removal.before == before
        ]
        self.dooms = [mark_for_removal for mark_for_removal in self.dooms if mark_for_removal not in due]
        if due:
            self._kill()
        return bool(due)


def _newest(chat: StoredChat | None) -> int:
    """The number of the bot's newest message in a chat."""
    return max((one.id for one in chat.messages.values() if one.outgoing), default=0) if chat else 0


def broken(request: web.Request) -> web.Response:
    """The end of a connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
