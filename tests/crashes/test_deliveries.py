"""A bot that is killed after Telegram told it of a delivery, and before any transaction recorded it, does not send that again. What
was dropped meanwhile, as by the revoking of a moderator, leaves the chat."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg  # type: ignore[import-untyped] # it has no types
import pytest

from bot.app.wiring import open_work
from bot.demo import TOKEN, USERNAME, settings_in
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.settings import Settings
from bot.store import sent_messages
from tests.bot.chat.reporting import ME, bot_texts
from tests.crashes.lives import KilledBot, Lives, lives
from tests.crashes.torture import reading

HEARS_AFTER = 0.2
"""Seconds from when a message is shown until the bot is told so."""


@pytest.fixture(scope="module")
def begin() -> Iterator[Lives]:
    """Start of the bot's lives."""
    with lives() as begun:
        yield begun


Drop = Callable[[], Awaitable[object]]
"""Drops all that is owed."""


@asynccontextmanager
async def nothing_recorded(url: str) -> AsyncIterator[Drop]:
    """No delivery can be recorded inside the block: somebody else holds the database, or the outbox."""
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite+aiosqlite:///")
        with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")

            async def drop() -> None:
                other.execute("DELETE FROM outbox")

            yield drop
            other.execute("COMMIT")
        return
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE outbox IN EXCLUSIVE MODE")
            yield lambda: connection.execute("DELETE FROM outbox")
    finally:
        await connection.close()


async def until_owed(url: str, number: int) -> None:
    """Wait until the bot owes so many answers."""
    async with asyncio.timeout(60):
        while (await reading.owed(url)).get("answers", 0) != number:  # noqa: ASYNC110 - nobody is told of a commit
            await asyncio.sleep(0.02)


async def ids_kept(settings: Settings) -> set[int]:
    """The ids of the messages of the chat that the bot knows of."""
    work = await open_work(settings)
    async with work.write() as unit:
        found = set(await sent_messages.known(unit, unit.safe.pseudonyms.chat(ME)))
    await work.database.close()
    return found


@dataclass(frozen=True, slots=True)
class Killed:
    """A bot that is dead, or begins its next life: it has answered a second /help, and no transaction knows. `said` are its texts before
    that."""

    settings: Settings
    phone: Phone
    said: Sequence[str]

    async def until_nothing_is_owed(self) -> None:
        """Wait until it has done with all."""
        await until_owed(self.settings.database_url, 0)


@asynccontextmanager
async def killed(begin: Lives, url: str, folder: Path, *, dropped: bool) -> AsyncIterator[Killed]:
    """Such a bot; `dropped`: what it had under way was dropped before it died."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    settings = settings_in(folder, api.url, database_url=url, poll_seconds=1)
    bot = KilledBot(begin, settings, folder / "bot.log", 4.0)
    bot.start(api.url)
    async with aiohttp.ClientSession() as control, Phone(api.url, ME, "ru", patience=60) as phone:
        await phone.say("/start")
        await phone.wait()
        await until_owed(url, 0)
        failing = {"method": "sendMessage", "delay_after": HEARS_AFTER}
        async with control.post(f"{api.url}/control/failures", json=failing) as answer:
            assert answer.status == 200
        await phone.say("/help")
        await phone.wait("/withdraw")
        said = bot_texts(phone)
        async with nothing_recorded(url) as drop:
            with suppress(TimeoutError):
                await until_journal(folder, 10, is_empty=False)
            bot.kill()
            if dropped:
                await drop()
            else:
                assert (await reading.owed(url))["answers"] == 1
        yield Killed(settings, phone, said)
    await until_journal(folder, 60, is_empty=True)  # just after what it notes was recorded
    await bot.stop()
    await api.stop()


async def test_what_was_delivered_and_not_recorded_at_a_kill_does_not_come_again(
    begin: Lives, database_url: str, tmp_path: Path
) -> None:
    """Its next life records it, and knows the message's id; on PostgreSQL that is another copy, which takes over what a dead one
    owed. Nothing of the journal is left then."""
    async with killed(begin, database_url, tmp_path, dropped=False) as bot:
        await bot.until_nothing_is_owed()
        await bot.phone.say("/help")
        await bot.phone.wait("/withdraw")
        assert bot_texts(bot.phone) == [*bot.said, bot.said[-1]]
        shown = {one.id for one in bot.phone.messages if not one.mine}
        await bot.until_nothing_is_owed()
        assert shown <= await ids_kept(bot.settings)


async def test_what_was_dropped_while_it_was_under_way_leaves_the_chat_though_the_bot_was_killed(
    begin: Lives, database_url: str, tmp_path: Path
) -> None:
    """No row tells its next life of it, but the journal does. What was recorded stays."""
    async with killed(begin, database_url, tmp_path, dropped=True) as bot:
        await bot.phone.until(lambda: bot_texts(bot.phone) == bot.said[:-1])
        await bot.until_nothing_is_owed()


async def until_journal(folder: Path, seconds: float, *, is_empty: bool) -> None:
    """Wait until nothing stands in the journals, or something does. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while noted(folder) is is_empty:  # noqa: ASYNC110 - nobody is told of that
            await asyncio.sleep(0.01)


def noted(folder: Path) -> bool:
    """Whether anything stands in the journals."""
    return any(path.stat().st_size for path in folder.glob("deliveries.*"))
