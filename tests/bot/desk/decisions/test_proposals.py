"""Proposals: what is approved is what was shown, complete by the form of today, and decrypted once."""

from dataclasses import replace

import pytest

from bot.desk.decisions import service as decisions_service
from bot.errors import Refusal
from bot.reports import claims
from bot.safety.sealing import AES_GCM, RingSeal, Scheme, SecretKey
from tests.bench import Bench, approve_proposal, statements


async def test_only_the_version_that_was_shown_is_approved(bench: Bench) -> None:
    """The proof of an earlier version is stale; the approved one is current, the claim ends."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        with pytest.raises(Refusal, match=r"approve\.nothing"):
            await decisions_service.proposal(unit, report)
        await bench.propose(unit, moderator, report)
        first = await decisions_service.proposal(unit, report)
        second = await bench.propose(unit, moderator, report)
        with pytest.raises(Refusal, match=r"approve\.stale"):
            await decisions_service.approve(unit, moderator, report, first.proof)
        await approve_proposal(unit, moderator, report)
        assert (second.state, second.current, second.approved_hour) == ("approved", True, unit.hour)
        assert (report.moderator_id, report.closed_hour) == (None, unit.hour)


async def test_a_version_that_lacks_what_is_required_is_not_approved(bench: Bench) -> None:
    """As the review form is today."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report, summary=None)
        with pytest.raises(Refusal, match=r"approve\.incomplete"):
            await approve_proposal(unit, moderator, report)


async def test_a_version_is_not_approved_under_another_form_than_it_was_shown_under(bench: Bench) -> None:
    """Its row would be another, and it may lack what the new form requires."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report)
        shown = await decisions_service.proposal(unit, report)
        unit.forms = {**unit.forms, "review": replace(unit.forms["review"], version="next")}
        with pytest.raises(Refusal, match=r"approve\.stale"):
            await decisions_service.approve(unit, moderator, report, shown.proof)
        await approve_proposal(unit, moderator, report)


async def test_an_approval_decrypts_the_version_once(bench: Bench) -> None:
    """Its key and its content when it is shown; to approve what was shown opens nothing, and takes twelve statements at most."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        version = await bench.propose(unit, moderator, report)
    unsealed: list[str] = []

    def counted(key: SecretKey, sealed: bytes, place: str) -> bytes:
        unsealed.append(place)
        return AES_GCM.unseal(key, sealed, place)

    ring = RingSeal(bench.settings.ring, Scheme(AES_GCM.seal, counted))
    bench.safe = replace(bench.safe, ring=ring)
    async with bench.write() as unit:
        shown = await decisions_service.proposal(unit, await claims.take(unit, moderator, report.ref))
    assert unsealed == [f"data_keys.wrapped:{version.data_key_id}", f"public_versions.content:{version.id}"]
    unsealed.clear()
    async with bench.write() as unit, statements(unit) as seen:
        held = await claims.take(unit, moderator, report.ref)
        assert (await decisions_service.approve(unit, moderator, held, shown.proof)).version.current
        await unit.session.flush()
    assert unsealed == []
    assert len([one for one in seen if "advisory" not in one]) == 11
