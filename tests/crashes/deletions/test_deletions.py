"""Telegram fails and the bot is killed while somebody has it all deleted: nothing is left in a chat that could be deleted, and
nothing of the report opens. Two hundred talks that others have open stay as they are.

A run is a seed: a way to have it deleted, faults, and moments of death. `KUAGER_TEST_RUNS=500 uv run pytest -m long
tests/crashes/deletions` makes five hundred of them; `KUAGER_TEST_SEED` is the first. A seed decides what fails, the machine when.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.demo import settings_in
from bot.form.model import Form
from bot.settings import Settings
from tests.conftest import sqlite_url
from tests.crashes.deletions.others import fill
from tests.crashes.deletions.trial import SETTINGS, Trial
from tests.crashes.deletions.ways import DESTROY, WAYS
from tests.crashes.lives import Lives, lives

SHORT = 17
RUNS = int(os.environ.get("KUAGER_TEST_RUNS", str(SHORT)))
FIRST = int(os.environ.get("KUAGER_TEST_SEED", "0"))
NAMES = tuple(WAYS)


@pytest.fixture(scope="module")
def begin() -> Iterator[Lives]:
    """Start of the bot's lives."""
    with lives() as begun:
        yield begun


@pytest.fixture(scope="module")
def prepared(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, forms: Mapping[str, Form]
) -> tuple[Settings, Path]:
    """A database with a moderator, a report that is nobody's here and two hundred open talks, and the settings with its keys."""
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copy(migrated_file, folder / "kuager.db")
    settings = settings_in(folder, "http://127.0.0.1:1", **SETTINGS)
    asyncio.run(fill(settings, forms))
    return settings, folder


@pytest.mark.long
@pytest.mark.parametrize(
    "seed", range(FIRST, FIRST + RUNS), ids=lambda seed: f"{seed}-{NAMES[seed % len(NAMES)]}"
)
async def test_what_was_to_be_deleted_is_gone_whatever_fails_meanwhile(
    seed: int,
    begin: Lives,
    prepared: tuple[Settings, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`ways` has the ways and what may stand in each, `Trial.arm` what fails. All keys that are left are tried on all bytes
    that are left."""
    settings, template = prepared
    shutil.copy(template / "kuager.db", tmp_path / "kuager.db")
    own = {"database_url": sqlite_url(tmp_path / "kuager.db"), "files_dir": tmp_path / "files"}
    way = WAYS[NAMES[seed % len(NAMES)]]
    run = Trial(seed, settings.model_copy(update=own), tmp_path, begin, destroys=way in DESTROY)
    await run.start()
    try:
        await way(run)
        await run.finish()
    finally:
        await run.stop()
    if RUNS > SHORT:
        with capsys.disabled():
            sys.stdout.write(f"\nseed {seed}, {way.__name__}: {run.told_of()}")
