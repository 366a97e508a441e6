"""A consent that was changed in the database makes no row, and is told."""

import pytest
from sqlalchemy import select, update

from bot.errors import Refusal
from bot.form.answers import Chosen
from bot.services.desk import claims
from bot.services.desk.decisions import approval, proposals
from bot.services.export import exports
from bot.services.export.request import ExportRequest
from bot.services.export.versions.selection import Faulty, Period, faulty
from bot.services.reports.consent import Consent
from bot.services.unit import Unit
from db.models import Report
from tests.bench import Bench, approve_proposal, as_written, reads_in

JSONL = ExportRequest.read("jsonl")


async def flip(unit: Unit, ref: str, to: str) -> None:
    """What somebody does who can write to the database, and prove rows."""
    await unit.session.execute(update(Report).where(Report.ref == ref).values(consent_use=to))
    await as_written(unit)


async def rows(unit: Unit) -> list[bytes]:
    """The rows of an export."""
    return [piece async for piece in exports.stream(reads_in(unit), JSONL) if piece]


@pytest.mark.parametrize("given", [Consent.COUNT, Consent.SHARE])
async def test_a_flipped_consent_makes_no_row(
    bench: Bench, given: Consent, caplog: pytest.LogCaptureFixture
) -> None:
    """Of an approved report; it is told by its reference, and an untouched one keeps its row."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        uses = (Consent.PUBLISH, given)
        flipped, _ = [(await bench.submit(unit, consent_use=Chosen((use,)))).report for use in uses][::-1]
        for report in await unit.session.scalars(select(Report)):
            await bench.propose(unit, moderator, report)
            await approve_proposal(unit, moderator, report)
        await flip(unit, flipped.ref, Consent.PUBLISH)
    async with bench.read() as unit:
        found = await rows(unit)
        assert (len(found), flipped.ref.encode() in b"".join(found)) == (1, False)
        assert await faulty(unit, Period()) == Faulty(changed=[flipped.ref], damaged=[])
    assert flipped.ref in caplog.text


async def test_a_consent_flipped_the_other_way_is_told_too(bench: Bench) -> None:
    """Its row is gone, but not in silence."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        assert await faulty(unit, Period()) == Faulty([], [])
        await flip(unit, report.ref, Consent.COUNT)
        assert await rows(unit) == []
        assert await faulty(unit, Period()) == Faulty(changed=[report.ref], damaged=[])


async def test_a_flipped_consent_is_not_approved(bench: Bench) -> None:
    """Neither when it was flipped before the preview nor after it, nor before the version was written."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit, consent_use=Chosen((Consent.COUNT,)))).report
        await bench.propose(unit, moderator, report)
        seen = (await proposals.proposal(unit, report)).proof
        await flip(unit, report.ref, Consent.PUBLISH)
        await unit.session.refresh(report)
        with pytest.raises(Refusal, match="consent_differs"):
            await proposals.proposal(unit, report)
        with pytest.raises(Refusal, match="stale"):
            await approval.approve(unit, moderator, report, seen)
        await claims.claim(unit, moderator, report)
        await bench.propose(unit, moderator, report)
        with pytest.raises(Refusal, match="consent_differs"):
            await proposals.proposal(unit, report)
