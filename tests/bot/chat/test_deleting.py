"""What is promised to be deleted: it goes, however Telegram and the network fail, or the person is told that it stays."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.buttons import Act, Tap, encode
from bot.form.events import Cancel, Event
from bot.store import drafting, faults, sent_messages
from bot.transport.call import Call, Delivered, DeliverySnapshot
from db.models import DraftRow, OutboxRow
from tests.bench import count
from tests.bot.chat.chats import TEXTS, Chats, buttons
from tests.bot.chat.reporting import ME, OTHER, bot_texts, to_story
from tests.bot.conftest import MakeBot, MakePhone, Telegram

LEFT, MAY_REMAIN = TEXTS.text("ru", "reporter.left"), TEXTS.text("ru", "reporter.may_remain")
DELETED = TEXTS.text("ru", "reporter.refused.deleted")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in the network is tried again at once."""
    monkeypatch.setattr(faults, "SEND_BACKOFF", faults.Backoff(0.01, 0.05))


async def press(chats: Chats, event: Event) -> list[Call]:
    """A tap on a button of the open form, on a message that the bot does not know."""
    async with chats.bench.read() as unit:
        hashed = unit.safe.pseudonyms.chat(ME)
        row = (await drafting.load(unit, [hashed]))[hashed].row
    return await chats.tap_data(ME, encode(Tap(row.id[:4], row.step, event)))


async def withdraw(chats: Chats, code: str) -> list[Call]:
    """Somebody withdraws a report by its code."""
    (sure, _) = buttons(await chats.say(9, f"/withdraw {code}"))
    return await chats.tap_data(9, sure)


def said(calls: list[Call]) -> str:
    """All that is said."""
    return "\n".join(str(call.params["text"]) for call in calls if call.method == "sendMessage")


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("kind", ["contact", "live location", "code"])
async def test_what_may_endanger_somebody_is_deleted_after_an_outage_and_only_then_said_to_be(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, kind: str
) -> None:
    """A contact, a live location, a code: more 502s than one request is tried."""
    phone = await phone_of(ME)
    async with bot():
        await to_story(phone)
        await telegram.set("failures", method="deleteMessage", code=502, count=6)
        if kind == "contact":
            sent = await phone.send("contact", phone_number="+7", first_name="A")
        elif kind == "live location":
            sent = await phone.locate(43.2, 76.9, live_period=600)
        else:
            sent = await phone.say("/status 7K3QV9XM20TB")
        await telegram.until_called("deleteMessage", 1)
        assert DELETED not in "".join(bot_texts(phone))
        await phone.until(lambda: sent.id not in {bubble.id for bubble in phone.messages})
        if kind != "code":
            await phone.wait(DELETED)


async def test_a_kill_does_not_lose_what_is_to_be_deleted(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """It is a row of the outbox: the next start does it."""
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        await telegram.set("failures", method="deleteMessage", code=502, seconds=600)
        sent = await phone.send("contact", phone_number="+7", first_name="A")
        await telegram.until_called("deleteMessage", 1)
        running_.sender._stopping = True  # as a kill: nothing more is sent
        for task in set(running_.sender._tasks):
            task.cancel()
    assert sent.id in {bubble.id for bubble in phone.messages}
    await telegram.set("reset")
    async with bot():
        await phone.until(lambda: sent.id not in {bubble.id for bubble in phone.messages})
        await phone.wait(DELETED)


async def test_all_that_can_be_deleted_is_and_what_cannot_is_pointed_at(
    bot: MakeBot, phone_of: MakePhone
) -> None:
    """A dice among the messages: each other one goes, and a reply to the dice says how to delete it by hand."""
    phone = await phone_of(ME)
    async with bot():
        await to_story(phone)
        dice = await phone.send("dice")
        await phone.say("/cancel")
        await phone.tap("Да, удалить", fresh=True)
        await phone.wait(LEFT)
        assert [bubble.id for bubble in phone.messages if bubble.mine] == [dice.id]
        told = [bubble for bubble in phone.messages if bubble.text == LEFT]
        assert [bubble.raw["reply_to_message"]["message_id"] for bubble in told] == [dice.id]
        assert len(phone.messages) == 3  # the dice, what is left, and that all is deleted


async def test_whoever_may_have_a_message_that_the_bot_does_not_know_of_is_told(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Telegram's answer was lost, so the question stands there twice. The copy that was tapped goes in any case."""
    phone = await phone_of(ME)
    async with bot():
        await phone.say("/start")
        await phone.wait("Можно сохранить")
        await telegram.set("failures", method="sendMessage", chat_id=ME, drop="after")
        await phone.say("/report")
        await phone.until(lambda: len({bubble.id for bubble in phone.messages if not bubble.mine}) >= 3)
        await telegram.until_called("sendMessage", 4)
        await phone.say("/cancel")
        await phone.tap("Да, удалить", fresh=True)
        await phone.wait(MAY_REMAIN)


async def test_the_tapped_message_is_always_deleted(chats: Chats) -> None:
    """Though its id was never known: its answer was lost, or the person tapped the copy."""
    await chats.tap(ME, Act("begin", "ru"))
    calls = await press(chats, Cancel(sure=True))
    assert chats.last_id in {number for call in calls for number in call.doomed}


async def test_a_tapped_copy_is_deleted_later_too(chats: Chats) -> None:
    """Once it was tapped its id is known."""
    await chats.tap(ME, Act("begin", "ru"))
    copy = chats.last_id
    calls = await chats.tap(ME, Act("clear"))
    assert copy in {number for call in calls for number in call.doomed}


@pytest.mark.parametrize("then", ["nothing", "another report"])
async def test_a_tapped_copy_of_a_form_that_has_ended_is_deleted(chats: Chats, then: str) -> None:
    """The bot did not know of it when the chat was cleared."""
    await chats.tap(ME, Act("begin", "ru"))
    async with chats.bench.read() as unit:
        row = (await unit.session.scalars(select(DraftRow))).one()
    copy = encode(Tap(row.id[:4], row.step, Cancel(sure=True)))
    await press(chats, Cancel(sure=True))
    if then == "another report":
        await chats.tap(ME, Act("begin", "ru"))
    calls = await chats.tap_data(ME, copy)
    assert [chats.last_id] in [list(call.doomed) for call in calls if call.essential]


async def test_a_tapped_copy_of_the_question_before_a_withdrawal_is_deleted(chats: Chats) -> None:
    """It still asks once the report is withdrawn."""
    async with chats.bench.write() as unit:
        code = (await chats.bench.submit(unit)).code
    (sure, _) = buttons(await chats.say(9, f"/withdraw {code}"))
    await chats.tap_data(9, sure)
    calls = await chats.tap_data(9, sure)
    assert [chats.last_id] in [list(call.doomed) for call in calls if call.essential]


async def test_a_lost_answer_is_told_when_the_chat_is_cleared(chats: Chats) -> None:
    """And once: then nothing is known of it any more."""
    await chats.say(ME, "/help")
    lost = DeliverySnapshot([Delivered(row, (chats.number(),), doubtful=True) for row in chats.rows])
    await chats.batch(drained=lost)
    assert TEXTS.text("en", "reporter.may_remain") in said(await chats.tap(ME, Act("clear")))
    assert TEXTS.text("en", "reporter.may_remain") not in said(await chats.tap(ME, Act("clear")))


async def test_a_moderator_who_may_still_have_a_withdrawn_report_is_told(chats: Chats) -> None:
    """Telegram's answer to what showed it was lost; or Telegram does not let it be deleted."""
    bench = chats.bench
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        receipt = await bench.submit(unit)
        sent_messages.note(unit, moderator.chat_hash, 4001, receipt.report.id)
        sent_messages.note_doubt(unit, moderator.chat_hash, receipt.report.id)
    calls = await withdraw(chats, receipt.code)
    ref = {"ref": receipt.report.ref}
    assert TEXTS.text("ru", "moderator.may_remain", ref) in said(calls)
    (row,) = [one for one, call in zip(chats.rows, calls, strict=True) if 4001 in call.doomed]
    replies = await chats.batch(drained=DeliverySnapshot([Delivered(row, left=(4001,))]))
    assert [call.params["reply_parameters"] for call in replies] == [{"message_id": 4001}]
    assert said(replies) == TEXTS.text("ru", "moderator.left", ref)


async def test_a_message_that_cannot_be_deleted_yet_is_tried_again_later(chats: Chats) -> None:
    """A dice can be deleted after a day."""
    await chats.say(ME, "/help")
    calls = await chats.tap(ME, Act("clear"))
    (row,) = [one for one, call in zip(chats.rows, calls, strict=True) if call.is_deletion]
    await chats.batch(drained=DeliverySnapshot([Delivered(row, left=(1,))]))
    calls = await chats.tap(ME, Act("clear"))
    assert 1 in {number for call in calls for number in call.doomed}


@pytest.mark.parametrize("tried", [False, True])
async def test_what_a_chat_was_owed_does_not_come_after_it_was_cleared(chats: Chats, tried: bool) -> None:
    """It would stand there. What may have been shown by then is told; what was under way is deleted as it arrives."""
    await chats.say(ME, "/help")
    (row,) = chats.rows
    known = DeliverySnapshot(tried=frozenset({row.id} if tried else ()))
    calls = await chats.batch(chats.tapped(ME, encode(Act("clear"))), drained=known)
    assert (TEXTS.text("en", "reporter.may_remain") in said(calls)) == tried
    async with chats.bench.read() as unit:
        assert await unit.session.get(OutboxRow, row.id) is None
    (call,) = await chats.batch(drained=DeliverySnapshot([Delivered(row, (55,))]))
    assert (call.is_deletion, list(call.doomed), call.essential) == (True, [55], True)


async def test_what_is_to_be_deleted_is_still_deleted_after_a_chat_was_cleared(chats: Chats) -> None:
    """Of a moderator's chat: nothing else knows the ids of what showed a withdrawn report."""
    bench = chats.bench
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        receipt = await bench.submit(unit)
        sent_messages.note(unit, moderator.chat_hash, 4001, receipt.report.id)
    await withdraw(chats, receipt.code)
    owed = {row.id for row in chats.rows if row.chat_hash == moderator.chat_hash}
    await chats.tap(7_000_000_001, Act("clear"))
    async with bench.read() as unit:
        rows = [row for row in await unit.session.scalars(select(OutboxRow)) if row.id in owed]
        assert [list(Call.load(unit.safe.ring, row).doomed) for row in rows] == [[4001]]


async def test_what_showed_a_report_when_it_was_withdrawn_is_taken_back_or_told(chats: Chats) -> None:
    """It was under way to a moderator: once it arrives it is deleted; if the bot is killed before, its id is lost."""
    bench = chats.bench
    async with bench.write() as unit:
        await bench.moderator(unit)
        receipt = await bench.submit(unit)
    await chats.announce()
    (row,) = chats.rows
    calls = await withdraw(chats, receipt.code)
    assert TEXTS.text("ru", "moderator.may_remain", {"ref": receipt.report.ref}) in said(calls)
    (call,) = await chats.batch(drained=DeliverySnapshot([Delivered(row, (55,))]))
    assert (call.is_deletion, list(call.doomed), call.params["chat_id"]) == (True, [55], 7_000_000_001)


async def test_an_update_that_was_set_aside_leaves_the_chat_with_the_others(chats: Chats) -> None:
    """Its message stands there like any other."""
    update: dict[str, Any] = {"update_id": 7}
    update |= chats.written(ME, "secret")
    number = update["message"]["message_id"]
    async with chats.bench.write() as unit:
        await chats.processor.set_aside(unit, update, "0A1B")
    calls = await chats.tap(ME, Act("clear"))
    assert number in {number for call in calls for number in call.doomed}


async def test_whoever_misses_a_message_is_told_a_reference(
    chats: Chats, caplog: pytest.LogCaptureFixture
) -> None:
    """No request could be made of it."""
    await chats.say(ME, "/help")
    (row,) = chats.rows
    (call,) = await chats.batch(drained=DeliverySnapshot([Delivered(row, unbuilt=True)]))
    reference = caplog.messages[-1].split()[-1]
    assert call.params["text"] == TEXTS.text("kk", "reporter.unbuilt", {"reference": reference})


@pytest.mark.parametrize("place", [None, {"id": -5, "type": "group", "title": "g"}])
async def test_a_tap_that_came_from_no_private_chat_begins_nothing(
    chats: Chats, place: dict[str, object] | None
) -> None:
    """Below no message it has no chat at all; a draft would belong to nobody."""
    update: dict[str, Any] = chats.tapped(ME, encode(Act("begin", "ru")))
    if place is None:
        del update["callback_query"]["message"]
    else:
        update["callback_query"]["message"]["chat"] = place
    calls = await chats.batch(update)
    assert [call.method for call in calls] == ["answerCallbackQuery"]
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 0


async def test_only_the_chat_waits_to_which_a_call_is_under_way(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Another person is answered meanwhile, and nothing that waits is acknowledged."""
    slow, other = await phone_of(ME), await phone_of(OTHER)
    async with bot():
        await telegram.set("failures", method="sendMessage", chat_id=ME, delay=2.0)
        await slow.say("/help")
        await telegram.until_called("getUpdates", 1)
        await slow.say("/privacy")
        await other.say("/help")
        await other.wait("/report")
        assert bot_texts(slow) == []
        assert (await telegram.ask("updates"))["pending"] >= 1
        await slow.until(lambda: len(bot_texts(slow)) == 2)
        assert "/report" in bot_texts(slow)[0]
    assert (await telegram.ask("updates"))["pending"] == 0
