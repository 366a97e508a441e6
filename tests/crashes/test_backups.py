"""The machine is lost while people write: what a backup holds is restored on another one, and what was withdrawn since stays gone."""

import asyncio
import json
import shutil
import tarfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.app.wiring import open_work
from bot.app.work import Work
from bot.demo import TOKEN, USERNAME, settings_in
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.reports import reading
from bot.safety.pseudonym import Purpose, code_in
from bot.safety.sealing import RingSeal
from bot.settings import Settings
from bot.store import withdrawals
from db.models import Report
from tests.conftest import sqlite_url
from tests.crashes.lives import KilledBot, Lives, lives
from tests.crashes.reporters import TEXTS, Reporter, told

REPORTERS = 20
FIRST_CHAT = 1000


@pytest.fixture(scope="module")
def begin() -> Iterator[Lives]:
    """Start of the bot's lives."""
    with lives() as begun:
        yield begun


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database. The commands are tried on PostgreSQL elsewhere."""
    if request.param == "postgresql":
        found: str = request.getfixturevalue("empty_url")
        return found
    shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "kuager.db")
    return sqlite_url(tmp_path / "kuager.db")


@asynccontextmanager
async def reporters(url: str) -> AsyncIterator[list[Reporter]]:
    """People with phones."""
    async with AsyncExitStack() as stack:
        yield [
            Reporter(
                await stack.enter_async_context(
                    Phone(url, FIRST_CHAT + number, told(number).language, patience=120)
                ),
                told(number),
            )
            for number in range(REPORTERS)
        ]


async def withdraw(reporter: Reporter) -> None:
    """As a person does, until the bot says that it is done."""
    phone, language = reporter.phone, reporter.language
    await phone.say(f"/withdraw {reporter.code}")
    yes = TEXTS.text(language, "reporter.withdraw.yes")
    shown = await phone.wait(lambda one: yes in {button.label for button in one.buttons})
    await phone.tap(yes, shown)
    await phone.wait(TEXTS.text(language, "reporter.withdraw.done"))


async def until_listed(settings: Settings, number: int) -> None:
    """Wait until the list of withdrawals has so many keys."""
    async with asyncio.timeout(60):
        while True:
            found = await asyncio.to_thread(
                withdrawals.load, RingSeal(settings.ring), settings.withdrawals_file
            )
            if len(found.keys) == number:
                return
            await asyncio.sleep(0.05)


def manifest(backup: Path) -> Mapping[str, object]:
    with tarfile.open(backup) as opened:
        (found,) = (opened.extractfile(one) for one in opened if one.name == "manifest.json")
        assert found is not None
        said: Mapping[str, object] = json.load(found)
        return said


async def counts(work: Work, tables: Mapping[str, int]) -> Mapping[str, int]:
    """Rows of these tables."""
    async with work.read() as unit:
        return {one: await unit.session.scalar(text(f"SELECT count(*) FROM {one}")) or 0 for one in tables}  # noqa: S608


async def test_what_twenty_people_sent_is_restored_elsewhere_but_for_what_was_withdrawn(
    begin: Lives, url: str, tmp_path: Path
) -> None:
    """They send at once; the backup is taken while the bot runs, which is killed once one of them has withdrawn. The other
    machine has the backup, the list and the keys. Each report there is as it was told, and its code works."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    old, new, backup = tmp_path / "old", tmp_path / "new", tmp_path / "backup.tar"
    old.mkdir()
    new.mkdir()
    settings = settings_in(old, api.url, database_url=url, poll_seconds=1)
    bot = KilledBot(begin, settings, tmp_path / "old.log", 4.0)
    bot.start(api.url)
    async with reporters(api.url) as people:
        await asyncio.gather(*(one.report() for one in people))
        await bot.run("backup", str(backup))
        said = manifest(backup)
        tables = said["counts"]
        assert isinstance(tables, dict)
        assert tables["reports"] == REPORTERS
        await withdraw(people[0])
        await until_listed(settings, tables["data_keys"] - 1)
        bot.kill()
        await bot.stop()
        other = settings.model_copy(
            update={"database_url": sqlite_url(new / "kuager.db"), "files_dir": new / "files"}
        )
        again = KilledBot(begin, other, tmp_path / "new.log", 4.0)
        await again.run("restore", str(backup), "--withdrawals", str(settings.withdrawals_file))
        work = await open_work(other)
        found = await counts(work, {name: n for name, n in tables.items() if name != "marks"})
        gone = {"data_keys": 1, "files": tables["files"] - found["files"]}
        added = {"sent_messages": found.get("sent_messages", 0) - tables.get("sent_messages", 0)}
        assert found == {
            name: n - gone.get(name, 0) + added.get(name, 0) for name, n in tables.items() if name != "marks"
        }
        async with work.read() as unit:
            reports = (await unit.session.scalars(select(Report))).all()
            hashes = {
                one.receipt_hash: await reading.content_of(unit, one)
                for one in reports
                if one.data_key_id is not None
            }
            for one in people[1:]:
                content = hashes.pop(unit.safe.pseudonyms.of(Purpose.RECEIPT, code_in(one.code) or ""))
                assert content is not None
                assert one.told.answers().items() <= dict(content.all).items()
            assert hashes == {}
        await work.database.close()
        again.start(api.url)
        status = TEXTS.text(people[1].language, "reporter.status.new")
        await people[1].phone.say(f"/status {people[1].code}")
        await people[1].phone.wait(status)
        await people[0].phone.say(f"/status {people[0].code}")
        shown = await people[0].phone.wait()
        assert TEXTS.text(people[0].language, "reporter.status.new") not in shown.text
        await again.stop()
    await api.stop()
