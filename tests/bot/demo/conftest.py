"""A demo's database with its team, without a page and without a running bot."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app.wiring import open_work
from bot.app.work import Work
from bot.demo.folder import DemoFolder, MovableClock
from bot.demo.people import LANGUAGE, TEAM
from bot.desk.people import service as people_service

STARTED = 1_764_000_000.0
"""2025-11-24."""


@pytest.fixture
def folder(migrated_file: Path, tmp_path: Path) -> DemoFolder:
    """A folder with keys and an empty database."""
    return new_folder(migrated_file, tmp_path)


@pytest.fixture
def clock() -> MovableClock:
    """A clock that stands still until it is moved."""
    return standing_clock()


@pytest.fixture
async def work(folder: DemoFolder, clock: MovableClock) -> AsyncIterator[Work]:
    """Work on the folder's database, with the team enrolled."""
    async with work_in(folder, clock) as made:
        yield made


def new_folder(migrated_file: Path, path: Path) -> DemoFolder:
    """A folder with keys and an empty database."""
    kept = DemoFolder(path / "kept")
    kept.settings("http://127.0.0.1:1")
    shutil.copy(migrated_file, kept.path / "kuager.db")
    return kept


def standing_clock() -> MovableClock:
    """A clock that stands still until it is moved."""
    return MovableClock(lambda: STARTED)


@asynccontextmanager
async def work_in(folder: DemoFolder, clock: MovableClock) -> AsyncIterator[Work]:
    """Work on a folder's empty database; the team is enrolled."""
    settings = folder.settings("http://127.0.0.1:1")
    made = await open_work(settings, lambda: clock.local(settings.zone))
    async with made.write() as unit:
        for chat_id, (alias, role) in TEAM.items():
            chat = unit.safe.pseudonyms.chat(chat_id)
            await people_service.open_invite(unit, await people_service.invite(unit, role), chat)
            await people_service.enrol(unit, chat, chat_id, alias, LANGUAGE)
    yield made
    await made.database.close()
