"""Lists of acts, which hypothesis draws and shrinks: each act is something that a person can do at any time, done at the bot and at a
model beside it."""

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from bot.form.model import Form
from db.engine import Database
from tests.bench import Bench
from tests.conftest import sqlite_url
from tests.same_thread import same_thread

NOTHING = "nothing"
"""Comes first, so that what a failure does not need shrinks to it: a list keeps its length, and one of acts alone would be filled up
with acts."""


def runs(usual: int) -> int:
    """How often a test that is `long` runs: as often as `KUAGER_TEST_RUNS` says."""
    return int(os.environ.get("KUAGER_TEST_RUNS", str(usual)))


class Stage:
    """What all lists begin with; hypothesis shows it in one word. It would show all fields of a dataclass, whatever its `repr`."""

    def __init__(self, forms: Mapping[str, Form], migrated: Path) -> None:
        self.forms, self.migrated = forms, migrated

    def __repr__(self) -> str:
        return "stage"


Act = tuple[str, int, int]
"""By its name: who does it, and with what."""


class World(Protocol):
    """The bot and the model of it."""

    async def begin(self) -> None:
        """What all lists of acts begin with."""

    async def act(self, name: str, who: int, which: int) -> None:
        """Let somebody do something, and compare all that came of it with the model."""

    async def finish(self, seed: int) -> None:
        """Bring all that is open to its end."""


def live(made: Callable[[Bench], World], acts: Sequence[Act], seed: int, stage: Stage) -> None:
    """These acts, one after the other, on a database of their own."""

    async def run(path: Path) -> None:
        database = Database(sqlite_url(path))
        try:
            world = made(Bench(database, stage.forms))
            await world.begin()
            for name, who, which in acts:
                if name != NOTHING:
                    await world.act(name, who, which)
            await world.finish(seed)
        finally:
            await database.close()

    with TemporaryDirectory() as folder, same_thread():
        path = Path(folder) / "kuager.db"
        shutil.copy(stage.migrated, path)
        asyncio.run(run(path))
