"""The local Bot API as one server: a Telegram for tests, demonstrations and bots without a network.

It imports nothing of the bot it serves: any bot runs against it by token and base URL.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.local_api.apierror import ApiError
from bot.local_api.botapi import BotApi, answer
from bot.local_api.control import Control
from bot.local_api.phone import Phones
from bot.local_api.world import World

log = logging.getLogger(__name__)

_LARGEST_REQUEST = 80 * 1024 * 1024
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names and addresses under which only this machine is reached."""

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - to tell them from the others
"""Addresses that stand for all of a machine's, whose names nobody here can know."""

Clock = Callable[[], float]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _foreign(request: web.Request) -> bool:
    """Whether a browser says that a page of another origin is behind the request.

    A GET without CORS has no Origin, but says so in Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/); what is
    no browser says nothing. A link that leads to the page itself is followed.
    """
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return True
    if request.headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"}:
        return False
    opened = request.headers.get("Sec-Fetch-Mode") == "navigate"
    return not (opened and request.method == "GET" and request.path == "/")


@web.middleware
async def _in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever is refused or breaks is answered as the Bot API answers, which is what clients can read."""
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        error = ApiError(413, "Request Entity Too Large")  # Telegram's words; Python 3.13 has newer ones
    except web.HTTPError as refused:
        error = ApiError(refused.status, refused.reason)
    except Exception:
        log.exception("a request broke the local Bot API")
        error = ApiError(500, "Internal Server Error")
    return answer(error.as_json(), error.code)


def _guard(hosts: frozenset[str] | None) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        # Any page in the same browser could otherwise post here, or reach here by rebinding its name.
        if hosts is not None and urlsplit(f"//{request.host}").hostname not in hosts:
            return answer({"ok": False, "error_code": 403, "description": "Forbidden: unknown host"}, 403)
        if _foreign(request):
            return answer({"ok": False, "error_code": 403, "description": "Forbidden: foreign origin"}, 403)
        return await handler(request)

    return guard


class LocalBotApi:
    """A Bot API for `bots` (token -> username), with phones and a control, on loopback.

    `clock` gives wall seconds and may be moved ahead. `first_update` is the first update_id of each bot, random
    by default so that a bot that remembers ids from an earlier run takes none of them for a repetition.
    `webhook_pause` is what a webhook's retries take for a second: they wait 2, 4, 8 ... of it.
    """

    def __init__(
        self,
        bots: Mapping[str, str],
        clock: Clock,
        *,
        first_update: int | None = None,
        webhook_pause: float = 1.0,
    ) -> None:
        first = first_update if first_update is not None else 100_000_000 + secrets.randbelow(800_000_000)
        self.worlds = {token: World(token, name, clock, first) for token, name in bots.items()}
        self.api = BotApi(self.worlds, clock, webhook_pause)
        self.url = ""
        self._extensions: list[Callable[[web.Application], None]] = []
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        """What goes before the token in calls."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """What goes before the token in downloads."""
        return f"{self.url}/file/bot"

    def extend(self, extension: Callable[[web.Application], None]) -> None:
        """Let `extension` add its routes to the application when the server starts (a page)."""
        self._extensions.append(extension)

    def application(self, hosts: frozenset[str] | None = LOOPBACK) -> web.Application:
        """The application with all routes, answering to these host names only, or with None to any."""
        app = web.Application(client_max_size=_LARGEST_REQUEST, middlewares=[_in_json, _guard(hosts)])
        app.add_routes([*self.api.routes(), *Phones(self.worlds).routes(), *Control(self.api).routes()])
        for extension in self._extensions:
            extension(app)
        app.on_shutdown.append(self._close)
        return app

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one. Sets `url`. Raises OSError when the port is taken.

        On one of EVERYWHERE it answers to any name; then only an extension can keep others out.
        """
        app = self.application(None if host in EVERYWHERE else LOOPBACK | {host})
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound = self._runner.addresses[0]
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{bound[1]}"

    async def stop(self) -> None:
        """Stop listening and end all waits; what the bots and people said is kept until the object goes."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _close(self, app: web.Application) -> None:
        del app
        for webhook in self.api.webhooks.values():
            await webhook.point(None)
        for world in self.worlds.values():
            world.updates.wake()
            for feed in world.feeds.values():
                feed.wake()
        self.api.calls.wake()
