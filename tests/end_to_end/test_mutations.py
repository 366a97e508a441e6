"""The acceptance test can fail: faults in the program are found by it, each by the facts that it spoils."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.demo import TOKEN, USERNAME
from bot.local_api.server import LocalBotApi
from tests.end_to_end import domain
from tests.end_to_end.judged_people import enrolled
from tests.end_to_end.mutations import FAULTS, Mutation
from tests.end_to_end.people import ROOT
from tests.end_to_end.trial import Trial

LANGUAGE = "kk"
_HOST = Path(__file__).with_name("hosted_bot.py")
_VIOLATIONS = ["prosecution.hooliganism", "detention.preventive", "expression.media_access"]
PUBLISHED: dict[str, Any] = {
    "id": "published",
    "kind": "incident",
    "title": "Екі журналист жиынға дейін ұсталып, айыппұл төледі",
    "violation_primary": _VIOLATIONS[0],
    "violations": _VIOLATIONS,
    "rights": domain.rights_of(_VIOLATIONS),
    "freedoms": domain.freedoms_of(domain.rights_of(_VIOLATIONS)),
    "date": {"start": "2024-03-08", "end": "2024-03-08", "precision": "day"},
    "date_meaning": "event",
    "underlying_event": "2022-01",
    "place": {"region": "KZ-75", "locality": "Almaty"},
    "affected": [
        {
            "name": "Person 1",
            "role": "жиынды түсіруге келген журналистер",
            "groups": ["journalist", "blogger"],
            "number_min": 2,
            "number_max": 4,
        },
        {
            "name": "«Сынақ» газеті",
            "role": "олардың газеті",
            "groups": ["organisation"],
            "number_min": None,
            "number_max": None,
        },
    ],
    "perpetrators": [{"type": "police", "detail": "қалалық полиция"}, {"type": "court", "detail": None}],
    "legal_basis": [{"code": "KZ-AOC-434"}],
    "outcome": [{"status": "fined", "date": "2024-03-09"}, {"status": "detained", "date": None}],
    "review": {
        "assertion": "reported",
        "outcomes": [
            {"party": "affected", "persons": 2, "fine_mrp": 20, "fine_tenge": 73840},
            {"party": "others"},
        ],
        "reliability": "R2",
        "credibility": "C1",
        "evidence_origin": "from_person",
    },
    "source": {"publisher": "Сынақ қоры", "published": "2024-03-10"},
    "tags": ["march_8"],
    "narrative": "Журналистер жиынға дейін ұсталып, келесі күні ұсақ бұзақылық үшін айыппұл төледі.",
    "sample_submission": None,
}
"""A case that shows nearly every fault, and that may be published."""
COUNTED: dict[str, Any] = {
    **PUBLISHED,
    "id": "counted",
    "title": "Партияға тіркеуден бас тартылды",
    "violation_primary": "association.registration",
    "violations": ["association.registration"],
    "rights": ["association"],
    "freedoms": ["association"],
    "date": {"start": "2024-04", "end": None, "precision": "month"},
    "underlying_event": None,
    "place": {"region": "KZ-27", "locality": "Орал"},
    "affected": PUBLISHED["affected"][:1],
    "perpetrators": [{"type": "central_government", "detail": None}],
    "legal_basis": [{"code": "KZ-CC-146", "stated": "министрліктің ішкі нұсқаулығына сілтеді"}],
    "outcome": [{"status": "refused", "date": None}],
    "review": {},
    "narrative": "Партияның құжаттары қайтарылды.",
}
"""A case with a law in own words, told aloud too, that may only be counted."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program, to put faults into."""
    root = tmp_path_factory.mktemp("program")
    for room in ("bot", "db", "locales", "migrations"):
        shutil.copytree(ROOT / room, root / room)
    return root


@pytest.mark.newest  # it tries the judge, not the bot
@pytest.mark.parametrize("faults", FAULTS)
async def test_each_fault_is_found_by_the_facts_that_it_spoils(
    faults: Sequence[Mutation], tree: Path, tmp_path: Path, migrated_file: Path
) -> None:
    """Whatever they spoil is found, and nothing else: each fault of a set by facts that no other of it touches. What one
    set spoils the other leaves right, but for labels of two lists, so that what is always found passes for no fault."""
    shutil.copy(migrated_file, tmp_path / "kuager.db")
    spoilt = [fact for fault in faults for fact in fault.facts]
    assert len(spoilt) == len(set(spoilt))
    with ExitStack() as stack:
        for fault in faults:
            stack.enter_context(fault.applied(tree))
        differences = await _tried(tree, tmp_path)
    found = {difference.partition(":")[0] for difference in differences}
    assert [fault.name for fault in faults if not fault.facts <= found] == []
    assert found == set(spoilt), "\n".join(differences)


async def _tried(tree: Path, folder: Path) -> list[str]:
    """What the judge finds wrong with the program in this tree, by two cases."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    try:
        async with _hosted(tree, folder, api.url) as invitation, AsyncExitStack() as phones:
            held = Trial(api.url, phones)
            held.moderators.append(await enrolled(invitation, "Айдана", await held.phone(2001, LANGUAGE)))
            await held.take(PUBLISHED, 3, LANGUAGE, urgent="yes", files=("photo.png", "order.pdf"))
            await held.take(COUNTED, 1, LANGUAGE, consent="statistics_only")
            await held.run()
            differences, _, _ = await held.judged()
            return differences
    finally:
        await api.stop()


@asynccontextmanager
async def _hosted(tree: Path, folder: Path, url: str) -> AsyncIterator[str]:
    """The bot of this tree, in a process of its own; the invitation of an administrator."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tree), "PTB_TIMEDELTA": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(_HOST), str(folder), url,
        cwd=tree, env=env, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()
