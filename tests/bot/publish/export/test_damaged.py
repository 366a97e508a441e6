"""Bytes of a public version that went bad keep back that report alone, which is told and can be written anew."""

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.desk.decisions import service as decisions_service
from bot.desk.publishing import service as publishing_service
from bot.errors import Refusal
from bot.form.answers import Answer, Chosen
from bot.publish.country_update import service as country_update
from bot.publish.country_update.request import UpdateRequest
from bot.publish.export import exports
from bot.publish.export.request import ExportRequest
from bot.publish.export.selection import ExportScope, Faulty, Period, faulty
from bot.reports import claims, reading, withdrawal
from bot.reports.states import Consent, VersionState
from bot.safety.sealing import RingSeal, UnsealError, show_key
from bot.store import drafting, ring_keys, vault
from bot.store.drafting import OpenDraft
from bot.store.unit import Safe, UnitOfWork
from db.models import Moderator, PublicVersion, Report
from tests.bench import OTHER, RING, Bench, approve_proposal, reads_in, text, typed
from tests.damage import publish, spoil, spoil_key, spoil_key_of_report, spoil_report

JSONL = ExportRequest.read("jsonl")
TOWN = "Karasu by the lake"
LOCATED: dict[str, Answer] = {
    "depth": Chosen(("full",)),
    "region": Chosen(("KZ-39",)),
    "locality": text(TOWN),
}


async def rows(unit: UnitOfWork, scope: ExportScope = ExportScope.PUBLIC) -> str:
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
        held = await faulty(unit, Period())
        update_ = await country_update.composed(unit, UpdateRequest.read("2024-01", "2024-12", "ru", "docx"))
    assert [ref in found for ref in (whole, text_bad, key_bad, last)] == [True, False, False, True]
    assert held == Faulty(changed=[], damaged=held.damaged)
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
            await faulty(unit, Period())


async def test_a_row_without_the_words_that_it_should_have_is_held_back(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Of what two administrators share: whoever gets it would not see that words are missing. The public export needs none."""
    (ref,) = await publish(bench, 1, Consent.SHARE)
    async with bench.read() as unit:
        assert "held for an hour at the akimat" in await rows(unit, ExportScope.STORIES)
    for spoil_it in (spoil_report, spoil_key_of_report):
        async with bench.write() as unit:
            await spoil_it(unit, ref)
        async with bench.read() as unit:
            assert ref not in await rows(unit, ExportScope.STORIES)
            assert ref in await rows(unit, ExportScope.TRUSTED)
            assert await faulty(unit, Period(), told=True) == Faulty([], [ref])
            assert await faulty(unit, Period()) == Faulty([], [])
    assert f"report {ref}: what its reporter told is damaged: not exported" in caplog.messages


async def edited(unit: UnitOfWork, moderator: Moderator, report: Report, *withheld: str) -> OpenDraft:
    """An edit with a title and a summary, and something taken out."""
    edit = await publishing_service.begin(unit, moderator, report, None)
    words = {"/review/title": typed("Written"), "/review/summary": typed("A summary.")}
    answers = {**edit.draft.answers, **words}
    edit.draft = edit.draft.changed(answers=answers, withheld=(*(edit.draft.withheld or ()), *withheld))
    drafting.save(unit, edit)
    return edit


async def test_a_damaged_version_is_written_anew_with_nothing_that_need_not_leave(bench: Bench) -> None:
    """Nobody knows any more what was taken out of it: a town that a moderator took out does not come back by itself. A moderator is
    told, and another version can be approved in its place."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit, **LOCATED)).report
        await claims.claim(unit, moderator, report)
        edit = await edited(unit, moderator, report, "/review/locality")
        assert "/review/locality" in edit.draft.answers
        await publishing_service.save_edit(unit, edit)
        await approve_proposal(unit, moderator, report)
        ref = report.ref
        assert not await publishing_service.begins_anew(unit, report)
    async with bench.write() as unit:
        await spoil(unit, ref)
    async with bench.write() as unit:
        moderator = (await unit.session.scalars(select(Moderator))).one()
        report = (await unit.session.scalars(select(Report))).one()
        await claims.correct(unit, moderator, report)
        assert await publishing_service.begins_anew(unit, report)
        edit = await edited(unit, moderator, report)
        assert "/review/locality" in (edit.draft.withheld or ())
        await publishing_service.save_edit(unit, edit)
        await approve_proposal(unit, moderator, report)
    async with bench.read() as unit:
        found = await rows(unit)
        assert (ref in found, TOWN in found) == (True, False)
        assert await faulty(unit, Period()) == Faulty([], [])


async def test_a_version_is_not_written_anew_while_its_key_may_come_back(bench: Bench) -> None:
    """Whoever lacks a key of the ring, or has another under its name, would destroy what that still opens."""
    (ref,) = await publish(bench, 1)
    async with bench.write() as unit:
        await ring_keys.note(unit)
    for name in ("k2", "k1"):
        bench.change_ring(name)
        async with bench.write() as unit:
            await ring_keys.note(unit)
            for _ in range(ring_keys.NEWEST):  # what the wrong key wraps by now makes it no better
                vault.make_key(unit)
            await unit.session.flush()
            report = (await unit.session.scalars(select(Report).where(Report.ref == ref))).one()
            with pytest.raises(UnsealError):
                await publishing_service.begins_anew(unit, report)
            with pytest.raises(UnsealError, match="the ring lacks k1"):
                await rows(unit)


async def test_a_damaged_proposal_is_told_when_it_is_to_be_approved(bench: Bench) -> None:
    """And can be written anew."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report)
        await spoil(unit, report.ref)
        with pytest.raises(Refusal, match=r"approve\.damaged"):
            await decisions_service.proposal(unit, report)
        await bench.propose(unit, moderator, report)
        assert (await decisions_service.proposal(unit, report)).content.answers


async def test_after_a_rotation_what_is_damaged_stops_nothing(bench: Bench) -> None:
    """It counts as wrapped by the ring's new key, so that nobody looks for the old one, which may be taken out."""
    whole, bad = await publish(bench, 2)
    async with bench.write() as unit:
        await ring_keys.note(unit)
        await spoil_key(unit, bad)
    both = SecretStr(f"k2:{show_key(OTHER)},k1:{show_key(RING)}")
    bench.settings = bench.settings.model_copy(update={"key_ring": both})
    bench.safe = Safe(RingSeal(bench.settings.ring), bench.safe.pseudonyms, bench.settings.audit)
    async with bench.write() as unit:
        await ring_keys.note(unit)
        await ring_keys.rewrap(unit)
    async with bench.read() as unit:
        assert await ring_keys.left(unit) == 0
    bench.change_ring()
    async with bench.read() as unit:
        found = await rows(unit)
        assert (whole in found, bad in found) == (True, False)
        assert (await faulty(unit, Period())).damaged == [bad]
        assert await ring_keys.lacking(unit) == []


async def test_above_a_public_version_a_damaged_proposal_is_written_anew_from_that(bench: Bench) -> None:
    """Once what the reporter told is destroyed there is nothing else to begin from."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report, title=text("What is public"))
        await approve_proposal(unit, moderator, report)
        await claims.correct(unit, moderator, report)
        await bench.propose(unit, moderator, report, title=text("A correction"))
        await withdrawal.erase(unit, [report], public_too=False)
        proposal = PublicVersion(
            id=vault.new_id(), report_id=report.id, version=3, current=False, state=VersionState.PROPOSED,
            data_key_id=vault.make_key(unit), moderator_id=moderator.id, content=bytes(40),
        )  # fmt: skip
        unit.session.add(proposal)
        await unit.session.flush()
        assert not await publishing_service.begins_anew(unit, report)
        edit = await publishing_service.begin(unit, moderator, report, None)
        assert edit.draft.answers["/review/title"] == typed("What is public")


async def test_an_edit_is_saved_though_what_was_noted_beside_the_report_is_damaged(bench: Bench) -> None:
    """It is written anew."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit, **LOCATED)).report
        await claims.claim(unit, moderator, report)
        await publishing_service.save_edit(unit, await edited(unit, moderator, report, "/review/locality"))
        notes = await unit.session.scalar(select(Report.notes))
        assert notes is not None
        report.notes = notes[:30] + bytes([notes[30] ^ 1]) + notes[31:]
        await unit.session.flush()
        await publishing_service.save_edit(unit, await edited(unit, moderator, report, "/review/locality"))
        assert "withheld" in await reading.read_beside(unit, report)
