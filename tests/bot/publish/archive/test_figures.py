"""Figures and exports say of reports in the sealed archive what they said before."""

from dataclasses import astuple
from typing import Any

from bot.form.answers import Chosen, Precision, When
from bot.publish import statistics as statistics_service
from bot.publish.country_update.request import UpdateRequest
from bot.publish.country_update.service import composed
from bot.publish.export.selection import Period, faulty
from bot.publish.export.selection import statistics as counted
from bot.publish.statistics import PeriodLength
from bot.reports.states import Consent
from bot.store.unit import UnitOfWork
from tests.bench import Bench, approve_proposal
from tests.bot.publish.export import registered
from tests.bot.reports.archive.sealed import prepare, sealed_now

DAY = When(Precision.DAY, "2024-03-08", "2024-03-08")
MARCH = UpdateRequest.read("2024-03", "2024-03", "en", "md", "full")


async def figures(unit: UnitOfWork) -> list[Any]:
    """All that is counted of reports, and what is faulty."""
    return [
        astuple(await statistics_service.figures(unit, PeriodLength.MONTHS)),
        await counted(unit, Period()),
        repr(await composed(unit, MARCH)),  # its pictures are not compared by value
        await faulty(unit, Period()),
    ]


async def test_figures_and_exports_stay_when_reports_are_sealed(bench: Bench) -> None:
    """Under each consent. Exports and the country update hold the same records."""
    await prepare(bench)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for consent in (Consent.PUBLISH, Consent.SHARE, Consent.COUNT):
            report = (await bench.submit(unit, consent_use=Chosen((consent,)))).report
            await bench.propose(unit, moderator, report, when=DAY)
            await approve_proposal(unit, moderator, report)
    async with bench.read() as unit:
        before = await figures(unit)
    exported = await registered.made(bench)
    assert len(exported) == 1
    assert await sealed_now(bench) == 3
    async with bench.read() as unit:
        assert await figures(unit) == before
    assert await registered.made(bench) == exported
