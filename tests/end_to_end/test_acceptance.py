"""Real cases go in by what a person can send alone, are seen by moderators, and come out of every export with nothing lost."""

import sys
from statistics import median

import pytest
from sqlalchemy import select

from bot.form.answers import Written
from bot.form.model import schema_path
from bot.reports import reading
from db.models import Report
from tests.end_to_end import other_exports
from tests.end_to_end.cases import CASES, LANGUAGES, names_told
from tests.end_to_end.conftest import Machine, MakeTrial

MEDIAN_TAPS, MEDIAN_TEXTS = 12, 5
"""Of a moderator's way from a notice to the approval of all facts, in the one language that is published here."""

FULL_MEDIAN, FULL_MOST = 27, 37
"""Taps of a reporter from /start to the receipt of a full report; the goal is 26 and 30."""


@pytest.mark.parametrize(
    "first", [LANGUAGES[0], *(pytest.param(one, marks=pytest.mark.long) for one in LANGUAGES[1:])]
)
async def test_all_cases_come_out_of_the_exports_equal(
    first: str, trial: MakeTrial, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every case is told in a full report, seen by a moderator as it was told, completed, approved and exported over
    HTTP, as CSV, Excel's CSV, workbook, JSON Lines, GeoJSON, Data Package, HXL and OpenRosa, equal in every column; names are
    sealed in the store and in no export. The languages take turns, and the moderators speak each: with each language first, every
    case is told in every one. A moderator's way from notice to approval with all facts takes few taps and texts."""
    languages = turns(first)
    held = await trial(*languages)
    for number, case in enumerate(CASES):
        await held.take(case, number, languages[number % len(languages)])
    await held.run()
    differences, _, _ = await held.judged()
    differences += await other_exports.differences(held)
    told = [one.reporter.counted["taps"] for one in held.filed]
    with capsys.disabled():
        sys.stdout.write(f"{held.report()}full reports: median {median(told)} taps, most {max(told)}\n")
    assert not differences, "\n".join(differences)
    taps, texts = (median(one.work[kind] for one in held.filed) for kind in ("taps", "texts"))
    assert (taps <= MEDIAN_TAPS, texts <= MEDIAN_TEXTS) == (True, True), (taps, texts)
    assert (median(told) <= FULL_MEDIAN, max(told) <= FULL_MOST) == (True, True), (median(told), max(told))
    named = sorted(name for one in held.filed for name in names_told(one.case))
    assert await _sealed_names(machine) == named


def turns(first: str) -> tuple[str, ...]:
    """The languages, from this one on."""
    place = LANGUAGES.index(first)
    return (*LANGUAGES[place:], *LANGUAGES[:place])


async def _sealed_names(machine: Machine) -> list[str]:
    """The names of affected persons that the store gives after decryption."""
    names = []
    async with machine.bot.work.read() as unit:
        question = unit.forms["report"].by_role["affected_name"]
        for report in await unit.session.scalars(select(Report)):
            content = await reading.content_of(unit, report)
            assert content is not None
            assert not [path for path in content.answers if schema_path(path) == question.path]
            for path, answer in content.sealed.items():
                if schema_path(path) == question.path and isinstance(answer, Written):
                    names.append(answer.text)
    return sorted(names)
