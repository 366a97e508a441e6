"""The acceptance cases pass through a bot that seals what is decided: all that leaves is as without sealing."""

from collections.abc import Sequence

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from sqlalchemy import func, select

from bot.app.jobs import Sealing
from bot.errors import Refusal
from bot.reports import reading
from bot.store import archive_keys
from db.models import Report
from tests import outside
from tests.end_to_end import other_exports
from tests.end_to_end.cases import CASES, LANGUAGES, UNSEEN, Case
from tests.end_to_end.conftest import Machine, MakeTrial
from tests.end_to_end.trial import Trial

NARROWER = {1: "share_trusted", 4: "statistics_only"}
"""Consents of some cases by their number modulo seven; the others may be published."""


async def switch_on(machine: Machine) -> Sequence[pyrage.x25519.Identity]:
    """Start the bot anew with two recipients that have answered; their identities."""
    identities = [pyrage.x25519.Identity.generate() for _ in "ab"]
    recipients = tuple(str(one.to_public()) for one in identities)
    await machine.change(archive_recipients=recipients)
    async with machine.bot.work.write() as unit:
        for one in recipients:
            await archive_keys.answer(unit, one, archive_keys.word(unit, one))
    return identities


async def seal_all(machine: Machine) -> None:
    """Seal all that was decided, as the bot's own job may at the same time."""
    sealing = Sealing(machine.bot.work)
    while await sealing.once() is not None:
        pass
    async with machine.bot.work.read() as unit:
        left = await unit.session.scalar(select(func.count()).where(~Report.sealed))
        assert left == 0
        for report in await unit.session.scalars(select(Report)):
            with pytest.raises(Refusal, match=r"archive\.sealed"):
                await reading.content_of(unit, report)


async def country_update(held: Trial) -> bytes:
    """The update over all years, as a page."""
    admin = held.moderators[0]
    await admin.command(f"/country_update 2015-01 2026-12 {admin.language} html")
    found = await admin.phone.wait(
        lambda shown: any(str(one["name"]).endswith(".html") for one in shown.files)
    )
    return await admin.phone.download(found)


@pytest.mark.parametrize(
    "cases",
    [CASES[:2], *(pytest.param(cases, marks=pytest.mark.long) for cases in (CASES, UNSEEN))],
    ids=["two", "all", "unseen"],
)
async def test_cases_that_are_sealed_come_out_of_the_exports_equal(
    cases: Sequence[Case], trial: MakeTrial, machine: Machine
) -> None:
    """Told in chats, approved, sealed by the bot's job: every export tells each case in every column, the update and
    the tables are the bytes from before the sealing, no report opens on the server, and an identity opens each."""
    identities = await switch_on(machine)
    held = await trial(*LANGUAGES)
    for number, case in enumerate(cases):
        consent = NARROWER.get(number % 7, "publish_no_names")
        language = case.get("language", LANGUAGES[number % len(LANGUAGES)])
        await held.take(case, number, language, consent=consent)
    await held.run()
    before = await held.judged(), await country_update(held)
    await seal_all(machine)
    after = await held.judged(), await country_update(held)
    assert after == before
    differences = [*after[0][0]]
    if cases is not UNSEEN:  # some of them have what HXL cannot hold
        differences += await other_exports.differences(held)
    assert not differences, "\n".join(differences)
    taken = await outside.take(machine.settings.database_url)
    ring = {name: bytes(key) for name, key in machine.settings.ring.keys.items()}
    found = [
        outside.report_in(taken, ring, identities, row, machine.settings.files_dir)
        for row in taken.tables["reports"]
    ]
    assert {one.state for one in found} == {outside.SEALED}, [one.why for one in found]
    assert len(found) == len(cases)
