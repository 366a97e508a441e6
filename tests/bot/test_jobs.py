"""The endless jobs."""

import asyncio
from pathlib import Path

import pytest

from bot import jobs
from bot.demo import settings_in
from bot.services.keeping import retention
from bot.services.unit import Unit
from bot.wiring import open_work


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
