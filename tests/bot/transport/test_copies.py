"""Several copies of the bot on one PostgreSQL, behind one webhook: whole bots on the local Bot API."""

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select, text

import migrations
from bot.app import wiring
from bot.app.wiring import Bot
from bot.demo import TOKEN, running
from bot.errors import SettingsError
from bot.settings import PREFIX, Settings
from bot.transport.registration import secret_of
from bot.transport.webhook import SECRET_HEADER
from db.engine import Database
from db.models import FailedUpdate, OutboxRow
from tests.bot.chat.reporting import bot_texts, draft_of, rows_of, story_in, to_story, written
from tests.bot.conftest import MakePhone, Telegram
from tests.end_to_end.conftest import _plain
from tests.end_to_end.people import ROOT
from tests.ports import free_port

ME = 1001


@dataclass
class Proxy:
    """A reverse proxy before copies of the bot: it sends each request to one of them by lot, or, `doubled`, to all. A copy that
    does not take it is passed over."""

    ports: Sequence[int]
    port: int = field(default_factory=free_port)
    doubled: bool = False
    lot: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def url(self) -> str:
        """The webhook."""
        return f"http://127.0.0.1:{self.port}/updates"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve inside the block."""
        async with aiohttp.ClientSession() as self.session:
            app = web.Application()
            app.router.add_post("/updates", self.pass_on)
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
            yield
            await runner.cleanup()

    async def pass_on(self, request: web.Request) -> web.Response:
        body, headers = await request.read(), dict(request.headers)
        ports = self.lot.sample(self.ports, len(self.ports))
        if self.doubled:
            statuses = await asyncio.gather(*(self.ask(port, body, headers) for port in ports))
            return web.Response(status=max(statuses))
        for port in ports:
            if (status := await self.ask(port, body, headers)) == 200:
                break
        return web.Response(status=status, headers={} if status == 200 else {"Retry-After": "1"})

    async def give(self, port: int, number: int, words: str) -> int:
        """Give one copy a message by hand; the status of its answer."""
        update = {"update_id": 5_000_000 + number, **written(ME, text=words, message_id=900_000 + number)}
        headers = {SECRET_HEADER: secret_of(TOKEN, self.url)}
        return await self.ask(port, json.dumps(update).encode(), headers)

    async def ask(self, port: int, body: bytes, headers: dict[str, str]) -> int:
        try:
            url = f"http://127.0.0.1:{port}/updates"
            async with self.session.post(url, data=body, headers=headers) as answer:
                return answer.status
        except aiohttp.ClientError:
            return 503


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that is stopped lets nobody wait."""
    monkeypatch.setattr(wiring, "DRAIN_SECONDS", 0.0)


@pytest.fixture
def database_url(empty_url: str) -> str:
    """The URL of an empty PostgreSQL database."""
    return empty_url


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    """A proxy before two copies."""
    made = Proxy([free_port(), free_port()])
    async with made.open():
        yield made


@pytest.fixture
def copies(settings: Settings, database_url: str, proxy: Proxy) -> Sequence[Settings]:
    """Settings of the copies behind it."""
    given = {"webhook_url": proxy.url, "database_url": database_url}
    return [
        settings.model_copy(update=given | {"webhook_listen": f"127.0.0.1:{port}"}) for port in proxy.ports
    ]


@pytest.fixture
async def bots(copies: Sequence[Settings]) -> AsyncIterator[Sequence[Bot]]:
    """The copies, which run."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(running(one)) for one in copies]


async def test_a_draft_that_two_copies_work_on_loses_nothing(
    bots: Sequence[Bot], phone_of: MakePhone, proxy: Proxy
) -> None:
    """Two updates of one chat at a time, one to each copy, and each that was answered with 200 is in the story, once; one message alone asks for
    more of it, since each copy knows what the other has shown. What comes to both is done once, and nothing is asked twice."""
    phone = await phone_of(ME)
    await to_story(phone)
    parts = [f"часть {number}" for number in range(10)]
    for first in range(0, len(parts), 2):
        both = zip(proxy.ports, (first, first + 1), strict=True)
        assert await asyncio.gather(*(proxy.give(port, at, parts[at]) for port, at in both)) == [200, 200]
    await phone.wait(lambda bubble: all(part in bubble.text for part in parts))
    proxy.doubled = True
    await phone.say("и всё")
    await phone.wait(lambda bubble: "и всё" in bubble.text and "Готово" in phone.buttons(bubble))
    told = story_in(await draft_of(bots[0]))
    assert sorted(told) == sorted([*parts, "и всё"])
    assert len([bubble for bubble in phone.messages if "Готово" in phone.buttons(bubble)]) == 1
    await phone.tap("Готово", fresh=True)
    await phone.wait("Что произошло")
    assert len([words for words in bot_texts(phone) if "Что произошло" in words]) == 1
    assert await rows_of(bots[0], FailedUpdate) == 0


async def test_what_a_killed_copy_owed_is_sent_by_another(
    copies: Sequence[Settings], bots: Sequence[Bot], phone_of: MakePhone, telegram: Telegram, proxy: Proxy
) -> None:
    """Within seconds, and all that came after it behind it; the others keep the house that it kept."""
    phone = await phone_of(ME)
    everybody = proxy.ports
    third = copies[0].model_copy(update={"webhook_listen": f"127.0.0.1:{(port := free_port())}"})
    async with alive(third) as process:
        proxy.ports = [port]
        await until(lambda: accepts(port))
        await telegram.set("failures", method="sendMessage", chat_id=ME, retry_after=600)
        await phone.say("/start")
        await until(lambda: owed(bots[0], lambda owner: owner not in {bot.work.copy for bot in bots}))
        await telegram.until_called("sendMessage", 1)  # refused; else another copy would be, for as long
        proxy.ports = everybody
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
    await phone.say("/help")
    await phone.wait(lambda bubble: "/status" in bubble.text and "/withdraw" in bubble.text)
    said = [bubble.text for bubble in phone.messages if not bubble.mine and bubble.text]
    assert len(said) == 3  # the greeting and the first question, then help
    assert "/withdraw" in said[2]
    await until(lambda: owed(bots[0], lambda _owner: True, count=0))
    assert sum(bot._copies.is_leader for bot in bots) == 1


async def test_a_copy_that_is_stopped_leaves_its_work_to_the_others(
    bots: Sequence[Bot],
    phone_of: MakePhone,
    telegram: Telegram,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is no longer ready at once, takes what still comes for a moment, and what it cannot send goes to another."""
    monkeypatch.setattr(wiring, "DRAIN_SECONDS", 0.3)
    first, second = bots
    everybody, proxy.ports = proxy.ports, proxy.ports[:1]
    await until(lambda: len(first.presence.living) == 2 if first.presence else False)
    phone = await phone_of(ME)
    await telegram.set("failures", method="sendMessage", chat_id=ME, retry_after=600)
    await phone.say("/start")
    await until(lambda: owed(second, lambda owner: owner == first.work.copy))
    first.settings = first.settings.model_copy(update={"stop_seconds": 0})
    assert first.fault() == ""
    first.stop()
    assert first.fault() != ""
    await phone.say("/help")
    proxy.ports = everybody
    await phone.wait(lambda bubble: "/withdraw" in bubble.text)
    assert len([bubble for bubble in phone.messages if not bubble.mine and bubble.text]) == 3


async def test_a_copy_that_finds_a_database_that_contracted_stops(
    copies: Sequence[Settings], database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With the line that a start would give: tables that it does not know may mean something else. While a newer version only
    adds, it goes on, and says so once."""
    database = Database(database_url)

    async def set_revision(value: str, contraction: str = migrations.head()) -> None:
        async with database.write() as session:
            statement = "UPDATE alembic_version SET version_num = :value, contracted = :contraction"
            await session.execute(text(statement), {"value": value, "contraction": contraction})

    try:
        async with AsyncExitStack() as stack:
            bot = await stack.enter_async_context(running(copies[0]))
            await set_revision("9991")
            said = "the database is at revision 9991 of a newer version, which only added to it: this one goes on"
            await until(lambda: said in caplog.messages)
            assert (bot._stopping.is_set(), bot.fault()) == (False, "")
            await set_revision("9999", "9999")
            await until(bot._stopping.is_set)
            with pytest.raises(SettingsError, match="a newer version wrote it"):
                await stack.aclose()
            assert caplog.messages.count(said) == 1
    finally:
        await set_revision(migrations.head())
        await database.close()


@asynccontextmanager
async def alive(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot in a process of its own, which is gone after the block."""
    given = {name: _plain(value) for name, value in settings.model_dump().items() if value is not None}
    env = {f"{PREFIX}{name.upper()}": value for name, value in given.items()}
    env |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "run", cwd=ROOT, env=env)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def owed(bot: Bot, by: Callable[[int | None], bool], count: int = 1) -> bool:
    """Whether copies of which this is true owe at least so many calls; none with 0."""
    async with bot.work.read() as unit:
        owners = [owner for owner in await unit.session.scalars(select(OutboxRow.owner)) if by(owner)]
    return len(owners) >= count if count else not owners


async def until(true: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(60):
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)
