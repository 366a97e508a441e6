"""Real cases go in by what a person can send alone and come out of both exports with nothing lost."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.end_to_end.cases import CASES, Case, expected, language_of, persons_of, public, story_of, told
from tests.end_to_end.conftest import MakeModerator, MakeReporter
from tests.end_to_end.exports import read_csv, read_jsonl
from tests.end_to_end.moderating import Moderator, Public
from tests.end_to_end.reporting import Reporter

AT_ONCE = 6
"""Reporters who file at the same time."""

REPORTS: Mapping[str, Case] = {story_of(case): case for case in CASES}
"""By its story a moderator knows what a report is about."""


def aside_of(number: int) -> str:
    """What a reporter adds although it was asked not to: a name, which moderators see and nobody else."""
    return f"Свидетель: Қарлығаш Тестова-{number}, +7 701 000 00 {number:02}"


async def test_all_cases_come_out_of_the_exports_equal(
    reporter: MakeReporter, moderator: MakeModerator
) -> None:
    """Every case is reported, edited, approved and exported over HTTP, as CSV and as JSON Lines, equal in
    every fact; what reporters said of persons is in no export."""
    begun = time.monotonic()
    moderators = [
        await moderator(2001, "Айдана", "kk", "admin"),
        await moderator(2002, "Aida", "ru", "moderator"),
        await moderator(2003, "Dana", "en", "moderator"),
    ]
    reporters = [await reporter(3000 + number, language_of(case)) for number, case in enumerate(CASES)]
    gate = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(_file(gate, *pair) for pair in enumerate(reporters)))
    filed = time.monotonic()
    work: dict[str, tuple[Counter[str], str]] = {}
    await asyncio.gather(*(_moderate(one, work) for one in moderators))
    approved = time.monotonic()

    table = await moderators[0].export("csv", by_buttons=True)
    lines = await moderators[1].export("jsonl")
    wanted = {case["title"]: expected(case) for case in CASES}
    for found in (read_csv(table), read_jsonl(lines)):
        assert len(found) == len(CASES)
        assert {facts["title"]: facts for facts in found} == wanted
    for content in (table, lines):
        assert "Тестова".encode() not in content
        for case in CASES:
            assert not [name for name in persons_of(case) if name.encode() in content]
    _print(reporters, work, filed - begun, approved - filed)


async def _file(gate: asyncio.Semaphore, number: int, reporter: Reporter) -> None:
    async with gate:
        await reporter.report(told(CASES[number], aside_of(number)))


async def _moderate(moderator: Moderator, work: dict[str, tuple[Counter[str], str]]) -> None:
    """Take one report after another until none waits."""
    while True:
        moderator.counted.clear()
        shown = await moderator.next()
        if shown is None:
            return
        case = next(case for story, case in REPORTS.items() if story in shown)
        assert aside_of(CASES.index(dict(case))) in shown
        await moderator.edit(public(case))
        row = await moderator.preview()
        if row["rights"].split("; ") != case["rights"]:
            await moderator.edit_again(Public({"rights": case["rights"]}))
            await moderator.preview()
        await moderator.confirm()
        work[case["id"]] = Counter(moderator.counted), moderator.language


def _print(reporters: list[Reporter], work: Mapping[str, Any], filing: float, moderating: float) -> None:
    print()
    for case, reporter in zip(CASES, reporters, strict=True):
        done, language = work[case["id"]]
        print(
            f"{case['id']} reporter {reporter.language} {_counts(reporter.counted)} "
            f"· moderator {language} {_counts(done)}"
        )
    languages = Counter(reporter.language for reporter in reporters)
    print(
        f"{len(CASES)} cases equal in CSV and JSONL; reporters {dict(languages)}; "
        f"filing {filing:.1f} s, moderating {moderating:.1f} s"
    )


def _counts(counted: Counter[str]) -> str:
    return " ".join(f"{counted[kind]} {kind}" for kind in ("taps", "texts", "files", "commands"))
