"""The benchmark's command:

    PTB_TIMEDELTA=1 uv run --group bench python -m tests.benchmarks.conversation

Each round runs every bot once, each in another place of the order; the table shows medians of the rounds, and ratios to this
bot on SQLite. `whole talks` go from /start to the receipt. Two of their parts follow: `answers` are ten texts a person, from the
first question to the review; `confirmations` the tap that sends the report. `long reports` go from /start to the receipt of the
form that comes with the program, which the peers have not. Absolute numbers are this machine's; what counts are the ratios of
one run.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path
from typing import Any

from tests.benchmarks.conversation.contenders import CONTENDERS, OURS, TALKS, Contender
from tests.benchmarks.conversation.people import Phase, run_people
from tests.benchmarks.conversation.place import MODES, Place
from tests.benchmarks.conversation.processes import people_beside, received, running
from tests.benchmarks.conversation.services import MISSING, Services

_LIBRARIES = (
    "python-telegram-bot",
    "tornado",
    "aiogram",
    "aiohttp",
    "sqlalchemy",
    "aiosqlite",
    "asyncpg",
    "redis",
)
_LAST_ANSWERS = 0.3
"""Seconds in which a bot hears that its last message was taken."""
Figures = dict[str, float]
Rounds = dict[str, dict[str, list[Figures]]]
"""The figures of each round by what was measured and by the name of the bot."""


def main() -> None:
    """Measure, and print the tables; with `--json` write the figures of every round too."""
    given = _arguments()
    contenders = [one for one in CONTENDERS if not given.only or any(part in one.name for part in given.only)]
    if not all(Services.has(one.service) for one in contenders):
        _say(MISSING)
    contenders = [one for one in contenders if Services.has(one.service)]
    found: Rounds = {}
    with Services() as services:
        for number in range(given.rounds):
            begin = number % len(contenders)
            for one in [*contenders[begin:], *contenders[:begin]]:
                for mode, talk in product(given.modes, [talk for talk in one.talks if talk in given.talks]):
                    for name, phase in measure(one, services, given.people, mode, talk).items():
                        rounds = found.setdefault(f"{name}, {mode}", {}).setdefault(one.name, [])
                        rounds.append(figures(phase))
                        _say(f"  round {number + 1}, {mode}, {one.name}, {name}: {_line(rounds[-1])}")
    medians = {
        title: {one.name: median(of[one.name]) for one in contenders if one.name in of}
        for title, of in found.items()
    }
    for title, of in medians.items():
        _say(f"\n{title}, {given.people} people, median of {given.rounds}\n{table(of)}")
    if given.json is not None:
        told = {
            **surroundings(),
            **vars(given),
            "medians": medians,
            "ratios": ratios(medians),
            "rounds": found,
        }
        given.json.write_text(json.dumps(told, indent=1, default=str))


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.conversation")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES, help="how updates reach the bots")
    parser.add_argument(
        "--talks", nargs="+", choices=TALKS, default=TALKS, help="ten questions, the default form"
    )
    parser.add_argument("--only", nargs="*", default=[], help="bots whose names have one of these in them")
    parser.add_argument(
        "--json", type=Path, help="where to write medians, ratios and the figures of every round"
    )
    return parser.parse_args()


def measure(
    contender: Contender, services: Services, people: int, mode: str, talk: str
) -> Mapping[str, Phase]:
    """One conversation of all people with one bot, by its parts."""
    with people_beside(run_people, people) as pipe, tempfile.TemporaryDirectory() as folder:
        place = Place(received(pipe), Path(folder), services.fresh(contender.service), mode, talk)
        with running(contender, place) as pid:
            pipe.send(([pid], contender.script(talk)))
            phases: Mapping[str, Phase] = received(pipe, 1000.0)
            time.sleep(_LAST_ANSWERS)
    return phases


def figures(phase: Phase) -> Figures:
    """What is shown of a phase; `crowd_share` is how busy the Bot API's process was, which bounds nothing below 1."""
    waits = statistics.quantiles(phase.waits, n=100)
    return {
        "updates_a_second": phase.updates / phase.seconds,
        "cpu_ms_an_update": 1000 * phase.bot_cpu / phase.updates,
        "p50_ms": 1000 * waits[49],
        "p99_ms": 1000 * waits[98],
        "crowd_share": phase.crowd_cpu / phase.seconds,
    }


def median(rounds: Sequence[Figures]) -> Figures:
    """The median of each figure."""
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def ratios(medians: Mapping[str, Mapping[str, Figures]]) -> dict[str, dict[str, float]]:
    """How many times as many updates a second as each bot this one does on SQLite, where it was measured."""
    return {
        title: {name: of[OURS.name]["updates_a_second"] / one["updates_a_second"] for name, one in of.items()}
        for title, of in medians.items()
        if OURS.name in of
    }


def table(found: dict[str, Figures]) -> str:
    """A table in Markdown; `ours` is how many times as many updates a second this bot does on SQLite."""
    base = found.get(OURS.name)
    rows = [
        "| bot | updates/s | ours | CPU ms an update | p50 ms | p99 ms | Bot API busy |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in found.items():
        ours = "" if base is None else f"{base['updates_a_second'] / one['updates_a_second']:.2f}"
        cells = (
            *(name, f"{one['updates_a_second']:.0f}", ours, f"{one['cpu_ms_an_update']:.2f}"),
            *(f"{one['p50_ms']:.0f}", f"{one['p99_ms']:.0f}", f"{one['crowd_share']:.0%}"),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def surroundings() -> dict[str, Any]:
    """What the figures depend on beside the bots."""
    versions = {}
    for name in _LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "missing"
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "libraries": versions,
    }


def _line(one: Figures) -> str:
    return f"{one['updates_a_second']:.0f} updates/s, p99 {one['p99_ms']:.0f} ms"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
