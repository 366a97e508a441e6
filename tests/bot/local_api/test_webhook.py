"""Updates come to a webhook in order within a chat, with the secret, until they are taken."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.local_api.access import Params
from bot.local_api.account import BotAccount
from bot.local_api.client import Phone
from bot.local_api.server import BOT_API_METHODS, LocalBotApi
from tests.bot.local_api.conftest import TOKEN, Caller, Phones, WallClock, until

SELF_SIGNED = b"""\
-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUdwoLgOCLmvVlhLrB7NQ6kN9XBg8wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjE0MTE0OVoYDzIxMjYxMTAy
MTQxMTQ5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAT8BP80rKXqAK5pnaRY+grtbYbteZCsEPN5VIWWTSWeerRFxYyb7Stn
jPjobKtY9hjl7xDXWSi3byDwkn++V52Fo1MwUTAdBgNVHQ4EFgQUesRCcElEuf8e
ouWoiFZpj9oEXrYwHwYDVR0jBBgwFoAUesRCcElEuf8eouWoiFZpj9oEXrYwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA0Ca9EVGPKQm20AN+sBKC
2ZZLO5IlDlshcp+1bOclIEICIQCEs8W6rET2YhXi1/LXVPlQ5O7GyT5asbLx4XH4
347YhQ==
-----END CERTIFICATE-----
"""
"""Of localhost, for a hundred years; its key is gone."""


@dataclass
class Hook:
    """A bot's webhook that answers as told."""

    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    open: int = 0
    most: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        """Take an update."""
        self.open += 1
        self.most = max(self.most, self.open)
        await self.gate.wait()
        self.open -= 1
        self.heard.append(await request.json())
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.news.set()
        status, body = self.answers.pop(0) if self.answers else (200, {})
        if isinstance(body, dict | str):
            return web.json_response(body, status=status, headers=self.headers)
        written = body() if isinstance(body, aiohttp.FormData) else body
        return web.Response(body=written, status=status, headers=written.headers)

    async def until(self, count: int) -> None:
        """Wait until so many updates were heard."""
        async with asyncio.timeout(5):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    """A webhook that is open."""
    one = Hook()
    one.gate.set()
    app = web.Application()
    app.add_routes([web.post("/hook", one.handle)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield one
    await runner.cleanup()


async def test_updates_arrive_with_the_secret_and_are_retried_in_order(
    call: Caller, phone: Phone, hook: Hook
) -> None:
    """A refused update is tried again before the next of its chat."""
    hook.answers = [(500, {}), (403, {}), (200, {})]
    await call("setWebhook", url=hook.url, secret_token="s3cret_-A")
    await phone.say("a")
    await phone.say("b")
    await hook.until(4)
    assert [u["message"]["text"] for u in hook.heard] == ["a", "a", "a", "b"]
    assert set(hook.secrets) == {"s3cret_-A"}
    info = await call("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 403 Forbidden"
    assert info["url"] == hook.url


async def test_what_waited_before_the_webhook_is_delivered_and_what_was_not_taken_stays(
    call: Caller, phone: Phone, hook: Hook
) -> None:
    """Going from polling to a webhook and back loses nothing."""
    await phone.say("before")
    await call("setWebhook", url=hook.url)
    await hook.until(1)
    hook.gate.clear()
    await phone.say("untaken")
    await call("deleteWebhook")
    assert [u["message"]["text"] for u in await call.updates()] == ["untaken"]


async def test_one_slow_chat_does_not_hold_up_another(
    call: Caller, phone: Phone, phones: Phones, hook: Hook
) -> None:
    """Each chat has a lane of its own, and taps have another."""
    other = await phones(1002)
    hook.answers = [(500, {})] * 3
    await call("setWebhook", url=hook.url)
    await phone.say("a")
    await hook.until(1)
    hook.answers.clear()
    await other.say("x")
    await hook.until(3)
    assert {u["message"]["text"] for u in hook.heard} == {"a", "x"}


async def test_the_answer_may_carry_a_method_call(call: Caller, phone: Phone, hook: Hook) -> None:
    """It is run as if it were called."""
    hook.answers = [(200, {"method": "sendMessage", "chat_id": 1001, "text": "from the answer"})]
    await call("setWebhook", url=hook.url)
    await phone.say("a")
    await phone.wait("from the answer")


async def test_a_wrong_webhook_is_refused(call: Caller) -> None:
    """No address that can be reached, and a secret with other characters than allowed or too many."""
    assert await call.refused("setWebhook", url="ftp://x") == "Bad Request: invalid webhook URL specified"
    hook = "http://127.0.0.1/"
    long = await call.refused("setWebhook", url=hook, secret_token="a" * 257)
    assert long == "Bad Request: secret token is too long"
    assert (await call("getWebhookInfo"))["url"] == ""
    assert await call.refused("setWebhook", url="http://127.0.0.1/", secret_token="a b") == (
        "Bad Request: secret token contains unallowed characters"
    )


async def test_drop_pending_updates_forgets_them(call: Caller, phone: Phone) -> None:
    """For setWebhook and deleteWebhook alike."""
    await phone.say("a")
    assert (await call("getWebhookInfo"))["pending_update_count"] == 1
    await call("deleteWebhook", drop_pending_updates=True)
    assert await call.updates() == []
    await phone.say("b")
    await call("setWebhook", url="http://127.0.0.1:9/", drop_pending_updates=True)
    assert (await call("getWebhookInfo"))["pending_update_count"] == 0


async def test_the_answers_of_the_webhook_methods_say_what_was_done(call: Caller, hook: Hook) -> None:
    """As Telegram's descriptions do; an equal call changes nothing."""
    said = []
    for method, params in (
        ("setWebhook", {"url": hook.url}),
        ("setWebhook", {"url": hook.url}),
        ("setWebhook", {"url": hook.url, "max_connections": 7}),
        ("deleteWebhook", {}),
        ("setWebhook", {"url": ""}),
    ):
        said.append((await call.raw(method, **params))[1]["description"])
    assert said == [
        *("Webhook was set", "Webhook is already set", "Webhook was set"),
        *("Webhook was deleted", "Webhook is already deleted"),
    ]


async def test_what_is_known_of_a_webhook(call: Caller, phone: Phone) -> None:
    """Its address, connections within 1 to 100, the kinds it wants, and the last error with its time."""
    await call("setWebhook", url="http://localhost:9/", max_connections=1000, allowed_updates=["message"])
    await phone.say("a")
    for _ in range(1000):
        info = await call("getWebhookInfo")
        if "last_error_message" in info:
            break
    assert (info["last_error_message"], info["last_error_date"]) == ("Connection refused", 1_790_000_000)
    assert (info["max_connections"], info["allowed_updates"]) == (100, ["message"])
    assert (info["pending_update_count"], info["has_custom_certificate"]) == (1, False)


async def test_a_redirection_is_not_followed(call: Caller, phone: Phone, hook: Hook) -> None:
    """Any answer but 2xx is a refusal."""
    hook.answers = [(302, {}), (429, {}), (204, {})]
    hook.headers = {"Location": hook.url}
    await call("setWebhook", url=hook.url)
    await phone.say("a")
    await hook.until(3)
    assert {u["message"]["text"] for u in hook.heard} == {"a"}
    assert (await call("getWebhookInfo"))["last_error_message"].startswith(
        "Wrong response from the webhook: 429"
    )


async def test_an_update_that_would_be_retried_too_late_is_dropped(
    call: Caller, phone: Phone, hook: Hook, clock: WallClock
) -> None:
    """The next of its chat comes in its place."""
    hook.answers = [(500, {})]
    await call("setWebhook", url=hook.url)
    hook.gate.clear()
    await phone.say("old")
    await until(lambda: hook.open == 1)
    clock.now += 86_401
    await phone.say("new")
    hook.gate.set()
    await hook.until(2)
    assert [u["message"]["text"] for u in hook.heard] == ["old", "new"]


async def test_no_more_requests_at_once_than_max_connections(
    call: Caller, phones: Phones, hook: Hook
) -> None:
    """However many chats have something to say."""
    hook.gate.clear()
    await call("setWebhook", url=hook.url, max_connections=2)
    for number in range(5):
        await (await phones(3000 + number)).say("x")
    await until(lambda: hook.open == 2)
    for _ in range(20):  # A third would have come by then.
        await call("getMe")
    assert hook.open == 2
    hook.gate.set()
    await hook.until(5)
    assert hook.most == 2


@pytest.mark.parametrize("form", ["json", "form", "multipart"])
async def test_a_method_call_may_come_in_any_form(call: Caller, phone: Phone, hook: Hook, form: str) -> None:
    """JSON, a form or multipart, as with calls."""
    values = {"method": "sendMessage", "chat_id": "1001", "text": "Қысқа жауап"}
    bodies: dict[str, Any] = {
        "json": values,
        "form": aiohttp.FormData(values),
        "multipart": _multipart(values),
    }
    hook.answers = [(200, bodies[form])]
    await call("setWebhook", url=hook.url)
    await phone.say("a")
    await phone.wait("Қысқа жауап")


async def test_an_answer_cannot_ask_or_change_the_delivery(call: Caller, phone: Phone, hook: Hook) -> None:
    """get..., setWebhook and deleteWebhook are passed over."""
    hook.answers = [(200, {"method": "deleteWebhook"}), (200, {"method": "getMe"}), (200, "not json")]
    await call("setWebhook", url=hook.url)
    for word in "abc":
        await phone.say(word)
    await hook.until(3)
    await phone.say("d")
    await hook.until(4)
    async with call.session.get(f"{call.api.url}/control/calls") as response:
        assert [c["method"] for c in (await response.json())["calls"]] == ["setWebhook"]
    assert (await call("getWebhookInfo"))["url"] == hook.url


async def test_a_call_in_an_answer_that_breaks_the_server_does_not_end_the_delivery(
    call: Caller, phone: Phone, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told as the last error, and what the chat says next arrives."""

    async def broken(account: BotAccount, params: Params) -> object:
        del account, params
        raise OverflowError

    monkeypatch.setitem(BOT_API_METHODS, "senddice", broken)
    hook.answers = [(200, {"method": "sendDice", "chat_id": 1001})]
    await call("setWebhook", url=hook.url)
    await phone.say("a")
    await hook.until(1)
    await phone.say("b")
    await hook.until(2)
    info = await call("getWebhookInfo")
    assert info["last_error_message"] == "The call in the answer failed: OverflowError"


async def test_a_list_in_an_answer_with_a_number_without_end_does_not_end_the_delivery(
    call: Caller, phone: Phone, hook: Hook
) -> None:
    """The call is refused, and what the chat says next arrives."""
    hook.answers = [(200, {"method": "deleteMessages", "chat_id": 1001, "message_ids": "[1e400]"})]
    await call("setWebhook", url=hook.url)
    await phone.say("a")
    await hook.until(1)
    await phone.say("b")
    await hook.until(2)


def _multipart(values: dict[str, str]) -> aiohttp.MultipartWriter:
    writer = aiohttp.MultipartWriter("form-data")
    for name, value in values.items():
        writer.append(value).set_content_disposition("form-data", name=name)
    return writer


async def test_a_refusal_may_say_when_to_try_again(
    api: LocalBotApi, call: Caller, phone: Phone, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By Retry-After, in place of the growing pauses, which it does not make longer."""
    paused: list[float] = []
    whole = asyncio.sleep

    async def sleep(seconds: float) -> None:
        paused.append(seconds)
        await whole(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await call("setWebhook", url=hook.url)
    hook.headers, hook.answers = {"Retry-After": "3"}, [(503, {})] * 2
    await phone.say("a")
    await hook.until(3)
    hook.headers, hook.answers = {"Retry-After": "soon"}, [(503, {})] * 3
    await phone.say("b")
    await hook.until(7)
    unit = 0.02
    assert [round(pause / unit) for pause in paused if pause] == [3, 3, 2, 4]


async def test_a_certificate_that_vouches_for_itself_is_uploaded(call: Caller) -> None:
    """As a file; what is none is refused, and the webhook stays as it was."""

    async def set_webhook(content: bytes) -> int:
        form = aiohttp.FormData({"url": "https://localhost:9/"})
        form.add_field("certificate", content, filename="certificate.pem")
        async with call.session.post(f"{call.api.base_url}{TOKEN}/setWebhook", data=form) as response:
            return response.status

    assert await set_webhook(b"no certificate") == 400
    assert (await call("getWebhookInfo"))["url"] == ""
    assert await set_webhook(SELF_SIGNED) == 200
    assert (await call("getWebhookInfo"))["has_custom_certificate"] is True
    await call("setWebhook", url="https://localhost:9/")
    assert (await call("getWebhookInfo"))["has_custom_certificate"] is False
