"""The endless jobs."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import jobs
from bot.demo import settings_in
from bot.services import vault
from bot.services.keeping import retention
from bot.services.unit import Unit
from bot.wiring import open_work
from db.engine import Database
from db.models import Erasure


async def test_the_sweeper_outlives_whatever_a_sweep_fails_of(
    file_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged by its kind and place, and the next sweep is done."""
    swept = asyncio.Event()

    async def sweep(_unit: Unit) -> dict[str, int]:
        if not caplog.messages:
            raise RuntimeError("words")
        swept.set()
        return {"reports": 0}

    monkeypatch.setattr(jobs, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(retention, "sweep", sweep)
    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    sweeping = asyncio.create_task(jobs.sweep(work))
    async with asyncio.timeout(20):
        await swept.wait()
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)
    assert caplog.messages[0].startswith("a sweep failed: RuntimeError in sweep:")
    assert "words" not in caplog.text
    await work.database.close()


async def test_a_job_that_is_cancelled_finishes_its_round(
    file_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was begun in the database is done before the bot ends."""
    began, may_go_on = asyncio.Event(), asyncio.Event()
    empty = Database.truncate_log

    async def slow(self: Database) -> bool:
        began.set()
        await may_go_on.wait()
        return await empty(self)

    monkeypatch.setattr(Database, "truncate_log", slow)
    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    async with work.write() as unit:
        vault.note_erasure(unit)
    emptying = asyncio.create_task(jobs.empty_log(work))
    async with asyncio.timeout(20):
        await began.wait()
    emptying.cancel()
    await asyncio.sleep(0)
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await emptying
    async with work.read() as unit:
        assert not (await unit.session.scalars(select(Erasure))).all()
    await work.database.close()
