"""That something is deleted is said once neither the database nor its log holds the key: whoever takes the server at that moment
reads nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import jobs
from bot.demo import running
from bot.local_api.client import Phone
from bot.settings import Settings
from tests.bot.chat.reporting import ME, OTHER
from tests.bot.conftest import MakePhone, Telegram
from tests.crashes.deletions.opening import Disk
from tests.crashes.deletions.people import Quitter
from tests.crashes.reporters import told


@contextmanager
def read(disk: Disk) -> Iterator[None]:
    """Somebody else reads the database for as long, so that its log cannot be emptied."""
    with closing(sqlite3.connect(disk.database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM reports").fetchone() == (1,)
        yield


class Withdrawing:
    """Somebody whose report was sent, and who withdraws it."""

    def __init__(self, phone: Phone, disk: Disk) -> None:
        self.disk, self._reporter = disk, Quitter(phone, replace(told(0), files=(), voice=None), None)
        self._keys: list[bytes] = []

    async def report(self) -> None:
        """From the first hello to the receipt."""
        await self._reporter.begin()
        self._keys = self.disk.wrapped_keys(
            *(key for (key,) in self.disk.query("SELECT data_key_id FROM reports"))
        )
        assert self.is_left()

    def withdraw(self) -> "asyncio.Task[None]":
        """Withdraw it; over once it is said to be deleted."""
        return asyncio.create_task(self._reporter.withdraw(self._reporter.code))

    def is_left(self) -> bool:
        """Whether a piece of the report's keys stands in the database or its log."""
        return self.disk.holds_piece_of(self._keys)

    def says(self, key: str) -> bool:
        """Whether the chat shows this text."""
        return any(self._reporter.word(key) in shown.text for shown in self._reporter.phone.messages)


@asynccontextmanager
async def reported(settings: Settings, telegram: Telegram, folder: Path) -> AsyncIterator[Withdrawing]:
    """Somebody has sent a report."""
    async with Phone(telegram.api.url, ME, "ru") as phone:
        found = Withdrawing(phone, Disk(settings, folder))
        async with running(settings):
            await found.report()
        yield found


async def test_deleted_is_said_once_the_log_is_emptied(
    settings: Settings, telegram: Telegram, phone_of: MakePhone, tmp_path: Path
) -> None:
    """While somebody reads the database the chat is emptied and others are answered, but it is not said. At the moment at which it is
    said nothing of the key is left."""
    async with reported(settings, telegram, tmp_path) as reporter, running(settings):
        number, other = await telegram.number(), await phone_of(OTHER)
        with read(reporter.disk):
            withdrawing = reporter.withdraw()
            await telegram.until_called("deleteMessages", 1, after=number)
            for _ in range(3):
                await other.say("/help")
                await other.wait("/report")
            assert (reporter.is_left(), withdrawing.done()) == (True, False)
        await withdrawing
        assert not reporter.is_left()
        assert not reporter.says("reporter.log_remains")


async def test_what_a_dead_bot_has_not_said_is_said_once_the_log_is_emptied(
    settings: Settings, telegram: Telegram, tmp_path: Path
) -> None:
    """It stands in the outbox, and the next start empties the log before."""
    async with reported(settings, telegram, tmp_path) as reporter:
        number = await telegram.number()
        with read(reporter.disk):
            async with running(settings.model_copy(update={"stop_seconds": 0})):
                withdrawing = reporter.withdraw()
                await telegram.until_called("deleteMessages", 1, after=number)
        assert not withdrawing.done()
        async with running(settings):
            await withdrawing
            assert not reporter.is_left()


async def test_where_the_log_is_not_emptied_for_long_it_is_said_that_a_copy_remains(
    settings: Settings, telegram: Telegram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is not put off without end."""
    monkeypatch.setattr(jobs, "ERASED_SECONDS", 0.1)
    async with reported(settings, telegram, tmp_path) as reporter, running(settings):
        with read(reporter.disk):
            await reporter.withdraw()
            assert reporter.says("reporter.log_remains")
