"""A bundle of three reports, made once for all tests of this folder."""

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.form.model import Form
from db.engine import Database
from tests.bench import Bench
from tests.bot.app.archive.lives import Life, lived


@pytest.fixture(scope="session")
def life(migrated_file: Path, forms: Mapping[str, Form], tmp_path_factory: pytest.TempPathFactory) -> Life:
    """Three reports that were sealed on a server, as they lie in a bundle."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(migrated_file, folder / "kuager.db")

    async def make() -> Life:
        database = Database(f"sqlite+aiosqlite:///{folder / 'kuager.db'}")
        try:
            return await lived(Bench(database, forms), folder / "files")
        finally:
            await database.close()

    return asyncio.run(make())


@pytest.fixture
def bundle(life: Life, tmp_path: Path) -> Path:
    """File of the bundle."""
    return life.write(tmp_path / "archive.age")
