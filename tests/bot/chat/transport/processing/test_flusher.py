"""When deliveries are recorded that no batch has recorded yet."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from bot.chat.transport.copies import Word
from bot.chat.transport.processing import adopter, flusher
from bot.chat.transport.sending.outbox import Outbox
from bot.services import sent_messages
from bot.services.unit import Unit
from bot.wiring import Bot
from db.models import OutboxRow
from tests.bot.chat.conftest import MakeBot, MakePhone

ME, OTHER = 1001, 1002


async def test_where_another_copy_waits_deliveries_are_recorded_at_once_or_by_a_batch_that_is_at_hand(
    bot: MakeBot, phone_of: MakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While batches follow each other the next records them: a transaction of their own would keep it back."""
    monkeypatch.setattr(flusher, "FLUSH_SECONDS", 60.0)
    monkeypatch.setattr(flusher, "LONGEST_HURRIED_SECONDS", 60.0)
    monkeypatch.setattr(adopter, "ADOPT_SECONDS", 60.0)
    phone, other = await phone_of(ME), await phone_of(OTHER)
    async with bot() as running_:
        await other.say("hello")
        await other.wait()
        running_.committer.between = 30.0
        running_.loop.hear(Word.HURRY, is_ours=True)
        await asyncio.sleep(3 * flusher.MORE_SECONDS)
        assert await is_owed(running_, OTHER)
        await phone.say("hello")
        await until(lambda: is_no_longer_owed(running_, OTHER))
        await phone.wait()
        running_.committer.between = 50.0  # nobody knows when the next comes
        running_.loop.hear(Word.HURRY, is_ours=True)
        await until(lambda: is_no_longer_owed(running_, ME))


async def test_whoever_owes_something_in_between_knows_what_stands_in_the_chats(
    bot: MakeBot, phone_of: MakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was delivered is recorded first: else a job that clears a chat would take a message that stands there for one that was never
    sent, and could not tell its person if Telegram keeps it."""
    monkeypatch.setattr(flusher, "FLUSH_SECONDS", 60.0)
    monkeypatch.setattr(flusher, "LONGEST_FLUSH_SECONDS", 60.0)
    phone = await phone_of(ME)
    async with bot() as running_:
        running_.committer.between = 30.0
        await phone.say("hello")
        shown = await phone.wait()
        await until(lambda: has_news(running_))

        async def known(unit: Unit, outbox: Outbox) -> set[int]:
            chat = unit.safe.pseudonyms.chat(ME)
            await outbox.drop_shown(chat)
            return set((await sent_messages.take(unit, chat)).ids)

        assert shown.id in await running_.committer.owe(known)
        assert not await is_owed(running_, ME)
        assert not await has_news(running_)


async def has_news(running_: Bot) -> bool:
    """Whether something is delivered that no transaction has recorded."""
    drained = running_.sender.drain()
    running_.sender.restore(drained)
    return bool(drained.delivered)


async def is_owed(running_: Bot, chat: int) -> bool:
    """Whether a chat is owed something, or so it seems."""
    async with running_.work.read() as unit:
        owed = select(OutboxRow.id).where(OutboxRow.chat_hash == unit.safe.pseudonyms.chat(chat))
        return (await unit.session.scalars(owed)).first() is not None


async def is_no_longer_owed(running_: Bot, chat: int) -> bool:
    """The opposite."""
    return not await is_owed(running_, chat)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(20):
        while not await true():  # noqa: ASYNC110 - nobody is told of a commit
            await asyncio.sleep(0.005)
