"""A decided report is sealed once nothing of it is open, and not before."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, update

from bot.desk.sharing import service as sharing_service
from bot.errors import Refusal
from bot.form.answers import Chosen, FileKind
from bot.reports import archive as archive_service
from bot.reports import reading
from bot.reports.archive import Progress
from bot.reports.states import VersionState
from bot.reports.talk import messages
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import MessageContent
from bot.store import drafting, files, vault
from bot.store.unit import HOURS_A_DAY, REVIEW_FORM, UnitOfWork
from db.models import AuditEntry, DataKey, DraftRow, File, PublicVersion, Report, SharingRequest, TalkMessage
from tests.bench import Bench, approve_proposal, public, statements
from tests.bot.reports.archive.sealed import prepare, reject, reopened, sealed_now
from tests.bot.reports.talking import Talk, begun
from tests.plans import growing, planned

PHOTO = files.Incoming(FileKind.PHOTO, "telegram", "p.jpg", "image/jpeg", 9)
Step = Callable[[Talk, UnitOfWork, Report], Awaitable[object]]


async def nothing_open(bench: Bench) -> Talk:
    """A rejected report that could be sealed."""
    await prepare(bench)
    talk = await begun(bench)
    await reject(talk)
    return talk


async def is_sealed(talk: Talk) -> bool:
    """Whether the report's key is in the archive, and no other way leads to it."""
    async with talk.bench.read() as unit:
        report = await unit.session.get_one(Report, talk.receipt.report.id)
        return report.sealed and await vault.is_archived(unit, report.data_key_id)


async def test_a_decided_report_is_sealed_and_nothing_on_the_server_opens_it(bench: Bench) -> None:
    """Its recipient reads all of it, as it was; the log names the act, and progress counts it."""
    talk = await nothing_open(bench)
    async with bench.read() as unit:
        report = await unit.session.get_one(Report, talk.receipt.report.id)
        before = await reading.content_of(unit, report)
        assert await archive_service.progress(unit) == Progress(0, 1, 0)
    assert await sealed_now(bench) == 1
    assert await is_sealed(talk)
    async with bench.write() as unit:
        report = await unit.session.get_one(Report, talk.receipt.report.id)
        assert await archive_service.progress(unit) == Progress(1, 0, 0)
        with pytest.raises(Refusal, match=r"archive\.sealed"):
            await reading.content_of(unit, report)
        acts = select(AuditEntry.actor, AuditEntry.subject).where(AuditEntry.act == "seal")
        assert (await unit.session.execute(acts)).all() == [("system", report.ref)]
        assert report.data_key_id is not None
        await reopened(unit, report, [report.data_key_id])
        report.sealed = False
        assert await reading.content_of(unit, report) == before
    assert await sealed_now(bench) == 1  # and again, as any decided report


async def test_nothing_is_sealed_before_each_recipient_has_answered(bench: Bench) -> None:
    """Without recipients all is as it was; so it is once another recipient is named, who has not answered."""
    talk = await begun(bench)
    await reject(talk)
    assert await sealed_now(bench) == 0
    await prepare(bench)
    more = (*bench.settings.archive_recipients, "age1" + "q" * 58)
    ready = bench.settings
    bench.settings = ready.model_copy(update={"archive_recipients": more})
    assert await sealed_now(bench) == 0
    bench.settings = ready
    assert await sealed_now(bench) == 1


async def _ask(talk: Talk, unit: UnitOfWork, report: Report) -> None:
    words = MessageContent("When?", hour=unit.hour)
    await messages.add(unit, report, words, from_reporter=False, open_=True)
    report.waits = True


async def _answered(talk: Talk, unit: UnitOfWork, report: Report) -> None:
    await unit.session.execute(update(TalkMessage).values(open=False))
    report.waits = False


async def _open_reply(talk: Talk, unit: UnitOfWork, report: Report) -> None:
    found = await messages.said(unit, report)
    drafting.save(unit, await talk_service.begin(unit, b"c" * 32, report, "ru", found[-1:]))


async def _open_edit(talk: Talk, unit: UnitOfWork, report: Report) -> None:
    edit = await drafting.start(unit, b"m" * 32, REVIEW_FORM, "ru")
    edit.row.report_id = report.id
    drafting.save(unit, edit)


async def _no_drafts(talk: Talk, unit: UnitOfWork, report: Report) -> None:
    for row in await unit.session.scalars(select(DraftRow)):
        await unit.session.delete(row)


async def _bring_file(talk: Talk, unit: UnitOfWork, report: Report) -> None:
    await vault.open_keys(unit, [report.data_key_id])
    files.take_note(unit, report.data_key_id or "", PHOTO)


async def _bring_file_of_talk(talk: Talk, unit: UnitOfWork, report: Report) -> None:
    key_id = vault.make_key(unit)
    words = MessageContent(files=(files.take_note(unit, key_id, PHOTO),), hour=unit.hour)
    await messages.add(unit, report, words, from_reporter=True, files_key_id=key_id)


async def _give_files_up(talk: Talk, unit: UnitOfWork, report: Report) -> None:
    await unit.session.execute(update(File).values(status=files.FAILED))


def _set(**values: object) -> Step:
    async def step(talk: Talk, unit: UnitOfWork, report: Report) -> None:
        for name, value in values.items():
            setattr(report, name, value)

    return step


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (_ask, _answered),
        (_open_edit, _no_drafts),
        (_bring_file, _give_files_up),
        (_bring_file_of_talk, _give_files_up),
        (_set(unread=True), _set(unread=False)),
        (_set(untold=True), _set(untold=False)),
        (_set(approvals=1), _set(approvals=0)),
    ],
)
async def test_what_is_open_is_waited_for(bench: Bench, begin: Step, end: Step) -> None:
    """A question, an edit, a file of the report or of its talk, words that no moderator read, a vote. Another report is sealed
    meanwhile."""
    talk, other = await nothing_open(bench), await begun(bench)
    await reject(other)
    async with bench.write() as unit:
        await begin(talk, unit, await unit.session.get_one(Report, talk.receipt.report.id))
    assert await sealed_now(bench) == 1
    assert (await is_sealed(talk), await is_sealed(other)) == (False, True)
    async with bench.write() as unit:
        assert await archive_service.progress(unit) == Progress(1, 1, 1)
        await end(talk, unit, await unit.session.get_one(Report, talk.receipt.report.id))
    assert await sealed_now(bench) == 1
    assert await is_sealed(talk)


async def test_an_open_reply_is_waited_for(bench: Bench) -> None:
    """One that was begun before the decision: its moderators are to read it. Once it is gone, the report is sealed."""
    talk = await begun(bench)
    async with bench.write() as unit:
        _, report = await talk._desk(unit)
        drafting.save(unit, await talk_service.begin(unit, b"c" * 32, report, "ru", ()))
    await prepare(bench)
    await reject(talk)
    assert await sealed_now(bench) == 0
    async with bench.write() as unit:
        await _no_drafts(talk, unit, await unit.session.get_one(Report, talk.receipt.report.id))
    assert await sealed_now(bench) == 1


async def test_a_question_without_an_answer_does_not_keep_a_report_open_for_ever(bench: Bench) -> None:
    """Only as long as its reply channel can last; then it is closed with the report."""
    talk = await nothing_open(bench)
    async with bench.write() as unit:
        await _ask(talk, unit, await unit.session.get_one(Report, talk.receipt.report.id))
    bench.later(bench.settings.talk_days * HOURS_A_DAY)
    assert await sealed_now(bench) == 0
    bench.later(1)
    assert await sealed_now(bench) == 1
    async with bench.read() as unit:
        assert not (await unit.session.scalars(select(TalkMessage).where(TalkMessage.open))).all()
    assert not (await talk.report()).waits


@pytest.mark.parametrize(
    ("consent", "is_open"), [("publish_no_names", True), ("share_trusted", False), ("statistics_only", False)]
)
async def test_a_version_stays_open_only_where_all_may_read_it(
    bench: Bench, consent: str, *, is_open: bool
) -> None:
    """Of a narrower consent all versions are sealed, and of each what was proposed beside the public one."""
    await prepare(bench)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit, consent_use=Chosen((consent,)))).report
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        proposed_key = vault.make_key(unit)
        await unit.session.flush()
        proposed = PublicVersion(id=vault.new_id(), report_id=report.id, version=2, current=False)
        proposed.state, proposed.data_key_id, proposed.content = VersionState.PROPOSED, proposed_key, b"c"
        unit.session.add(proposed)
    assert await sealed_now(bench) == 1
    async with bench.read() as unit:
        version = await public(unit, report)
        assert version is not None
        assert await vault.is_archived(unit, version.data_key_id) is not is_open
        assert await vault.is_archived(unit, proposed_key)


async def test_an_approved_report_waits_for_the_end_of_a_sharing_request(bench: Bench) -> None:
    """Its file is still to be made; a rejected one is in none."""
    await prepare(bench)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit, consent_use=Chosen(("share_trusted",)))).report
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        admin = await bench.moderator(unit, "Dana", "admin")
        await sharing_service.begin(unit, admin, "share csv")
    rejected = await begun(bench)
    await reject(rejected)
    assert await sealed_now(bench) == 1
    assert await is_sealed(rejected)
    async with bench.write() as unit:
        await unit.session.execute(update(SharingRequest).values(state=sharing_service.SharingState.MADE))
    assert await sealed_now(bench) == 1


async def test_reports_that_have_to_wait_hold_up_no_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they are; and a round looks at as many of them as before, also once many are sealed."""
    monkeypatch.setattr(archive_service, "LOOKED_AT", 2)
    talks = [await nothing_open(bench) for _ in range(4)]
    async with bench.write() as unit:
        await unit.session.execute(update(Report).values(unread=True))
        last = max(talks, key=lambda one: one.receipt.report.id)
        await unit.session.execute(
            update(Report).where(Report.id == last.receipt.report.id).values(unread=False)
        )
    async with bench.read() as unit, statements(unit) as seen:
        assert (await archive_service.archivable(unit))[0] == []
        assert len(seen) == 1
    assert await sealed_now(bench) == 1
    assert await is_sealed(last)


async def test_a_look_for_what_is_to_be_sealed_costs_the_same_however_many_reports_there_are(
    bench: Bench,
) -> None:
    """Every table is read by an index, the reports by theirs of what is left, in its order."""
    talk = await nothing_open(bench)
    async with planned(bench.database) as plans, bench.read() as unit:
        due, _ = await archive_service.archivable(unit, (1, "0"))
    assert due == [talk.receipt.report.id]
    assert growing(plans) == []
    assert "ix_reports_archivable" in plans[0][1]


async def test_a_report_whose_key_left_the_ring_is_left_as_it_is(bench: Bench) -> None:
    """With it nothing would be sealed; others are."""
    talk = await nothing_open(bench)
    bench.change_ring()
    other = await begun(bench)
    await reject(other)
    assert await sealed_now(bench) == 1
    assert (await is_sealed(talk), await is_sealed(other)) == (False, True)
    async with bench.read() as unit:
        sealed_to = select(DataKey.sealed_to).where(DataKey.id == (await talk.report()).data_key_id)
        assert await unit.session.scalar(sealed_to) is None
