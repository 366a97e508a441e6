"""One bot on one SQLite file."""

import stat
from pathlib import Path

import pytest

from db.presence import NotAloneError, alone
from tests.conftest import sqlite_url


def test_the_second_on_one_file_is_told_and_the_next_is_not(tmp_path: Path) -> None:
    """The place is free again after the first; nobody else can read what holds it. PostgreSQL has room for several."""
    url = sqlite_url(tmp_path / "kuager.db")
    with alone(url), pytest.raises(NotAloneError), alone(url):
        raise AssertionError
    with alone(url):
        pass
    assert stat.S_IMODE((tmp_path / "kuager.db.lock").stat().st_mode) == 0o600
    with alone("postgresql+asyncpg://host/name"), alone("postgresql+asyncpg://host/name"):
        pass
