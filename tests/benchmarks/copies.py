"""What several copies of the bot cost, behind one webhook on one PostgreSQL:

    PTB_TIMEDELTA=1 uv run python -m tests.benchmarks.copies

Two hundred people answer ten questions, with one, two and four copies: the same load in all. A process of its own spreads what
Telegram sends over them, as a proxy does, also where there is one. The processor's time is that of the bot's processes alone; the
table shows medians of the rounds, and the ratio of each to one copy.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import cycle
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.safety.sealing import new_key, show_key
from tests.benchmarks.conversation.__main__ import Figures, figures, median, surroundings
from tests.benchmarks.conversation.contenders import CONTENDERS, TEN
from tests.benchmarks.conversation.people import Phase, run_people
from tests.benchmarks.conversation.place import PATH, WEBHOOK, Place
from tests.benchmarks.conversation.processes import SPAWNED, people_beside, received
from tests.benchmarks.conversation.services import Services
from tests.ports import free_port

_PATIENCE = 60.0
_OURS = next(one for one in CONTENDERS if one.name == "Kuager, PostgreSQL")
_KEYS = {"key_ring": "bench:", "lookup_key": "", "audit_key": ""}
_HEADERS = ("X-Telegram-Bot-Api-Secret-Token", "Content-Type")


def main() -> None:
    """Measure, and print the table; with `--json` write the figures of every round too."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.copies")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--copies", type=int, nargs="+", default=(1, 2, 4))
    parser.add_argument("--json", type=Path, help="where to write medians, ratios and every round")
    given = parser.parse_args()
    found: dict[int, list[Figures]] = {number: [] for number in given.copies}
    with Services() as services:
        for place in range(given.rounds):
            begin = place % len(given.copies)
            for number in [*given.copies[begin:], *given.copies[:begin]]:
                found[number].append(measure(number, services, given.people))
                _say(f"  round {place + 1}, {number} copies: {_line(found[number][-1])}")
    medians = {number: median(rounds) for number, rounds in found.items()}
    ratios = _ratios(found)
    for number, figure in medians.items():
        _say(
            f"{number} copies: {_line(figure)}, {ratios[number]:.2f} times the processor of {given.copies[0]}"
        )
    if given.json is not None:
        told = {**surroundings(), **vars(given), "medians": medians, "ratios": ratios, "rounds": found}
        given.json.write_text(json.dumps(told, indent=1, default=str))


def measure(copies: int, services: Services, people: int) -> Figures:
    """The ten questions of one conversation of all people with so many copies."""
    with people_beside(run_people, people) as pipe, tempfile.TemporaryDirectory() as folder:
        url, service, front = received(pipe), services.fresh("PostgreSQL"), free_port()
        keys = {name: f"{ring}{show_key(new_key())}" for name, ring in _KEYS.items()}
        places = [
            Place(url, Path(folder), service, WEBHOOK, TEN, front=front, keys=keys) for _ in range(copies)
        ]
        proxy = SPAWNED.Process(target=spread, args=(front, [one.port for one in places]), daemon=True)
        proxy.start()
        bots: list[Any] = []
        try:
            for place in places:  # one after the other: the first makes the tables
                ready: Event = SPAWNED.Event()
                bots.append(SPAWNED.Process(target=_OURS.run, args=(place, ready.set), daemon=True))
                bots[-1].start()
                if not ready.wait(_PATIENCE):
                    raise RuntimeError("a copy did not start")
            pipe.send(([bot.pid for bot in bots], _OURS.script(TEN)))
            phases: Mapping[str, Phase] = received(pipe, 1000.0)
        finally:
            for process in (*bots, proxy):
                process.kill()
                process.join()
    return figures(phases["answers"])


def spread(port: int, ports: Sequence[int]) -> None:
    """Be a proxy that sends each request to the next copy in turn."""
    asyncio.run(_spread(port, ports))


async def _spread(port: int, ports: Sequence[int]) -> None:
    turns = cycle(ports)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post(request: web.Request) -> web.Response:
            headers = {name: request.headers[name] for name in _HEADERS if name in request.headers}
            body, to = await request.read(), f"http://127.0.0.1:{next(turns)}{PATH}"
            try:
                async with session.post(to, data=body, headers=headers) as answer:
                    return web.Response(status=answer.status)
            except aiohttp.ClientError:
                return web.Response(status=502, headers={"Retry-After": "1"})

        app = web.Application()
        app.router.add_post(PATH, post)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


def _ratios(found: dict[int, list[Figures]]) -> dict[int, float]:
    """The median over the rounds of how many times the processor's time an update takes beside the first number of copies: the two
    of a round were measured side by side."""
    name = "cpu_ms_an_update"
    first = next(iter(found.values()))
    return {
        number: statistics.median(one[name] / other[name] for one, other in zip(rounds, first, strict=True))
        for number, rounds in found.items()
    }


def _line(figure: Figures) -> str:
    return (
        f"{figure['updates_a_second']:.0f} updates/s, {figure['cpu_ms_an_update']:.2f} ms CPU an update, "
        f"p50 {figure['p50_ms']:.0f} ms, p99 {figure['p99_ms']:.0f} ms"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
