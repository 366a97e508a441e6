"""The change of the ring's key is killed again and again: every report opens, and nothing uses the old key."""

import asyncio
import os
import sys
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import select

import migrations
from bot.app.wiring import open_work
from bot.demo import settings_in
from bot.reports import reading
from bot.safety.sealing import new_key, show_key
from bot.settings import PREFIX, Settings
from bot.store import ring_keys
from db.models import DataKey, Report
from tests.bench import Bench
from tests.crashes.lives import ROOT

REPORTS = int(os.environ.get("KUAGER_TEST_REPORTS", "120"))
"""KUAGER_TEST_REPORTS=10000 pytest -n 0 tests/crashes/test_rotation.py takes some minutes."""
ROWS = max(20, REPORTS // 50)
SEED = 20261126


async def test_a_rotation_that_is_killed_again_and_again_ends_with_every_report_open(tmp_path: Path) -> None:
    """With the new key alone: reports open, and no byte of the files is sealed under the old one."""
    old = settings_in(tmp_path, "http://127.0.0.1:1")
    name = old.ring.current
    await migrations.upgrade(old.database_url)
    work = await open_work(old)
    bench = Bench(work.database, work.forms, old)
    for start in range(0, REPORTS, ROWS):
        async with bench.write() as unit:
            for _ in range(min(ROWS, REPORTS - start)):
                await bench.submit(unit)
    await work.database.close()
    both = old.model_copy(
        update={"key_ring": SecretStr(f"new:{show_key(new_key())},{old.key_ring.get_secret_value()}")}
    )
    assert await _deaths(both) >= REPORTS // ROWS // 3
    alone = both.model_copy(update={"key_ring": SecretStr(both.key_ring.get_secret_value().split(",")[0])})
    work = await open_work(alone)
    async with work.read() as unit:
        assert await ring_keys.left(unit) == 0
        assert set(await unit.session.scalars(select(DataKey.ring))) == {"new"}
        reports = (await unit.session.scalars(select(Report))).all()
        assert len(reports) == REPORTS
        for report in reports:
            found = await reading.content_of(unit, report)
            assert found is not None
            assert found.answers
    await work.database.close()
    under_old = bytes([len(name)]) + name.encode() + b"\x01"
    assert under_old not in _on_disk(tmp_path)


async def _deaths(settings: Settings) -> int:
    """Rotate to the end; how often it was killed before."""
    secret = ("bot_token", "key_ring", "lookup_key", "audit_key")
    given = {name: getattr(settings, name).get_secret_value() for name in secret}
    given |= {"database_url": settings.database_url, "files_dir": str(settings.files_dir)}
    environment = {**os.environ, **{f"{PREFIX}{name.upper()}": value for name, value in given.items()}}
    environment.pop("KUAGER_TEST_REPORTS", None)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.crashes.rotating", str(SEED), str(ROWS)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=environment | {"PTB_TIMEDELTA": "1"},
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return int(printed.split()[-1])


def _on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("*.db*")))
