"""What one person can ask on a day, and what is said then: kindly, and never in the middle of a report."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act, Tap, encode
from bot.form.events import Submit
from bot.reports import limits
from bot.reports.receipts import chat as receipts_chat
from bot.reports.receipts import service as receipts_service
from bot.reports.receipts.service import Use
from bot.transport.backlog import Backlog
from bot.transport.call import Call, DeliverySnapshot
from db.models import DraftRow, Report
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats, buttons
from tests.bot.reports.talking import begun

ME = 7_000_000_001
WRONG = "7K3Q-V9XM-20TB"


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats where little is allowed."""
    limits = {"updates_a_day": 20, "reports_a_day": 2, "guesses_a_day": 3}
    bench.settings = bench.settings.model_copy(update=limits)
    return Chats(bench)


def said(calls: list) -> str:  # type: ignore[type-arg] # calls of whatever kind
    """What the bot said."""
    return "\n".join(str(call.params.get("text", "")) for call in calls)


async def test_whoever_writes_very_often_is_told_once_and_then_not_answered(chats: Chats) -> None:
    """Until the next day."""
    answers = [await chats.say(ME, "/help") for _ in range(25)]
    assert all("/report" in said(answer) for answer in answers[:20])
    assert "in the morning" in said(answers[20])
    assert answers[21:] == [[]] * 4
    chats.bench.later(24)
    assert "/report" in said(await chats.say(ME, "/help"))


async def test_in_the_middle_of_a_report_everything_is_answered(chats: Chats) -> None:
    """However often somebody writes."""
    await chats.say(ME, "/report")
    answers = [await chats.say(ME, "/help") for _ in range(30)]
    assert all("/report" in said(answer) for answer in answers)


async def test_what_is_told_inside_a_report_is_not_counted_against_the_day(chats: Chats) -> None:
    """However long the report was: whoever has told it is answered as anybody else."""
    await chats.say(ME, "/report")
    for _ in range(30):
        await chats.say(ME, "/help")
    await chats.say(ME, "/panic")
    answers = [await chats.say(ME, "/help") for _ in range(18)]
    assert all("/report" in said(answer) for answer in answers)


async def exhaust(chats: Chats) -> None:
    """Write more than is answered on a day."""
    for _ in range(22):
        await chats.say(ME, "/help")


async def test_the_code_of_a_receipt_can_be_proved_however_much_was_written(chats: Chats) -> None:
    """By the button and the last part, wrong or right: the chat is cleared, the code with it."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
        check = receipts_service.check_of(unit, code)
    await exhaust(chats)
    asked = str((await chats.tap(ME, Act("prove", check, "en")))[-1].params["text"])
    assert asked == TEXTS.text("en", receipts_chat.PROOF, {"check": receipts_chat.unseen(check)})
    assert "not the last four characters" in said(await chats.reply(ME, "0OO0", asked))
    assert TEXTS.text("en", "reporter.receipt.proved") in said(await chats.reply(ME, code[-4:], asked))


@pytest.mark.parametrize("act", [Act("clear", "", "en"), Act("nocode", "en")])
async def test_a_receipt_leaves_the_chat_however_much_was_written(chats: Chats, act: Act) -> None:
    """By either of its buttons, and the tap is answered."""
    await exhaust(chats)
    calls = await chats.tap(ME, act)
    assert [call for call in calls if call.method == "answerCallbackQuery"]
    assert [call for call in calls if call.is_deletion or call.deletes]


async def test_a_report_can_be_looked_up_and_its_way_back_ended_however_much_was_written(
    chats: Chats,
) -> None:
    """By /status with or without the code, by the code alone, and by the button below it; the message with the code goes."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
    await exhaust(chats)
    assert TEXTS.text("en", "reporter.status.code") in said(await chats.say(ME, "/status"))
    for typed in (f"/status {code}", f"It is {code}"):
        calls = await chats.say(ME, typed)
        assert TEXTS.text("ru", "reporter.status.new") in said(calls)
        assert any(call.deletes for call in calls)
    async with chats.bench.read() as unit:
        button = receipts_service.ticket(unit, code, unit.safe.pseudonyms.chat(ME), Use.STATE)
    assert TEXTS.text("ru", "reporter.talk.never.done") in said(await chats.tap(ME, Act("cnever", button)))


@pytest.mark.parametrize("verb", ["curgent", "csafe", "cread", "clet"])
async def test_somebody_in_danger_can_say_so_however_much_was_written(chats: Chats, verb: str) -> None:
    """By each button below the state of a report, as whoever is blocked can."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
        button = receipts_service.ticket(unit, code, unit.safe.pseudonyms.chat(ME), Use.STATE)
    await exhaust(chats)
    calls = await chats.tap(ME, Act(verb, button))
    assert "in the morning" not in said(calls) + said_above(calls)
    async with chats.bench.read() as unit:
        assert (await unit.session.scalars(select(Report.urgent))).all() == [verb == "curgent"]


async def test_what_moderators_ask_can_be_opened_however_much_was_written(bench: Bench, chats: Chats) -> None:
    """By the notice and the last part of the code; then a form is open, in which everything is answered."""
    talk = await begun(bench, ME, chats)
    await talk.ask("when")
    await exhaust(chats)
    assert TEXTS.text("ru", "reporter.talk.part") in said(await chats.tap(ME, Act("qopen")))
    asked = TEXTS.text("ru", "reporter.talk.part")
    assert buttons(await chats.reply(ME, talk.code[-4:], asked))


async def test_that_somebody_is_in_danger_is_kept_in_a_flood_of_ones_own(chats: Chats) -> None:
    """Where all else of it is dropped."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
        button = receipts_service.ticket(unit, code, unit.safe.pseudonyms.chat(ME), Use.STATE)
    flood = [chats.written(ME, "…") for _ in range(60)]
    await chats.batch(*flood, chats.tapped(ME, encode(Act("curgent", button))))
    await turns(chats)
    async with chats.bench.read() as unit:
        assert (await unit.session.scalars(select(Report.urgent))).all() == [True]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (receipts_chat.WITHDRAWAL_CODE, "reporter.withdraw.sure"),
        (receipts_chat.STATUS_CODE, "reporter.status.new"),
        ("", "reporter.status.new"),
    ],
)
async def test_the_code_that_was_asked_for_is_kept_in_a_flood_of_ones_own(
    chats: Chats, asked: str, answer: str
) -> None:
    """And so is a code with a few words; its message leaves the chat."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
    sent = chats.written(ME, f"It is {code}")
    if asked:
        sent = chats.replied(ME, code, TEXTS.text("en", asked))
    await chats.batch(*[chats.written(ME, "…") for _ in range(60)], sent)
    answers = await turns(chats)
    assert TEXTS.text("en", answer) in said(answers)  # of the report that the flood began
    assert sent["message"]["message_id"] in {one for call in answers for one in call.doomed}


async def test_a_code_that_is_put_into_an_older_message_is_kept_in_a_flood_of_ones_own(chats: Chats) -> None:
    """It leaves the chat as any other."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
    sent = edited(chats.written(ME, f"It is {code}"))
    await chats.batch(*[chats.written(ME, "…") for _ in range(60)], sent)
    answers = await turns(chats)
    assert sent["edited_message"]["message_id"] in {one for call in answers for one in call.doomed}


async def test_a_part_of_the_code_that_opens_a_question_is_kept_in_a_flood_of_ones_own(
    bench: Bench, chats: Chats
) -> None:
    """The reply to what moderators asked begins with it."""
    talk = await begun(bench, ME, chats)
    await talk.ask("when")
    part = chats.replied(ME, talk.code[-4:], TEXTS.text("ru", "reporter.talk.part"))
    await chats.batch(*[chats.written(ME, "…") for _ in range(60)], part)
    await turns(chats)
    async with bench.read() as unit:
        assert await count(unit, DraftRow) == 1


async def test_a_status_is_kept_in_a_flood_of_ones_own(chats: Chats) -> None:
    """As it is done beyond the limit."""
    await chats.batch(*[chats.written(ME, "…") for _ in range(60)], chats.written(ME, "/status"))
    assert TEXTS.text("en", receipts_chat.STATUS_CODE) in said(await turns(chats))


def test_a_long_text_is_not_searched_for_a_code() -> None:
    """Whoever sends one writes little beside it, and each long text of a flood would cost a search."""
    for spaces in (10, 5000):
        raw = {"update_id": 1, "message": {"text": WRONG + " " * spaces}}
        assert limits.is_urgent(TEXTS, raw) is (spaces == 10)


async def test_every_tap_beyond_the_limit_is_answered(chats: Chats) -> None:
    """A button that says nothing seems broken: the first time by a message, then above the chat."""
    for _ in range(20):
        await chats.say(ME, "/help")
    first = await chats.tap(ME, Act("begin", "en"))
    assert [call.method for call in first] == ["answerCallbackQuery", "sendMessage"]
    assert "in the morning" in said(first)
    again = await chats.tap(ME, Act("begin", "en"))
    assert "in the morning" in said_above(again)
    assert len(again) == 1


async def test_it_is_said_at_the_first_refusal_though_something_else_was_done_before(chats: Chats) -> None:
    """Once a day, with what still is done."""
    for _ in range(20):
        await chats.say(ME, "/help")
    await chats.say(ME, "/panic")
    told = said(await chats.say(ME, "/help"))
    assert "in the morning" in told
    assert "/withdraw" in told
    await chats.say(ME, "/panic")
    assert await chats.say(ME, "/help") == []


async def test_the_buttons_of_a_receipt_are_kept_in_a_flood_of_ones_own(chats: Chats) -> None:
    """Where all else of it is dropped; a withdrawal that waits already is not dropped for them."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
        sealed = receipts_service.ticket(unit, code, unit.safe.pseudonyms.chat(ME), Use.WITHDRAWAL)
    flood = [chats.written(ME, "…") for _ in range(60)]
    await chats.batch(*flood, chats.tapped(ME, encode(Act("withdraw", sealed))))
    await chats.batch(chats.tapped(ME, encode(Act("clear", "", "en"))))
    assert TEXTS.text("en", "reporter.cleared", {"hours": 47}) in said_above(await turns(chats))
    async with chats.bench.read() as unit:
        assert (await unit.session.scalars(select(Report.status))).all() == ["withdrawn"]


async def test_the_part_of_a_code_that_was_asked_for_is_kept_in_a_flood_of_ones_own(chats: Chats) -> None:
    """Another word in reply to the same question is dropped as all else."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
        check = receipts_service.check_of(unit, code)
    asked = TEXTS.text("en", receipts_chat.PROOF, {"check": receipts_chat.unseen(check)})
    await chats.batch(*[chats.written(ME, "…") for _ in range(60)], chats.replied(ME, "What?", asked))
    assert "not the last four characters" not in said(await turns(chats))
    await chats.batch(*[chats.written(ME, "…") for _ in range(20)], chats.replied(ME, code[-4:], asked))
    assert TEXTS.text("en", "reporter.receipt.proved") in said(await turns(chats))


PLACE = {"latitude": 51.1, "longitude": 71.4}
DANGEROUS: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("contact", {"phone_number": "+77010000000", "first_name": "A"}),
    ("location", PLACE),
    ("location", {**PLACE, "live_period": 600}),
    ("venue", {"location": PLACE, "title": "A", "address": "B"}),
    ("text", {}),
)


def dangerous(chats: Chats, kind: str, what: Mapping[str, Any], chat: int = ME) -> dict[str, Any]:
    """An update with something that must not stay in a chat; of words, a code behind a command that is not answered."""
    return chats.shared(chat, kind, **what) if what else chats.written(chat, f"/language {WRONG}")


def edited(sent: dict[str, Any]) -> dict[str, Any]:
    """An update with an older message that was changed to this."""
    return {"edited_message": {**sent["message"], "edit_date": 1_790_000_000}}


def deleted(calls: Sequence[Call]) -> set[int]:
    """The messages that calls delete, and do not give up to."""
    return {
        one for call in calls if call.is_deletion and call.essential and call.if_left for one in call.doomed
    }


@pytest.mark.parametrize(("kind", "what"), DANGEROUS)
async def test_what_endangers_somebody_leaves_the_chat_though_nothing_is_answered(
    chats: Chats, kind: str, what: Mapping[str, Any]
) -> None:
    """Beyond the limit of the day, without a word."""
    await exhaust(chats)
    sent = dangerous(chats, kind, what)
    calls = await chats.batch(sent)
    assert deleted(calls) == {sent["message"]["message_id"]}
    assert said(calls) == ""


async def test_what_endangers_somebody_leaves_the_chat_though_it_is_dropped(chats: Chats) -> None:
    """In a flood of one's own; by one call, and nothing else of the flood goes."""
    sent = [dangerous(chats, kind, what) for kind, what in DANGEROUS]
    sent[2] = edited(sent[2])
    flood = [chats.written(ME, "…") for _ in range(30)]
    calls = await chats.batch(*flood, *sent, *[chats.written(ME, "…") for _ in range(60)])
    assert len([call for call in calls if call.is_deletion]) == 1
    assert deleted(calls) == {(one.get("message") or one["edited_message"])["message_id"] for one in sent}


async def test_of_a_flood_beyond_twice_the_limit_nothing_is_looked_at(chats: Chats) -> None:
    """Else each message of it would cost a search for codes."""
    await chats.batch(*[chats.written(ME, "…") for _ in range(40)])
    assert deleted(await chats.batch(dangerous(chats, "text", {}))) == set()


async def test_a_withdrawal_waits_however_often_panic_is_tapped(chats: Chats) -> None:
    """By the button or the command, which count once each: in a flood of one's own the withdrawal is done with them."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
        sealed = receipts_service.ticket(unit, code, unit.safe.pseudonyms.chat(ME), Use.WITHDRAWAL)
    flood = [chats.written(ME, "…") for _ in range(60)]
    await chats.batch(*flood, chats.tapped(ME, encode(Act("withdraw", sealed))))
    for _ in range(8):
        await chats.batch(chats.tapped(ME, encode(Act("panicnow"))), chats.written(ME, "/panic"))
    await turns(chats)
    async with chats.bench.read() as unit:
        assert (await unit.session.scalars(select(Report.status))).all() == ["withdrawn"]


async def test_a_code_that_loses_its_place_leaves_the_chat(chats: Chats) -> None:
    """As what is dropped at once does."""
    await chats.batch(*[chats.written(ME, "…") for _ in range(25)])
    sent = [chats.written(ME, f"/withdraw {WRONG[:-1]}{last}") for last in range(7)]
    calls = [call for one in sent for call in await chats.batch(one)]
    assert deleted(calls) == {one["message"]["message_id"] for one in sent[:2]}


async def test_it_is_said_that_nothing_more_is_answered_while_the_bot_is_busy(chats: Chats) -> None:
    """Though the first update beyond the limit was done all the same."""
    await chats.batch(*[chats.written(ME, "…") for _ in range(20)], chats.tapped(ME, encode(stale())))
    assert "in the morning" not in said(await turns(chats))
    await chats.batch(*[chats.written(ME + place, "…") for place in range(1, 21) for _ in range(6)])
    await chats.batch(*[chats.written(ME, "…") for _ in range(3)])
    told = [call for call in await turns(chats) if "in the morning" in said([call])]
    assert [call.params["chat_id"] for call in told] == [ME]


def stale() -> Tap:
    """A button of a form that is over."""
    return Tap("0000", 1, Submit())


async def test_a_tap_that_is_dropped_is_answered(chats: Chats) -> None:
    """As one that is refused; one that another on the same button repeats, without a word."""
    flood = [chats.written(ME, "…") for _ in range(25)]
    taps = [chats.tapped(ME, encode(act)) for act in (Act("begin", "en"), Act("panicnow"), Act("panicnow"))]
    calls = [call for call in await chats.batch(*flood, *taps) if call.method == "answerCallbackQuery"]
    assert [call.params.get("text", "") for call in calls] == [
        TEXTS.text("en", "reporter.enough_today")[:200],
        "",
    ]


async def test_somebody_who_has_begun_many_reports_is_refused_another(chats: Chats) -> None:
    """But goes on with the one that is open; another person begins theirs."""
    for _ in range(2):
        await chats.say(ME, "/report")
        open_ = await chats.say(ME, "/report")
        assert "in the morning" not in said(open_)
        await chats.say(ME, "/cancel")
        await chats.say(ME, "Yes, delete everything")
    assert "no more than 2 reports" in said(await chats.say(ME, "/report"))
    assert "no more than 2 reports" not in said(await chats.say(ME + 1, "/report"))
    chats.bench.later(24)
    assert "no more than 2 reports" not in said(await chats.say(ME, "/report"))


async def test_guesses_at_codes_are_limited(chats: Chats) -> None:
    """Wrong ones count, for /status and /withdraw together; then not even a right one is tried. The button is no guess: the bot
    gave it to this chat for a right code."""
    async with chats.bench.write() as unit:
        receipt = await chats.bench.submit(unit)
        button = receipts_service.ticket(unit, receipt.code, unit.safe.pseudonyms.chat(ME), Use.WITHDRAWAL)
    for command in ("/status", "/withdraw", "/status"):
        assert "no report with this code" in said(await chats.say(ME, f"{command} {WRONG}"))
    for command in ("/status", "/withdraw"):
        assert "in the morning" in said(await chats.say(ME, f"{command} {receipt.code}"))
    assert "in the morning" not in said_above(await chats.tap(ME, Act("withdraw", button)))
    assert "in the morning" not in said(await chats.say(ME + 1, f"/status {receipt.code}"))
    chats.bench.later(24)
    assert "in the morning" not in said(await chats.say(ME, f"/status {receipt.code}"))


async def test_words_of_a_story_are_no_guesses(chats: Chats) -> None:
    """Three words of four letters are spelled with the letters of a code, and an identity number with its digits: whoever tells
    of people at length can withdraw on the same day."""
    async with chats.bench.write() as unit:
        receipt = await chats.bench.submit(unit)
    await chats.say(ME, "/report")
    for _ in range(3):
        await chats.say(ME, "At night they came with them. 900101300123")
    assert "in the morning" not in said(await chats.say(ME, f"/withdraw {receipt.code}"))


async def test_a_right_code_is_no_guess(chats: Chats) -> None:
    """However often its report is looked at."""
    async with chats.bench.write() as unit:
        receipt = await chats.bench.submit(unit)
    answers = [said(await chats.say(ME, f"/status {receipt.code}")) for _ in range(5)]
    assert len(set(answers)) == 1


@pytest.mark.parametrize("typed", ["/panic", "/PANIC@kuager_bot now"])
async def test_whoever_floods_the_bot_can_still_have_all_destroyed(chats: Chats, typed: str) -> None:
    """Also in the middle of their own flood, where most is dropped: what they write last is kept until its turn comes."""
    flood = [chats.written(ME, "…") for _ in range(60)]
    await chats.batch(*flood, chats.written(ME, typed))
    answers = await turns(chats)
    deleted = [one for call in answers for one in call.doomed]
    assert flood[0]["message"]["message_id"] in deleted
    assert "Done" in said(answers)


async def test_whoever_floods_the_bot_can_still_withdraw(chats: Chats) -> None:
    """By the command with the code, and by the button below it."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
    flood = [chats.written(ME, "…") for _ in range(60)]
    await chats.batch(*flood, chats.written(ME, f"/withdraw {code}"))
    (surely,) = [data for data in buttons(await turns(chats)) if data.startswith("awithdraw.")]
    await chats.batch(*[chats.written(ME, "…") for _ in range(60)], chats.tapped(ME, surely))
    assert TEXTS.text("en", "reporter.withdraw.done") in said(await turns(chats))


async def test_a_cancel_that_had_to_wait_counts_where_a_form_is_open(chats: Chats) -> None:
    """The day began with it: nothing of it is dropped."""
    await chats.say(ME, "/report")
    chats.bench.later(24)
    await chats.batch(*[chats.written(ME, "…") for _ in range(60)], chats.written(ME, "/cancel"))
    assert "Yes, delete everything" in str([call.params for call in await turns(chats)])


async def turns(chats: Chats) -> list[Call]:
    """What the bot owes once all that waits has had its turn."""
    owed: list[Call] = []
    while turn := await Backlog(chats.bench.read).next(50, 50):
        async with chats.bench.write() as unit:
            rows = (await chats.processor.process_waiting(unit, turn, DeliverySnapshot())).rows
        owed += [Call.load(chats.bench.safe.ring, row) for row in rows]
    return owed


def said_above(calls: list) -> str:  # type: ignore[type-arg] # the same
    """What a tap was answered by, above the chat."""
    return "\n".join(
        str(call.params.get("text", "")) for call in calls if call.method == "answerCallbackQuery"
    )
