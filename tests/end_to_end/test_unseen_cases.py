"""Cases that were not at hand when the bot was written come out of both exports as the real ones do."""

import os
import sys
from pathlib import Path

import pytest

from tests.end_to_end import domain, made_up
from tests.end_to_end.cases import CASES, LANGUAGES, UNSEEN
from tests.end_to_end.conftest import Machine, MakeTrial

SEEDS = 1 + int(float(os.environ.get("KUAGER_TEST_SECONDS", "0")) / 30)
"""How often cases are drawn; the first time only what the real ones lack."""
CONSENTS = ("publish_no_names", "share_trusted", "statistics_only")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_cases_that_nobody_has_seen_come_out_equal_too(
    seed: int, trial: MakeTrial, machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Some as the news tell them, and others drawn, with whatever dates, places, people and articles, short and full,
    in all languages: with the real ones, they have every code of the lists. The command line exports the same bytes as
    the chat. Drawn once more, they have all codes by themselves, and some are not to be published."""
    by_hand, known = ([], []) if seed else (UNSEEN, [*CASES, *UNSEEN])
    drawn = made_up.cases(known, seed)
    for name in made_up.LISTS:
        told = {code for case in [*known, *drawn] for code in made_up.codes_in(case, name)}
        assert told == set(domain.codes_of(name))
    held = await trial(*LANGUAGES)
    for number, case in enumerate(by_hand):
        await held.take(case, number, case["language"])
    for number, case in enumerate(drawn, len(by_hand)):
        consent = CONSENTS[number % 7 if seed and number % 7 in {1, 2} else 0]
        await held.take(case, number, LANGUAGES[number % 3], short=number % 8 == 3, consent=consent)
    await held.run()
    differences, table, _ = await held.judged()
    with capsys.disabled():
        sys.stdout.write(held.report())
    assert not differences, "\n".join(differences)
    await machine.run("export", "--format", "csv", "--out", str(tmp_path / "csv"))
    assert (tmp_path / "csv").read_bytes() == table
