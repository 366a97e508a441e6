"""Fault isolation, in the real bot: of what fails, the one update that is to blame is set aside, and the database's faults are nobody's."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from bot.app.wiring import Bot, open_work
from bot.chat.turn import Turn
from bot.reports import commands as reporter_commands_chat
from bot.reports.filling import chat as filling_chat
from bot.settings import Settings
from bot.transport import loop
from db.models import FailedUpdate, OutboxRow
from tests.bot.chat.reporting import (
    ME,
    OTHER,
    REFERENCE,
    all_rows,
    bot_texts,
    draft_of,
    rows_of,
    story_in,
    to_story,
    written,
)
from tests.bot.conftest import MakeBot, MakePhone, Telegram
from tests.bot.transport.failing_sqlite import refusing

POISON: dict[str, dict[str, object]] = {
    "no shape at all": written(ME, text=["секрет"], entities=7),
    "a date out of this world": written(ME, text="секрет", date=10**18),
    "a bug": written(ME, text="секрет ошибка"),
    "no sender": {"message": {"chat": {"id": ME, "type": "private"}, "text": "секрет"}},
}


@pytest.mark.parametrize("name", POISON)
async def test_an_update_that_fails_is_set_aside_alone(
    bot: MakeBot,
    settings: Settings,
    phone_of: MakePhone,
    telegram: Telegram,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether it cannot be read or a handler raises: its person is given a reference, the rest of its batch
    is done in order, it is kept sealed, and it never comes again."""
    answer = filling_chat.text

    async def fail(turn: Turn) -> None:
        if "ошибка" in (turn.message.text or ""):
            raise ArithmeticError("a bug")
        await answer(turn)

    monkeypatch.setattr(filling_chat, "text", fail)
    phone, other = await phone_of(ME), await phone_of(OTHER)
    async with bot():
        await to_story(phone)
        await to_story(other)
    await other.say("до")
    await phone.say("моё до")
    await telegram.set("updates", update=POISON[name])
    await other.say("после")
    await phone.say("моё после")
    async with bot() as running_:
        failed = await phone.wait(lambda bubble: REFERENCE.search(bubble.text) is not None)
        await other.wait("после")
        await phone.until(lambda: any("моё после" in text for text in bot_texts(phone)))
        assert story_in(await draft_of(running_, OTHER)) == ["до", "после"]
        assert story_in(await draft_of(running_)) == ["моё до", "моё после"]
    assert (await telegram.ask("updates"))["pending"] == 0
    (row,) = await all_rows(settings, FailedUpdate)
    assert row.reference in failed.text
    opened = (await _ring(settings)).unseal(row.raw, f"failed_updates.raw:{row.reference}")
    assert b"message" in opened
    assert b"message" not in row.raw


async def test_while_batches_fail_what_was_delivered_to_others_is_recorded(
    bot: MakeBot, phone_of: MakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would pile up for as long as one chat after the other makes its batch fail, and all of it come twice after a
    kill."""
    greet = reporter_commands_chat.greet

    async def fail(turn: Turn) -> None:
        if turn.chat.id == ME:
            raise ArithmeticError("a bug")
        await greet(turn)

    monkeypatch.setattr(reporter_commands_chat, "greet", fail)
    monkeypatch.setattr(loop, "FLUSH_SECONDS", 60.0)
    monkeypatch.setattr(loop, "ADOPT_SECONDS", 60.0)
    phone, other = await phone_of(ME), await phone_of(OTHER)
    async with bot() as running_:
        await other.say("hello")
        await other.wait()
        await phone.say("hello")
        await phone.wait(lambda bubble: REFERENCE.search(bubble.text) is not None)
        hashed = running_.work.safe.pseudonyms.chat(OTHER)
        async with asyncio.timeout(5):
            while hashed in await _owed(running_):  # noqa: ASYNC110 - nobody is told of a commit
                await asyncio.sleep(0.01)


async def _owed(running_: Bot) -> set[bytes]:
    """The chats that are owed something, or so it seems."""
    async with running_.work.read() as unit:
        return set(await unit.session.scalars(select(OutboxRow.chat_hash)))


async def _ring(settings: Settings) -> Any:
    work = await open_work(settings)
    await work.database.close()
    return work.safe.ring


@pytest.mark.usefixtures("impatient")
async def test_an_error_in_doubt_is_the_databases_if_it_does_not_take_a_small_write_either(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Whatever it says; once it takes that, the update is processed."""
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        async with refusing(running_, "drafts", "marks"):
            before = await telegram.number()
            await phone.say("не потеряйте")
            await telegram.until_called("getUpdates", 12, after=before)
        await phone.wait("не потеряйте")
        assert story_in(await draft_of(running_)) == ["не потеряйте"]
        assert await rows_of(running_, FailedUpdate) == 0


@pytest.mark.usefixtures("impatient")
async def test_an_update_that_alone_is_refused_again_and_again_is_to_blame(
    bot: MakeBot, phone_of: MakePhone
) -> None:
    """While the database takes everything else: its person is told, and others are answered."""
    phone, other = await phone_of(ME), await phone_of(OTHER)
    async with bot() as running_:
        await to_story(phone)
        async with refusing(running_, "drafts"):
            await phone.say("это не проходит")
            await other.say("/help")
            await phone.wait(lambda bubble: REFERENCE.search(bubble.text) is not None)
            await other.wait("/report")
        assert await rows_of(running_, FailedUpdate) == 1


@pytest.mark.usefixtures("impatient")
async def test_a_strange_update_of_whose_person_nothing_can_be_told_is_set_aside_too(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the apology itself fails: the bot goes on, and the update never comes again."""
    phone = await phone_of(ME)
    async with bot() as running_:
        handler = running_.committer._processor.handler

        async def fail(unit: Any, outbox: Any, raw: dict[str, Any], reference: str) -> None:
            if len(raw) > 1:
                raise ArithmeticError("a bug")

        monkeypatch.setattr(type(handler), "apologize", lambda _self, *given: fail(*given))
        await telegram.set("updates", update={"message": {"text": 7}})
        await phone.say("/help")
        await phone.wait("/report")
        assert await rows_of(running_, FailedUpdate) == 1
    assert (await telegram.ask("updates"))["pending"] == 0
