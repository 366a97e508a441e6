"""The benchmark's command:

    PTB_TIMEDELTA=1 uv run --group bench python -m tests.benchmarks.crowd --people 1000 --within 60 --limits
    PTB_TIMEDELTA=1 uv run --group bench python -m tests.benchmarks.crowd --people 200 --within 1 --no-limits

People who have never used the bot come at drawn times, read each message for a drawn time, and fill in a form from /start to
the receipt: the ten questions of `conversation`, with a review and a confirmation, for all bots; and a short report by the form
that comes with this program.

With `--limits` the Bot API enforces Telegram's: 30 messages and edits a second in all, one a second to a chat with bursts of
five, 20 a minute to a group. This bot keeps its own pace, PTB has its AIORateLimiter, aiogram waits and tries again when it is
refused. People read for 4 s (median; at most 30 s). Without limits they read for no time, so that the bot's processor decides.

Columns:
- `first`, `answer`, `receipt`: seconds from what a person did to the first question, to a later one, to the receipt
- `reports/min`: people with a receipt, from the first /start to the last receipt; and between the first and the last tenth of
  them, since few are left to talk at the end
- `limit allows`: reports a minute at 30 calls a second, if the limits count so many calls a report
- `calls`: per report, sends + edits + deletions + answers to taps; and those refused with 429
- `CPU ms`: of the bot's process a report, without that of PostgreSQL or Redis
- `no receipt`: people who never got one. They give up when the bot has answered no one for three minutes
- `not stored`: reports with a receipt that the bot does not have once it was ended by SIGTERM
- `RSS`: megabytes of the bot's process at the start and at the end, the benchmark's own imports included
- `API busy`: how busy the Bot API's process was, which bounds nothing below 100%
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.conversation.__main__ import surroundings
from tests.benchmarks.conversation.contenders import CONTENDERS, SHORT, TEN, Contender
from tests.benchmarks.conversation.place import Place
from tests.benchmarks.conversation.processes import people_beside, received, running
from tests.benchmarks.conversation.services import MISSING, Services
from tests.benchmarks.crowd.newcomers import PATIENCE, Course, Plan, run_crowd

_READING = 4.0
"""Median seconds for which a message is read where there are limits."""
_LONGEST_RUN = 7200.0
_A_SECOND = 30
"""Calls a second that Telegram allows a bot."""
_MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Outcome:
    """The course of a crowd beside one bot, and how many reports the bot has after its end."""

    course: Course
    stored: int

    @property
    def calls_a_report(self) -> float:
        """Calls that the limits count."""
        return self.course.limited_calls / max(self.course.finished, 1)


def main() -> None:
    """Measure, and print the table; with `--json` write all figures too."""
    given = _arguments()
    plan = Plan(given.people, given.within, _READING if given.limits else 0.0, given.limits, given.seed)
    found: dict[str, Outcome] = {}
    with Services() as services:
        for one, talk in _runs(given.only):
            name = f"{one.name}, {talk}"
            found[name] = measure(one, services, talk, plan)
            _say(f"  {name}: {found[name].course.finished} of {plan.people} have a receipt")
    _say(f"\n{_title(plan)}\n{table(found)}")
    if given.json is not None:
        told = {
            **surroundings(),
            **vars(given),
            "outcomes": {name: asdict(one) for name, one in found.items()},
        }
        given.json.write_text(json.dumps(told, indent=1, default=str))


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.crowd")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--within", type=float, default=1.0, help="seconds within which all begin")
    parser.add_argument("--limits", action=argparse.BooleanOptionalAction, default=True, help="Telegram's")
    parser.add_argument("--seed", type=int, default=1, help="draws when people come and how long they read")
    parser.add_argument("--only", nargs="*", default=[], help="lines whose names have one of these in them")
    parser.add_argument("--json", type=Path, help="where to write all figures")
    return parser.parse_args()


def _runs(only: Sequence[str]) -> Iterable[tuple[Contender, str]]:
    """The bots and their talks, without those that need what is missing."""
    for one in CONTENDERS:
        for talk in (TEN, SHORT) if len(one.talks) > 1 else (TEN,):
            if only and not any(part in f"{one.name}, {talk}" for part in only):
                continue
            if Services.has(one.service):
                yield one, talk
            else:
                _say(MISSING)


def measure(contender: Contender, services: Services, talk: str, plan: Plan) -> Outcome:
    """One crowd beside one bot."""
    with people_beside(run_crowd, plan) as pipe, tempfile.TemporaryDirectory() as folder:
        url, service = received(pipe), services.fresh(contender.service)
        place = Place(url, Path(folder), service, talk=talk, limited=plan.limited)
        with running(contender, place) as pid:
            pipe.send((pid, contender.script(talk)))
            course: Course = received(pipe, _LONGEST_RUN)
        return Outcome(course, contender.stored_reports(place))


def table(found: Mapping[str, Outcome]) -> str:
    """A table in Markdown, a line a bot."""
    rows = [
        "| bot | first s: p50, p95, p99 | answer s | receipt s | reports/min | limit allows | calls | 429 | CPU ms | no receipt "
        "| not stored | RSS MB | API busy |",
        f"|{'---|' * 13}",
    ]
    return "\n".join([*rows, *(f"| {' | '.join(_cells(name, one))} |" for name, one in found.items())])


def _cells(name: str, one: Outcome) -> Sequence[str]:
    course = one.course
    allowed = 60 * _A_SECOND / one.calls_a_report if one.calls_a_report else 0.0
    return (
        *(name, _percentiles(course.firsts), _percentiles(course.answers), _percentiles(course.receipts)),
        f"{60 * course.finished / course.seconds:.1f}, {course.steady:.1f}",
        f"{allowed:.1f}",
        _calls(course.calls, course.finished),
        str(course.refused.get(429, 0)),
        f"{1000 * course.bot_cpu / max(course.finished, 1):.0f}",
        str(course.begun - course.finished),
        str(max(course.finished - one.stored, 0)),
        ", ".join(f"{bytes_ / _MEGABYTE:.0f}" for bytes_ in course.memory),
        f"{course.crowd_cpu / course.seconds:.0%}",
    )


def _percentiles(waits: Sequence[float]) -> str:
    if len(waits) < 2:
        return "-"
    cuts = statistics.quantiles(waits, n=100)
    return ", ".join(f"{cuts[place]:.2f}" for place in (49, 94, 98))


def _calls(calls: Mapping[str, int], reports: int) -> str:
    """Sends, edits, deletions and answers to taps, per report."""
    kinds = ("send", "edit", "deletemessage", "answer")
    by_kind = [sum(number for method, number in calls.items() if method.startswith(kind)) for kind in kinds]
    return " + ".join(f"{number / max(reports, 1):.1f}" for number in by_kind)


def _title(plan: Plan) -> str:
    limits = "Telegram's limits" if plan.limited else "no limits"
    return (
        f"{plan.people} newcomers within {plan.within:g} s, {limits}, who read for {plan.reading:g} s (median), seed {plan.seed}, "
        f"patience {PATIENCE:g} s of silence"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
