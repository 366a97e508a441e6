"""Somebody who flooded the bot and is blocked: told kindly, once a day, and still able to look after what they sent."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from bot.app.commands import COMMANDS
from bot.chat.buttons import Act, encode
from bot.desk.people import service as people_service
from bot.reports import limits
from bot.reports.receipts import chat as receipts_chat
from bot.reports.receipts import service as receipts_service
from bot.reports.receipts.service import Use
from bot.store import drafting
from bot.store.unit import REPORT_FORM
from db.models import Block, DraftRow, Report
from tests.bench import Bench, count
from tests.bot.chat.chats import TEXTS, Chats, buttons, words
from tests.bot.chat.moderating import enrol
from tests.bot.chat.test_floods import DANGEROUS, dangerous, deleted, said, said_above
from tests.bot.reports.talking import ready
from tests.bot.reports.test_reminders import begin

ME, BOSS, SECOND, MODERATOR = 7_000_000_601, 11, 12, 13
CONTACT = "https://example.org/contact"


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats where little is allowed, with two administrators."""
    limits = {"updates_a_day": 20, "reports_a_day": 2, "organisation_contact": {"en": CONTACT}}
    bench.settings = bench.settings.model_copy(update=limits)
    return Chats(bench)


async def set_up(chats: Chats) -> None:
    """Two administrators and a moderator."""
    for chat, alias, role in (
        (BOSS, "Aspan", "admin"),
        (SECOND, "Bota", "admin"),
        (MODERATOR, "Samal", "moderator"),
    ):
        await enrol(chats, chat, alias, role)


async def block(chats: Chats) -> None:
    """Let me be blocked."""
    async with chats.bench.write() as unit:
        (boss, *_) = await people_service.admins(unit)
        found = await people_service.note_flood(unit, ME)
        assert found is not None
        await people_service.block(unit, boss, found[0])


async def test_a_flood_of_messages_is_told_to_administrators(chats: Chats) -> None:
    """Once, with a button and nothing of who it is; a tap blocks, and another ends it."""
    await set_up(chats)
    told = [calls for calls in [await chats.say(ME, "/help") for _ in range(24)] if len(calls) > 1]
    assert len(told) == 1
    assert [call.params["chat_id"] for call in told[0]] == [ME, BOSS, SECOND]
    notice = words(told[0], BOSS)
    assert ("more than 20 times" in notice, str(ME) in notice) == (True, False)
    (data,) = set(buttons(told[0]))
    calls = await chats.tap_data(BOSS, data)
    assert "for 30 days" in words(calls)
    (end,) = buttons(calls)
    chats.bench.later(24)
    assert "no new reports" in said(await chats.say(ME, "/start"))
    await chats.tap_data(SECOND, end)
    assert "no new reports" not in said(await chats.say(ME, "/start"))


async def test_a_flood_of_reports_is_told_too(chats: Chats) -> None:
    """When the last of the day is begun, and only then."""
    await set_up(chats)
    told = []
    for _ in range(2):
        told.append({call.params.get("chat_id") for call in await chats.say(ME, "/report")})
        await chats.say(ME, "/panic")
    told.append({call.params.get("chat_id") for call in await chats.say(ME, "/report")})
    assert told == [{ME}, {ME, BOSS, SECOND}, {ME}]


@pytest.mark.parametrize("written", ["/panic", "/withdraw", "/status 7K3Q-V9XM-20TB"])
async def test_a_flood_of_what_is_always_done_is_told_too(chats: Chats, written: str) -> None:
    """Nobody escapes being blocked by what they flood with."""
    await set_up(chats)
    told = [calls for calls in [await chats.say(ME, written) for _ in range(24)] if words(calls, BOSS)]
    assert len(told) == 1
    assert "more than 20 times" in words(told[0], BOSS)


async def test_a_flood_whose_first_message_too_many_came_inside_a_report_is_told(chats: Chats) -> None:
    """At the next one."""
    await set_up(chats)
    for _ in range(19):
        await chats.say(ME, "/help")
    await chats.batch(chats.written(ME, "/report"), chats.written(ME, "/help"), chats.written(ME, "/panic"))
    assert "more than 20 times" in words(await chats.say(ME, "/help"), BOSS)


async def test_a_flood_inside_a_report_is_told_and_nothing_of_it_refused(chats: Chats) -> None:
    """Once it is ten times as long as any other: whoever tells much is no flooder."""
    await set_up(chats)
    chats.bench.settings = chats.bench.settings.model_copy(update={"updates_a_day": 2})
    await chats.say(ME, "/report")
    answers = [await chats.say(ME, "/help") for _ in range(21)]
    told = [place for place, calls in enumerate(answers, start=2) if words(calls, BOSS)]
    assert told == [21]
    assert "more than 20 times" in words(answers[19], BOSS)
    assert all("/report" in words(calls, ME) for calls in answers)


async def test_additions_to_a_report_are_told_like_reports(chats: Chats) -> None:
    """When one is the last that may be begun on a day; trying for more is not told again."""
    await set_up(chats)
    await chats.say(ME, "/report")
    await chats.say(ME, "/panic")
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
        sealed = receipts_service.ticket(unit, code, unit.safe.pseudonyms.chat(ME), Use.STATE)
    assert "begun 2 reports" in words(await chats.tap(ME, Act("cadd", sealed)), BOSS)
    await chats.say(ME, "/panic")
    assert words(await chats.say(ME, "/report"), BOSS) == ""
    assert words(await chats.tap(ME, Act("cadd", sealed)), BOSS) == ""


async def test_who_found_no_room_among_todays_floods_is_noted_with_the_next_that_they_try(
    chats: Chats,
) -> None:
    """Once an administrator has blocked one of the others."""
    await set_up(chats)
    async with chats.bench.write() as unit:
        for place in range(people_service.MOST_FLOODS):
            await people_service.note_flood(unit, ME + 1 + place)
    for _ in range(2):
        await chats.say(ME, "/report")
        await chats.say(ME, "/panic")
    async with chats.bench.write() as unit:
        (boss, *_), (first, *_) = (
            await people_service.admins(unit),
            await people_service.list_blocks(unit, flooding=True),
        )
        await people_service.block(unit, boss, first.id)
    await chats.say(ME, "/report")
    async with chats.bench.read() as unit:
        assert len(await people_service.list_blocks(unit, flooding=True)) == people_service.MOST_FLOODS


async def test_many_floods_are_listed_and_not_told(chats: Chats) -> None:
    """No flood of accounts becomes a flood of notices; a moderator's many messages are none."""
    await set_up(chats)
    told = 0
    for person in range(5):
        calls = [call for _ in range(21) for call in await chats.say(ME + person, "/help")]
        told += any(call.params["chat_id"] == BOSS for call in calls)
    assert told == 3
    calls = await chats.say(BOSS, "/blocks")
    assert "Blocked accounts: 0" in words(calls)
    assert "over a limit today: 5" in words(calls)
    assert len(buttons(calls)) == 5
    for data in buttons(calls)[:2]:
        await chats.tap_data(BOSS, data)
    calls = await chats.say(BOSS, "/blocks")
    assert "Blocked accounts: 2" in words(calls)
    assert "h left" in words(calls)
    assert "amunblockall.." in buttons(calls)
    assert "Unblocked: 2." in words(await chats.tap(BOSS, Act("munblockall")))
    assert words(await chats.say(MODERATOR, "/blocks")) == TEXTS.text("en", "moderator.admins_only")


async def test_who_is_blocked_is_told_once_a_day_with_another_way(chats: Chats) -> None:
    """Kindly; nothing is begun. Taps stop spinning. Tomorrow it is said again."""
    await set_up(chats)
    await block(chats)
    first = said(await chats.say(ME, "/report"))
    assert "no new reports are taken" in first
    assert CONTACT in first
    assert [await chats.say(ME, sent) for sent in ("/report", "/start", "hello")] == [[], [], []]
    assert [call.method for call in await chats.tap(ME, Act("begin", "en"))] == ["answerCallbackQuery"]
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 0
    chats.bench.later(24)
    assert "no new reports are taken" in said(await chats.say(ME, "hello"))
    assert "no new reports" not in said(await chats.say(ME + 1, "/report"))


async def test_who_is_blocked_can_look_after_what_they_sent(chats: Chats) -> None:
    """Ask how it stands, withdraw it, clear the chat, read what is kept."""
    await set_up(chats)
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
    await block(chats)
    for words_sent in (f"/status {code}", code):
        assert TEXTS.text("ru", "reporter.status.new") in said(await chats.say(ME, words_sent))
    calls = await chats.say(ME, f"/withdraw {code}")
    (data,) = [one for one in buttons(calls) if one.startswith("awithdraw.")]
    await chats.tap_data(ME, data)
    async with chats.bench.read() as unit:
        assert (await unit.session.scalars(select(Report.status))).all() == ["withdrawn"]
    assert "not kept" in said(await chats.say(ME, "/privacy"))
    (shown,) = [call for call in await chats.tap(ME, Act("privacy")) if call.method == "editMessageText"]
    assert "account" in shown.params["text"]
    assert "deleteMessages" in [call.method for call in await chats.say(ME, "/panic")]


PROMPTS = ("reporter.status.code", "reporter.withdraw.code", "reporter.receipt.prove", "reporter.talk.part")


@pytest.mark.parametrize("prompt", PROMPTS)
async def test_who_is_blocked_in_the_middle_of_a_form_is_heard_with_the_code_that_was_asked_for(
    chats: Chats, prompt: str
) -> None:
    """Whole or in a sentence, or its last part: whatever the bot asked for. Other words are an answer to the form."""
    await set_up(chats)
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
        check = receipts_service.check_of(unit, code)
    await chats.tap(ME, Act("begin", "en"))
    await block(chats)
    asked = TEXTS.text("en", prompt, {"check": receipts_chat.unseen(check)} if prompt == PROMPTS[2] else {})
    heard = {
        "reporter.status.code": (f"It is {code}", TEXTS.text("en", "reporter.status.new")),
        "reporter.withdraw.code": (code, TEXTS.text("en", "reporter.withdraw.sure")),
        "reporter.receipt.prove": (code[-4:], TEXTS.text("en", "reporter.receipt.proved")),
        "reporter.talk.part": (code[-4:], TEXTS.text("en", "reporter.talk.form_open")),
    }
    typed, answer = heard[prompt]
    assert answer in said(await chats.reply(ME, typed, asked))
    answer = said(await chats.reply(ME, "It was at noon, near the bridge", asked))
    assert "Telegram" in answer  # the question at hand, again
    assert "no new reports" not in answer


def test_the_buttons_of_what_stays_allowed_are_allowed_too() -> None:
    """Whatever a command that deletes or tells can be asked for by; but nothing is added to a report unasked."""
    acts = {verb for one in COMMANDS if f"/{one.name}" in limits.BLOCKED_COMMANDS for verb in one.acts}
    assert acts == limits.BLOCKED_ACTS | {"cadd"}


async def test_who_is_blocked_can_delete_all_by_the_reminders_button(chats: Chats) -> None:
    """What was begun before is still theirs."""
    await set_up(chats)
    await chats.say(ME, "/report")
    await block(chats)
    async with chats.bench.read() as unit:
        (row,) = await drafting.rows_of(unit, [unit.safe.pseudonyms.chat(ME)])
    await chats.tap(ME, Act("panicnow", row.id[:4], str(row.step)))
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 0


async def test_what_was_begun_can_be_deleted(chats: Chats) -> None:
    """By /cancel and its button."""
    await set_up(chats)
    await chats.say(ME, "/report")
    await block(chats)
    calls = await chats.say(ME, "/cancel")
    (sure,) = [one for one in buttons(calls) if ".ca." in one and one.endswith(".1")]
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 1
    await chats.tap_data(ME, sure)
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 0


@pytest.mark.parametrize("times", [0, 30])
async def test_what_was_begun_goes_on_until_it_is_sent(chats: Chats, times: int) -> None:
    """Nobody is refused in the middle of a report, however much they write; the next one is not begun, also in the same moment."""
    await set_up(chats)
    await ready(chats, ME)
    await block(chats)
    edit, back, send = (TEXTS.text("ru", key) for key in ("flow.edit", "flow.back", "flow.send"))
    for _ in range(times):
        assert "/report" in said(await chats.say(ME, "/help"))
    assert TEXTS.text("ru", "flow.edit.which") in said(await chats.say(ME, edit))
    await chats.say(ME, back)
    calls = await chats.batch(chats.written(ME, send), chats.written(ME, "/report"))
    assert TEXTS.text("ru", "reporter.receipt.then") in said(calls)
    assert "no new reports are taken" in said(calls)
    async with chats.bench.read() as unit:
        assert (await count(unit, Report), await count(unit, DraftRow)) == (1, 0)


async def test_what_was_begun_can_be_sent_as_it_is_by_the_reminders_button(chats: Chats) -> None:
    """It is urgent, and was begun before."""
    await set_up(chats)
    await begin(chats, ME)
    await block(chats)
    async with chats.bench.read() as unit:
        (row,) = await drafting.rows_of(unit, [unit.safe.pseudonyms.chat(ME)])
    calls = await chats.tap(ME, Act("sendnow", row.id[:4], str(row.step)))
    assert TEXTS.text("ru", "reporter.receipt.then") in said(calls)
    async with chats.bench.read() as unit:
        assert await count(unit, Report) == 1


async def test_what_is_left_of_a_form_that_is_over_leaves_the_chat_of_who_is_blocked(chats: Chats) -> None:
    """Nothing else deletes such a copy."""
    await set_up(chats)
    data = await ready(chats, ME)
    await chats.say(ME, "/panic")
    await block(chats)
    assert any(call.is_deletion for call in await chats.tap_data(ME, data))


async def test_a_code_that_is_put_into_an_older_message_is_heard(chats: Chats) -> None:
    """As one that is written anew."""
    await set_up(chats)
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
    await block(chats)
    edited = chats.written(ME, f"It is {code}")["message"] | {"edit_date": 1_790_000_000}
    calls = await chats.batch({"edited_message": edited})
    assert TEXTS.text("ru", "reporter.status.new") in said(calls)


@pytest.mark.parametrize(("kind", "what"), DANGEROUS)
async def test_what_endangers_who_is_blocked_leaves_the_chat(
    chats: Chats, kind: str, what: Mapping[str, Any]
) -> None:
    """Also once that they are blocked was said."""
    await set_up(chats)
    await block(chats)
    await chats.say(ME, "/report")
    sent = dangerous(chats, kind, what, ME)
    calls = await chats.batch(sent)
    assert deleted(calls) == {sent["message"]["message_id"]}
    assert said(calls) == ""


async def test_a_file_of_whoever_is_blocked_is_not_taken_whatever_its_caption(chats: Chats) -> None:
    """A caption that begins with a slash is no command."""
    await set_up(chats)
    await block(chats)
    update = chats.written(ME, "/help")
    message = update["message"]
    message |= {"caption": message.pop("text"), "caption_entities": message.pop("entities")}
    message["photo"] = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    assert "no new reports are taken" in said(await chats.batch(update))


async def test_a_moderator_is_never_blocked(chats: Chats) -> None:
    """Whoever blocked a colleague's account before they were enrolled."""
    await set_up(chats)
    async with chats.bench.write() as unit:
        (boss, *_) = await people_service.admins(unit)
        found = await people_service.note_flood(unit, MODERATOR)
        assert found is not None
        await people_service.block(unit, boss, found[0])
    assert "queue" in words(await chats.say(MODERATOR, "/queue")).lower()


async def test_a_number_that_is_over_is_said(chats: Chats) -> None:
    """Above the chat, with where the list is."""
    await set_up(chats)
    await block(chats)
    async with chats.bench.read() as unit:
        number = await unit.session.scalar(select(Block.id))
    assert "/blocks" in said_above(await chats.tap(BOSS, Act("mblock", str(number))))
    await chats.tap(BOSS, Act("munblock", str(number)))
    assert "/blocks" in said_above(await chats.tap(BOSS, Act("munblock", str(number))))


async def test_what_was_begun_can_be_deleted_by_words_and_by_a_reminders_button(chats: Chats) -> None:
    """As by the buttons of the form."""
    await set_up(chats)
    await block(chats)
    words = TEXTS.text("ru", "flow.cancel.sure")
    for by_words in (True, False):
        async with chats.bench.write() as unit:
            await drafting.start(unit, unit.safe.pseudonyms.chat(ME), REPORT_FORM, "ru")
        await chats.say(ME, "/cancel")
        async with chats.bench.read() as unit:
            (row,) = await drafting.rows_of(unit, [unit.safe.pseudonyms.chat(ME)])
        named = encode(Act("panicnow", row.id[:4], str(row.step)))
        await chats.batch(chats.written(ME, words) if by_words else chats.tapped(ME, named))
        async with chats.bench.read() as unit:
            assert await count(unit, DraftRow) == 0


def test_every_button_of_the_commands_that_stay_stays() -> None:
    """Whatever is added to them: a button that deletes must not be forgotten here."""
    theirs = [one for one in COMMANDS if f"/{one.name}" in limits.BLOCKED_COMMANDS]
    assert len(theirs) == len(limits.BLOCKED_COMMANDS)
    assert {verb for one in theirs for verb in one.acts} == limits.BLOCKED_ACTS | {"cadd"}


def test_the_commands_that_stay_are_those_of_the_text() -> None:
    """And each exists."""
    for language in ("kk", "ru", "en"):
        named = {
            word
            for word in ("/status", "/withdraw", "/panic")
            if word in TEXTS.text(language, "reporter.blocked")
        }
        assert named <= set(limits.BLOCKED_COMMANDS)
        assert len(named) == 3
