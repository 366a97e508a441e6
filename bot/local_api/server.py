"""The local Bot API server: a stand-in for Telegram in tests, demonstrations and offline use. Methods are
called over HTTP: https://core.telegram.org/bots/api#making-requests."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from email.utils import formatdate
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.local_api import access, profile, sending
from bot.local_api.access import ApiError, Params, answer
from bot.local_api.account import BotAccount
from bot.local_api.delivery import WebhookState
from bot.local_api.files import MESSAGE_FILE_KINDS
from bot.local_api.phones import Phones
from bot.local_api.profile import DescribedResult
from bot.local_api.switches import Control, Failure

log = logging.getLogger(__name__)

_LARGEST_REQUEST = 80 * 1024 * 1024


Method = Callable[[BotAccount, Params], Awaitable[Any]]
_METHODS: Sequence[Method] = (
    sending.send_message, sending.send_media_group, sending.send_location, sending.send_venue,
    sending.send_contact, sending.send_dice, sending.send_chat_action, sending.copy_message,
    sending.forward_message, sending.edit_message_text, sending.edit_message_caption,
    sending.edit_message_reply_markup, sending.delete_message, sending.delete_messages,
    sending.answer_callback_query, profile.get_me, profile.get_file, profile.get_chat,
    profile.get_chat_member, profile.leave_chat, profile.set_my_commands, profile.get_my_commands,
    profile.delete_my_commands, profile.set_chat_menu_button, profile.get_updates, profile.set_webhook,
    profile.delete_webhook, profile.get_webhook_info,
)  # fmt: skip
BOT_API_METHODS: dict[str, Method] = {
    **{method.__name__.replace("_", ""): method for method in _METHODS},
    **{f"send{kind.replace('_', '')}": partial(sending.send_file, kind=kind) for kind in MESSAGE_FILE_KINDS},
    **profile.PROFILE_METHODS,
}
"""Methods by their names in lower case, since Telegram accepts any case."""
SENDING_METHODS = frozenset(
    name for name in BOT_API_METHODS if name.startswith(("send", "copy", "forward"))
) - {"sendchataction"}
LIMITED_METHODS = SENDING_METHODS | {name for name in BOT_API_METHODS if name.startswith("edit")}
"""Methods that flood limits hold: messages and their edits. Deletions and answers to taps are free."""


_NO_FAILURE = Failure()


def _drop(request: web.Request) -> web.Response:
    # A reset connection looks to the client like a dead server.
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _milliseconds() -> float:
    return asyncio.get_running_loop().time() * 1000


@web.middleware
async def _in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors in JSON, the only format that Bot API clients can read."""
    try:
        return await handler(request)
    except ApiError as error:
        return access.refused(error)
    except web.HTTPRequestEntityTooLarge:
        return access.refused(access.too_large())
    except web.HTTPError as error:
        return access.refused(ApiError(error.status, error.reason))
    except Exception:
        log.exception("a request broke the local Bot API")
        return access.refused(ApiError(500, "Internal Server Error"))


class LocalBotApi:
    """A Bot API for `bots` (token -> username), with phones and a control, on loopback.

    `clock` returns wall seconds and may be moved ahead. `first_update` is each bot's first update_id, random by
    default, so that a restarted bot does not take new updates for old ones. `webhook_pause` is the unit of
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
        self.control = Control(self.accounts.values())
        self._clock = clock
        self.url = ""
        for account in self.accounts.values():
            call_method = partial(self._answered_call, account)
            account.webhook = WebhookState(account.updates, clock, call_method, webhook_pause)
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

    def application(self, hosts: frozenset[str] | None = access.LOOPBACK) -> web.Application:
        """The application with all routes, for these host names only, or any if None."""
        app = web.Application(
            client_max_size=_LARGEST_REQUEST, middlewares=[_in_json, access.same_origin(hosts)]
        )
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        app.add_routes(Phones(self.accounts.values()).routes())
        app.add_routes(self.control.routes())
        for extension in self._extensions:
            extension(app)
        app.on_shutdown.append(self._end_waits)
        app.on_response_prepare.append(self._date)
        return app

    async def _date(self, _request: web.Request, response: web.StreamResponse) -> None:
        # By the clock that also dates messages.
        response.headers["Date"] = formatdate(self._clock(), usegmt=True)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen and set `url`. Port 0 takes a free one. Raises OSError if the port is taken. A host in
        access.EVERYWHERE accepts any host name, so only an extension can keep strangers out."""
        app = self.application(None if host in access.EVERYWHERE else access.LOOPBACK | {host})
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

    async def _end_waits(self, _app: web.Application) -> None:
        for account in self.accounts.values():
            await account.webhook.point(None)
        for account in self.accounts.values():
            account.updates.wake()
            for feed in account.feeds.values():
                feed.wake()
        self.control.calls.wake()

    # --- calls

    async def _answered_call(self, account: BotAccount, method: str, params: Params) -> None:
        # As with Telegram, the bot is not told of a refusal. The log of calls shows it.
        with suppress(ApiError):
            await self._logged(account, method, params, _NO_FAILURE)

    def _account(self, request: web.Request) -> BotAccount:
        account = self.accounts.get(request.match_info["token"])
        if account is None:
            raise ApiError(401, "Unauthorized")
        return account

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method, begun = request.match_info["method"], _milliseconds()
        try:
            account, params = self._account(request), await access.read_params(request)
        except ApiError as refusal:
            self._log("", method, Params({}), begun, refusal.code, refusal.description)
            raise
        failure = self.control.failures.take(method.lower(), params) or _NO_FAILURE
        if failure.body is not None:
            await asyncio.sleep(failure.delay)
            status, name = failure.code or 200, account.me["username"]
            self._log(name, method, params, begun, status, failure.body)
            return web.Response(status=status, text=failure.body)
        result = await self._logged(account, method, params, failure)
        await asyncio.sleep(failure.delay_after)
        if failure.drop:
            return _drop(request)
        described = asdict(result) if isinstance(result, DescribedResult) else {"result": result}
        return answer({"ok": True, **described})

    async def _logged(self, account: BotAccount, method: str, params: Params, failure: Failure) -> object:
        begun, code, result = _milliseconds(), 500, None
        try:
            await asyncio.sleep(failure.delay)
            if refusal := failure.refusal():
                raise refusal
            if failure.drop == "before":
                return None
            result = await self._run(account, method.lower(), params)
            code = 200
        except ApiError as refusal:
            code, result = refusal.code, refusal.description
            raise
        finally:
            # Empty polls would push everything else out of the log.
            if failure.drop != "before" and (method.lower() != "getupdates" or result):
                shown = result.result if isinstance(result, DescribedResult) else result
                self._log(account.me["username"], method, params, begun, code, shown)
        return result

    def _log(self, bot: str, method: str, params: Params, begun: float, code: int, result: object) -> None:
        spent = _milliseconds() - begun
        self.control.calls.add(self._clock(), bot, method, params.logged(), code, result, spent)

    async def _run(self, account: BotAccount, name: str, params: Params) -> object:
        method = BOT_API_METHODS.get(name)
        if method is None:
            raise ApiError(404, "Not Found: method not found")
        chat = account.known(params.text("chat_id")) if name in LIMITED_METHODS else None
        if chat is None:
            return await method(account, params)
        # Refused calls do not count. These methods never wait, so no other call comes between check and count.
        album = params.structure("media", "media") if name == "sendmediagroup" else None
        number = max(len(album), 1) if isinstance(album, list) else 1
        sending = (account.token, chat.id, asyncio.get_running_loop().time(), number)
        self.control.limits.check(*sending)
        result = await method(account, params)
        self.control.limits.count(*sending)
        return result

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """Serve a file by its file_path. Failures select this method as "download"."""
        failure = self.control.failures.take("download", Params({})) or _NO_FAILURE
        await asyncio.sleep(failure.delay)
        if failure.drop:
            return _drop(request)
        account = self._account(request)
        if refusal := failure.refusal():
            raise refusal
        file = account.files.at(request.match_info["path"])
        if file is None:
            raise ApiError(404, "Not Found")
        return web.Response(body=file.content, content_type="application/octet-stream")
