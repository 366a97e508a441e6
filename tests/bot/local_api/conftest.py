"""A local Bot API on loopback, a bot that calls it, and phones that write to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bot.local_api import delivery
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi

TOKEN = "4242:local-secret"


Phones = Callable[[int], Awaitable[Phone]]


async def until(true: Callable[[], bool], seconds: float = 5) -> None:
    """Let the server, which runs in the same loop, go on until it is so. Raises TimeoutError after so long."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - each turn of the loop brings the server on
            await asyncio.sleep(0)


@dataclass
class WallClock:
    """Wall seconds that a test moves by hand."""

    now: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Caller:
    """Calls of the Bot API by hand, to see the answers as they are."""

    api: LocalBotApi
    session: aiohttp.ClientSession

    async def raw(self, method: str, **params: object) -> tuple[int, dict[str, Any]]:
        """Status and body of a call with a JSON body."""
        async with self.session.post(f"{self.api.base_url}{TOKEN}/{method}", json=params) as response:
            return response.status, await response.json()

    async def __call__(self, method: str, **params: object) -> Any:
        """The result of a call that must go well."""
        status, body = await self.raw(method, **params)
        assert status == 200, body
        return body["result"]

    async def refused(self, method: str, **params: object) -> str:
        """The description of a call that must be refused."""
        status, body = await self.raw(method, **params)
        assert not body["ok"]
        assert body["error_code"] == status
        return str(body["description"])

    async def control(self, name: str, **body: object) -> dict[str, Any]:
        """Post to the control."""
        async with self.session.post(f"{self.api.url}/control/{name}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == 200, answer
            return answer

    async def updates(self, **params: object) -> list[dict[str, Any]]:
        """getUpdates."""
        return list(await self("getUpdates", **params))


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without it python-telegram-bot warns at every RetryAfter, and warnings are errors here.
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests ask again and again with the same offset."""
    monkeypatch.setattr(delivery, "SAME_OFFSET_SECONDS", 0.0)


@pytest.fixture
def clock() -> WallClock:
    """The server's clock."""
    return WallClock()


@pytest.fixture
async def api(clock: WallClock) -> AsyncIterator[LocalBotApi]:
    """The server, listening."""
    server = LocalBotApi({TOKEN: "kuager_bot"}, clock, first_update=1000, webhook_pause=0.02)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def call(api: LocalBotApi) -> AsyncIterator[Caller]:
    """Calls as the bot."""
    async with aiohttp.ClientSession() as session:
        yield Caller(api, session)


@pytest.fixture
async def phone(api: LocalBotApi) -> AsyncIterator[Phone]:
    """The phone of person 1001."""
    async with Phone(api.url, 1001, "ru", patience=5) as one:
        yield one


@pytest.fixture
async def phones(api: LocalBotApi) -> AsyncIterator[Phones]:
    """More phones by the ids of their owners."""
    opened: list[Phone] = []

    async def more(user_id: int) -> Phone:
        one = Phone(api.url, user_id, "kk", patience=5)
        await one.start()
        opened.append(one)
        return one

    yield more
    for one in opened:
        await one.stop()
