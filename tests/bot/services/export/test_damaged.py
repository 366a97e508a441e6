"""Bytes of a public version that went bad keep back that report alone, which is told and can be written anew."""

import pytest
from sqlalchemy import select

from bot.safety.sealing import UnsealError
from bot.services.country_update import making
from bot.services.country_update.request import UpdateRequest
from bot.services.desk import claims
from bot.services.desk.publishing import versions
from bot.services.export import exports
from bot.services.export.request import ExportRequest
from bot.services.export.versions.scope import Scope
from bot.services.export.versions.selection import HeldBack, Period, held_back
from bot.services.reports.consent import Consent
from bot.services.reports.states import VersionState
from bot.services.unit import Unit
from db.models import Report
from tests.bench import Bench, approve_proposal, reads_in, text
from tests.damage import publish, spoil, spoil_key

JSONL = ExportRequest.read("jsonl")


async def rows(unit: Unit, scope: Scope = Scope.PUBLIC) -> str:
    """The rows of an export."""
    return b"".join([piece async for piece in exports.stream(reads_in(unit), JSONL, scope)]).decode()


async def test_one_damaged_version_keeps_back_itself_alone(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether its text or its key went bad: the others are exported, and these are named."""
    whole, text_bad, key_bad, last = await publish(bench, 4)
    async with bench.write() as unit:
        await spoil(unit, text_bad)
        await spoil_key(unit, key_bad)
    async with bench.read() as unit:
        found = await rows(unit)
        held = await held_back(unit, Period())
        update_ = await making.composed(unit, UpdateRequest.read("2024-01", "2024-12", "ru", "docx"))
    assert [ref in found for ref in (whole, text_bad, key_bad, last)] == [True, False, False, True]
    assert held == HeldBack(changed=[], damaged=held.damaged)
    assert sorted(held.damaged) == sorted([text_bad, key_bad])
    assert (whole in str(update_), text_bad in str(update_)) == (True, False)
    assert f"report {text_bad}: its public version is damaged: not exported" in caplog.messages


async def test_a_key_that_has_left_the_ring_still_stops_an_export(bench: Bench) -> None:
    """With it nobody would see how much is missing."""
    await publish(bench, 2)
    bench.change_ring()
    async with bench.read() as unit:
        with pytest.raises(UnsealError, match="the ring lacks k1"):
            await rows(unit)
        with pytest.raises(UnsealError):
            await held_back(unit, Period())


async def test_what_a_reporter_told_is_left_out_where_it_is_damaged(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """The row of what two administrators share is there, without these words."""
    (ref,) = await publish(bench, 1, Consent.SHARE)
    async with bench.read() as unit:
        assert "held for an hour at the akimat" in await rows(unit, Scope.STORIES)
    async with bench.write() as unit:
        await spoil_key(unit, ref, of_report=True)
    async with bench.read() as unit:
        found = await rows(unit, Scope.STORIES)
    assert (ref in found, "held for an hour" in found) == (True, False)
    assert f"report {ref}: what its reporter told is damaged: exported without it" in caplog.messages


async def test_a_damaged_version_is_written_anew(bench: Bench) -> None:
    """From what the reporter told; what was public before is replaced by it."""
    (ref,) = await publish(bench, 1)
    async with bench.write() as unit:
        await spoil(unit, ref)
        moderator = await bench.moderator(unit, "Teniz")
        report = await unit.session.scalar(select(Report).where(Report.ref == ref))
        assert report is not None
        await claims.correct(unit, moderator, report)
        version = await bench.propose(unit, moderator, report, title=text("Written anew"))
        await approve_proposal(unit, moderator, report)
        assert (await versions.content(unit, version)) is not None
    async with bench.read() as unit:
        assert "Written anew" in await rows(unit)
        assert await held_back(unit, Period()) == HeldBack([], [])


async def test_a_version_is_not_written_anew_while_its_key_may_come_back(bench: Bench) -> None:
    """Whoever lacks a key of the ring would destroy what that still opens."""
    (ref,) = await publish(bench, 1)
    bench.change_ring()
    async with bench.write() as unit:
        report = await unit.session.scalar(select(Report).where(Report.ref == ref))
        assert report is not None
        (version,) = await versions.of_report(unit, report, VersionState.APPROVED)
        with pytest.raises(UnsealError):
            await versions.legible(unit, version)
