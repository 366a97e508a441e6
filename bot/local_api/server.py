"""The local Bot API server: a stand-in for Telegram in tests, demonstrations and offline use."""

import logging
import secrets
from collections.abc import Callable, Mapping
from email.utils import formatdate

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.local_api.access import EVERYWHERE, LOOPBACK, ApiError, refused, same_origin, too_large
from bot.local_api.bot_api import BotApi
from bot.local_api.phones.requests import Phones
from bot.local_api.state.account import BotAccount
from bot.local_api.switches import Control, Switches

log = logging.getLogger(__name__)

_LARGEST_REQUEST = 80 * 1024 * 1024


@web.middleware
async def _in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors in JSON, the only format that Bot API clients can read."""
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return refused(too_large())
    except web.HTTPError as error:
        return refused(ApiError(error.status, error.reason))
    except Exception:
        log.exception("a request broke the local Bot API")
        return refused(ApiError(500, "Internal Server Error"))


class LocalBotApi:
    """A Bot API for `bots` (token -> username), with phones and a control, on loopback.

    `clock` returns wall seconds and may be moved ahead. `first_update` is each bot's first update_id, random
    by default, so that a restarted bot does not take new updates for old ones. `webhook_pause` is the unit of
    back-off, in seconds.
    """

    def __init__(
        self,
        bots: Mapping[str, str],
        clock: Callable[[], float],
        *,
        first_update: int | None = None,
        webhook_pause: float = 1.0,
    ) -> None:
        first = first_update if first_update is not None else 100_000_000 + secrets.randbelow(800_000_000)
        self.accounts = {token: BotAccount(token, name, clock, first) for token, name in bots.items()}
        self.control = Control()
        self._clock = clock
        self.url = ""
        self._bot_api = BotApi(self.accounts, self.control, clock, webhook_pause)
        self._extensions: list[Callable[[web.Application], None]] = []
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        return f"{self.url}/file/bot"

    def extend(self, extension: Callable[[web.Application], None]) -> None:
        self._extensions.append(extension)

    def application(self, hosts: frozenset[str] | None = LOOPBACK) -> web.Application:
        """The application with all routes, for these host names only, or any if None."""
        app = web.Application(client_max_size=_LARGEST_REQUEST, middlewares=[_in_json, same_origin(hosts)])
        accounts = self.accounts.values()
        app.add_routes(self._bot_api.routes())
        app.add_routes(Phones(accounts).routes())
        app.add_routes(Switches(self.control, accounts).routes())
        for extension in self._extensions:
            extension(app)
        app.on_shutdown.append(self._end_waits)
        app.on_response_prepare.append(self._date)
        return app

    async def _date(self, _request: web.Request, response: web.StreamResponse) -> None:
        # By the clock that also dates messages.
        response.headers["Date"] = formatdate(self._clock(), usegmt=True)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen and set `url`. Port 0 takes a free one. Raises OSError if the port is taken.

        A host in EVERYWHERE accepts any host name, so only an extension can keep strangers out.
        """
        app = self.application(None if host in EVERYWHERE else LOOPBACK | {host})
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        bound = self._runner.addresses[0]
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{bound[1]}"

    async def stop(self) -> None:
        """Stop listening and end all waits. Chats and updates stay in memory."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _end_waits(self, app: web.Application) -> None:
        del app
        for webhook in self._bot_api.webhooks.values():
            await webhook.point(None)
        for account in self.accounts.values():
            account.updates.wake()
            for feed in account.feeds.values():
                feed.wake()
        self.control.calls.wake()
