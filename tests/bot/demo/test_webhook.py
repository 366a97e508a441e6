"""Updates come to a webhook in order within a chat, with the secret, until they are taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.demo.client import Phone
from tests.bot.demo.conftest import Caller, Phones


@dataclass
class Hook:
    """A bot's webhook that answers as told."""

    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        """Take an update."""
        await self.gate.wait()
        self.heard.append(await request.json())
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.news.set()
        status, body = self.answers.pop(0) if self.answers else (200, {})
        return web.json_response(body, status=status)

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
    """No address, and a secret with other characters than allowed."""
    assert "bad webhook" in await call.refused("setWebhook", url="ftp://x")
    assert await call.refused("setWebhook", url="http://127.0.0.1/", secret_token="a b") == (
        "Bad Request: secret token contains unallowed characters"
    )


async def test_drop_pending_updates_forgets_them(call: Caller, phone: Phone) -> None:
    """For setWebhook and deleteWebhook alike."""
    await phone.say("a")
    assert (await call("getWebhookInfo"))["pending_update_count"] == 1
    await call("deleteWebhook", drop_pending_updates=True)
    assert await call.updates() == []
