"""The schedule of periodic jobs."""

import ast
import asyncio
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import bot
from bot.app.jobs import Job
from bot.app.wiring import Bot, open_work
from bot.demo import settings_in

ROOMS = ("app", "desk", "publish", "reports", "chat", "transport", "store")


async def test_each_round_that_is_written_is_wired(file_url: str, tmp_path: Path) -> None:
    """Methods `once` and functions `…_once` do rounds: each has a row."""
    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    rounds = [job.once for job in Bot(work.settings, work).schedule]
    await work.database.close()
    wired = {(one.func if isinstance(one, partial) else one).__qualname__ for one in rounds}
    modules = [path for room in ROOMS for path in (Path(bot.__file__).parent / room).rglob("*.py")]
    assert {name for path in modules for name in written(path.read_text("utf-8"))} ^ wired == set()


def written(source: str) -> Iterator[str]:
    """The names of all rounds in a module."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.AsyncFunctionDef) and node.name.endswith("_once"):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            names = [one.name for one in node.body if isinstance(one, ast.AsyncFunctionDef)]
            yield from [f"{node.name}.once"] * names.count("once")


async def test_an_event_shortens_neither_rest_nor_a_pause_that_a_round_asks_for() -> None:
    """Else the head of a busy audit log would be written all the time, and a full log tried."""
    begun, woken = list[float](), asyncio.Event()

    async def once() -> float | None:
        begun.append(asyncio.get_running_loop().time())
        woken.set()
        return 0.2 if len(begun) == 1 else None

    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            await Job("", once, wake=woken, rest=0.1).run()
    assert begun[1] - begun[0] >= 0.29
    assert begun[2] - begun[1] >= 0.09
