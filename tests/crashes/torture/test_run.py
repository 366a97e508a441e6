"""A run of the torture finds whoever is not answered, and what the bot never does."""

import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.app.wiring import open_work
from bot.demo import TOKEN, USERNAME, settings_in
from bot.local_api.server import LocalBotApi
from db.models import OutboxRow
from tests.conftest import sqlite_url
from tests.crashes.lives import Lives, lives
from tests.crashes.torture.judge import Fault
from tests.crashes.torture.people import Phones
from tests.crashes.torture.run import Plan, Run

PLAN = Plan(1, webhook=False, patience=0.1)


@pytest.fixture(scope="module")
def begin() -> Iterator[Lives]:
    """What begins lives, of which there are none here."""
    with lives() as begun:
        yield begun


@pytest.fixture
async def run(begin: Lives, migrated_file: Path, tmp_path: Path) -> AsyncIterator[Run]:
    """A run at a Bot API behind which there is no bot."""
    shutil.copy(migrated_file, tmp_path / "kuager.db")
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    made = Run(PLAN, tmp_path, begin, sqlite_url(tmp_path / "kuager.db"))
    made.phones = Phones(api.url, made.history, PLAN.patience)
    yield made
    await api.stop()


async def test_somebody_whom_nobody_answers_is_found(run: Run) -> None:
    """With the history of what they did, and the others go on."""
    await run._noted("reporter 0", run._report(0))
    (found,) = run.findings
    assert (found.fault, found.who) == (Fault.STUCK, "reporter 0")
    assert not run.filed
    told = run.told_of_findings()
    assert "reporter 0 messages {'text': '/start'}" in told
    assert told.endswith("gives up")


async def test_what_the_bot_owes_and_never_sends_is_found(run: Run) -> None:
    """An answer in the outbox that nobody delivers; nothing is found where nothing is owed."""
    settings = settings_in(run.folder, "http://127.0.0.1:1", database_url=run.url)
    await run._settle(settings, [])
    assert not run.findings
    work = await open_work(settings)
    async with work.write() as unit:
        unit.session.add(OutboxRow(id=1, chat_hash=b"x", number=1, payload=b"x", hour=0, stay=0))
    await work.database.close()
    await run._settle(settings, [])
    (found,) = run.findings
    assert found.fault is Fault.STUCK
    assert "'answers': 1" in found.what
