"""Real cases go in by what a person can send alone and come out of both exports with nothing lost."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.end_to_end.cases import CASES, Case, expected, language_of, persons_of, public, story_of, told
from tests.end_to_end.conftest import Machine, MakeModerator, MakeReporter
from tests.end_to_end.exports import read_csv, read_jsonl
from tests.end_to_end.moderating import Moderator, Public
from tests.end_to_end.reporting import Reporter

AT_ONCE = 6
"""Reporters who file at the same time."""

Work = dict[str, tuple[Counter[str], str]]
"""By case: what its moderator did, and the moderator's language."""
REPORTS: Mapping[str, Case] = {story_of(case): case for case in CASES}
"""By its story a moderator knows what a report is about."""


def aside_of(number: int) -> str:
    """What a reporter adds although it was asked not to: a name, which moderators see and nobody else."""
    return f"Свидетель: Қарлығаш Тестова-{number}, +7 701 000 00 {number:02}"


async def test_all_cases_come_out_of_the_exports_equal(
    reporter: MakeReporter,
    moderator: MakeModerator,
    machine: Machine,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every case is reported, edited, approved and exported over HTTP, as CSV and as JSON Lines, equal in
    every fact; what reporters said of persons is in no export; the command line exports the same bytes."""
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
    work: Work = {}
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
    for format_, content in (("csv", table), ("jsonl", lines)):
        await machine.run("export", "--format", format_, "--out", str(tmp_path / format_))
        assert (tmp_path / format_).read_bytes() == content
    with capsys.disabled():
        sys.stdout.write(_report(reporters, work, filed - begun, approved - filed))


async def _file(gate: asyncio.Semaphore, number: int, reporter: Reporter) -> None:
    async with gate:
        await reporter.report(told(CASES[number], aside_of(number)))


async def _moderate(moderator: Moderator, work: Work) -> None:
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


def _report(reporters: list[Reporter], work: Work, filing: float, moderating: float) -> str:
    """What people did for each case, to be read."""
    lines = []
    for case, reporter in zip(CASES, reporters, strict=True):
        done, language = work[case["id"]]
        reported = f"reporter {reporter.language} {_counts(reporter.counted)}"
        lines.append(f"{case['id']} {reported} · moderator {language} {_counts(done)}")
    languages = Counter(reporter.language for reporter in reporters)
    equal = f"{len(CASES)} cases equal in CSV and JSONL; reporters {dict(languages)}"
    lines.append(f"{equal}; filing {filing:.1f} s, moderating {moderating:.1f} s")
    return "\n".join(["", *lines, ""])


def _counts(counted: Counter[str]) -> str:
    return " ".join(f"{counted[kind]} {kind}" for kind in ("taps", "texts", "files", "commands"))
