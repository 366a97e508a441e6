"""The batch loop: the real bot on the local Bot API, with updates and failures that are hard on it."""

import asyncio
import os
import random
import signal

import pytest
from sqlalchemy import select

import migrations
from bot.app.wiring import Bot, on_signals, open_work
from bot.demo import running
from bot.local_api import delivery
from bot.settings import Settings
from bot.store import sent_messages
from bot.transport import committer, loop, polling
from bot.transport.backlog import Arrival
from bot.transport.call import Call
from bot.transport.outbox import Outbox
from db.models import FailedUpdate, OutboxRow, SeenUpdate, SentMessage, WaitingUpdate
from tests.bot.chat.reporting import (
    ME,
    OTHER,
    all_rows,
    bot_texts,
    draft_of,
    rows_of,
    story_in,
    tell,
    to_story,
    written,
)
from tests.bot.conftest import MakeBot, MakePhone, Telegram

# --- again and again


async def test_updates_that_come_again_in_any_order_change_nothing(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """All of them shuffled and twice: no answer is doubled, nothing is said twice, and the talk goes on."""
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        await tell(phone, "один")
        await tell(phone, "два")
        said = len(bot_texts(phone))
        ids = (await telegram.ask("updates", last=100))["ids"] * 2
        random.Random(7).shuffle(ids)
        assert (await telegram.set("redeliver", ids=ids))["found"] == len(ids)
        await tell(phone, "три")
        assert story_in(await draft_of(running_)) == ["один", "два", "три"]
        assert len(bot_texts(phone)) <= said + 1
        await phone.tap("Готово", fresh=True)
        await phone.wait("Что произошло")


async def test_an_update_that_comes_twice_in_one_batch_counts_once(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Telegram may repeat what it has not seen acknowledged."""
    phone = await phone_of(ME)
    async with bot():
        await to_story(phone)
    await phone.say("один")
    await phone.say("два")
    await telegram.set("redeliver", last=2)
    async with bot() as running_:
        await phone.wait("два")
        assert story_in(await draft_of(running_)) == ["один", "два"]


async def test_what_was_owed_when_the_bot_stopped_is_said_after_its_next_start(
    bot: MakeBot, settings: Settings, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Though the update is seen and never comes again."""
    phone = await phone_of(ME)
    await telegram.set("failures", method="sendMessage", chat_id=ME, retry_after=30)
    hasty = settings.model_copy(update={"stop_seconds": 1})
    async with running(hasty):
        await phone.say("/help")
        await telegram.until_called("sendMessage", 1)
    assert bot_texts(phone) == []
    assert (await telegram.ask("updates"))["pending"] == 0
    assert len(await all_rows(settings, OutboxRow)) == 1
    async with bot():
        await phone.wait("/report")
    assert await all_rows(settings, OutboxRow) == []


# --- floods


def test_who_floods_from_an_open_form_is_answered_once_a_second_though_nobody_else_waits() -> None:
    """Those who wrote little today get a quarter of the time, and are taken first. Newcomers have no rest."""
    few, many = (Arrival({}, ME, number, rests=True) for number in (100, 101))
    assert loop.rest_after([few], 0.02) == 0.06
    assert loop.rest_after([many, many], 0.02) == 1.0
    assert loop.rest_after([many], 0.5) == 1.5
    assert loop.rest_after([Arrival({}, OTHER, 101)], 0.5) == 0.0


async def test_a_flood_holds_up_nobody_and_nothing_of_it_is_lost(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Forty parts of a story wait in Telegram before one of somebody else, who is answered while most of them still wait
    their turn, also over a stop; in the end the story has all of them, in order."""
    phone, other = await phone_of(ME), await phone_of(OTHER)
    async with bot():
        await to_story(phone)
        await to_story(other)
    parts = [f"часть {number}" for number in range(40)]
    for part in parts:
        await phone.say(part)
    await other.say("моё")
    async with bot() as running_:
        await other.wait("моё")
        assert await rows_of(running_, WaitingUpdate) > 0
        assert (await telegram.ask("updates"))["pending"] == 0
    async with bot() as running_:
        await phone.until(lambda: any(parts[-1] in text for text in bot_texts(phone)))
        assert story_in(await draft_of(running_)) == parts
        assert await rows_of(running_, WaitingUpdate) == 0


@pytest.mark.usefixtures("impatient")
async def test_a_chat_to_which_telegram_is_slow_holds_up_nobody_else(
    settings: Settings, phone_of: MakePhone, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While its call is under way the other is answered, though the slow one goes on writing and one of its updates is broken.
    Nothing of it is processed before that call is over."""
    monkeypatch.setattr(loop, "SETTLE_SECONDS", 60.0)
    monkeypatch.setattr(polling, "SAME_OFFSET_SECONDS", 0.3)
    monkeypatch.setattr(delivery, "SAME_OFFSET_SECONDS", 0.29)
    phone, other = await phone_of(ME), await phone_of(OTHER)
    async with running(settings.model_copy(update={"stop_seconds": 0})) as running_:
        await telegram.set("failures", method="sendMessage", chat_id=ME, delay=60)
        await phone.say("/help")
        async with asyncio.timeout(20):
            while running_.sender.lanes.is_quiet(running_.work.safe.pseudonyms.chat(ME)):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
        await telegram.set("updates", update=written(ME, text=["секрет"], entities=7))
        for _ in range(3):
            await phone.say("/help")
        for _ in range(2):
            await other.say("/help")
            await other.wait("/report")
        assert bot_texts(phone) == []
        assert await rows_of(running_, FailedUpdate) == 0


@pytest.mark.parametrize("in_report", [False, True], ids=["nothing open", "in a report"])
@pytest.mark.usefixtures("impatient")
async def test_a_chat_that_writes_on_while_its_calls_hang_holds_up_nobody_else(
    settings: Settings,
    phone_of: MakePhone,
    telegram: Telegram,
    monkeypatch: pytest.MonkeyPatch,
    *,
    in_report: bool,
) -> None:
    """Its messages wait in the backlog, where others pass them: people who have nothing open are answered one after the other, and
    one who tells a report goes on, before any call to that chat is over."""
    for module in (loop, loop):
        monkeypatch.setattr(module, "SETTLE_SECONDS", 600.0)
    for module in (polling, delivery):
        monkeypatch.setattr(module, "SAME_OFFSET_SECONDS", 600.0)
    hanging, teller = await phone_of(ME), await phone_of(OTHER)
    async with running(settings.model_copy(update={"stop_seconds": 0})) as running_:
        await to_story(teller)
        if in_report:
            await to_story(hanging)
        await telegram.set("failures", chat_id=ME, count=1000, delay=600)
        for number in range(30):
            await hanging.say(f"{number}")
        async with asyncio.timeout(20):
            while not await rows_of(running_, WaitingUpdate):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
        for number in range(5):
            await hanging.say(f"{number}")
            newcomer = await phone_of(OTHER + 1 + number)
            await newcomer.say("/help")
            await newcomer.wait("/report")
            await tell(teller, f"часть {number}")
        assert await rows_of(running_, WaitingUpdate) > 0


# --- what fails around it


async def test_a_job_beside_the_loop_that_fails_ends_the_bot(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself, so that it is started again: else what waits its turn would wait for ever."""
    monkeypatch.setattr(loop, "ADOPT_SECONDS", 0)
    await migrations.upgrade(settings.database_url)
    work = await open_work(settings)
    bot = Bot(settings, work)

    async def fail() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(bot.loop, "adopt", fail)
    running_ = asyncio.create_task(bot.run())
    done, _ = await asyncio.wait({running_}, timeout=10)
    bot.stop()
    with pytest.raises(RuntimeError, match="a bug"):
        await running_
    await work.database.close()
    assert done == {running_}


@pytest.mark.parametrize(
    "failure", [{"code": 502, "count": 4}, {"drop": "before", "count": 4}, {"retry_after": 1}]
)
async def test_a_telegram_that_fails_is_asked_again(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, failure: dict[str, object]
) -> None:
    """Longer than one request is tried, or for as long as it says."""
    phone = await phone_of(ME)
    await telegram.set("failures", method="getUpdates", **failure)
    await phone.say("/help")
    async with bot():
        await phone.wait("/report")


async def test_a_flood_limit_of_one_chat_holds_up_nobody_else(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """While one waits, the other goes from hello to the story."""
    phone, other = await phone_of(ME), await phone_of(OTHER)
    await telegram.set("failures", method="sendMessage", chat_id=ME, retry_after=5)
    async with bot():
        await phone.say("/help")
        await telegram.until_called("sendMessage", 1)
        await to_story(other)
        assert bot_texts(phone) == []
        await phone.wait("/report")


async def test_a_person_who_blocked_the_bot_leaves_nothing_owed(
    bot: MakeBot, settings: Settings, phone_of: MakePhone
) -> None:
    """Others are answered; the bot does not try again."""
    phone, other = await phone_of(ME), await phone_of(OTHER)
    await phone.say("/help")
    await phone.block()
    await other.say("/help")
    async with bot():
        await other.wait("/report")
    assert bot_texts(phone) == []
    assert await all_rows(settings, OutboxRow) == []


# --- at rest and at the end


async def test_the_ids_of_messages_are_kept_sealed(
    bot: MakeBot, settings: Settings, phone_of: MakePhone
) -> None:
    """Those of both sides, so that the chat can be cleared; on disk they are not to be read."""
    phone = await phone_of(ME)
    async with bot():
        await to_story(phone)
        await tell(phone, "Было так.")
    work = await open_work(settings)
    async with work.write() as unit:
        rows = list(
            await unit.session.scalars(
                select(SentMessage).where(SentMessage.chat_hash != SentMessage.FREE_CHAT)
            )
        )
        ids = (await sent_messages.take(unit, unit.safe.pseudonyms.chat(ME))).ids
    await work.database.close()
    assert {bubble.id for bubble in phone.messages} <= set(ids)
    assert len({bytes(row.message) for row in rows}) == len(rows)
    assert all(str(number).encode() != row.message for number in ids for row in rows)


async def test_sigterm_finishes_the_batch_and_what_it_owes(
    settings: Settings, phone_of: MakePhone, telegram: Telegram
) -> None:
    """The signal comes while an answer is on its way: it arrives, is recorded, and its update acknowledged."""
    phone = await phone_of(ME)
    await migrations.upgrade(settings.database_url)
    work = await open_work(settings)
    made = Bot(settings, work)
    on_signals(made.stop)
    await telegram.set("failures", method="sendMessage", chat_id=ME, delay=0.5)
    await phone.say("/help")
    task = asyncio.create_task(made.run())
    try:
        await telegram.until_called("getUpdates", 1)
        os.kill(os.getpid(), signal.SIGTERM)
        await task
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)
    await phone.until(lambda: len(bot_texts(phone)) == 1)
    assert (await telegram.ask("updates"))["pending"] == 0
    assert await rows_of(made, OutboxRow) == 0
    assert await rows_of(made, SeenUpdate) == 1
    await work.database.close()


async def test_what_another_process_owes_is_sent_without_a_restart(
    bot: MakeBot, settings: Settings, phone_of: MakePhone
) -> None:
    """Such as a command that revokes a moderator; once, and nothing of the bot's own is sent twice."""
    phone = await phone_of(ME)
    async with bot() as running_:
        await phone.say("/help")
        await phone.wait("/report")
        work = await open_work(settings)
        async with work.write() as unit:
            outbox = Outbox(unit)
            outbox.add(
                unit.safe.pseudonyms.chat(ME), Call("sendMessage", {"chat_id": ME, "text": "from afar"})
            )
            await outbox.write()
        await work.database.close()
        running_.committer.cooperation.be_owed()
        await running_.loop.adopt()
        running_.committer.cooperation.be_owed()
        await running_.loop.adopt()
        await phone.wait("from afar")
    assert len(bot_texts(phone)) == 2


# --- a crowd


async def test_who_waits_in_a_crowd_is_told_so_and_answered_in_turn(
    bot: MakeBot, phone_of: MakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the language of their Telegram, and once, however much they write; nothing of it is lost."""
    monkeypatch.setattr(committer, "CROWDED_SECONDS", -1.0)
    monkeypatch.setattr(committer.Committer, "newcomers", 0)
    monkeypatch.setattr(loop, "ONE_SECONDS", 1.0)
    phone = await phone_of(ME)
    async with bot():
        await phone.say("/start")
        await phone.say("/help")
        await phone.wait("Перед вами ждут другие")
        await phone.wait("Можно сохранить")
        await phone.wait("/withdraw")
        assert sum("ждут другие" in text for text in bot_texts(phone)) == 1
