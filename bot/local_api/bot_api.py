"""The Bot API over HTTP: https://core.telegram.org/bots/api#making-requests."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from aiohttp import web

from bot.local_api.access import ApiError, Params, answer, read_params, refused
from bot.local_api.delivery import CallMethod, WebhookState
from bot.local_api.methods import editing, profile, sending
from bot.local_api.methods.profile import DescribedResult
from bot.local_api.state.account import BotAccount
from bot.local_api.state.files import MESSAGE_FILE_KINDS
from bot.local_api.switches import Control, Failure

Method = Callable[[BotAccount, Params], Awaitable[Any]]
UpdateMethod = Callable[[BotAccount, Params, WebhookState], Awaitable[Any]]


async def accept(account: BotAccount, call: Params) -> object:
    del account, call
    return True


BOT_API_METHODS: dict[str, Method] = {
    "getme": profile.get_me,
    "sendmessage": sending.send_message,
    **{f"send{kind.replace('_', '')}": partial(sending.send_file, kind=kind) for kind in MESSAGE_FILE_KINDS},
    "sendmediagroup": sending.send_media_group,
    "sendlocation": sending.send_location,
    "sendvenue": sending.send_venue,
    "sendcontact": sending.send_contact,
    "senddice": sending.send_dice,
    "sendchataction": sending.send_chat_action,
    "copymessage": editing.copy_message,
    "forwardmessage": editing.forward_message,
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "deletemessage": editing.delete_message,
    "deletemessages": editing.delete_messages,
    "answercallbackquery": editing.answer_callback_query,
    "getfile": profile.get_file,
    "getchat": profile.get_chat,
    "getchatmember": profile.get_chat_member,
    "leavechat": profile.leave_chat,
    "setmycommands": profile.set_my_commands,
    "getmycommands": profile.get_my_commands,
    "deletemycommands": profile.delete_my_commands,
    **profile.PROFILE_METHODS,
    "setchatmenubutton": accept,
}
"""Methods by name in lower case, since Telegram accepts any case."""

UPDATE_METHODS: dict[str, UpdateMethod] = {
    "getupdates": profile.get_updates,
    "setwebhook": profile.set_webhook,
    "deletewebhook": profile.delete_webhook,
    "getwebhookinfo": profile.get_webhook_info,
}

SENDING_METHODS = frozenset(
    name for name in BOT_API_METHODS if name.startswith(("send", "copy", "forward"))
) - {"sendchataction"}


def messages_sent(method: str, call: Params) -> int:
    """Number of messages that a call will send. Raises ApiError for a malformed album."""
    album = call.structure("media", "media") if method == "sendmediagroup" else None
    return max(len(album), 1) if isinstance(album, list) else 1


_NO_FAILURE = Failure()


def _success(result: object) -> web.Response:
    if isinstance(result, DescribedResult):
        return answer({"ok": True, "result": result.result, "description": result.description})
    return answer({"ok": True, "result": result})


async def _not_found(request: web.Request) -> web.Response:
    del request
    return refused(ApiError(404, "Not Found"))


def _drop(request: web.Request) -> web.Response:
    # A reset connection looks to the client like a dead server.
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _milliseconds() -> float:
    return asyncio.get_running_loop().time() * 1000


class BotApi:
    """Methods and files of bots by token.

    `clock` returns wall seconds. `webhook_pause` is the unit of webhook back-off, in seconds.
    """

    def __init__(
        self,
        accounts: Mapping[str, BotAccount],
        control: Control,
        clock: Callable[[], float],
        webhook_pause: float,
    ) -> None:
        self._accounts = accounts
        self._control = control
        self._clock = clock
        self.webhooks = {
            token: WebhookState(account.updates, clock, self._answered_call(account), webhook_pause)
            for token, account in accounts.items()
        }

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/bot{token}/{method}", self.call),
            web.get("/file/bot{token}/{path:.+}", self.download),
            web.route("*", "/bot{rest:.*}", _not_found),
            web.route("*", "/file/bot{rest:.*}", _not_found),
        ]

    def _answered_call(self, account: BotAccount) -> CallMethod:
        async def call(method: str, params: Params) -> None:
            try:
                await self._logged(account, method, params, _NO_FAILURE)
            except ApiError:
                return  # As with Telegram, the bot is not told. The log of calls shows it.

        return call

    def _account(self, request: web.Request) -> BotAccount:
        account = self._accounts.get(request.match_info["token"])
        if account is None:
            raise ApiError(401, "Unauthorized")
        return account

    async def call(self, request: web.Request) -> web.StreamResponse:
        method, begun = request.match_info["method"], _milliseconds()
        try:
            account, params = self._account(request), await read_params(request)
        except ApiError as refusal:
            self._log("", method, Params({}), begun, refusal.code, refusal.description)
            return refused(refusal)
        failure = self._control.failures.take(method.lower(), params) or _NO_FAILURE
        if failure.body is not None:
            await asyncio.sleep(failure.delay)
            status, name = failure.code or 200, account.me["username"]
            self._log(name, method, params, begun, status, failure.body)
            return web.Response(status=status, text=failure.body)
        try:
            result = await self._logged(account, method, params, failure)
        except ApiError as refusal:
            return refused(refusal)
        await asyncio.sleep(failure.delay_after)
        return _drop(request) if failure.drop else _success(result)

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
        self._control.calls.add(self._clock(), bot, method, params.logged(), code, result, spent)

    async def _run(self, account: BotAccount, method: str, params: Params) -> object:
        chat = account.known(params.text("chat_id")) if method in SENDING_METHODS else None
        if chat is None:
            return await self._method(account, method, params)
        # Only sent messages count. Sending methods never wait, so no other call comes between check and count.
        sending = (account.token, chat.id, asyncio.get_running_loop().time(), messages_sent(method, params))
        self._control.limits.check(*sending)
        result = await self._method(account, method, params)
        self._control.limits.count(*sending)
        return result

    def _method(self, account: BotAccount, method: str, params: Params) -> Awaitable[object]:
        if method in BOT_API_METHODS:
            return BOT_API_METHODS[method](account, params)
        if method in UPDATE_METHODS:
            return UPDATE_METHODS[method](account, params, self.webhooks[account.token])
        raise ApiError(404, "Not Found: method not found")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Serve a file by its file_path. Failures select this method as "download"."""
        failure = self._control.failures.take("download", Params({})) or _NO_FAILURE
        await asyncio.sleep(failure.delay)
        if failure.drop:
            return _drop(request)
        try:
            account = self._account(request)
            if refusal := failure.refusal():
                raise refusal
        except ApiError as refusal:
            return refused(refusal)
        file = account.files.at(request.match_info["path"])
        if file is None:
            return refused(ApiError(404, "Not Found"))
        return web.Response(body=file.content, content_type="application/octet-stream")
