"""Asking: what moderators may ask of a report that they hold, what stands of it, and what reading the list of what waits costs."""

from dataclasses import replace

import pytest

from bot.desk.asking import service as asking_service
from bot.desk.publishing import service as publishing_service
from bot.desk.queue.service import ASKED, QUEUE, Count, ListCursor, numbers, page
from bot.errors import Refusal
from bot.form.answers import Chosen, FileKind, TextPart, Written
from bot.reports import approvals, claims, withdrawal
from bot.reports.states import Status
from bot.reports.talk import messages, ways
from bot.store import drafting, files
from bot.store.drafting import OpenDraft
from bot.store.files import Incoming
from bot.store.unit import UnitOfWork
from db.models import DraftRow, Moderator, Report
from tests.bench import Bench, count, opens
from tests.bot.reports.talking import Talk, begun
from tests.plans import growing, planned


async def desk(unit: UnitOfWork, talk: Talk) -> tuple[Moderator, Report]:
    """Who holds the report, and the report."""
    moderator = await unit.session.get_one(Moderator, talk.moderator_id)
    return moderator, await unit.session.get_one(Report, talk.receipt.report.id)


async def question(unit: UnitOfWork, talk: Talk, said: str, *, spoken: bool = False) -> OpenDraft:
    """A question in own words, ready to be sent."""
    made = await asking_service.begin(unit, *await desk(unit, talk), None)
    drafting.save(unit, made)
    await unit.session.flush()
    incoming = [Incoming(FileKind.VOICE, "t", "", "audio/ogg", 1)] if spoken else []
    voices = tuple(files.take_note(unit, made.row.data_key_id or "", one) for one in incoming)
    paths = {one.name: one.path for one in made.form.questions}
    made.draft = made.draft.changed(answers={paths["words"]: Written((TextPart(said),), voices)})
    drafting.save(unit, made)
    await unit.session.flush()
    return made


async def test_a_question_waits_and_is_owed_to_whoever_can_be_told(bench: Bench) -> None:
    """It begins the time of the way anew; without a way it waits all the same."""
    for chat_id in (9, None):
        talk = await begun(bench, chat_id)
        bench.later(48)
        async with bench.write() as unit:
            is_told = await asking_service.ask_ready(unit, *await desk(unit, talk), "when")
            assert is_told == unit.reported == (chat_id is not None)
        async with bench.read() as unit:
            moderator, report = await desk(unit, talk)
            (said,) = await messages.said(unit, report)
            assert (said.words.ready, said.words.alias, said.open) == ("when", moderator.alias, True)
            assert report.waits
            way = await ways.of_report(unit, report)
            ends = None if way is None else way.row.until_day - unit.day
            assert ends == (None if chat_id is None else unit.settings.talk_days)


async def test_only_whoever_holds_a_report_asks_and_only_what_is_ready(bench: Bench) -> None:
    """Of an undecided report; nothing of one that is gone."""
    talk = await begun(bench)
    async with bench.write() as unit:
        other = await bench.moderator(unit, "Teniz")
        moderator, report = await desk(unit, talk)
        for who, name, key in (
            (other, "when", "moderator.held"),
            (moderator, "contacts", "reporter.tap.stale"),
            (moderator, "else", "reporter.tap.stale"),
        ):
            with pytest.raises(Refusal) as refused:
                await asking_service.ask_ready(unit, who, report, name)
            assert refused.value.key == key
        await withdrawal.withdraw(unit, report)
        with pytest.raises(Refusal):
            await asking_service.ask_ready(unit, moderator, report, "when")
        with pytest.raises(Refusal):
            await asking_service.send_contacts(unit, moderator, report)


async def test_an_own_question_is_taken_once_with_its_words_alone(bench: Bench) -> None:
    """Its draft is gone, and the draft's key with it."""
    talk = await begun(bench)
    async with bench.write() as unit:
        made = await question(unit, talk, "Кто видел?")
        key_id = made.row.data_key_id
        again = await asking_service.begin(unit, *await desk(unit, talk), made)
        assert again is made
        report, is_told = await asking_service.ask(unit, (await desk(unit, talk))[0], made)
        assert (report.waits, is_told) == (True, True)
        assert (await count(unit, DraftRow), await opens(unit, key_id)) == (0, [False])
    assert [one.words.text for one in await talk.talk()] == ["Кто видел?"]


async def test_what_is_asked_by_voice_keeps_the_key_of_its_file_for_the_talk(bench: Bench) -> None:
    """It goes when the report does."""
    talk = await begun(bench)
    async with bench.write() as unit:
        made = await question(unit, talk, "", spoken=True)
        key_id = made.row.data_key_id
        moderator, report = await desk(unit, talk)
        await asking_service.ask(unit, moderator, made)
        assert list(await messages.keys_of(unit, [report.id])) == [key_id]
        (said,) = await messages.said(unit, report)
        assert [one.kind for one in said.words.files] == [FileKind.VOICE]
        await withdrawal.withdraw(unit, report)
        assert await opens(unit, key_id) == [False]


async def test_a_question_that_is_open_when_the_report_is_gone_or_passed_on_is_not_asked(
    bench: Bench,
) -> None:
    """Neither a draft nor a word is left of it."""
    for how in ("withdrawn", "passed on"):
        talk = await begun(bench)
        async with bench.write() as unit:
            made = await question(unit, talk, "Кто видел?")
            moderator, report = await desk(unit, talk)
            if how == "withdrawn":
                await withdrawal.withdraw(unit, report)
            else:
                await claims.release(unit, moderator, report)
                await claims.claim(unit, await bench.moderator(unit, "Teniz"), report)
            assert await opens(unit, made.row.data_key_id) == [False]
            assert await count(unit, DraftRow) == 0
        assert not await talk.talk()


async def test_another_form_is_not_lost_to_a_question_and_a_question_not_to_an_edit(bench: Bench) -> None:
    """Each is refused by what it would destroy."""
    talk = await begun(bench)
    async with bench.write() as unit:
        moderator, report = await desk(unit, talk)
        made = await question(unit, talk, "Кто видел?")
        with pytest.raises(Refusal) as refused:
            await publishing_service.begin(unit, moderator, report, made)
        assert refused.value.key == "moderator.edit.question_open"
        other = (await bench.submit(unit)).report
        with pytest.raises(Refusal) as refused:
            await asking_service.begin(unit, moderator, other, made)
        assert (refused.value.key, other.status) == ("talk.ask.other_open", Status.NEW)


async def test_as_many_questions_as_are_allowed_are_allowed_and_no_more(bench: Bench) -> None:
    """Open at one time; contacts count among a day's messages."""
    talk = await begun(bench, urgent=Chosen(("yes",)))
    async with bench.write() as unit:
        moderator, report = await desk(unit, talk)
        for name in asking_service.READY[: asking_service.MOST_OPEN]:
            await asking_service.ask_ready(unit, moderator, report, name)
        for act in (
            asking_service.ask_ready(unit, moderator, report, "safe"),
            asking_service.begin(unit, moderator, report, None),
        ):
            with pytest.raises(Refusal) as refused:
                await act
            assert refused.value.key == "talk.ask.enough_open"
        assert len(await messages.said(unit, report)) == asking_service.MOST_OPEN


async def test_the_list_of_what_waits_reads_no_more_than_it_shows(bench: Bench) -> None:
    """By its index, whichever page; so does what is looked for again and again, and the talk of a report."""
    talk = await begun(bench)
    place = ListCursor(urgent=True, at=400_000, ref="R7K3QV")
    async with planned(bench.database) as plans, bench.write() as unit:
        for where in (None, place, replace(place, urgent=False)):
            for back in (False, True):
                await page(unit, ASKED, None, 2, where, back=back)
        await numbers(unit, [QUEUE, ASKED], None)
        await ways.due(unit)
        await ways.over(unit, 5)
        await ways.of_chats(unit, [9])
        await approvals.told(unit)
        await asking_service.ask_ready(unit, *await desk(unit, talk), "when")
        await messages.waiting(unit, [talk.receipt.report.id])
    assert growing(plans) == []
    pages = [plan for statement, plan in plans if "submitted_hour, reports.ref" in statement]
    assert len(pages) >= 6
    assert all("ix_reports_asked" in plan for plan in pages)


async def test_the_list_of_what_waits_is_urgent_first_then_oldest_whoever_holds_it(bench: Bench) -> None:
    """Reports that are decided are not on it, and what was answered leaves it."""
    refs = []
    for urgent in ("no", "yes", "no", "no"):
        talk = await begun(bench, urgent=Chosen((urgent,)))
        await talk.ask("when")
        refs.append(talk.receipt.report.ref)
        bench.later(1)
    async with bench.write() as unit:
        _, report = await desk(unit, talk)
        report.status = Status.REJECTED
        await unit.session.flush()
        found = await page(unit, ASKED, None, 2)
        assert [one.ref for one in found.reports] == [refs[1], refs[0]]
        assert await numbers(unit, [ASKED], None) == [Count(3)]
        rest = await page(unit, ASKED, None, 2, found.after)
        assert ([one.ref for one in rest.reports], rest.after) == ([refs[2]], None)
        assert rest.before is not None
        await messages.close(unit, rest.reports[0], {1})
        await unit.session.flush()
        assert await numbers(unit, [ASKED], None) == [Count(2)]
