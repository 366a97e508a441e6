"""What the command line destroys and keeps."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.services.keeping import retention
from tests.bot.cli.conftest import Kuager


@pytest.mark.usefixtures("set_up")
def test_purge_counts_what_it_destroyed(kuager: Kuager) -> None:
    """Each kind with its number."""
    done = kuager("purge")
    assert done.code == 0
    assert "drafts: 0" in done.out.splitlines()
    assert "unopened" not in done.out
    assert "unopened: 0" in kuager("purge", "--unopened").out.splitlines()


@pytest.mark.usefixtures("set_up")
def test_purge_goes_on_until_all_is_destroyed(kuager: Kuager, tmp_path: Path) -> None:
    """However much there is."""
    number = 2 * retention.SWEEP_LIMIT + 1
    with closing(sqlite3.connect(tmp_path / "data" / "kuager.db")) as database, database:
        database.executemany(
            "INSERT INTO seen_updates (id, hour) VALUES (?, 0)", ((one,) for one in range(number))
        )
    assert f"seen_updates: {number}" in kuager("purge").out.splitlines()
