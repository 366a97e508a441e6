"""Real cases go in by what a person can send alone and come out of both exports with nothing lost."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.form.answers import Written
from bot.form.model import schema_path
from bot.services.reports import reading
from db.models import Report
from tests.end_to_end import made_up
from tests.end_to_end.cases import (
    CASES,
    LANGUAGES,
    Case,
    carried,
    expected,
    names_told,
    persons_of,
    public,
    told_in_full,
)
from tests.end_to_end.conftest import Machine, People
from tests.end_to_end.exports import read_csv, read_jsonl
from tests.end_to_end.moderating import Moderator, Public
from tests.end_to_end.reporting import Reporter, Told

AT_ONCE = 6
"""Reporters who file at the same time."""
MADE_UP = 18
"""Cases that nobody has seen."""
KINDS = ("taps", "texts", "places", "files", "commands")


@dataclass
class Filed:
    """A case as it was filed: what was told, by whom, and what its moderator did."""

    case: Case
    told: Told
    reporter: Reporter
    work: Counter[str] = field(default_factory=Counter)

    @property
    def aside(self) -> str:
        """The words by which a moderator knows the report."""
        return self.told.story[-1]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_all_cases_come_out_of_the_exports_equal(
    language: str, people: People, machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every case is told in a full report, completed, approved and exported over HTTP in this language, as
    CSV and as JSON Lines, equal in every fact; names are sealed in the store and in no export; the command
    line exports the same bytes."""
    moderators = [
        await people.moderator(2001, "Айдана", language, "admin"),
        await people.moderator(2002, "Aida", language, "moderator"),
    ]
    filed = [await _filed(people, case, number, language) for number, case in enumerate(CASES)]
    took = await _through(filed, moderators)
    table, lines = await _exported(filed, moderators, machine)
    for format_, content in (("csv", table), ("jsonl", lines)):
        await machine.run("export", "--format", format_, "--out", str(tmp_path / format_))
        assert (tmp_path / format_).read_bytes() == content
    with capsys.disabled():
        sys.stdout.write(_report(filed, took))


async def test_cases_that_nobody_has_seen_come_out_equal_too(
    people: People, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cases drawn from all code lists, with whatever dates, places, people and articles, in all languages."""
    moderators = [await people.moderator(2001 + n, f"M{n}", LANGUAGES[n], "moderator") for n in range(3)]
    filed = [await _filed(people, made_up.case(seed), seed, LANGUAGES[seed % 3]) for seed in range(MADE_UP)]
    took = await _through(filed, moderators)
    await _exported(filed, moderators, machine)
    with capsys.disabled():
        sys.stdout.write(_report(filed, took))


async def _filed(people: People, case: Case, number: int, language: str) -> Filed:
    """A case and its reporter, who adds what it was asked to leave out: a name, which moderators see and
    nobody else."""
    aside = f"Свидетель: Қарлығаш Тестова-{number}, +7 701 000 00 {number:02}"
    told = told_in_full(case, language, number, aside)
    return Filed(case, told, await people.reporter(3000 + number, language))


async def _through(filed: Sequence[Filed], moderators: Sequence[Moderator]) -> tuple[float, float]:
    """File and approve all; the seconds both took."""
    begun = time.monotonic()
    gate = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(_file(gate, one) for one in filed))
    told = time.monotonic()
    await asyncio.gather(*(_moderate(one, filed) for one in moderators))
    return told - begun, time.monotonic() - told


async def _exported(
    filed: Sequence[Filed], moderators: Sequence[Moderator], machine: Machine
) -> tuple[bytes, bytes]:
    """The exports, compared with what was told fact by fact, and the store's names with the persons'."""
    table = await moderators[0].export("csv", by_buttons=True)
    lines = await moderators[1].export("jsonl")
    wanted = {one.case["title"]: expected(one.case, details=one.told.details) for one in filed}
    for found in (read_csv(table), read_jsonl(lines)):
        assert len(found) == len(filed)
        assert {facts["title"] for facts in found} == wanted.keys()
        for facts in found:
            assert facts == wanted[facts["title"]]
    for content in (table, lines):
        assert "Тестова".encode() not in content
        assert not [name for one in filed for name in persons_of(one.case) if name.encode() in content]
    named = sorted(name for one in filed for name in names_told(one.case))
    assert await _sealed_names(machine) == named
    return table, lines


async def _file(gate: asyncio.Semaphore, filed: Filed) -> None:
    async with gate:
        await filed.reporter.report(filed.told)


async def _moderate(moderator: Moderator, filed: Sequence[Filed]) -> None:
    """Take one report after another until none waits."""
    while True:
        moderator.counted.clear()
        shown = await moderator.next()
        if shown is None:
            return
        one = next(one for one in filed if one.aside in shown)
        assert not [name for name in names_told(one.case) if name in shown]
        assert one.told.details is not None
        await moderator.edit(public(one.case, place=one.told.details.place is not None))
        assert not moderator.corrected & carried(one.case, one.told.details), one.case["id"]
        row = await moderator.preview()
        if row.get("rights", "").rpartition(" · ")[2].split("; ") != one.case["rights"]:
            await moderator.edit_again(Public({"rights": one.case["rights"]}))
            await moderator.preview()
        await moderator.confirm()
        one.work = Counter(moderator.counted)


async def _sealed_names(machine: Machine) -> list[str]:
    """The names of affected persons that the store gives after decryption."""
    names = []
    async with machine.bot.work.read() as unit:
        question = unit.forms["report"].by_role["affected_name"]
        for report in await unit.session.scalars(select(Report)):
            content = await reading.content(unit, report)
            assert content is not None
            assert not [path for path in content.answers if schema_path(path) == question.path]
            for path, answer in content.sealed.items():
                if schema_path(path) == question.path and isinstance(answer, Written):
                    names.append(answer.text)
    return sorted(names)


def _report(filed: Sequence[Filed], took: tuple[float, float]) -> str:
    """What people did for each case, to be read."""
    lines = [
        f"{one.case['id']} {one.reporter.language} reporter {counts(one.reporter.counted)}"
        f" · moderator {counts(one.work)}"
        for one in filed
    ]
    languages = " ".join(sorted({one.reporter.language for one in filed}))
    equal = f"{len(filed)} cases in {languages} equal in CSV and JSONL"
    lines.append("{}; filing {:.1f} s, moderating {:.1f} s".format(equal, *took))
    return "\n".join(["", *lines, ""])


def counts(counted: Counter[str]) -> str:
    """What a person did, in words."""
    return " ".join(f"{counted[kind]} {kind}" for kind in KINDS)
