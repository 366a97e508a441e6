"""Moderators' chats are cleared by the real bot on the local Bot API: through outages, kills and restarts."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

import pytest

from bot.app import jobs
from bot.app.wiring import Bot, open_work
from bot.demo import running
from bot.desk.people import service as people_service
from bot.local_api.client import Phone
from bot.settings import Settings
from bot.store import faults
from db.models import OutboxRow
from tests.bench import Bench, text
from tests.bot.chat.chats import TEXTS
from tests.bot.chat.reporting import rows_of
from tests.bot.conftest import MakePhone, Telegram

ME = 2001
STORY = "Three people were held"
SECONDS = 60
PATIENCE = 15


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails is tried again at once, and what is due is looked for all the time."""
    monkeypatch.setattr(faults, "SEND_BACKOFF", faults.Backoff(0.01, 0.05))
    monkeypatch.setattr(jobs, "PUT_AWAY_SECONDS", 0.05)


Start = Callable[[], AbstractAsyncContextManager[Bot]]


@pytest.fixture
def start(telegram: Telegram, settings: Settings) -> Start:
    """Starts the bot by the clock of the local Bot API."""
    return lambda: running(settings, lambda: datetime.fromtimestamp(telegram.clock.seconds(), settings.zone))


def pass_minutes(telegram: Telegram, bot: Bot, minutes: int) -> None:
    """Move the clock that both have."""
    telegram.clock.ahead += minutes * SECONDS
    assert bot.work.telegram is not None
    bot.work.telegram.note_answer(telegram.clock.seconds())


async def open_report(bot: Bot, phone: Phone) -> str:
    """Somebody becomes a moderator and opens a report; its reference."""
    async with bot.work.write() as unit:
        token = await people_service.invite(unit, people_service.MODERATOR)
        told = Bench(bot.work.database, bot.work.forms)
        ref = (await told.submit(unit, story=text(STORY))).report.ref
    await phone.say(f"/start {token}")
    await phone.wait()
    await phone.say("Aspan")
    await phone.wait("Aspan")
    await phone.say(f"/open {ref}")
    await phone.wait("/open")
    assert STORY in shown(phone)
    while await rows_of(bot, OutboxRow):  # recorded, so that the bot knows how long it has stood
        await bot.committer.flush()
    return ref


def shown(phone: Phone) -> str:
    """All that stands in a chat, of both sides."""
    return "\n".join(bubble.text for bubble in phone.messages)


def held(ref: str) -> str:
    """What is said where all was put away."""
    return TEXTS.text("ru", "moderator.put_away.held", {"refs": f"/open_{ref}"})


def kill(bot: Bot) -> None:
    """As a kill: nothing more is sent, nothing more is recorded."""
    bot.sender._stopping = True
    for task in set(bot.sender._tasks):
        task.cancel()


async def test_a_desk_is_cleared_through_an_outage_and_a_kill(
    start: Start, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Telegram answers 502 to each deletion and the bot is killed meanwhile: the next start does it, and says so after."""
    phone = await phone_of(ME)
    async with start() as bot:
        ref = await open_report(bot, phone)
        await telegram.set("failures", method="deleteMessages", code=502, seconds=600)
        pass_minutes(telegram, bot, 11)
        async with asyncio.timeout(PATIENCE):
            await telegram.until_called("deleteMessages", 2)
        assert STORY in shown(phone)
        assert held(ref) not in shown(phone)
        kill(bot)
    await telegram.set("reset")
    async with start():
        await phone.until(lambda: held(ref) in shown(phone))
        assert [bubble.text for bubble in phone.messages] == [held(ref)]


async def test_a_desk_is_cleared_by_a_bot_that_was_not_running_when_it_was_due(
    start: Start, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Whatever it had shown before it stopped."""
    phone = await phone_of(ME)
    async with start() as bot:
        await open_report(bot, phone)
    telegram.clock.ahead += 11 * SECONDS
    async with start():
        await phone.until(lambda: STORY not in shown(phone))


async def test_a_rejection_clears_the_report_through_an_outage(
    start: Start, phone_of: MakePhone, telegram: Telegram
) -> None:
    """At once when Telegram can be reached again: the story, and the moderator's own command."""
    phone = await phone_of(ME)
    async with start() as bot:
        ref = await open_report(bot, phone)
        await phone.say(f"/reject {ref}")
        await telegram.set("failures", method="deleteMessages", code=502, count=20)
        await phone.tap(TEXTS.text("ru", "moderator.reason.spam"), fresh=True)
        await phone.tap(TEXTS.text("ru", "moderator.reject.surely"), fresh=True)
        await phone.until(lambda: STORY not in shown(phone))
        await phone.until(lambda: f"/open {ref}" not in shown(phone) and f"/reject {ref}" not in shown(phone))


async def test_a_command_that_revokes_clears_the_chat_and_its_menu(
    start: Start, phone_of: MakePhone, telegram: Telegram, settings: Settings
) -> None:
    """Run beside the bot, in a process of its own; Telegram fails for a while."""
    phone = await phone_of(ME)
    async with start() as bot:
        await open_report(bot, phone)
        assert "queue" in {one["command"] for one in await phone.commands()}
        for method in ("deleteMessages", "deleteMyCommands"):
            await telegram.set("failures", method=method, code=502, count=10)
        other = await open_work(settings)
        async with other.write() as unit:
            await people_service.revoke(unit, "Aspan")
        await other.database.close()
        await phone.until(lambda: not phone.messages)
        async with asyncio.timeout(PATIENCE):
            await telegram.until_called("deleteMyCommands", 11)
    assert "queue" not in {one["command"] for one in await phone.commands()}
    assert phone.messages == []
