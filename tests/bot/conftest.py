"""What tests of the whole bot begin from."""

from pathlib import Path

import pytest

from tests.conftest import sqlite_url


@pytest.fixture
def file_url(migrated_file: Path, tmp_path: Path) -> str:
    """The URL of a migrated SQLite file."""
    path = tmp_path / "kuager.db"
    path.write_bytes(migrated_file.read_bytes())
    return sqlite_url(path)
