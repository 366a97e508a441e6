"""A consent that was changed in the database makes no row, and is told."""

import pytest
from sqlalchemy import select, update

from bot.app import upgrades
from bot.desk.decisions import service as decisions_service
from bot.desk.exports import faulty_told as told_of
from bot.errors import ArgumentError, Refusal
from bot.form.answers import Chosen
from bot.form.screen import Joined, Key, Said
from bot.publish import versions
from bot.publish.export import exports
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import Faulty, Period, faulty
from bot.reports import claims, withdrawal
from bot.reports.states import Consent
from bot.store import vault
from bot.store.unit import UnitOfWork
from db.models import PublicVersion, Report
from tests.bench import Bench, approve_proposal, as_written, reads_in, text

JSONL = ExportRequest.read("jsonl")


async def flip(unit: UnitOfWork, ref: str, to: str) -> None:
    """What somebody does who can write to the database, and prove rows."""
    await unit.session.execute(update(Report).where(Report.ref == ref).values(consent_use=to))
    await as_written(unit)


async def rows(unit: UnitOfWork) -> list[bytes]:
    """The rows of an export."""
    return [piece async for piece in exports.stream(reads_in(unit), JSONL) if piece]


async def age(unit: UnitOfWork) -> None:
    """Make every version as 0.1.0 wrote it, without the consent."""
    for version in await unit.session.scalars(
        select(PublicVersion).where(PublicVersion.content.is_not(None))
    ):
        content = await versions.content(unit, version)
        assert content is not None
        assert version.data_key_id is not None
        versions.write(unit, version, content)
        place = f"public_versions.content:{version.id}"
        plain = vault.unseal(unit, version.data_key_id, version.content or b"", place)
        del plain["consent"]
        version.content = vault.seal(unit, version.data_key_id, plain, place)


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
        seen = (await decisions_service.proposal(unit, report)).proof
        await flip(unit, report.ref, Consent.PUBLISH)
        await unit.session.refresh(report)
        with pytest.raises(Refusal, match="consent_differs"):
            await decisions_service.proposal(unit, report)
        with pytest.raises(Refusal, match="stale"):
            await decisions_service.approve(unit, moderator, report, seen)
        await claims.claim(unit, moderator, report)
        await bench.propose(unit, moderator, report)
        with pytest.raises(Refusal, match="consent_differs"):
            await decisions_service.proposal(unit, report)


async def test_a_version_too_old_to_tell_its_consent_stays_so_until_it_is_confirmed(bench: Bench) -> None:
    """Also once it was corrected: the correction is not approved. Administrators are told; a report that is there tells the consent."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        kept, gone = [(await bench.submit(unit)).report for _ in range(2)]
        for report in (kept, gone):
            await bench.propose(unit, moderator, report)
            await approve_proposal(unit, moderator, report)
        await withdrawal.erase(unit, [gone], public_too=False)
        await age(unit)
        await unit.session.flush()
        assert await upgrades.take_over(unit, "") is None
        await unit.session.flush()
        assert await faulty(unit, Period()) == Faulty([], [], {gone.ref: "publish_no_names"})
        (told,) = told_of(await faulty(unit, Period()))
        assert told == Key("moderator.export.too_old", {"n": 1, "refs": Joined((Said(gone.ref),))})
        assert [kept.ref.encode() in row for row in await rows(unit)] == [True]
    async with bench.write() as unit:
        report = await claims.find(unit, gone.ref)
        await claims.correct(unit, moderator, report)
        await bench.propose(unit, moderator, report, title=text("Corrected"))
        with pytest.raises(Refusal, match="too_old"):
            await decisions_service.proposal(unit, report)
        with pytest.raises(ArgumentError):
            await upgrades.confirm(unit, gone.ref, Consent.SHARE)
        await upgrades.confirm(unit, gone.ref, Consent.PUBLISH)
        await unit.session.flush()
        assert await faulty(unit, Period()) == Faulty([], [])
        await decisions_service.proposal(unit, report)
        with pytest.raises(ArgumentError):
            await upgrades.confirm(unit, gone.ref, Consent.PUBLISH)
