"""The bot of today on the store of a released version: everybody goes on where they were."""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from bot.demo import TOKEN, USERNAME, running, settings_in
from bot.demo.folder import MovableClock
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.store.unit import SECONDS_AN_HOUR
from tests.end_to_end.conftest import PATIENCE
from tests.end_to_end.moderating import VERSION, Moderator
from tests.end_to_end.people import REVIEW
from tests.end_to_end.reporting import SIMPLE, Reporter
from tests.released import VERSIONS, Released

STORY = "Журналиста оштрафовали за пост."
"""Told before, to the versions that were released."""


class Upgraded:
    """A store on which the bot runs: `phone` switches one of its people's on."""

    def __init__(self, released: Released, database: Path, url: str, phones: AsyncExitStack) -> None:
        self.told, self.database, self._url, self._phones = released.told, database, url, phones

    async def phone(self, name: str, language: str) -> Phone:
        """The phone of a person by the name that `told` has for its id."""
        phone = Phone(self._url, self.told[name], language, patience=PATIENCE)
        return await self._phones.enter_async_context(phone)

    def rows(self, query: str) -> list[tuple[str, ...]]:
        """What the database says."""
        with closing(sqlite3.connect(self.database)) as opened:
            return opened.execute(query).fetchall()


@pytest.fixture(params=VERSIONS)
async def upgraded(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Upgraded]:
    """The store of a version, at the hour in which it was made."""
    released = Released(request.param)
    database = released.unpack(tmp_path)
    begun = time.time()
    clock = MovableClock(lambda: (released.told["hour"] + 1) * SECONDS_AN_HOUR + time.time() - begun)
    api = LocalBotApi({TOKEN: USERNAME}, clock.seconds)
    await api.start()
    keys = {name.removeprefix("KUAGER_").lower(): value for name, value in released.keys.items()}
    settings = settings_in(tmp_path, api.url, poll_seconds=5, **keys)
    async with AsyncExitStack() as phones, running(settings, lambda: clock.local(settings.zone)):
        yield Upgraded(released, database, api.url, phones)
    await api.stop()


async def test_a_report_that_was_not_finished_is_finished(upgraded: Upgraded) -> None:
    """From the question at which it was left, with what was told before; also one of which only the language was chosen."""
    writer = Reporter(await upgraded.phone("writer", "kk"), "kk")
    await writer.command("/report")
    await writer.phone.wait(writer.word("reporter.resumed"))
    await writer.at("region")
    await writer.fill(SIMPLE)
    assert STORY in writer.phone.last.text
    assert await writer.send()
    newcomer = Reporter(await upgraded.phone("newcomer", "en"), "en")
    await newcomer.command("/report")
    await newcomer.at("consent_store")
    await newcomer.fill(SIMPLE)
    assert await newcomer.send()


async def test_a_receipt_still_opens_its_report(upgraded: Upgraded) -> None:
    """Its code tells the status and withdraws, from the same chat."""
    sender = Reporter(await upgraded.phone("sender", "ru"), "ru")
    await sender.command(f"/status {upgraded.told['code']}")
    await sender.phone.wait(sender.word("reporter.status.new"))
    await sender.withdraw(upgraded.told["code"])


async def test_moderators_go_on_with_the_queue_and_open_the_files(upgraded: Upgraded) -> None:
    """An edit that was begun is sent and approved; files that came before are shown."""
    aida = Moderator(await upgraded.phone("moderator", "ru"), "ru")
    ((ref,),) = upgraded.rows(
        "SELECT DISTINCT ref FROM reports JOIN files USING (data_key_id) WHERE files.status != 'doomed'"
    )
    assert await aida.open(ref) is not None
    assert len(await aida.see_files()) == len(upgraded.told["files"])
    aida.ref = upgraded.told["edited"]
    await aida.command(f"/edit {aida.ref}")
    if await aida.look() == REVIEW:
        await aida.press_word("flow.send")
    await aida.write_missing(VERSION)
    await aida.press_word("flow.send")
    await aida.preview()
    await aida.confirm()
