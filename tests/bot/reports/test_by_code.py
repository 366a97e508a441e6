"""What the code of a receipt is good for: reading and adding, urgency, consent to be asked, and taking back, in one chat alone."""

import pytest
from sqlalchemy import select, update

from bot.chat.buttons import MOST_BYTES, Act
from bot.desk.card import service as card_service
from bot.desk.decisions import service as decisions_service
from bot.form.answers import Chosen
from bot.form.xlsform.own_columns import with_contacts
from bot.form.xlsform.sheets import ANY
from bot.reports.receipts import service as receipts_service
from bot.reports.states import Status
from bot.reports.talk import service as talk_service
from bot.reports.talk import ways
from bot.reports.talk.messages import Sign
from bot.store import drafting, sent_messages, vault
from bot.store.unit import REPORT_FORM, SEEN_HOURS, UnitOfWork
from db.models import DataKey, DraftRow, Moderator, Report, WayBack
from tests.bench import Bench, count
from tests.bot.reports.talking import ME, OTHER, Talk, begun, buttons, deleted, rows, said, text

THIRD = OTHER + 1
READ, ADD = text("reporter.code.read", n=1), text("reporter.code.add")
URGENT, SAFE = text("reporter.code.urgent"), text("reporter.code.safe")
LET, NEVER, WITHDRAW = (text(f"reporter.code.{name}") for name in ("let", "never", "withdraw"))
WHEN = text("talk.ready.when")


async def status(talk: Talk, chat: int = ME) -> dict[str, str]:
    """The buttons beside the state of the report; the code has left the chat."""
    talk.shown = await talk.chats.say(chat, f"/status {talk.code}")
    assert deleted(talk.shown)
    return buttons(talk.shown)


async def reject(talk: Talk) -> None:
    """A moderator reads what was told and decides."""
    async with talk.bench.write() as unit:
        moderator, report = await talk._desk(unit)
        await card_service.note_read(unit, await card_service.card(unit, report))
        await decisions_service.reject(unit, moderator, report, "spam")


async def test_beside_the_state_stands_what_can_be_done_and_no_more(bench: Bench) -> None:
    """Of an undecided report, of one that was asked about, of a rejected one; each button has room for its ticket."""
    talk = await begun(bench)
    assert list(await status(talk)) == [ADD, URGENT, NEVER, WITHDRAW]
    await talk.ask("when")
    found = await status(talk)
    assert list(found) == [READ, ADD, URGENT, NEVER, WITHDRAW]
    assert all(len(data.encode()) <= MOST_BYTES for data in found.values())
    assert talk.code.replace("-", "") not in str(found)
    assert text("reporter.code.asked", n=1) in said(talk.shown)
    await reject(talk)
    assert list(await status(talk)) == [READ, NEVER, WITHDRAW]


async def test_whoever_did_not_agree_reads_and_answers_by_the_code(bench: Bench) -> None:
    """No notice comes; the same questions open, and the same form."""
    talk = await begun(bench, None)
    await talk.ask("when")
    assert await talk.notices() == []
    await status(talk, OTHER)
    calls = await talk.press(talk.shown, READ, OTHER)
    assert WHEN in said(calls)
    assert said(await talk.answer("В полдень", OTHER)) == text("reporter.reply.sent")
    assert (await talk.waits(), len(await talk.talk())) == ([False], 2)
    assert list(await status(talk, OTHER)) == [ADD, URGENT, LET, WITHDRAW]


async def test_something_is_added_unasked_to_a_report_that_is_not_decided(bench: Bench) -> None:
    """It closes no question. It counts as a report that was begun, so that nobody floods one report."""
    talk = await begun(bench)
    await talk.ask("when")
    await status(talk)
    shown = talk.shown
    calls = await talk.press(shown, ADD)
    assert WHEN not in said(calls)
    assert said(await talk.chats.tap(ME, Act("qopen"))) == text("reporter.talk.form_open")
    await talk.answer("И ещё вот что")
    assert (await talk.waits(), len(await talk.talk())) == ([True], 2)
    bench.settings = bench.settings.model_copy(update={"reports_a_day": 1})
    assert text("reporter.enough_reports", n=1) in said(await talk.press(shown, ADD))
    await reject(talk)
    assert said(await talk.press(shown, ADD)) == text("talk.report.closed")
    async with bench.read() as unit:
        assert await count(unit, DraftRow) == 0


async def test_what_is_added_unasked_is_not_called_an_answer(bench: Bench) -> None:
    """Before it is sent: nothing was asked."""
    talk = await begun(bench)
    await status(talk)
    await talk.press(talk.shown, ADD)
    calls = await talk.press(await talk.chats.say(ME, "И ещё вот что"), text("flow.done"))
    shown = said(await talk.press(calls, text("reporter.reply.flow.skip")))
    assert text("reporter.add.review") in shown
    assert text("reporter.reply.flow.review") not in shown


async def test_an_open_form_is_never_lost_to_a_button_of_the_state(bench: Bench) -> None:
    """It is to be sent or deleted first."""
    talk = await begun(bench)
    await talk.ask("when")
    await status(talk)
    await talk.chats.tap(ME, Act("begin", "ru"))
    for label in (READ, ADD):
        assert said(await talk.press(talk.shown, label)) == text("reporter.talk.form_open")


async def test_whoever_is_in_danger_now_says_so_and_is_told_who_helps(bench: Bench) -> None:
    """Moderators see it at once; a second tap says it no second time. Whoever is safe takes it back."""
    bench.forms = {
        **bench.forms,
        "report": with_contacts(bench.forms["report"], {"lawyer": {ANY: "Бюро +7 700"}}),
    }
    talk = await begun(bench)
    await status(talk)
    calls = await talk.press(talk.shown, URGENT)
    assert "+7 700" in said(calls)
    assert text("reporter.code.urgent.done") in said(calls)
    await talk.press(talk.shown, URGENT)
    report = await talk.report()
    assert (report.urgent, report.untold, len(await talk.talk())) == (True, True, 1)
    safe = await talk.press(calls, SAFE)
    assert (await talk.talk())[-1].words.sign is Sign.SAFE
    assert list(buttons(safe)) == [ADD, URGENT, NEVER, WITHDRAW]


async def test_whoever_changes_what_they_say_all_day_is_told_that_moderators_have_it(bench: Bench) -> None:
    """It goes on with what was said last; words can be added, and no more questions be wanted."""
    talk = await begun(bench)
    shown = await talk.chats.say(ME, f"/status {talk.code}")
    for label in (URGENT, SAFE) * (talk_service.MOST_SIGNS_A_DAY // 2) + (URGENT,):
        shown = await talk.press(shown, label)
    assert text("reporter.code.enough") in said(await talk.press(shown, SAFE))
    assert len(await talk.talk()) == 1
    shown = await talk.chats.say(ME, f"/status {talk.code}")
    assert list(buttons(shown)) == [ADD, SAFE, NEVER, WITHDRAW]
    for _ in range(talk_service.MOST_SIGNS_A_DAY - 1):
        shown = await talk.press(shown, NEVER)
        asked = await talk.press(shown, LET)
        shown = await talk.press(asked, text("reporter.code.let.yes"))
    asked = await talk.press(await talk.press(shown, NEVER), LET)
    assert text("reporter.code.enough") in said(await talk.press(asked, text("reporter.code.let.yes")))
    assert (await talk.ways(), len(await talk.talk())) == ([], 2)


async def test_whoever_added_words_since_they_were_safe_can_be_in_danger_again(bench: Bench) -> None:
    """What was said last of danger counts, whatever was told since."""
    talk = await begun(bench)
    shown = await talk.chats.say(ME, f"/status {talk.code}")
    shown = await talk.press(await talk.press(shown, URGENT), SAFE)
    await talk.press(shown, ADD)
    await talk.answer("И ещё вот что")
    assert list(await status(talk)) == [ADD, URGENT, NEVER, WITHDRAW]


async def test_consent_is_taken_back_and_given_by_the_code(bench: Bench) -> None:
    """Taken back at once; given after it was said what is kept for it, and for how long."""
    talk = await begun(bench)
    await talk.ask("when")
    await status(talk)
    calls = await talk.press(talk.shown, NEVER)
    assert text("reporter.talk.never.done") in said(calls)
    assert await talk.ways() == []
    asked = await talk.press(calls, LET)
    assert f"{bench.settings.talk_days} дн." in said(asked)
    assert "Есть новость." in said(asked)
    kept = await talk.press(asked, text("reporter.code.let.no"))
    assert (await talk.ways(), LET in buttons(kept)) == ([], True)
    calls = await talk.press(asked, text("reporter.code.let.yes"))
    assert text("reporter.code.let.done") in said(calls)
    assert await talk.ways() == [ME]
    await talk.ask("safe")
    assert len(await talk.notices()) == 1
    assert text("talk.ready.safe") in said(await talk.open())


async def test_the_code_from_another_chat_destroys_the_address_of_the_first(bench: Bench) -> None:
    """At once, and it is said; there the questions are read. The lost phone opens nothing any more."""
    talk = await begun(bench)
    await talk.ask("when")
    await talk.notices()
    await status(talk, OTHER)
    assert text("reporter.code.moved") in said(talk.shown)
    assert await talk.ways() == []
    assert WHEN in said(await talk.press(talk.shown, READ, OTHER))
    assert said(await talk.chats.tap(ME, Act("qopen"))) == text("reporter.talk.nothing", "en")


@pytest.mark.parametrize("how", ["status", "an older button"])
async def test_a_reply_that_is_open_on_a_lost_phone_shows_and_takes_nothing_any_more(
    bench: Bench, how: str
) -> None:
    """It leaves that chat with the next sweep, apart from the code's use."""
    talk = await begun(bench)
    if how == "an older button":
        await status(talk, OTHER)
        older = await talk.press(talk.shown, LET, OTHER)
        mine = await status(talk)
        asked = await talk.press(talk.shown, LET)
        await talk.press(asked, text("reporter.code.let.yes"))
        assert (LET in mine, await talk.ways()) == (True, [ME])
    await talk.ask("when")
    opened = await talk.open()
    await talk.chats.say(ME, "Тайное слово")
    await talk.deliver()
    if how == "status":
        await status(talk, OTHER)
    else:
        await talk.press(older, text("reporter.code.let.yes"), OTHER)
    await talk.ask("safe")
    for calls in (
        await talk.chats.tap(ME, Act("qopen")),
        await talk.chats.say(ME, "/report"),
        await talk.press(opened, text("reporter.question.skip")),
    ):
        shown = said(calls)
        assert [one in shown for one in (WHEN, text("talk.ready.safe"), "Тайное слово")] == [False] * 3
    await talk.chats.say(ME, "За неё")
    assert [one.words.text for one in await talk.talk() if one.from_reporter] == []
    assert await talk.waits() == [True, True]


async def without_a_way(bench: Bench, how: str) -> Talk:
    """A report by whose code something was asked, of whose reporter no chat is kept: never, not any more, or for too short a time."""
    talk = await begun(bench, None if how == "never agreed" else ME)
    await talk.ask("when")
    async with bench.write() as unit:
        if how == "taken back":
            await ways.forget_chat(unit, ME)
        elif how == "over":
            await unit.session.execute(update(WayBack).values(until_day=unit.day - 1))
    await status(talk)
    return talk


@pytest.mark.parametrize("how", ["never agreed", "taken back", "over"])
@pytest.mark.parametrize("what", [READ, ADD], ids=["read", "add"])
async def test_a_reply_of_whoever_is_not_to_be_asked_is_emptied_on_a_lost_phone_all_the_same(
    bench: Bench, how: str, what: str
) -> None:
    """No way leads there: whatever is open about the report in other chats shows and takes nothing, and leaves them with the next
    sweep. What is open in the chat that the code came from stays, and so does what is of another report."""
    talk = await without_a_way(bench, how)
    await talk.press(talk.shown, what)
    shown = set(await talk.deliver())
    await talk.chats.say(ME, "Тайное слово")
    shown |= set(await talk.deliver())
    other = await begun(bench, None, talk.chats)
    await talk.press(await talk.chats.say(OTHER, f"/status {other.code}"), ADD, OTHER)
    await status(talk)
    async with bench.read() as unit:
        before = set(await unit.session.scalars(select(DraftRow.data_key_id)))
    await talk.chats.say(THIRD, f"/status {talk.code}")
    async with bench.read() as unit:
        after = set(await unit.session.scalars(select(DraftRow.data_key_id)))
    assert (len(before), len(after), len(before & after)) == (2, 2, 1)
    assert shown <= deleted(await talk.sweep())
    words = said(await talk.chats.say(ME, "/report"))
    assert [one in words for one in (WHEN, "Тайное слово")] == [False, False]
    assert [one.words.text for one in await talk.talk() if one.from_reporter] == []
    assert said(await other.answer("О другом", OTHER)) == text("reporter.reply.sent")


async def test_a_reply_that_is_begun_in_the_very_batch_in_which_the_code_is_used_elsewhere_is_emptied(
    bench: Bench,
) -> None:
    """With what shows it, which leaves the chat with the next sweep."""
    talk = await without_a_way(bench, "never agreed")
    begin = talk.chats.tapped(ME, buttons(talk.shown)[READ])
    await talk.chats.batch(begin, talk.chats.written(OTHER, f"/status {talk.code}"))
    shown = set(await talk.deliver([row for row in talk.chats.rows if row.chat_hash == hash_of(bench, ME)]))
    assert shown <= deleted(await talk.sweep())
    assert await rows(bench, DraftRow) == 0


def hash_of(bench: Bench, chat: int) -> bytes:
    """The hash of a chat."""
    return bench.safe.pseudonyms.chat(chat)


@pytest.mark.parametrize("first", ["the code", "the words"])
async def test_a_reply_that_is_emptied_in_the_very_batch_in_which_somebody_writes_it_stays_empty(
    bench: Bench, first: str
) -> None:
    """Whichever comes first: neither the words of that batch that came before the code nor those of earlier ones are kept, and the
    key that they stood under is destroyed."""
    talk = await begun(bench)
    await talk.ask("when")
    await talk.open()
    await talk.chats.say(ME, "Тайное слово")
    async with bench.read() as unit:
        before = await unit.session.scalar(select(DraftRow.data_key_id))
    updates = [talk.chats.written(OTHER, f"/status {talk.code}"), talk.chats.written(ME, "За неё")]
    await talk.chats.batch(*(updates if first == "the code" else reversed(updates)))
    async with bench.read() as unit:
        assert await count(unit, DraftRow) == (0 if first == "the code" else 1)
        assert await unit.session.get(DataKey, before) is None
    shown = said(await talk.chats.say(ME, "/report"))
    assert [one in shown for one in (WHEN, "Тайное слово", "За неё")] == [False] * 3
    assert [one.words.text for one in await talk.talk() if one.from_reporter] == []


async def test_a_reply_on_a_lost_phone_leaves_it_with_the_next_sweep(bench: Bench) -> None:
    """With all that stands of it."""
    talk = await begun(bench)
    await talk.ask("when")
    await talk.open()
    shown = set(await talk.deliver())
    assert await talk.sweep() == []
    await status(talk, OTHER)
    assert shown <= deleted(await talk.sweep())
    async with bench.read() as unit:
        assert await count(unit, DraftRow) == 0


@pytest.mark.parametrize(
    ("words", "is_doubtful"), [("За неё", False), ("/report", False), ("/start", True), ("/panic", True)]
)
async def test_whoever_does_something_on_a_lost_phone_takes_the_reply_out_of_it(
    bench: Bench, words: str, *, is_doubtful: bool
) -> None:
    """With all that stands there: it is gone before they are answered, and what they write is in no reply. They are told where a
    message may remain whose id nobody knows."""
    talk = await begun(bench)
    await talk.ask("when")
    await talk.open()
    shown = set(await talk.deliver())
    await status(talk, OTHER)
    if is_doubtful:
        async with bench.write() as unit:
            sent_messages.note_doubt(unit, unit.safe.pseudonyms.chat(ME))
    calls = await talk.chats.say(ME, words)
    assert shown < deleted(calls)  # and what they wrote
    assert (text("reporter.may_remain") in said(calls)) == is_doubtful
    assert text("reporter.question") not in said(calls)
    async with bench.read() as unit:
        left = [row.kind for row in await unit.session.scalars(select(DraftRow))]
    assert left == ([REPORT_FORM] if words == "/report" else [])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_reply_that_another_copy_has_in_hand_is_emptied_for_good(bench: Bench) -> None:
    """What that copy saves then changes nothing, and the sweeps find what they are to take out of the chat."""
    talk = await begun(bench)
    await talk.ask("when")
    await talk.open()
    shown = set(await talk.deliver())
    chat = bench.safe.pseudonyms.chat(ME)

    async def come_by_code(copy: UnitOfWork) -> None:
        report = await copy.session.get_one(Report, talk.receipt.report.id)
        await talk_service.come(copy, report, OTHER)
        await copy.session.flush()
        await vault.write(copy)

    async with bench.write() as unit:
        rows = await drafting.rows_of(unit, [chat])
        (in_hand,) = (await drafting.opened(unit, rows)).values()
        await bench.beside(come_by_code)
        drafting.save(unit, in_hand)
        drafting.keep_address(unit, in_hand, ME)
        await drafting.write(unit, rows)
    assert shown <= deleted(await talk.sweep())


async def test_a_button_works_in_its_own_chat_alone_and_not_after_the_report_is_gone(bench: Bench) -> None:
    """What it stands for is asked once more before it is taken back."""
    talk = await begun(bench)
    await talk.ask("when")
    found = await status(talk)
    over = text("reporter.code.over", "en")
    assert {said(await talk.chats.tap_data(OTHER, data)) for data in found.values()} == {f"{over}\n{over}"}
    sure = await talk.press(talk.shown, WITHDRAW)
    assert said(sure) == text("reporter.withdraw.sure")
    done = await talk.press(sure, text("reporter.withdraw.yes"))
    assert text("reporter.withdraw.done") in said(done)
    gone = text("receipt.unknown", "en")
    for data in found.values():
        calls = await talk.chats.tap_data(ME, data)
        assert said(calls) == gone
        assert deleted(calls)


async def test_a_button_works_for_hours_of_silence_and_no_longer(bench: Bench) -> None:
    """Whoever finds the chat later needs the code: a late tap says so in the chat, where the screen goes, and does nothing. What its
    owner goes on with works on."""
    talk = await begun(bench)
    await talk.ask("when")
    await status(talk)
    first = talk.shown
    bench.later(bench.settings.reply_hours)
    second = await talk.press(first, URGENT)
    bench.later(1)
    for label in (READ, ADD, NEVER, WITHDRAW):
        calls = await talk.press(first, label)
        assert said(calls).splitlines() == [text("reporter.code.over", "en")] * 2
        assert deleted(calls)
        assert all(call.if_left for call in calls if call.shows)
    assert await talk.ways() == [ME]
    assert WHEN in said(await talk.press(second, READ))


async def test_the_last_button_of_a_withdrawal_outlasts_an_outage(bench: Bench) -> None:
    """Telegram keeps a tap for a day, and whoever has tapped may never look again. The button is for nothing else, and not for ever."""
    talk = await begun(bench)
    await status(talk)
    sure = await talk.press(talk.shown, WITHDRAW)
    yes = buttons(sure)[text("reporter.withdraw.yes")]
    assert text("reporter.code.over", "en") in said(
        await talk.chats.tap_data(ME, yes.replace("awithdraw", "acread"))
    )
    bench.later(SEEN_HOURS + 1)
    assert text("reporter.code.over", "en") in said(await talk.chats.tap_data(ME, yes))
    assert (await talk.report()).status == Status.CLAIMED
    sure = await talk.chats.say(ME, f"/withdraw {talk.code}")
    bench.later(SEEN_HOURS)
    assert text("reporter.withdraw.done") in said(await talk.press(sure, text("reporter.withdraw.yes")))


@pytest.mark.parametrize("state", [Status.EXPIRED, Status.APPROVED])
async def test_of_a_report_whose_content_is_gone_only_the_state_is_left(bench: Bench, state: Status) -> None:
    """What is public can still be taken back."""
    talk = await begun(bench)
    async with bench.write() as unit:
        report = await unit.session.get(Report, talk.receipt.report.id)
        assert report is not None
        report.status, report.content, report.data_key_id = state, None, None
        await ways.forget(unit, [report.id])
    assert list(await status(talk)) == ([] if state is Status.EXPIRED else [WITHDRAW])


async def test_a_report_that_no_key_opens_any_more_can_be_taken_back(bench: Bench) -> None:
    """Its talk is not shown, and nothing fails."""
    talk = await begun(bench, urgent=Chosen(("yes",)))
    await talk.ask("when")
    bench.change_ring()
    assert list(await status(talk)) == [WITHDRAW]
    async with bench.write() as unit:
        assert await unit.session.get(Moderator, talk.moderator_id) is not None
        assert await receipts_service.find_by_code(unit, talk.code) is not None
