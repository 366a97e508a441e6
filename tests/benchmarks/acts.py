"""What an act costs: the statements, the hops to SQLite's thread, the requests and the processor's time of a person who
files a report.

Run as `PTB_TIMEDELTA=1 uv run python -m tests.benchmarks.acts`; it is no test and is not collected. The Bot API and the phone
run in the same process, so their time is in the seconds; statements and hops are the bot's alone.
"""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.demo import TOKEN, USERNAME, running, settings_in
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.transport.committer import Committer, Intake

PEOPLE = 20
FAST = {"send_per_second": 1e6, "send_per_chat": 1e6, "send_burst": 1000}


async def main() -> None:
    """One person after the other, so that no batch is shared."""
    counted = Counter[str]()
    _count(counted)
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    with tempfile.TemporaryDirectory() as folder:
        async with running(settings_in(Path(folder), api.url, poll_seconds=5, **FAST)):
            await _begin_report(api, 1)  # what is made and compiled once
            counted.clear()
            begun = time.process_time()
            for number in range(PEOPLE):
                await _begin_report(api, 100 + number)
            seconds = time.process_time() - begun
    await api.stop()
    updates = counted.pop("updates")
    sys.stdout.write(f"{updates} updates, {1000 * seconds / updates:.1f} ms of the processor each\n")
    for name, number in counted.most_common():
        sys.stdout.write(f"{number / updates:6.1f} {name} an update\n")


async def _begin_report(api: LocalBotApi, user_id: int) -> None:
    async with Phone(api.url, user_id, "ru", patience=60) as phone:
        await phone.say("/start")
        await phone.tap("Да", fresh=True)
        await phone.wait("Расскажите")
        await phone.say("Расскажу по порядку, как это было.")
        for label in ("Готово", "Штраф"):
            await phone.tap(label, fresh=True)
        await phone.wait("Что подходит")


def _count(counted: Counter[str]) -> None:
    execute, process = aiosqlite.Connection._execute, Committer.process

    def statement(*_: object) -> None:
        counted["statements"] += 1

    async def hop(self: aiosqlite.Connection, act: Any, *args: Any, **kwargs: Any) -> Any:
        counted["hops"] += 1
        return await execute(self, act, *args, **kwargs)  # type: ignore[no-untyped-call] # it has no types

    async def batch(self: Committer, intake: Intake, drained: Any) -> Any:
        counted["updates"] += intake.number
        counted["batches"] += 1
        counted["deliveries"] += len(drained.delivered)
        return await process(self, intake, drained)

    event.listen(Engine, "before_cursor_execute", statement)
    setattr(aiosqlite.Connection, "_execute", hop)  # noqa: B010 - a method is replaced
    setattr(Committer, "process", batch)  # noqa: B010 - the same


if __name__ == "__main__":
    asyncio.run(main())
