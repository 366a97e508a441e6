"""What reporters tell after the report was sent: whose it is, what it closes, what moderators are owed of it."""

import pytest
from sqlalchemy import event, select

from bot.errors import Refusal
from bot.form.answers import TextPart, Written
from bot.reports import approvals
from bot.reports.states import Status
from bot.reports.talk import messages, ways
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import CONTACTS, MessageContent, Sign
from bot.store import drafting
from bot.store.drafting import OpenDraft
from bot.store.unit import UnitOfWork
from db.models import AuditEntry, DraftRow, Report, TalkMessage
from tests.bench import Bench, count, opens
from tests.bot.reports.talking import ME, Talk, begun


async def reply(bench: Bench, talk: Talk, unit: UnitOfWork, said: str, *, asked: bool = True) -> OpenDraft:
    """A reply with these words, ready to be sent."""
    report = await report_of(unit, talk)
    questions = await messages.unanswered(unit, report) if asked else ()
    made = await talk_service.begin(unit, unit.safe.pseudonyms.chat(ME), report, "ru", questions)
    answers = {**made.draft.answers, talk_service.WORDS: Written((TextPart(said),))}
    made.draft = made.draft.changed(answers=answers)
    drafting.save(unit, made)
    await unit.session.flush()
    return made


async def report_of(unit: UnitOfWork, talk: Talk) -> Report:
    """The report of a talk."""
    found = await unit.session.get(Report, talk.receipt.report.id)
    assert found is not None
    return found


async def test_a_reply_is_taken_whatever_was_decided_meanwhile(bench: Bench) -> None:
    """What was asked is answered; nothing unasked is taken once it is decided."""
    talk = await begun(bench)
    await talk.ask("when")
    async with bench.write() as unit:
        made = await reply(bench, talk, unit, "В полдень")
        report = await report_of(unit, talk)
        report.status = Status.APPROVED
        assert await talk_service.take(unit, made) is not None
    async with bench.write() as unit:
        with pytest.raises(Refusal) as refused:
            await talk_service.begin(unit, b"1" * 32, await report_of(unit, talk), "ru", ())
    assert refused.value.key == "talk.report.closed"
    assert [one.words.text for one in await talk.talk()] == ["", "В полдень"]


async def test_of_a_reply_whose_report_has_expired_nothing_is_kept(bench: Bench) -> None:
    """Neither a word nor its key."""
    talk = await begun(bench)
    await talk.ask("when")
    async with bench.write() as unit:
        made = await reply(bench, talk, unit, "В полдень")
        key_id = made.row.data_key_id
        report = await report_of(unit, talk)
        report.data_key_id = report.content = None
        report.status = Status.EXPIRED
        assert await talk_service.take(unit, made) is None
        assert await opens(unit, key_id) == [False]
        assert (await count(unit, DraftRow), await count(unit, TalkMessage)) == (0, 1)


async def test_an_answer_closes_the_questions_that_it_was_shown(bench: Bench) -> None:
    """One that crossed it stays open, and the report waits still; the moderators are owed a notice, and the log is emptied."""
    talk = await begun(bench)
    await talk.ask("when")
    async with bench.write() as unit:
        made = await reply(bench, talk, unit, "В полдень")
    await talk.ask("safe")
    async with bench.write() as unit:
        (made,) = (await drafting.load(unit, [made.row.chat_hash])).values()
        await talk_service.take(unit, made)
        assert (unit.reported, unit.erased) == (True, True)
    assert await talk.waits() == [False, True]
    report = await talk.report()
    assert (report.waits, report.unread, report.untold) == (True, True, True)


async def give(bench: Bench, talk: Talk, *signs: Sign) -> None:
    """The reporter taps these buttons."""
    for sign in signs:
        async with bench.write() as unit:
            await talk_service.sign(unit, await report_of(unit, talk), sign)


async def read(bench: Bench, talk: Talk) -> None:
    """A moderator reads all that was told, once all were told of it."""
    async with bench.write() as unit:
        report = await report_of(unit, talk)
        await approvals.take_told(unit, [report.id])
        await messages.note_read(unit, report, {one.number for one in await messages.said(unit, report)})


async def acts(bench: Bench, *wanted: str) -> list[str]:
    """Those of these acts that the audit log holds, in order."""
    async with bench.read() as unit:
        found = select(AuditEntry.act).where(AuditEntry.act.in_(wanted)).order_by(AuditEntry.id)
        return list(await unit.session.scalars(found))


async def test_a_sign_that_nobody_has_read_gives_its_place_to_the_next(bench: Bench) -> None:
    """As the last word, behind what was said meanwhile, in the row that was there and as one entry of the audit log; whoever asks for
    no more questions takes back nothing of that. What was read stays."""
    talk = await begun(bench)
    await give(bench, talk, Sign.URGENT)
    async with bench.write() as unit:
        await talk_service.take(unit, await reply(bench, talk, unit, "Ещё вот что", asked=False))
    await give(bench, talk, Sign.NO_MORE, Sign.SAFE)
    said = [one.words.sign or one.words.text for one in await talk.talk()]
    assert said == ["Ещё вот что", Sign.NO_MORE, Sign.SAFE]
    await read(bench, talk)
    await give(bench, talk, Sign.URGENT, Sign.SAFE, Sign.URGENT)
    said = [one.words.sign or one.words.text for one in await talk.talk()]
    assert said == ["Ещё вот что", Sign.NO_MORE, Sign.SAFE, Sign.URGENT]
    assert await acts(bench, "urgent", "safe", "no_more") == ["urgent", "no_more", "urgent"]
    assert (await talk.report()).unread


async def test_moderators_are_told_anew_only_of_what_has_become_urgent(bench: Bench) -> None:
    """A sign that takes the place of another is no news else, and nothing of one that was announced is lost by it."""
    talk = await begun(bench)
    told = []
    for sign in (Sign.URGENT, Sign.SAFE, Sign.URGENT, Sign.URGENT):
        await give(bench, talk, sign)
        async with bench.write() as unit:
            told.append(len(await approvals.take_told(unit, await approvals.told(unit))))
    assert told == [1, 0, 1, 0]
    await give(bench, talk, Sign.SAFE, Sign.URGENT, Sign.SAFE)
    assert (await talk.report()).untold


async def test_a_sign_changes_so_often_within_a_day_and_no_more(bench: Bench) -> None:
    """That somebody is in danger is taken last: it stands, and that is said. So it is however often moderators read meanwhile, and over
    at the end of the day. One row is all that anybody can write by it."""
    talk = await begun(bench)
    bench.now = bench.now.replace(hour=6)
    both = (Sign.URGENT, Sign.SAFE) * (talk_service.MOST_SIGNS_A_DAY // 2)
    for number, sign in enumerate(both):
        await give(bench, talk, sign)
        if number == 3:
            await read(bench, talk)
    await give(bench, talk, Sign.URGENT)
    with pytest.raises(Refusal) as refused:
        await give(bench, talk, Sign.SAFE)
    assert refused.value.key == "reporter.code.enough"
    await give(bench, talk, Sign.URGENT)
    assert [one.words.sign for one in await talk.talk()] == [Sign.SAFE, Sign.URGENT]
    assert await acts(bench, "urgent", "safe") == ["urgent", "urgent"]
    bench.later(24)
    await give(bench, talk, Sign.SAFE)
    assert [one.words.sign for one in await talk.talk()] == [Sign.SAFE, Sign.SAFE]


async def test_what_a_tap_reads_does_not_grow_with_the_talk(bench: Bench) -> None:
    """The end of it, and the questions that wait."""
    talk = await begun(bench)
    async with bench.write() as unit:
        report = await report_of(unit, talk)
        for _ in range(messages.NEWEST + 5):
            await messages.add(unit, report, MessageContent("…"), from_reporter=True)
        await messages.add(unit, report, MessageContent(ready="when"), from_reporter=False, open_=True)
    async with bench.read() as unit:
        report = await report_of(unit, talk)
        found = await messages.newest(unit, report)
        assert [one.number for one in found] == list(range(messages.NEWEST + 6, 6, -1))
    read_rows = []

    def note(row: TalkMessage, _context: object) -> None:
        read_rows.append(row)

    event.listen(TalkMessage, "load", note)
    try:
        await give(bench, talk, Sign.URGENT)
    finally:
        event.remove(TalkMessage, "load", note)
    assert len(read_rows) == messages.NEWEST


async def test_a_sign_is_said_once_however_often_its_button_is_tapped(bench: Bench) -> None:
    """And again once something else was said. Nobody is in danger in a report that is decided."""
    talk = await begun(bench)
    for sign in (Sign.URGENT, Sign.URGENT, Sign.SAFE, Sign.URGENT):
        await give(bench, talk, sign)
        await read(bench, talk)
    assert [one.words.sign for one in await talk.talk()] == [Sign.URGENT, Sign.SAFE, Sign.URGENT]
    assert (await talk.report()).urgent
    async with bench.write() as unit:
        report = await report_of(unit, talk)
        report.status = Status.REJECTED
        await messages.add(unit, report, MessageContent("?"), from_reporter=False)
        with pytest.raises(Refusal):
            await talk_service.sign(unit, report, Sign.URGENT)


async def test_a_question_that_crossed_a_refusal_is_refused_by_the_next(bench: Bench) -> None:
    """Though the refusal is the last word of the talk still."""
    talk = await begun(bench)
    await talk.ask("when", "safe")
    for number, waits in ((1, [False, True]), (2, [False, False])):
        async with bench.write() as unit:
            report = await report_of(unit, talk)
            asked = [one for one in await messages.open_questions(unit, report) if one.number == number]
            await talk_service.sign(unit, report, Sign.SKIPPED, asked)
        assert await talk.waits() == waits
    assert (await talk.report()).waits is False


async def test_whoever_agreed_once_more_is_forgotten_once_more(bench: Bench) -> None:
    """Though that no more is to be asked is the last word of the talk still."""
    talk = await begun(bench)
    for _ in range(2):
        async with bench.write() as unit:
            report = await report_of(unit, talk)
            await ways.make(unit, report, ME, "ru", talk.code)
            await talk_service.sign(unit, report, Sign.NO_MORE)
        assert await talk.ways() == []


async def test_contacts_wait_until_they_were_seen_and_hold_nothing_up(bench: Bench) -> None:
    """Whatever the reporter tells before that: a person in danger who adds something has not seen them."""
    talk = await begun(bench)
    report_id = talk.receipt.report.id
    await talk.ask("when")
    async with bench.write() as unit:
        report = await report_of(unit, talk)
        await messages.add(unit, report, MessageContent(ready=CONTACTS), from_reporter=False, open_=True)
        await talk_service.sign(unit, report, Sign.LOST)
        await talk_service.sign(unit, report, Sign.SAFE)
        assert [one.number for one in await messages.unanswered(unit, report)] == [1, 2]
        await talk_service.sign(unit, report, Sign.SKIPPED, await messages.open_questions(unit, report))
        assert [one.number for one in await messages.unanswered(unit, report)] == [2]
        assert (report.waits, await messages.waiting(unit, [report_id, "other"])) == (
            False,
            frozenset({report_id}),
        )
        await messages.close(unit, report, [2])
        assert (report.waits, await messages.waiting(unit, [report_id])) == (False, frozenset())


async def test_every_word_is_sealed_and_fills_as_much_as_the_others(bench: Bench) -> None:
    """A short question is as long as a long answer; the draft of an answer tells no length either."""
    talk = await begun(bench)
    await talk.ask("when", own="Кто? " * 200)
    async with bench.write() as unit:
        short = await reply(bench, talk, unit, "Да")
        length = len(short.row.state or b"")
        await talk_service.take(unit, short)
        long = await reply(bench, talk, unit, "Так было. " * 60, asked=False)
        assert len(long.row.state or b"") == length
        await talk_service.take(unit, long)
    async with bench.read() as unit:
        rows = (await unit.session.scalars(select(TalkMessage))).all()
    assert len({len(row.content) for row in rows}) == 1
    assert not [row for row in rows if "Кто".encode() in row.content]


async def test_replies_that_nobody_touches_are_found_and_other_drafts_are_not(bench: Bench) -> None:
    """After so many whole hours."""
    talk = await begun(bench)
    await talk.ask("when")
    async with bench.write() as unit:
        await reply(bench, talk, unit, "Да")
        other = await drafting.start(unit, b"2" * 32, "report", "ru")
        drafting.save(unit, other)
    bench.later(bench.settings.reply_hours)
    async with bench.write() as unit:
        assert await talk_service.silent_replies(unit, 9) == []
    bench.later(1)
    async with bench.write() as unit:
        (found,) = await talk_service.silent_replies(unit, 9)
        assert talk_service.is_about(found, await report_of(unit, talk))
