"""How much slower acts become as reports pile up, and how long a sweep holds the lock that whoever writes needs.

Run as `PTB_TIMEDELTA=1 uv run python -m tests.benchmarks.growth`; it is no test and is not collected. `--sizes 1000,100000`
takes a minute or two, the default some fifteen. Databases of all sizes are measured in turns, so that what else the machine does
meets them alike; what counts are the ratios to the smallest.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from bot.app.wiring import spare_collector
from tests.benchmarks.growth.acts import ACTS
from tests.benchmarks.growth.measuring import OF_A_ROUND, Measured, measure, opened, sweep, urls

SIZES = "1000,100000,1000000"
ENGINES = "sqlite,postgresql"
ROUNDS = 20
MOST_HELD_MS = 50
"""For how long a sweep may hold the lock."""


def main() -> None:
    """Measure each engine, and tell."""
    asked = _arguments()
    with ExitStack() as stack:
        folder = Path(asked.folder or stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        for engine in asked.engines.split(","):
            sizes = [int(size) for size in asked.sizes.split(",")]
            names = [name for name in ACTS if re.search(asked.acts, name)]
            found = asyncio.run(
                _measured(engine, folder, sizes, names, asked.rounds, sweeps=not asked.acts_only)
            )
            if asked.json:
                told = json.dumps([_told(one) for one in found], indent=1)
                Path(f"{asked.json}-{engine}.json").write_text(told)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growth")
    parser.add_argument("--sizes", default=SIZES, help="numbers of reports, the smallest first")
    parser.add_argument("--engines", default=ENGINES)
    each = f"each act is done {OF_A_ROUND} times in a round, exports once"
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=each)
    parser.add_argument("--acts", default="", help="a regular expression: only acts with such names")
    parser.add_argument("--acts-only", action="store_true", help="measure no sweeps")
    parser.add_argument("--folder", help="keep the databases here, and use those that are here already")
    parser.add_argument("--json", help="write what was measured into files whose names begin so")
    return parser.parse_args()


async def _measured(
    engine: str, folder: Path, sizes: Sequence[int], names: Sequence[str], rounds: int, *, sweeps: bool
) -> Sequence[Measured]:
    with urls(engine, folder) as url_of:
        found = []
        for size in sizes:
            found.append(await opened(size, url_of(size), folder))
            _say(f"{engine}: {size:,} reports are there")
        spare_collector()  # as the bot does
        await measure(found, names, rounds)
        _tell_acts(engine, found, rounds)
        for one in found:
            if sweeps:
                await sweep(one)
            _tell_sweeps(one)
            await one.database.close()
    return found


def _p(seconds: Sequence[float], percent: int) -> float:
    """Milliseconds."""
    at = statistics.quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else [*seconds] * 99
    return 1000 * at[percent - 1]


def _tell_acts(engine: str, found: Sequence[Measured], rounds: int) -> None:
    sizes = ", ".join(f"{one.size:,}" for one in found)
    _say(
        f"\n{engine}; reports: {sizes}; p95 in milliseconds of the processor (this process and the server's connections), "
        "then of the clock, each with its ratio to the first, and the median of the statements"
    )
    for name in found[0].took:
        cells = [_compared(found, of, name) for of in (_cpu, _seconds)]
        ran = " ".join(
            f"{statistics.median(took.statements for took in one.took[name]):4.0f}" for one in found
        )
        _say(f"{name:20} | {' | '.join(cells)} | {ran}")
    _say(
        f"times each: {max(map(len, found[0].took.values()))}, seldom ones {rounds}; load: {os.getloadavg()[0]:.1f}"
    )


def _compared(found: Sequence[Measured], of: Callable[[Measured, str], Sequence[float]], name: str) -> str:
    """The p95 of each size, and the ratios of all but the smallest to it."""
    first, *others = (_p(of(one, name), 95) for one in found)
    return f"{first:7.2f} {' '.join(f'{one:7.2f} ({one / first:.2f})' for one in others)}"


def _seconds(one: Measured, name: str) -> Sequence[float]:
    return [took.seconds for took in one.took[name]]


def _cpu(one: Measured, name: str) -> Sequence[float]:
    return [took.cpu for took in one.took[name]]


def _tell_sweeps(one: Measured) -> None:
    for name, swept in one.sweeps.items():
        longest = sorted(swept.held, key=lambda hold: -hold.seconds)[:3]
        told = [
            f"{1000 * hold.seconds:.1f} (processor {1000 * hold.cpu:.1f}, {hold.what})" for hold in longest
        ]
        _say(
            f"{one.size:,}: sweep {name}: {swept.seconds:.2f} s, the lock was held {len(swept.held)} times, "
            f"for more than {MOST_HELD_MS} ms {sum(1000 * hold.seconds > MOST_HELD_MS for hold in swept.held)} times, "
            f"longest in ms: {', '.join(told) or 'none'}"
        )
    for name, plans in one.plans.items():
        for plan in plans:
            _say(f"{one.size:,}: {name} reads or sorts more than it shows: …{_short(plan)}")


def _short(plan: str) -> str:
    return " ".join(plan[plan.index("FROM") :].split())[:400]


def _told(one: Measured) -> Mapping[str, object]:
    acts = {
        name: {
            part: {"p50": _p(of(one, name), 50), "p95": _p(of(one, name), 95)}
            for part, of in (("wall", _seconds), ("processor", _cpu))
        }
        for name in one.took
    }
    sweeps = {name: asdict(swept) for name, swept in one.sweeps.items()}
    return {"reports": one.size, "milliseconds": acts, "sweeps": sweeps, "growing_plans": one.plans}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
