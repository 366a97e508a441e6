"""Polling: what stands in its way is told with what to do about it, and waited for."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.app.wiring import Bot
from bot.demo import TOKEN, running, settings_in
from bot.settings import Settings
from bot.store import faults
from bot.store.faults import Backoff
from bot.transport import polling
from bot.transport.api import Api
from bot.transport.polling import GONE, SERVES, WAITS, WEBHOOK, Polling, Rivalry
from tests.bot.chat.reporting import bot_texts
from tests.bot.conftest import MakeBot, MakePhone, Telegram
from tests.ports import free_port

ME = 1001


async def until(true: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - neither a log nor a fault has an event
            await asyncio.sleep(0.01)


def rivalry_of(bot: Bot) -> Rivalry:
    """Who serves, as far as a bot knows."""
    assert isinstance(bot.source, Polling)
    return bot.source._rivalry


@pytest.fixture(autouse=True)
def _short_pauses(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of conflicts; what is logged of fetching is kept."""
    monkeypatch.setattr(faults, "CONFLICT_PAUSE", 0.01)
    monkeypatch.setattr(faults, "RIVAL_BACKOFF", Backoff(0.05, 0.5))
    monkeypatch.setattr(faults, "FETCH_BACKOFF", Backoff(0.01, 0.01))
    monkeypatch.setattr(polling, "PEACE_SECONDS", 0.7)
    caplog.set_level(logging.WARNING, "bot.transport.polling")


@pytest.mark.parametrize(
    ("why", "line"),
    [
        (
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            WAITS,
        ),
        ("Conflict: can't use getUpdates method while webhook is active", WEBHOOK),
    ],
)
async def test_a_conflict_is_told_once_with_what_to_do(
    bot: MakeBot,
    phone_of: MakePhone,
    telegram: Telegram,
    caplog: pytest.LogCaptureFixture,
    why: str,
    line: str,
) -> None:
    """Of a series of conflicts the first is told, not each; it goes on as soon as it can."""
    phone = await phone_of(ME)
    await telegram.set("failures", method="getUpdates", code=409, description=why, count=3)
    await phone.say("/help")
    async with bot():
        await phone.wait("/report")
    assert caplog.messages == [line]


async def test_of_two_bots_of_one_token_one_serves_and_the_other_waits_until_it_is_gone(
    settings: Settings,
    tmp_path: Path,
    phone_of: MakePhone,
    telegram: Telegram,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each says so in one line, however long it goes on; once the first has stopped, the second answers."""
    (tmp_path / "other").mkdir()
    one, other = settings, settings_in(tmp_path / "other", telegram.api.url, poll_seconds=1)
    phone = await phone_of(ME)
    async with running(one.model_copy(update={"poll_seconds": 1})) as first, AsyncExitStack() as stack:
        await phone.say("/help")
        await phone.wait("/report")
        await until(lambda: rivalry_of(first).serves)
        second = await stack.enter_async_context(running(other))
        await until(lambda: {SERVES, WAITS} <= set(caplog.messages))
        assert (first.source.fault, second.source.fault) == ("", WAITS)
        await asyncio.sleep(0.5)  # so that they meet again, several times
        first.stop()
        await phone.say("/privacy")
        await until(lambda: second.source.fault == "")
    assert len(bot_texts(phone)) == 2
    assert sorted(caplog.messages) == sorted([SERVES, WAITS, GONE])


async def ready(settings: Settings) -> tuple[int, str]:
    """What /ready answers."""
    async with (
        ClientSession() as session,
        session.get(f"http://127.0.0.1:{settings.status_port}/ready") as page,
    ):
        return page.status, await page.text()


async def test_of_two_copies_on_one_postgresql_one_fetches_and_is_ready(
    settings: Settings, empty_url: str, phone_of: MakePhone, caplog: pytest.LogCaptureFixture
) -> None:
    """The other says that it waits and for what, asks Telegram nothing, and takes the first one's place as soon as that has stopped."""
    shared = {"database_url": empty_url, "poll_seconds": 1}
    one, other = (settings.model_copy(update={**shared, "status_port": free_port()}) for _ in range(2))
    phone = await phone_of(ME)
    async with running(one) as first, running(other) as second:
        for _ in range(5):
            await phone.say("/help")
            assert await ready(one) == (200, "well\n")
            status, why = await ready(other)
            assert (status, "another copy of the bot on this database" in why) == (503, True)
        await phone.wait("/report")
        first.stop()
        await until(lambda: second.source.fault == "")
        assert (await ready(other))[0] == 200
        await phone.say("/privacy")
        await until(lambda: len(bot_texts(phone)) > 5)
    assert caplog.messages == []


async def test_what_failed_comes_again_after_a_round_in_which_nothing_came(
    phone_of: MakePhone, telegram: Telegram
) -> None:
    """Since Telegram was away, for one: though what was sent later is done with, nothing that failed is acknowledged."""
    phone = await phone_of(ME)
    await phone.say("the first")
    await phone.say("the second")
    api = Api(TOKEN, telegram.api.url)
    await api.start()
    polling = Polling(api, 0)
    first, second = await polling.next(wait=True)
    polling.done([second])
    polling.failed()
    polling.done([])
    again = await polling.next(wait=True)
    assert first in again
    polling.done(again)
    assert await polling.next(wait=True) == []
    await api.stop()
