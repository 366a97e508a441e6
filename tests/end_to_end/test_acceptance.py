"""Real cases go in by what a person can send alone, are seen by moderators, and come out of both exports with nothing lost."""

import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.form.answers import Written
from bot.form.model import schema_path
from bot.local_api.server import LocalBotApi
from bot.services.desk import team
from bot.services.reports import reading
from db.models import Report
from tests.end_to_end import made_up
from tests.end_to_end.cases import CASES, LANGUAGES, UNSEEN, names_told
from tests.end_to_end.conftest import Machine
from tests.end_to_end.judged_people import enrolled
from tests.end_to_end.trial import Trial

MADE_UP = 24
"""Cases that nobody has seen: as many as there are regions."""
CONSENTS = ("publish_no_names", "share_trusted", "statistics_only")
COUNTED = ("taps", "texts", "places", "files", "commands")
MakeTrial = Callable[..., Awaitable[Trial]]


@pytest.fixture
def trial(api: LocalBotApi, machine: Machine, phones: AsyncExitStack) -> MakeTrial:
    """Makes a trial whose moderators speak these languages; the first is an administrator."""

    async def make(*languages: str) -> Trial:
        made = Trial(api.url, phones)
        for number, language in enumerate(languages):
            async with machine.bot.work.write() as unit:
                invitation = await team.invite(unit, "moderator" if number else "admin")
            phone = await made.phone(2001 + number, language)
            made.moderators.append(await enrolled(invitation, f"Айдана {number}", phone))
        return made

    return make


@pytest.mark.parametrize("language", LANGUAGES)
async def test_all_cases_come_out_of_the_exports_equal(
    language: str, trial: MakeTrial, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every case is told in this language in a full report, seen by a moderator as it was told, completed, approved and
    exported over HTTP, as CSV and as JSON Lines, equal in every column; names are sealed in the store and in no export."""
    held = await trial(language, language)
    for number, case in enumerate(CASES):
        await held.take(case, number, language)
    await held.run()
    differences, _, _ = await held.judged()
    with capsys.disabled():
        sys.stdout.write(_report(held))
    assert not differences, "\n".join(differences)
    named = sorted(name for one in held.filed for name in names_told(one.case))
    assert await _sealed_names(machine) == named


async def test_cases_that_nobody_has_seen_come_out_equal_too(
    trial: MakeTrial, machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cases drawn from all code lists, with whatever dates, places, people and articles, and some as the news tell them, in
    all languages, short and full, under each consent: only those that may be published are in an export. The command line
    exports the same bytes as the chat."""
    held = await trial(*LANGUAGES)
    for number, case in enumerate(UNSEEN):
        await held.take(case, number, case["language"])
    for number in range(len(UNSEEN), len(UNSEEN) + MADE_UP):
        consent = CONSENTS[number % 7 if number % 7 in {1, 2} else 0]
        language, short = LANGUAGES[number % 3], number % 8 == 3
        await held.take(made_up.case(number), number, language, short=short, consent=consent)
    await held.run()
    differences, table, lines = await held.judged()
    with capsys.disabled():
        sys.stdout.write(_report(held))
    assert not differences, "\n".join(differences)
    for format_, content in (("csv", table), ("jsonl", lines)):
        await machine.run("export", "--format", format_, "--out", str(tmp_path / format_))
        assert (tmp_path / format_).read_bytes() == content


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


def _report(held: Trial) -> str:
    """What people did for each case, to be read."""
    lines = [
        f"{one.case['id']} {one.reporter.language} reporter {counts(one.reporter.counted)}"
        f" · moderator {counts(one.work)}"
        for one in held.filed
    ]
    lines.append("{} cases; filing {:.1f} s, moderating {:.1f} s".format(len(held.filed), *held.took))
    return "\n".join(["", *lines, ""])


def counts(counted: Counter[str]) -> str:
    """What a person did, in words."""
    return " ".join(f"{counted[kind]} {kind}" for kind in COUNTED)
