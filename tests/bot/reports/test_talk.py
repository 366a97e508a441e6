"""Moderators ask, and the reporter opens it, answers it or does not, in a chat in which nothing of it stays."""

from hashlib import sha256

import pytest

from bot.chat.buttons import Act
from bot.desk.people import service as people_service
from bot.form.answers import Chosen, FileKind
from bot.form.xlsform.own_columns import with_contacts
from bot.form.xlsform.sheets import ANY
from bot.reports.receipts import service as receipts_service
from bot.reports.talk import messages, ways
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import MessageContent, Sign
from bot.safety.cleaning.cleaner import TYPES, Cleaned
from bot.store import files, sent_messages
from bot.store.files import Incoming
from bot.transport.call import Call, QueuedRow
from db.models import DraftRow, File, Report
from tests.bench import Bench
from tests.bot.chat.chats import Chats
from tests.bot.reports.talking import ME, Talk, begun, buttons, deleted, opened, rows, said, sent, text, voice

OPEN, SEND = text("reporter.talk.open"), text("reporter.reply.flow.send")
WHEN, SAFE = text("talk.ready.when"), text("talk.ready.safe")


async def test_a_notice_comes_silently_once_and_says_nothing(bench: Bench) -> None:
    """One for all that was asked; the next question's takes its place. The operator's words stand in it, if there are any."""
    talk = await begun(bench)
    assert await talk.notices() == []
    await talk.ask("when", "safe")
    (notice,) = await talk.notices()
    assert (notice.params["chat_id"], notice.params["text"]) == (ME, "Есть новость.")
    assert notice.params["disable_notification"]
    assert (notice.deletes, list(buttons([notice]).items())) == ([], [(OPEN, "aqopen..")])
    (shown,) = await talk.deliver()
    assert await talk.notices() == []
    bench.settings = bench.settings.model_copy(update={"talk_notice": {"ru": "Обновление"}})
    await talk.ask(own="Кто это видел?")
    (newer,) = await talk.notices()
    assert (newer.params["text"], list(newer.deletes)) == ("Обновление", [shown])


async def test_notices_that_cross_leave_one(bench: Bench) -> None:
    """The newest, though it was owed before anybody knew of the others; those of two reports in one chat too."""
    first = await begun(bench)
    second = await begun(bench, chats=first.chats)
    owed = list[QueuedRow]()
    for talk, name in ((first, "when"), (first, "where"), (second, "when")):
        await talk.ask(name)
        await talk.notices()
        owed += talk.chats.rows
    *older, _ = await first.deliver(owed)
    calls = [Call.load(bench.safe.ring, row) for row in first.chats.rows]
    assert deleted(calls) == set(older)
    await first.ask("safe")
    (newer,) = await first.notices()
    assert len(newer.deletes) == 1


async def test_what_was_asked_opens_by_the_last_part_of_the_code_alone(bench: Bench) -> None:
    """A wrong part is deleted and asked for again, until the day's guesses are used up."""
    talk = await begun(bench)
    await talk.ask("when")
    question = said(await talk.chats.tap(ME, Act("qopen")))
    for typed, refused in (("0000", "talk.part.wrong"), ("не помню", "talk.part.unread")):
        calls = await talk.chats.reply(ME, typed, question)
        assert said(calls) == f"{text(refused, 'en')}\n{text('reporter.talk.part', 'en')}"
        assert talk.chats.last_id in deleted(calls)
    bench.settings = bench.settings.model_copy(update={"guesses_a_day": 1})
    calls = await talk.chats.reply(ME, talk.code[-4:], question)
    assert said(calls) == text("receipt.enough_guesses", "en")
    bench.settings = bench.settings.model_copy(update={"guesses_a_day": 9})
    calls = await talk.chats.reply(ME, talk.code, question)
    assert WHEN in said(calls)
    assert talk.chats.last_id in deleted(calls)


async def test_the_part_of_a_code_is_understood_without_a_reply(bench: Bench) -> None:
    """It opens what waits for it. Where nothing does, it is no first hello: nothing is lost, and the bot says how a part is checked.
    Either way it leaves the chat."""
    talk = await begun(bench)
    calls = await talk.chats.say(ME, talk.code[-4:])
    assert (said(calls), deleted(calls)) == (text("reporter.part_alone", "en"), {talk.chats.last_id})
    await talk.ask("when")
    calls = await talk.chats.say(ME, "0000")
    assert said(calls) == f"{text('talk.part.wrong', 'en')}\n{text('reporter.talk.part', 'en')}"
    calls = await talk.chats.say(ME, talk.code[-4:])
    assert WHEN in said(calls)
    assert talk.chats.last_id in deleted(calls)


async def test_a_question_is_a_moderators_and_nobodys_in_particular(bench: Bench) -> None:
    """Their words stand as they wrote them, a ready question in the report's language; no alias, no reference."""
    talk = await begun(bench)
    await talk.ask("safe", own="Кто <b>видел</b>?")
    calls = await talk.open()
    shown = said(calls)
    assert [one in shown for one in (SAFE, "Кто &lt;b&gt;видел&lt;/b&gt;?")] == [True, True]
    assert shown.count(text("reporter.question")) == 2
    assert ("Aspan" in shown, (await talk.report()).ref in shown) == (False, False)


async def test_an_answer_of_several_messages_reaches_the_talk_and_leaves_the_chat_empty(bench: Bench) -> None:
    """But for one line. The questions stand above until it is sent, and are closed then."""
    talk = await opened(bench)
    assert (await talk.report()).waits
    mine = talk.chats.numbers + 1
    calls = await talk.chats.say(ME, "Около полудня")
    assert WHEN in said(calls)
    assert mine in deleted(calls)
    calls = await talk.answer("В среду")
    assert said(calls) == text("reporter.reply.sent")
    question, answer = await talk.talk()
    assert (question.open, answer.from_reporter, answer.words.text) == (False, True, "Около полудня\nВ среду")
    report = await talk.report()
    assert (report.waits, report.unread, report.untold) == (False, True, True)
    assert await rows(bench, DraftRow) == 0


async def test_an_answer_can_be_spoken_and_shown(bench: Bench) -> None:
    """Its files have a key of their own then, which the report's talk has, and no draft."""
    talk = await opened(bench)
    calls = await talk.chats.batch(voice(talk.chats))
    calls = await talk.press(calls, text("flow.done"))
    calls = await talk.press(calls, text("reporter.reply.flow.skip"))
    calls = await talk.press(calls, SEND)
    assert said(calls) == text("reporter.reply.sent")
    (_, answer) = await talk.talk()
    assert [one.kind for one in answer.words.files] == [FileKind.VOICE]
    async with bench.read() as unit:
        file = await unit.session.get(File, answer.words.files[0].id)
        assert file is not None
        assert [file.data_key_id] == list(await messages.keys_of(unit, [talk.receipt.report.id]))


async def test_nothing_is_sent_as_long_as_nothing_is_told(bench: Bench) -> None:
    """The review says so and stays; what is typed there is not taken for an answer."""
    talk = await opened(bench)
    calls = await talk.press(talk.shown, text("reporter.reply.flow.skip"))
    calls = await talk.press(calls, text("reporter.reply.flow.skip"))
    await talk.deliver()
    assert text("reporter.reply.flow.review") in said(calls)
    told = said(await talk.chats.say(ME, "забыл сказать"))
    assert "К ответу это не добавлено" in told
    assert SEND in told
    calls = await talk.press(calls, SEND)
    assert text("reporter.reply.empty") in said(calls)
    assert len(await talk.talk()) == 1


async def test_the_words_of_a_replys_button_press_it(bench: Bench) -> None:
    """As those of a report's do."""
    talk = await opened(bench)
    calls = await talk.chats.say(ME, text("reporter.reply.flow.cancel"))
    assert text("reporter.reply.flow.cancel.ask") in said(calls)
    calls = await talk.chats.say(ME, text("reporter.reply.flow.cancel.sure"))
    assert said(calls) == text("reporter.reply.dropped")
    assert await rows(bench, DraftRow) == 0
    assert (await talk.report()).waits


async def test_whoever_does_not_want_to_answer_says_so_by_one_tap(bench: Bench) -> None:
    """The question no longer waits, and moderators see why."""
    talk = await opened(bench)
    calls = await talk.press(talk.shown, text("reporter.question.skip"))
    assert said(calls) == text("reporter.talk.skipped")
    assert [call.method for call in calls].count("answerCallbackQuery") == 1
    assert (await talk.talk())[-1].words.sign is Sign.SKIPPED
    assert (await talk.report()).waits is False
    assert (await rows(bench, DraftRow), await talk.ways()) == (0, [ME])
    again = await talk.press(talk.shown, text("reporter.question.skip"))
    assert said(again) == text("reporter.talk.nothing", "en")


async def test_whoever_wants_no_more_questions_is_asked_once_more_and_forgotten(bench: Bench) -> None:
    """At once: no notice comes any more."""
    talk = await opened(bench)
    asked = await talk.press(talk.shown, text("reporter.question.never"))
    await talk.press(asked, text("reporter.talk.never.no"))
    assert await talk.ways() == [ME]
    calls = await talk.press(asked, text("reporter.talk.never.yes"))
    assert said(calls) == text("reporter.talk.never.done")
    assert (await talk.ways(), (await talk.talk())[-1].words.sign) == ([], Sign.NO_MORE)
    await talk.ask("safe")
    assert await talk.notices() == []


async def test_no_more_questions_are_asked_of_any_report_in_a_chat(bench: Bench) -> None:
    """The number of the chat is destroyed, as is said: it is kept for none."""
    talk = await opened(bench)
    async with bench.write() as unit:
        other = (await bench.submit(unit, ME, consent_ask=Chosen(("yes",)))).report
    asked = await talk.press(talk.shown, text("reporter.question.never"))
    await talk.press(asked, text("reporter.talk.never.yes"))
    async with bench.read() as unit:
        assert await ways.of_chats(unit, [ME]) == []
        report = await unit.session.get_one(Report, other.id)
        assert (await messages.newest(unit, report))[0].words.sign is Sign.NO_MORE


async def test_an_open_form_is_never_lost_to_a_question(bench: Bench) -> None:
    """It is to be sent or deleted first; the notice stays."""
    talk = await begun(bench)
    await talk.ask("when")
    question = said(await talk.chats.tap(ME, Act("qopen")))
    await talk.chats.tap(ME, Act("begin", "ru"))
    for calls in (
        await talk.chats.tap(ME, Act("qopen")),
        await talk.chats.reply(ME, talk.code[-4:], question),
    ):
        assert text("reporter.talk.form_open") in said(calls)
    assert await rows(bench, DraftRow) == 1
    assert (await talk.report()).waits


async def test_what_is_asked_meanwhile_is_shown_when_it_is_opened_again(bench: Bench) -> None:
    """By /report or the button; the answer closes it too. What was never shown stays open."""
    talk = await opened(bench)
    await talk.ask("safe")
    calls = await talk.chats.say(ME, "/report")
    assert [one in said(calls) for one in (WHEN, SAFE)] == [True, True]
    await talk.ask(own="И ещё?")
    await talk.notices()
    await talk.answer("Да")
    assert await talk.waits() == [False, False, True]
    assert (await talk.report()).waits
    assert len(await talk.notices()) == 1
    assert "И ещё?" in said(await talk.open())
    await talk.answer("Нет")
    assert await talk.notices() == []


async def test_whoever_lets_a_question_go_is_told_silently_of_what_may_remain(bench: Bench) -> None:
    """A message whose number nobody knows, since its delivery was not confirmed."""
    talk = await opened(bench)
    await talk.deliver()
    async with bench.write() as unit:
        sent_messages.note_doubt(unit, unit.safe.pseudonyms.chat(ME))
    bench.later(bench.settings.reply_hours + 1)
    told = [call for call in await talk.sweep() if call.shows]
    assert [call.params["text"] for call in told] == [text("reporter.may_remain")]
    assert told[0].params["disable_notification"]


@pytest.mark.parametrize("how", ["cleared", "proved"])
async def test_a_notice_that_left_with_the_rest_of_the_chat_comes_again(bench: Bench, how: str) -> None:
    """Whoever clears the chat after the receipt may not have seen it. Where nothing waits, nothing comes."""
    talk = await begun(bench)
    for waits in (False, True):
        if how == "cleared":
            await talk.chats.tap(ME, Act("clear"))
        else:
            async with bench.read() as unit:
                check = receipts_service.check_of(unit, talk.code)
            asked = said(await talk.chats.tap(ME, Act("prove", check, "ru")))
            await talk.chats.reply(ME, talk.code[-4:], asked)
        assert bool(await talk.notices()) is waits
        if not waits:
            await talk.ask("when")
            assert len(await talk.notices()) == 1


async def test_a_question_that_was_closed_by_hand_is_not_told_of_again_and_opens_by_the_code(
    bench: Bench,
) -> None:
    """Also with what was written by then: it is deleted. The next question brings a notice, of both."""
    talk = await opened(bench)
    await talk.notices()
    await talk.chats.say(ME, "Около полудня")
    asked = await talk.chats.say(ME, "/cancel")
    assert "/status" in said(asked)
    closed = await talk.press(asked, text("reporter.reply.flow.cancel.sure"))
    assert said(closed) == text("reporter.reply.dropped")
    assert (await talk.notices(), await talk.waits()) == ([], [True])
    shown = await talk.chats.say(ME, f"/status {talk.code}")
    assert WHEN in said(await talk.press(shown, text("reporter.code.read", n=1)))
    await talk.press(await talk.chats.say(ME, "/cancel"), text("reporter.reply.flow.cancel.sure"))
    await talk.ask("safe")
    assert len(await talk.notices()) == 1
    both = said(await talk.open())
    assert [one in both for one in (WHEN, SAFE)] == [True, True]


async def test_a_chat_with_two_reports_gets_one_notice_and_opens_each_by_its_code(bench: Bench) -> None:
    """Without codes the older comes first."""
    first = await begun(bench)
    second = await begun(bench, chats=first.chats)
    await first.ask("when")
    await second.ask("safe")
    assert len(await first.notices()) == 1
    assert SAFE in said(await second.open())
    await second.answer("Да")
    assert WHEN in said(await first.open())


async def test_whoever_keeps_no_code_opens_at_once_and_by_report(bench: Bench) -> None:
    """Beside a new report, which is begun by its button as ever."""
    chats = Chats(bench)
    calls = await sent(chats)
    dropped = await chats.tap_data(ME, buttons(calls)[text("reporter.receipt.none")])
    assert text("reporter.receipt.asked_without") in said(dropped)
    assert text("reporter.talk.open") not in buttons(await chats.say(ME, "/report"))
    await chats.say(ME, "/cancel")
    await chats.say(ME, text("flow.cancel.sure"))
    async with bench.write() as unit:
        (way,) = await ways.of_chats(unit, [ME])
        report = await unit.session.get(Report, way.row.report_id)
        assert report is not None
        await messages.add(unit, report, MessageContent("Кто видел?"), from_reporter=False, open_=True)
    offered = await chats.say(ME, "/report")
    assert said(offered) == "Есть новость."
    assert list(buttons(offered)) == [OPEN, text("reporter.begin")]
    assert await rows(bench, DraftRow) == 0
    assert "Кто видел?" in said(await chats.tap_data(ME, buttons(offered)[OPEN]))


async def test_a_receipt_says_how_questions_come_only_to_whoever_agreed(bench: Bench) -> None:
    """And a code that is dropped without that has nothing to say of them."""
    chats = Chats(bench)
    calls = await sent(chats)
    assert text("reporter.receipt.asked", notice="Есть новость.") in said(calls)
    await chats.say(ME, "/panic")
    calls = await chats.tap_data(ME, buttons(calls)[text("reporter.receipt.none")])
    assert text("reporter.receipt.asked_without") not in said(calls)


async def test_a_moderators_files_come_as_clean_copies_and_leave_with_the_question(bench: Bench) -> None:
    """Those that are ready; the others are said to be missing. They do not come again with each message."""
    talk = await begun(bench)
    await ask_with_files(talk)
    calls = await talk.open()
    (photo,) = [call for call in calls if call.method == "sendPhoto"]
    assert photo.attach["photo"].startswith("copy:")
    assert photo.passing
    assert text("reporter.question.file_later") in said(calls)
    calls = await talk.chats.say(ME, "Вижу")
    assert not [call for call in calls if call.method == "sendPhoto"]


async def ask_with_files(talk: Talk) -> None:
    """A question with a photo that is clean and one that is not fetched yet."""
    async with talk.bench.write() as unit:
        moderator, report = await talk._desk(unit)
        key_id = report.data_key_id or ""
        await messages.said(unit, report)  # opens the key
        refs = [
            files.take_note(unit, key_id, Incoming(FileKind.PHOTO, "t", "a.jpg", "image/jpeg", 1))
            for _ in range(2)
        ]
        await unit.session.flush()
        cleaned = Cleaned(b"clean", TYPES["JPEG"], sha256(b"clean").hexdigest(), "made up")
        sealed = files.seal_file(unit.keys[key_id], refs[0].id, b"raw", cleaned, (), unit.hour)
        assert await files.note_stored(unit, refs[0].id, sealed)
        asked = MessageContent("Это оно?", tuple(refs), alias=moderator.alias)
        await messages.add(unit, report, asked, from_reporter=False, open_=True)
        report.waits = True


async def test_contacts_are_shown_though_they_ask_nothing(bench: Bench) -> None:
    """Those that the operator has set; whoever has read them says so by a tap, and there is nothing that was not answered."""
    talk = await helped(bench)
    calls = await talk.open()
    assert "+7 700" in said(calls)
    assert text("reporter.question.skip") not in buttons(calls)
    read = await talk.press(calls, text("reporter.question.read"))
    assert said(read) == text("reporter.talk.read")
    assert [one.words.sign for one in await talk.talk()] == [None]
    assert said(await talk.chats.tap(ME, Act("qopen"))) == text("reporter.talk.nothing", "en")


async def test_contacts_are_not_lost_on_whoever_tells_more_before_they_were_opened(bench: Bench) -> None:
    """They came while something else was written."""
    talk = await helped(bench)
    async with bench.write() as unit:
        report = await unit.session.get_one(Report, talk.receipt.report.id)
        await talk_service.sign(unit, report, Sign.URGENT)
    calls = await talk.open()
    assert "+7 700" in said(calls)
    await talk.answer("Спасибо")
    assert await talk.waits() == [False]
    assert said(await talk.chats.tap(ME, Act("qopen"))) == text("reporter.talk.nothing", "en")


async def helped(bench: Bench) -> Talk:
    """A reporter in danger, to whom the operator's contacts were sent."""
    helped = with_contacts(bench.forms["report"], {"lawyer": {ANY: "Бюро +7 700"}})
    bench.forms = {**bench.forms, "report": helped}
    talk = await begun(bench, urgent=Chosen(("yes",)))
    await talk.send_contacts()
    assert len(await talk.notices()) == 1
    return talk


async def test_whoever_is_blocked_can_answer_what_was_asked(bench: Bench) -> None:
    """Moderators want to know it; a new report is not taken."""
    talk = await begun(bench)
    await talk.ask("when")
    async with bench.write() as unit:
        noted = await people_service.note_flood(unit, ME)
        assert noted is not None
        await people_service.block(unit, await bench.moderator(unit, "Samal", people_service.ADMIN), noted[0])
    assert WHEN in said(await talk.open())
    assert said(await talk.answer("В полдень")) == text("reporter.reply.sent")
    assert text("reporter.blocked", "en") in said(await talk.chats.say(ME, "/report"))
