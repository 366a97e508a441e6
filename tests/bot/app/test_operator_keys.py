"""Keys that do not fit the database are told before anything is given up."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from bot.app import operator_keys
from bot.desk.people import service as people_service
from bot.errors import SettingsError
from bot.form.answers import Chosen, FileKind
from bot.reports import reading
from bot.reports.states import Status
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import Sign
from bot.safety.pseudonym import Pseudonyms
from bot.safety.sealing import KeyRing, RingSeal, SecretKey
from bot.store import drafting, files, ring_keys, vault
from bot.store.files import PENDING, Incoming
from bot.store.unit import REPORT_FORM, UnitOfWork
from bot.store.vault import DOOMED
from db.engine import overwrite_keys
from db.models import AuditEntry, DataKey, DraftRow, File, PublicVersion, Report, TalkMessage, WayBack
from tests.bench import OTHER, Bench, approve_proposal, count
from tests.bot.reports.archive.sealed import sealed
from tests.bot.reports.talking import begun as talking

PHOTO = Incoming(FileKind.PHOTO, "telegram-id", "photo.jpg", "image/jpeg", 10)


async def begun(bench: Bench, unit: UnitOfWork) -> bytes:
    """A draft with consent; its chat."""
    _, chat = bench.new_chat()
    filling = await drafting.start(unit, chat, REPORT_FORM, "ru")
    consent = filling.form.by_role["consent_store"].path
    filling.draft = replace(filling.draft, answers={consent: Chosen(("yes",))})
    drafting.save(unit, filling)
    return chat


async def complaint(bench: Bench) -> str:
    """What is said of the keys; nothing where they fit."""
    async with bench.read() as unit:
        try:
            await operator_keys.check(unit)
        except SettingsError as error:
            return str(error)
    return ""


async def test_fitting_keys_are_no_matter(bench: Bench) -> None:
    """With drafts, files, reports and moderators, and in an empty database."""
    assert await complaint(bench) == ""
    async with bench.write() as unit:
        await bench.moderator(unit)
        await begun(bench, unit)
        report = (await bench.submit(unit)).report
        assert report.data_key_id is not None
        files.take_note(unit, report.data_key_id, PHOTO)
    assert await complaint(bench) == ""


async def test_a_ring_that_does_not_open_a_draft_is_told_and_the_draft_waits_for_the_right_one(
    bench: Bench,
) -> None:
    """Also when another key has the old one's name. The line names the setting, an example and the way out."""
    async with bench.write() as unit:
        chat = await begun(bench, unit)
    right = bench.settings, bench.safe
    for name in ("k2", right[0].ring.current):
        bench.change_ring(name)
        said = await complaint(bench)
        assert re.match(
            r"KUAGER_KEY_RING does not open 1 .*Example: KUAGER_KEY_RING=.*purge --unopened$", said
        )
        assert "\n" not in said
    bench.settings, bench.safe = right
    assert await complaint(bench) == ""
    async with bench.write() as unit:
        assert chat in await drafting.load(unit, [chat])


async def test_a_new_file_that_does_not_open_is_told_and_a_whole_report_is_not(bench: Bench) -> None:
    """A report waits in the database for its key; a file would not be fetched in time."""
    async with bench.write() as unit:
        report = (await bench.submit(unit)).report
    bench.change_ring()
    assert await complaint(bench) == ""
    async with bench.write() as unit:
        unit.session.add(new_file(report))
    assert "does not open 1 " in await complaint(bench)


async def test_what_the_ring_does_not_open_of_reports_is_counted(bench: Bench) -> None:
    """Reports and what is public of them, each by its key; a start counts by the keys of the ring, also by one that has
    another's name."""
    async with bench.write() as unit:
        assert await operator_keys.unopened_reports(unit) == (0, 0)
        assert await ring_keys.lacking(unit) == []
        moderator = await bench.moderator(unit)
        await bench.propose(unit, moderator, (await bench.submit(unit)).report)
        await bench.submit(unit)
        assert await operator_keys.unopened_reports(unit) == (0, 3)
    bench.change_ring()
    bench.later(1)
    async with bench.write() as unit:
        assert await operator_keys.unopened_reports(unit) == (3, 3)
        assert await ring_keys.lacking(unit) == ["k1"]
        assert await ring_keys.wrapped_by(unit, "k1") == 3
        await bench.submit(unit)
        assert await operator_keys.unopened_reports(unit) == (3, 4)
        assert await ring_keys.lacking(unit) == ["k1"]
        assert await ring_keys.wrapped_by(unit, "k1") == 3
    bench.change_ring("k1")
    async with bench.write() as unit:
        assert await ring_keys.lacking(unit) == ["k1", "k2"]


def new_file(report: Report) -> File:
    """A file of a report that is still to be fetched."""
    return File(
        id="f" * 32,
        data_key_id=report.data_key_id,
        status=PENDING,
        kind="photo",
        attempts=0,
        meta=b"",
        hour=0,
    )


async def give_up(unit: UnitOfWork) -> int:
    """Give up all that no key opens, a few keys at a time; how many."""
    number, last = await operator_keys.give_up(unit)
    while last is not None:
        more, last = await operator_keys.give_up(unit, last)
        number += more
    return number


async def test_what_needs_a_lost_key_is_given_up_only_on_demand(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drafts and reports go with their keys and files: nobody opens them any more. What another key opens stays."""
    monkeypatch.setattr(operator_keys, "AT_ONCE", 1)
    async with bench.write() as unit:
        await begun(bench, unit)
        report = (await bench.submit(unit)).report
        unit.session.add(new_file(report))
    bench.change_ring()
    async with bench.write() as unit:
        kept = await begun(bench, unit)
        other = (await bench.submit(unit)).report
        assert await give_up(unit) == 2
        assert unit.erased
    async with bench.write() as unit:
        assert (await count(unit, DraftRow), await count(unit, DataKey)) == (1, 2)
        assert kept in await drafting.load(unit, [kept])
        assert (await unit.session.get_one(File, "f" * 32)).status == DOOMED
        gone = await unit.session.get_one(Report, report.id)
        assert (gone.status, gone.content, gone.category) == (Status.EXPIRED, None, None)
        assert await reading.content_of(unit, await unit.session.get_one(Report, other.id)) is not None
        assert await give_up(unit) == 0
        assert await operator_keys.unopened_reports(unit) == (0, 1)
        entry = (
            await unit.session.scalars(
                select(AuditEntry).order_by(AuditEntry.id).where(AuditEntry.act == "erase")
            )
        ).one()
        assert (entry.subject, entry.detail) == (report.ref, "unopened")
    assert await complaint(bench) == ""


async def test_a_sealed_report_is_neither_unopened_nor_damaged_while_its_envelopes_are_whole(
    bench: Bench,
) -> None:
    """The ring has the outer keys. An envelope that has changed is told, of the report or of words added later; one whose outer key
    is lost is given up like any report."""
    talk = await sealed(bench)
    report_id = talk.receipt.report.id
    async with bench.write() as unit:
        await talk_service.sign(unit, await unit.session.get_one(Report, report_id), Sign.SAFE)
    async with bench.read() as unit:
        assert await operator_keys.unopened_reports(unit) == (0, 1)
        assert await operator_keys.damaged_reports(unit) == []
        words = (await unit.session.scalars(select(TalkMessage))).one()
    for key_id in ((await talk.report()).data_key_id, words.files_key_id):
        async with bench.write() as unit:
            row = await unit.session.get_one(DataKey, key_id, options=[undefer(DataKey.envelope)])
            whole, row.envelope = row.envelope, b"\x02" + bytes(300)
            await unit.session.flush()
            assert await operator_keys.damaged_reports(unit) == [talk.receipt.report.ref]
            row.envelope = whole
    bench.change_ring()
    async with bench.write() as unit:
        assert await operator_keys.unopened_reports(unit) == (1, 1)
        assert await give_up(unit) > 0
        assert (await unit.session.get_one(Report, report_id)).content is None
        assert await count(unit, TalkMessage) == 0


async def test_a_way_back_whose_key_is_lost_is_given_up_and_its_report_stands(bench: Bench) -> None:
    """Its row would tell for two weeks that there is one. The talk stays, of which the report's key opens every word."""
    lost, kept = await talking(bench, 7_100_000_001), await talking(bench, 7_100_000_002)
    await lost.ask("when")
    async with bench.write() as unit:
        ways = {row.report_id: row for row in await unit.session.scalars(select(WayBack))}
        ring = RingSeal(KeyRing({"lost": OTHER}, "lost"))
        await wrap_with(unit, ring, ways[lost.receipt.report.id].data_key_id)
    async with bench.write() as unit:
        assert await give_up(unit) == 1
    async with bench.read() as unit:
        assert list(await unit.session.scalars(select(WayBack.report_id))) == [kept.receipt.report.id]
    assert [one.words.ready for one in await lost.talk()] == ["when"]


async def test_a_public_version_whose_key_is_lost_goes_and_one_that_opens_stands(bench: Bench) -> None:
    """Each by its own key: the reporter's words may be lost and what was written of them not, or the other way about."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        version_lost, report_lost = [(await bench.submit(unit)).report for _ in range(2)]
        for report in (version_lost, report_lost):
            await bench.propose(unit, moderator, report)
            await approve_proposal(unit, moderator, report)
        lost = RingSeal(KeyRing({"lost": OTHER}, "lost"))
        await wrap_with(unit, lost, report_lost.data_key_id)
        version = select(PublicVersion).where(PublicVersion.report_id == version_lost.id)
        await wrap_with(unit, lost, (await unit.session.scalars(version)).one().data_key_id)
    async with bench.write() as unit:
        assert await give_up(unit) == 2
    async with bench.read() as unit:
        current = select(PublicVersion.report_id).where(PublicVersion.current)
        assert list(await unit.session.scalars(current)) == [report_lost.id]
        first = await unit.session.get_one(Report, version_lost.id)
        second = await unit.session.get_one(Report, report_lost.id)
        assert (first.content is None, second.content is None) == (False, True)
        assert (first.status, second.status) == (Status.APPROVED, Status.APPROVED)


async def wrap_with(unit: UnitOfWork, ring: RingSeal, key_id: str | None) -> None:
    """Let a data key be wrapped by another ring's key."""
    assert key_id is not None
    row = await unit.session.get_one(DataKey, key_id)
    await vault.open_keys(unit, [key_id])
    sealed = ring.seal(unit.keys[key_id], f"data_keys.wrapped:{key_id}")
    await overwrite_keys(unit.session, [(row, sealed)], ring.current)


async def test_another_lookup_key_is_told_by_the_moderators_it_does_not_know(bench: Bench) -> None:
    """Until they are revoked, as must be when the old key is lost; one whose address does not open proves nothing."""
    async with bench.write() as unit:
        await bench.moderator(unit, alias="Aspan")
    bench.safe = replace(bench.safe, pseudonyms=Pseudonyms(SecretKey(bytes([9]) * 32)))
    said = await complaint(bench)
    assert re.match(
        r"KUAGER_LOOKUP_KEY .*Aspan.*Example: KUAGER_LOOKUP_KEY=.*moderators revoke 'Aspan'", said
    )
    assert "\n" not in said
    right = bench.safe
    bench.change_ring()
    assert await complaint(bench) == ""
    bench.safe = right
    async with bench.write() as unit:
        await people_service.revoke(unit, "Aspan")
    assert await complaint(bench) == ""
