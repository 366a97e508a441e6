"""Reporters do by code with a sealed report what they do with any decided one, and their additions are sealed at once."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select, union, update

from bot.chat.renderer import Renderer
from bot.desk.notices import chat as notices_chat
from bot.desk.notices.chat import Post
from bot.errors import Refusal
from bot.form.answers import FileKind, FileRef, Files
from bot.reports import approvals, withdrawal
from bot.reports import archive as archive_service
from bot.reports.states import Status
from bot.reports.talk import chat as talk_chat
from bot.reports.talk import messages
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import MessageContent, Sign
from bot.safety.cleaning.cleaner import NoCopyReason, Refused
from bot.store import drafting, files
from bot.store.drafting import OpenDraft
from bot.store.unit import UnitOfWork
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import DataKey, Report, TalkMessage
from tests.bench import Bench, count, opens
from tests.bench import text as written
from tests.bot.chat.chats import TEXTS
from tests.bot.reports.archive.sealed import prepare, reject, reopened, sealed, sealed_now
from tests.bot.reports.talking import ME, OTHER, Talk, begun, buttons, said, text

LET, NEVER, WITHDRAW = (text(f"reporter.code.{name}") for name in ("let", "never", "withdraw"))
SAFE = text("reporter.code.safe")


async def added(talk: Talk) -> Sequence[TalkMessage]:
    """Rows of the talk, in their order."""
    async with talk.bench.read() as unit:
        return (await unit.session.scalars(select(TalkMessage).order_by(TalkMessage.number))).all()


async def open_keys(talk: Talk) -> Sequence[str]:
    """Keys of reports and their talk that the ring opens."""
    async with talk.bench.read() as unit:
        keys = union(select(Report.data_key_id), select(TalkMessage.files_key_id))
        query = select(DataKey.id).where(DataKey.sealed_to.is_(None), DataKey.id.in_(keys))
        return (await unit.session.scalars(query)).all()


async def read_again(talk: Talk) -> Sequence[MessageContent]:
    """The talk, read once the recipient gave back all keys."""
    async with talk.bench.write() as unit:
        report = await unit.session.get_one(Report, talk.receipt.report.id)
        keys = (await unit.session.scalars(select(DataKey.id).where(DataKey.sealed_to.is_not(None)))).all()
        await reopened(unit, report, keys)
        return [one.words for one in await messages.said(unit, report)]


async def replying(unit: UnitOfWork, report: Report) -> OpenDraft:
    """An addition that was begun before the decision."""
    reply = await talk_service.begin(unit, unit.safe.pseudonyms.chat(OTHER), report, "ru", ())
    told = {**reply.draft.answers, talk_service.WORDS: written("Это ещё не всё")}
    reply.draft = reply.draft.changed(answers=told)
    drafting.save(unit, reply)
    return reply


async def taken(talk: Talk) -> None:
    """The addition is sent."""
    async with talk.bench.write() as unit:
        hashed = unit.safe.pseudonyms.chat(OTHER)
        await talk_service.take(unit, (await drafting.load(unit, [hashed]))[hashed])


async def test_words_that_come_later_are_sealed_at_once(bench: Bench) -> None:
    """Under a key of their own, which is in the archive when the transaction ends; the recipient reads them."""
    await prepare(bench)
    talk = await begun(bench)
    async with bench.write() as unit:
        await replying(unit, await unit.session.get_one(Report, talk.receipt.report.id))
    await reject(talk)
    bench.later(25)
    assert await sealed_now(bench) == 1
    await taken(talk)
    assert await open_keys(talk) == []
    (row,) = await added(talk)
    report = await talk.report()
    assert (row.open, row.from_reporter, report.sealed, report.unread, report.untold) == (True,) * 5
    with pytest.raises(Refusal, match=r"archive\.sealed"):
        await talk.talk()
    assert [one.text for one in await read_again(talk)] == ["Это ещё не всё"]


async def test_files_that_come_later_are_sealed_once_they_are_kept(bench: Bench) -> None:
    """The words do not wait for them. Then the job seals what is left."""
    await prepare(bench)
    talk = await begun(bench)
    async with bench.write() as unit:
        reply = await replying(unit, await unit.session.get_one(Report, talk.receipt.report.id))
        photo = files.Incoming(FileKind.PHOTO, "telegram", "p.jpg", "image/jpeg", 9)
        ref = files.take_note(unit, reply.row.data_key_id or "", photo)
        path = "/reply/evidence"
        reply.draft = reply.draft.changed(answers={**reply.draft.answers, path: Files((ref,))})
        drafting.save(unit, reply)
    await reject(talk)
    bench.later(25)
    assert await sealed_now(bench) == 1
    await taken(talk)
    words, brought = await added(talk)
    assert await open_keys(talk) == [brought.files_key_id]
    assert not (await talk.report()).sealed
    assert await sealed_now(bench) == 0
    await fetched(bench, ref)
    assert await sealed_now(bench) == 1
    assert await open_keys(talk) == []
    assert (await talk.report()).sealed
    first, second = await read_again(talk)
    assert (first.text, first.files, second.text, second.files) == ("Это ещё не всё", (), "", (ref,))
    assert words.files_key_id != brought.files_key_id


async def fetched(bench: Bench, ref: FileRef) -> None:
    """The file job keeps a file."""
    async with bench.write() as unit:
        key = await files.sealing_key(unit, ref.id)
        assert key is not None
        kept = files.seal_file(key, ref.id, b"raw", Refused(NoCopyReason.TYPE), (), unit.hour)
        assert await files.note_stored(unit, ref.id, kept)


async def test_beside_the_state_of_a_sealed_report_stands_what_stood_there_before(bench: Bench) -> None:
    """Forbidding questions, allowing them, withdrawing; each sign is sealed at once, and a second tap says no more."""
    talk = await begun(bench)
    await prepare(bench)
    await reject(talk)
    before = await talk.chats.say(ME, f"/status {talk.code}")
    assert await sealed_now(bench) == 1
    shown = await talk.chats.say(ME, f"/status {talk.code}")
    assert said(shown) == said(before)
    assert list(buttons(shown)) == list(buttons(before)) == [NEVER, WITHDRAW]
    calls = await talk.press(shown, NEVER)
    assert text("reporter.talk.never.done") in said(calls)
    await talk.press(shown, NEVER)
    assert list(buttons(calls)) == [LET, WITHDRAW]
    calls = await talk.press(await talk.press(calls, LET), text("reporter.code.let.yes"))
    assert text("reporter.code.let.done") in said(calls)
    assert await talk.ways() == [ME]
    assert await open_keys(talk) == []
    assert [one.sign for one in await read_again(talk)] == [Sign.NO_MORE]


async def test_signs_on_a_sealed_report_are_counted_by_the_day(bench: Bench) -> None:
    """A reporter who was in danger says that it is over, as often as before. Danger is told in a new report."""
    await prepare(bench)
    talk = await begun(bench)
    async with bench.write() as unit:
        await talk_service.sign(unit, await unit.session.get_one(Report, talk.receipt.report.id), Sign.URGENT)
    await reject(talk)
    assert await sealed_now(bench) == 1
    shown = await talk.chats.say(ME, f"/status {talk.code}")
    assert SAFE in buttons(shown)
    for _ in range(talk_service.MOST_SIGNS_A_DAY):
        assert text("reporter.code.safe.done") in said(await talk.press(shown, SAFE))
    assert text("reporter.code.enough") in said(await talk.press(shown, SAFE))
    await talk.press(shown, NEVER)
    asked = await talk.press(await talk.chats.say(ME, f"/status {talk.code}"), LET)
    assert text("reporter.code.enough") in said(await talk.press(asked, text("reporter.code.let.yes")))
    async with bench.write() as unit:
        report = await unit.session.get_one(Report, talk.receipt.report.id)
        with pytest.raises(Refusal, match=r"talk\.report\.closed"):
            await talk_service.sign(unit, report, Sign.URGENT)
    bench.later(24)
    shown = await talk.chats.say(ME, f"/status {talk.code}")
    assert text("reporter.code.safe.done") in said(await talk.press(shown, SAFE))


async def test_moderators_are_told_that_there_is_something_and_where_it_opens(bench: Bench) -> None:
    """Without a word of it. That the reporter's chat was lost they are told too."""
    talk = await sealed(bench)
    async with bench.write() as unit:
        await talk_chat.forget_unreachable(unit, [ME])
        outbox = Outbox(unit)
        reports = await approvals.take_told(unit, await approvals.told(unit))
        await notices_chat.notify_told(Post(Renderer(TEXTS), unit, outbox), reports)
        calls = [Call.load(unit.safe.ring, row) for row in outbox.rows]
    assert said(calls) == text("moderator.notice.told_sealed", ref=talk.receipt.report.ref)
    assert (await open_keys(talk), await talk.ways()) == ([], [])
    assert [one.sign for one in await read_again(talk)] == [Sign.LOST]


async def test_panic_forgets_the_way_to_whoever_sent_a_sealed_report(bench: Bench) -> None:
    """The report itself stays, as it does when it is open."""
    talk = await sealed(bench)
    assert text("reporter.panic", "en") in said(await talk.chats.say(ME, "/panic"))
    assert await talk.ways() == []
    assert (await talk.report()).sealed


async def test_words_are_sealed_to_those_who_can_open_the_report_while_a_new_recipient_has_not_answered(
    bench: Bench,
) -> None:
    """Additions do not wait for the new one."""
    talk = await sealed(bench)
    more = (*bench.settings.archive_recipients, "age1" + "q" * 58)
    bench.settings = bench.settings.model_copy(update={"archive_recipients": more})
    async with bench.write() as unit:
        await talk_service.sign(unit, await unit.session.get_one(Report, talk.receipt.report.id), Sign.SAFE)
    assert await open_keys(talk) == []
    assert [one.sign for one in await read_again(talk)] == [Sign.SAFE]


async def test_a_withdrawn_report_leaves_neither_envelope_nor_words(bench: Bench) -> None:
    """Nor those that were added later. The code is worth nothing then."""
    talk = await sealed(bench)
    async with bench.write() as unit:
        await talk_service.sign(unit, await unit.session.get_one(Report, talk.receipt.report.id), Sign.SAFE)
    (row,) = await added(talk)
    keys = [(await talk.report()).data_key_id, row.files_key_id]
    shown = await talk.chats.say(ME, f"/withdraw {talk.code}")
    assert text("reporter.withdraw.done") in said(await talk.press(shown, text("reporter.withdraw.yes")))
    async with bench.read() as unit:
        assert await opens(unit, *keys) == [False, False]
        assert await count(unit, TalkMessage) == 0
        assert (await archive_service.progress(unit)).sealed == 0
    report = await talk.report()
    assert (report.status, report.sealed, report.content) == (Status.WITHDRAWN, False, None)


async def test_a_sealed_duplicate_of_a_withdrawn_report_is_decided_anew(bench: Bench) -> None:
    """It is back in the queue, as any duplicate, since the event would be lost else. To read it, it is reopened."""
    talk, original = await sealed(bench), await begun(bench, OTHER)
    async with bench.write() as unit:
        is_sealed = Report.id == talk.receipt.report.id
        await unit.session.execute(
            update(Report).where(is_sealed).values(duplicate_of=original.receipt.report.id)
        )
    async with bench.write() as unit:
        await withdrawal.withdraw(unit, await unit.session.get_one(Report, original.receipt.report.id))
    report = await talk.report()
    assert (report.status, report.duplicate_of, report.returned) == (Status.NEW, None, True)
    assert await sealed_now(bench) == 0
    assert await open_keys(talk) == []
