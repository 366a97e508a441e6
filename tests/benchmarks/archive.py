"""How long people wait for answers while decided reports are sealed in the background, beside the same people without that.

Run as `PTB_TIMEDELTA=1 uv run python -m tests.benchmarks.archive`; it is no test and is not collected. The bot runs in a process
of its own over the local Bot API. In turns its job seals, or rests: ten people tell their stories in each turn, a message
about every second. What counts are the ratios within one run, of all turns with sealing to all without. It ends when all
is sealed, which takes hours for many reports, or after so many minutes.
"""

import argparse
import asyncio
import math
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.app import jobs
from bot.app.wiring import spare_collector
from bot.demo import TOKEN, USERNAME, running, settings_in
from bot.form.xlsform.reader import load
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.safety import offline
from bot.settings import Settings
from bot.store import archive_keys
from db.engine import Database
from db.models import AuditEntry
from tests.bench import FORMS, Bench, settings
from tests.benchmarks.conversation.our_bot import UNLIMITED
from tests.benchmarks.floods import say, tell, to_story
from tests.benchmarks.growth.filling import fill
from tests.benchmarks.growth.measuring import urls
from tests.benchmarks.growth.rows import Years

DECIDED = 0.23
"""Share of reports in years that are decided and not yet destroyed, where there are many."""
PEOPLE, SECONDS = 10, 12.0
"""People, and the seconds of a turn."""
LEFT = "SELECT count(*) FROM reports WHERE status IN ('approved', 'rejected') AND data_key_id IS NOT NULL AND NOT sealed"


def main() -> None:
    """Measure on each database."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.archive")
    parser.add_argument("--reports", type=int, default=10_000, help="decided reports that are to be sealed")
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument("--minutes", type=float, default=math.inf, help="end after so long on each database")
    asked = parser.parse_args()
    for engine in asked.engines.split(","):
        size = math.ceil(asked.reports / DECIDED)
        with tempfile.TemporaryDirectory() as folder, urls(engine, Path(folder)) as url_of:
            asyncio.run(_measured(engine, size, url_of(size), Path(folder), 60 * asked.minutes))


async def _measured(engine: str, size: int, url: str, folder: Path, most: float) -> None:
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    given = await _filled(url, size)
    waits: dict[bool, list[float]] = {False: [], True: []}
    begun, left = time.perf_counter(), await _left(url)
    say(f"{engine}: {left:,} decided reports are to be sealed")
    async with _bot_beside(folder, api.url, given) as sealing:
        for turn in count():
            seals = turn % 2 == 1
            found = await _turn(api, 10_000 + turn * PEOPLE, sealing if seals else None)
            waits[seals] += found if turn > 1 else []  # the first of both warm it up
            took = time.perf_counter() - begun
            if seals and ((left := await _left(url)) == 0 or took > most):
                break
            if seals and turn % 6 == 1:
                _tell(waits, f"  {left:,} are left after {took:.0f} s")
    _tell(waits, f"{engine}: {left:,} are left after {took:.0f} s, half of them without sealing")
    await api.stop()


def _tell(waits: Mapping[bool, Sequence[float]], begin: str) -> None:
    if not all(waits.values()):
        return
    told = []
    for name, of in (("median", statistics.median), ("p95", _p95), ("longest", max)):
        without, with_ = of(waits[False]), of(waits[True])
        told.append(f"{name} {1000 * without:.1f} and {1000 * with_:.1f} ms, {with_ / without:.2f} times")
    say(
        f"{begin}: {len(waits[False])} answers without and {len(waits[True])} with sealing; {'; '.join(told)}"
    )


def _p95(waits: Sequence[float]) -> float:
    return statistics.quantiles(waits, n=20)[-1]


async def _turn(api: LocalBotApi, first: int, sealing: Event | None) -> list[float]:
    """Waits of people who tell their stories; `sealing` is set meanwhile."""
    people = [Phone(api.url, first + number, "ru", patience=120) for number in range(PEOPLE)]
    await asyncio.gather(*(phone.start() for phone in people))
    await asyncio.gather(*(to_story(phone) for phone in people))
    if sealing is not None:
        sealing.set()
    ends = time.perf_counter() + SECONDS
    found = await asyncio.gather(*(tell(phone, place, ends) for place, phone in enumerate(people)))
    if sealing is not None:
        sealing.clear()
    await asyncio.gather(*(phone.stop() for phone in people))
    return [wait for waits in found for wait in waits]


async def _filled(url: str, size: int) -> Mapping[str, Any]:
    """Fill the database, let a recipient answer, and give the settings of the bot."""
    fixed = settings()
    keys = {name: getattr(fixed, name).get_secret_value() for name in ("key_ring", "lookup_key", "audit_key")}
    recipients = [offline.recipient_of(offline.new_identity()) for _ in "ab"]
    bench = Bench(Database(url), {"report": load(FORMS / "incident.md"), "review": load(FORMS / "review.md")})
    bench.now = datetime.now(fixed.zone)
    await fill(url, Years(bench, size))
    async with bench.write() as unit:
        await unit.session.execute(delete(AuditEntry))  # the log that was filled in is no chain
        for one in recipients:
            await archive_keys.answer(unit, one, archive_keys.word(unit, one))
    await bench.database.close()
    days = {"report_days": 3650, "rejected_days": 3650}
    return {**keys, **UNLIMITED, **days, "database_url": url, "archive_recipients": ",".join(recipients)}


async def _left(url: str) -> int:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.scalar(text(LEFT))
    await engine.dispose()
    return int(found or 0)


@asynccontextmanager
async def _bot_beside(folder: Path, url: str, given: Mapping[str, Any]) -> AsyncIterator[Event]:
    """The bot in a process of its own, which seals while the event is set."""
    spawned = multiprocessing.get_context("spawn")
    sealing, over = spawned.Event(), spawned.Event()
    process = spawned.Process(target=run_bot, args=(str(folder), url, given, sealing, over))
    process.start()
    try:
        yield sealing
    finally:
        over.set()
        await asyncio.to_thread(process.join)


def run_bot(folder: str, url: str, given: Mapping[str, Any], sealing: Event, over: Event) -> None:
    """Run the bot until it is over."""

    class Paused(jobs.Sealing):
        async def once(self) -> float | None:
            return (await super().once() or 0.1) if sealing.is_set() else 0.1

    jobs.Sealing = Paused  # type: ignore[misc] # the wiring takes it from there

    async def run(made: Settings) -> None:
        async with running(made):
            spare_collector()  # as the bot does
            await asyncio.to_thread(over.wait)

    asyncio.run(run(settings_in(Path(folder), url, poll_seconds=10, **given)))


if __name__ == "__main__":
    main()
