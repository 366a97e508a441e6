"""What the sweep destroys, and what it leaves."""

import pytest
from sqlalchemy import select

from bot.app import retention
from bot.desk.asking import service as asking_service
from bot.desk.decisions import service as decisions_service
from bot.desk.people import service as people_service
from bot.desk.queue.service import QUEUE, Count, numbers
from bot.form.answers import FileKind
from bot.reports import archive as archive_service
from bot.reports import claims, states, withdrawal
from bot.reports.receipts import service as receipts_service
from bot.reports.states import Status
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import MessageContent, Sign
from bot.store import drafting, files, sent_messages, vault
from bot.store.unit import REPORT_FORM, REVIEW_FORM, SEEN_HOURS
from db.models import (
    AuditEntry,
    DataKey,
    DraftRow,
    Erasure,
    FailedUpdate,
    File,
    Invite,
    Moderator,
    PublicVersion,
    Report,
    SeenUpdate,
    TalkMessage,
    WayBack,
)
from tests.bench import Bench, approve_proposal, count, opens, statements
from tests.bot.reports.archive.sealed import sealed, sealed_now
from tests.bot.reports.talking import begun
from tests.plans import growing, planned

DAY = 24


async def test_what_is_not_over_its_time_stays(bench: Bench) -> None:
    """A sweep right away and one just before each time is over find nothing."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        await people_service.invite(unit, people_service.MODERATOR)
        await claims.claim(unit, moderator, (await bench.submit(unit)).report)
        unit.session.add(SeenUpdate(id=1, hour=unit.hour))
        assert not any((await retention.sweep(unit)).values())
    bench.later(bench.settings.claim_hours - 1)
    async with bench.write() as unit:
        assert not any((await retention.sweep(unit)).values())
        assert not unit.erased


async def test_short_lived_rows_are_pruned(bench: Bench) -> None:
    """Ids of updates, failed updates, invitations, each after its own time."""
    async with bench.write() as unit:
        hour = unit.hour
        times = {
            SeenUpdate: SEEN_HOURS,
            FailedUpdate: retention.FAILED_DAYS * DAY,
        }
        for age, number in ((0, 1), (1, 2)):
            unit.session.add(SeenUpdate(id=number, hour=hour - times[SeenUpdate] - age))
            failed = {"update_id": number, "raw": b"", "reference": str(number)}
            unit.session.add(FailedUpdate(hour=hour - times[FailedUpdate] - age, **failed))
        await people_service.invite(unit, people_service.MODERATOR)
    bench.later(0)
    async with bench.write() as unit:
        done = await retention.sweep(unit)
        assert [done[name] for name in ("seen_updates", "failed_updates")] == [1, 1]
        assert [await count(unit, table) for table in (*times, Invite)] == [1, 1, 1]
    bench.later(people_service.INVITE_HOURS)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["invites"] == 1


@pytest.mark.parametrize("how", ["withdrawn", "old", "rejected", "approved"])
async def test_with_what_was_told_goes_all_that_was_said_of_it(bench: Bench, how: str) -> None:
    """The talk, the keys of its files, the way back, a moderator's unfinished question; of other reports nothing."""
    talk, other = await begun(bench), await begun(bench)
    async with bench.write() as unit:
        moderator, report = await talk._desk(unit)
        key_id = vault.make_key(unit)
        photo = files.take_note(unit, key_id, files.Incoming(FileKind.PHOTO, "t", "p.jpg", "image/jpeg", 9))
        asked = MessageContent("Who?", (photo,), alias=moderator.alias, hour=unit.hour)
        await asking_service._ask(unit, moderator, report, asked, key_id)
        if how != "approved":
            drafting.save(unit, await asking_service.begin(unit, moderator, report, None))
        await unit.session.flush()
        way = (await unit.session.scalars(select(WayBack).where(WayBack.report_id == report.id))).one()
        doomed = [report.data_key_id, key_id, way.data_key_id]
        if how == "withdrawn":
            await withdrawal.withdraw(unit, report)
        elif how == "rejected":
            await decisions_service.reject(unit, moderator, report, "spam")
        elif how == "approved":
            await bench.propose(unit, moderator, report)
            await approve_proposal(unit, moderator, report)
    await other.ask("when")
    times = bench.settings.model_copy(update={"talk_days": 10_000})
    bench.settings = times  # else the other's way would end by itself
    days = {"withdrawn": 0, "old": 10_365, "rejected": times.rejected_days, "approved": times.approved_days}
    bench.later(days[how] * DAY + 1)
    async with bench.write() as unit:
        await retention.sweep(unit)
        assert not any(await opens(unit, *doomed))
        assert (await unit.session.get_one(File, photo.id)).status == vault.DOOMED
        left = {await count(unit, table) for table in (TalkMessage, DraftRow)}
        assert left == ({0} if how == "old" else {0, 1})
        assert unit.erased or how == "withdrawn"
        if how != "old":
            assert (await unit.session.scalars(select(TalkMessage.report_id))).all() == [
                other.receipt.report.id
            ]


async def test_a_sealed_report_ends_with_its_time(bench: Bench) -> None:
    """A rejected one with all that was added; of an approved one its public version stays, and its exports."""
    talk = await sealed(bench)
    async with bench.write() as unit:
        moderator = await unit.session.get_one(Moderator, talk.moderator_id)
        approved = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, approved)
        version = await approve_proposal(unit, moderator, approved)
        rejected = await unit.session.get_one(Report, talk.receipt.report.id)
        await talk_service.sign(unit, rejected, Sign.SAFE)
        words = (await unit.session.scalars(select(TalkMessage.files_key_id))).one()
        keys = rejected.data_key_id, words, approved.data_key_id, version.data_key_id
    assert await sealed_now(bench) == 1
    bench.later(bench.settings.rejected_days * DAY + 1)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["rejected"] == 1
        assert await opens(unit, *keys) == [False, False, True, True]
    bench.later((bench.settings.approved_days - bench.settings.rejected_days) * DAY)
    async with bench.write() as unit:
        await retention.sweep(unit)
        assert await opens(unit, *keys) == [False, False, False, True]
        assert await archive_service.progress(unit) == archive_service.Progress(0, 0, 0)


async def test_silent_drafts_are_destroyed_with_their_keys(bench: Bench) -> None:
    """One that was touched stays."""
    async with bench.write() as unit:
        for _ in range(2):
            filling = await drafting.start(unit, bench.new_chat()[1], REVIEW_FORM, "ru")
            drafting.save(unit, filling)
        kept = filling
    bench.later(bench.settings.draft_hours)
    async with bench.write() as unit:
        row = await unit.session.get(DraftRow, kept.row.id)
        assert row is not None
        row.touched_hour = unit.hour
    bench.later(1)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["drafts"] == 1
        assert unit.erased
    async with bench.read() as unit:
        assert (await unit.session.scalars(select(DraftRow.id))).all() == [kept.row.id]
        assert await count(unit, DataKey) == await count(unit, Erasure) == 1


async def test_claims_that_are_over_are_given_back(bench: Bench) -> None:
    """With an entry in the audit log, by the system."""
    async with bench.write() as unit:
        report = (await bench.submit(unit)).report
        await claims.claim(unit, await bench.moderator(unit), report)
    bench.later(bench.settings.claim_hours)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["claims"] == 1
    async with bench.read() as unit:
        found = await claims.look_up(unit, report.ref)
        last = await unit.session.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
        assert (found.status, found.moderator_id, found.claimed_until_hour) == (Status.NEW, None, None)
        assert last is not None
        assert (last.actor, last.act, last.subject) == ("system", "expire", report.ref)


async def test_a_rejected_report_is_destroyed_with_its_proposals(bench: Bench) -> None:
    """After its days nothing of it can be opened and no fact stays; before, everything can."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        version = await bench.propose(unit, moderator, report)
        await decisions_service.reject(unit, moderator, report, "duplicate")
        keys = [report.data_key_id, version.data_key_id]
    bench.later(bench.settings.rejected_days * DAY)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["rejected"] == 0
        assert await opens(unit, *keys) == [True, True]
    bench.later(1)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["rejected"] == 1
        assert await opens(unit, *keys) == [False, False]
        found = await claims.find(unit, report.ref)
        assert (found.category, found.region, found.consent_use) == (None, None, None)
        assert found.reject_reason == "duplicate"
        assert (await retention.sweep(unit))["rejected"] == 0


async def test_what_a_reporter_told_is_destroyed_after_its_days_but_not_what_is_public(bench: Bench) -> None:
    """The receipt still finds the report, and withdraws what is public."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        receipt = await bench.submit(unit)
        version = await bench.propose(unit, moderator, receipt.report)
        await approve_proposal(unit, moderator, receipt.report)
        raw, public = receipt.report.data_key_id, version.data_key_id
    bench.later(bench.settings.report_days * DAY + 1)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["reports"] == 1
        assert await opens(unit, raw, public) == [False, True]
    async with bench.write() as unit:
        found = await receipts_service.find_by_code(unit, receipt.code)
        assert found.status == Status.APPROVED
        await withdrawal.withdraw(unit, found)
        assert await opens(unit, public) == [False]


async def test_one_sweep_does_a_bounded_number(bench: Bench) -> None:
    """The next one goes on where it stopped."""
    async with bench.write() as unit:
        old = unit.hour - SEEN_HOURS - 1
        unit.session.add_all(SeenUpdate(id=number, hour=old) for number in range(retention.SWEEP_LIMIT + 3))
        await unit.session.flush()
        assert (await retention.sweep(unit))["seen_updates"] == retention.SWEEP_LIMIT
        assert (await retention.sweep(unit))["seen_updates"] == 3


async def test_reports_that_are_over_take_as_many_statements_as_one(bench: Bench) -> None:
    """Until they are committed nobody is answered."""
    numbers = []
    for number in (1, retention.REPORTS_AT_ONCE):
        async with bench.write() as unit:
            moderator = await bench.moderator(unit, f"Aspan{number}")
            for _ in range(number):
                report = (await bench.submit(unit)).report
                await bench.propose(unit, moderator, report)
        bench.later(24 * bench.settings.report_days + 1)
        async with bench.write() as unit:
            step = retention.STEPS["reports"]
            due = await step.find(unit, retention.SWEEP_LIMIT)
            async with statements(unit) as seen:
                assert await step.act(unit, due) == number
            numbers.append(len(seen))
            assert await step.find(unit, retention.SWEEP_LIMIT) == []
    assert numbers[0] == numbers[1] < 30


async def test_whatever_is_not_due_any_more_when_its_turn_comes_stays(bench: Bench) -> None:
    """Between the look and the deed somebody else may have had the row."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        reports = [(await bench.submit(unit)).report for _ in range(2)]
        for report in reports:
            await claims.claim(unit, moderator, report)
        drafts = [await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru") for _ in range(2)]
        for draft in drafts:
            drafting.save(unit, draft)
        unit.session.add(SeenUpdate(id=1, hour=unit.hour))
    bench.later(24 * bench.settings.report_days + 1)
    async with bench.read() as unit:
        due = {name: await step.find(unit, 10) for name, step in retention.STEPS.items()}
    assert [len(due[name]) for name in ("claims", "reports", "drafts", "seen_updates")] == [2, 2, 2, 1]
    bench.later(-24 * bench.settings.report_days)
    async with bench.write() as unit:
        assert [await step.act(unit, due[name]) for name, step in retention.STEPS.items() if due[name]] == [
            0
        ] * 4


async def test_what_is_due_is_found_by_an_index(bench: Bench) -> None:
    """No kind of row is read whole, nor sorted, but for the slots of messages, which have no index."""
    async with planned(bench.database) as plans, bench.read() as unit:
        for step in retention.STEPS.values():
            await step.find(unit, 10)
    assert len(plans) >= len(retention.STEPS) - 2  # two ask how large files are
    assert growing(plans) == []
    of_reports = [plan for statement, plan in plans if "FROM reports" in statement]
    for index in ("claimed", "rejected", "approved", "kept"):
        assert [plan for plan in of_reports if f"ix_reports_{index}" in plan]


async def test_a_version_proposed_of_a_rejected_report_of_which_nothing_else_is_left_is_destroyed(
    bench: Bench,
) -> None:
    """Its content was over its time before it was opened again, and it has no facts."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        version = await bench.propose(unit, moderator, report)
        await decisions_service.reject(unit, moderator, report, "false")
        report.data_key_id = report.content = None
        states.forget(report)
    bench.later(bench.settings.rejected_days * DAY + 1)
    async with bench.write() as unit:
        swept = await retention.sweep(unit)
        assert (swept["rejected"], swept["proposed"]) == (0, 1)
        assert await opens(unit, version.data_key_id) == [False]


async def test_moderators_reports_and_versions_are_never_dropped_as_rows(bench: Bench) -> None:
    """References, states and numbers stay for the audit log to be read by."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
    bench.later(10 * 365 * DAY)
    async with bench.write() as unit:
        await retention.sweep(unit)
        assert [await count(unit, table) for table in (Moderator, Report, PublicVersion)] == [1, 1, 1]


async def test_a_rejected_report_whose_content_expired_first_keeps_no_fact_either(bench: Bench) -> None:
    """Whichever of its times is over first."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
    bench.later(bench.settings.report_days * DAY - DAY)
    async with bench.write() as unit:
        report = await claims.find(unit, report.ref)
        await claims.claim(unit, moderator, report)
        await decisions_service.reject(unit, moderator, report, "false")
    bench.later(2 * DAY)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["reports"] == 1
        report = await claims.find(unit, report.ref)
        assert (report.status, facts(report), report.urgent) == (Status.REJECTED, set(), False)
        assert not any((await retention.sweep(unit)).values())


async def test_facts_that_an_earlier_program_left_with_a_rejected_report_are_cleared(bench: Bench) -> None:
    """Its content is gone already."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        await decisions_service.reject(unit, moderator, report, "false")
        await withdrawal.erase(unit, [report], public_too=True)
        assert facts(report)
    bench.later(bench.settings.rejected_days * DAY + 1)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["rejected"] == 1
        assert facts(await claims.find(unit, report.ref)) == set()
        assert (await retention.sweep(unit))["rejected"] == 0


async def test_what_a_reporter_told_of_an_approved_report_has_a_time_of_its_own(bench: Bench) -> None:
    """What is public stays, and so do its facts."""
    bench.settings = bench.settings.model_copy(update={"approved_days": 10})
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        version = await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        other = (await bench.submit(unit)).report
        keys = [report.data_key_id, version.data_key_id, other.data_key_id]
    bench.later(10 * DAY)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["approved"] == 0
    bench.later(1)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["approved"] == 1
        assert await opens(unit, *keys) == [False, True, True]
        assert facts(await claims.find(unit, report.ref))
        assert (await retention.sweep(unit))["approved"] == 0


def facts(report: Report) -> set[str]:
    """The columns of facts that are there."""
    return {fact.key for fact in states.CLASSIFIED if getattr(report, fact.key) is not None}


async def test_a_report_nobody_decided_in_time_leaves_the_queue_with_its_proposals(bench: Bench) -> None:
    """Nothing of it can be opened, no fact stays, and its receipt tells so until it is withdrawn."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        receipt = await bench.submit(unit)
        version = await bench.propose(unit, moderator, receipt.report)
        keys = [receipt.report.data_key_id, version.data_key_id]
    bench.later(bench.settings.report_days * DAY + 1)
    async with bench.write() as unit:
        assert await numbers(unit, [QUEUE], None) == [Count(1)]
        assert (await retention.sweep(unit))["reports"] == 1
        assert await opens(unit, *keys) == [False, False]
        assert await numbers(unit, [QUEUE], None) == [Count(0)]
        report = await receipts_service.find_by_code(unit, receipt.code)
        assert (report.status, report.moderator_id, facts(report)) == (Status.EXPIRED, None, set())
        await withdrawal.withdraw(unit, report)


async def test_what_is_public_of_a_reopened_report_stands_when_its_time_is_over(bench: Bench) -> None:
    """What was proposed after it is destroyed, and the report is approved again."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        public = await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        await claims.correct(unit, moderator, report)
        proposed = await bench.propose(unit, moderator, report)
        keys = [report.data_key_id, public.data_key_id, proposed.data_key_id]
    bench.later(bench.settings.report_days * DAY + 1)
    async with bench.write() as unit:
        await retention.sweep(unit)
        assert await opens(unit, *keys) == [False, True, False]
        report = await claims.find(unit, report.ref)
        assert (report.status, report.moderator_id) == (Status.APPROVED, None)
        assert facts(report)
        public = await unit.session.get_one(PublicVersion, public.id)
        assert public.current


@pytest.mark.parametrize("table", ["drafts", "sent_messages", "failed_updates", "invites"])
async def test_hashes_and_sealed_bytes_that_are_pruned_go_from_the_log_too(bench: Bench, table: str) -> None:
    """Also those of a draft before consent, which has no key. Ids of updates tell nothing and may stay."""
    async with bench.write() as unit:
        hour = unit.hour
        if table == "drafts":
            drafting.save(unit, await drafting.start(unit, bench.new_chat()[1], REPORT_FORM, "ru"))
        elif table == "sent_messages":
            sent_messages.note(unit, b"c" * 32, 1)
        elif table == "failed_updates":
            unit.session.add(FailedUpdate(update_id=1, raw=b"", reference="1", hour=hour))
        else:
            await people_service.invite(unit, people_service.MODERATOR)
        unit.session.add(SeenUpdate(id=1, hour=hour - SEEN_HOURS - 1))
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["seen_updates"] == 1
        assert not unit.erased
    bench.later(retention.FAILED_DAYS * DAY + 1)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))[table] == 1
        assert unit.erased
