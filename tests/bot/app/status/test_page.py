"""Whether the bot lives, serves and how much it does, for programs on the same machine."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from bot.app import status as status_page
from bot.app.wiring import Bot
from bot.demo import running
from bot.errors import SettingsError
from bot.settings import Settings
from tests.bot.chat.reporting import to_story
from tests.bot.conftest import MakePhone, Telegram
from tests.bot.transport.test_webhook import query_only, until
from tests.ports import free_port

ME = 7_100_000_001  # no digits of a time are those, by chance


@pytest.fixture
def measured(settings: Settings) -> Settings:
    """Settings of a bot with a status port."""
    return settings.model_copy(update={"status_port": free_port()})


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the page."""
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_the_pages_tell_whether_it_serves_and_how_much_and_nothing_of_anybody(
    measured: Settings,
    phone_of: MakePhone,
    telegram: Telegram,
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a conversation, a flood limit and a database that takes nothing."""
    address = f"http://127.0.0.1:{measured.status_port}"

    async def get(path: str) -> tuple[int, str]:
        async with session.get(f"{address}/{path}") as response:
            return response.status, await response.text()

    async def number(name: str) -> float:
        found = re.search(rf"(?m)^{name} (\S+)$", (await get("metrics"))[1])
        assert found, name
        return float(found[1])

    phone = await phone_of(ME)
    await telegram.set("failures", method="sendMessage", chat_id=ME, retry_after=1)
    async with running(measured) as bot:
        await to_story(phone)
        assert (await get("health"), await get("ready")) == ((200, "well\n"), (200, "well\n"))
        assert await number("kuager_flood_waits_total") == 1
        assert await number("kuager_flood_wait_seconds_total") == 1
        assert await number("kuager_batch_updates_sum") == 2
        assert 1 <= await number("kuager_batch_updates_count") <= 2
        assert await number("kuager_commit_seconds_count") >= await number("kuager_batch_updates_count")
        assert await number("kuager_send_seconds_count") >= 3
        assert await number("kuager_up") == 1
        for gauge in ("backlog_updates", "outbox_calls", "outbox_age_seconds", "updates_at_hand"):
            assert await number(f"kuager_{gauge}") == 0
        text = (await get("metrics"))[1]
        assert str(ME) not in text
        assert set(re.findall(r"(\w+)=\"", text)) == {"le", "version"}

        await query_only(bot, on=True)
        await phone.say("x")
        await until(lambda: bot.loop.fault != "")
        status, why = await get("ready")
        assert (status, why.startswith("the database ")) == (503, True)
        assert await number("kuager_up") == 0
        assert await number("kuager_batches_failed_total") > 0
        assert (await get("health"))[0] == 200
        await query_only(bot, on=False)
        await until(lambda: bot.loop.fault == "")

        monkeypatch.setattr(status_page, "HUNG_SECONDS", -1)
        assert await get("health") == (503, "a batch hangs\n")
        async with session.get(f"{address}/metrics", headers={"Host": "rebound.example.org"}) as response:
            assert response.status == 421


async def test_a_port_that_is_taken_ends_the_start_with_one_line(measured: Settings) -> None:
    """Without it there is no page, and nothing is measured."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", measured.status_port or 0))
        taken.listen()
        with pytest.raises(SettingsError, match=r"^KUAGER_STATUS_PORT is wrong: .*in use"):
            async with running(measured):
                pass
    async with running(measured.model_copy(update={"status_port": None})) as bot:
        assert isinstance(bot, Bot)
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", measured.status_port or 0)) != 0


async def test_a_bot_that_waits_for_telegram_lives_and_is_not_ready(
    measured: Settings, telegram: Telegram, session: aiohttp.ClientSession
) -> None:
    """Until updates come."""
    address = f"http://127.0.0.1:{measured.status_port}"
    await telegram.set("failures", method="getMe", code=502, count=3)
    async with AsyncExitStack() as stack:
        starting = asyncio.create_task(stack.enter_async_context(running(measured)))
        await telegram.until_called("getMe", 1)
        async with session.get(f"{address}/health") as response:
            assert response.status == 200
        async with session.get(f"{address}/ready") as response:
            assert (response.status, await response.text()) == (503, "it starts or stops\n")
        await starting
        async with session.get(f"{address}/ready") as response:
            assert response.status == 200
