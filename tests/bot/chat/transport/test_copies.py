"""Several copies of the bot on one PostgreSQL, behind one webhook: whole bots on the local Bot API."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import func, select

from bot.demo import running
from bot.settings import Settings
from bot.wiring import Bot
from db.models import FailedUpdate, OutboxRow
from tests.bot.chat.conftest import MakePhone, Telegram
from tests.bot.chat.transport.test_loop import bot_texts, draft_of, rows_of, story_in, tell, to_story
from tests.conftest import _empty

ME = 1001


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


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

    async def ask(self, port: int, body: bytes, headers: dict[str, str]) -> int:
        try:
            url = f"http://127.0.0.1:{port}/updates"
            async with self.session.post(url, data=body, headers=headers) as answer:
                return answer.status
        except aiohttp.ClientError:
            return 503


@pytest.fixture
def database_url(migrated_server: str) -> str:
    """The URL of an empty PostgreSQL database."""
    asyncio.run(_empty(migrated_server))
    return migrated_server


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
    """Messages of one chat go to either, all of them to both: each part of the story is there, once and in its order, and nothing
    is said twice."""
    phone = await phone_of(ME)
    await to_story(phone)
    parts = [f"часть {number}" for number in range(12)]
    for part in parts[:8]:
        await phone.say(part)
    await phone.wait(parts[7])
    proxy.doubled = True
    for part in parts[8:]:
        await phone.say(part)
    await phone.wait(lambda bubble: parts[-1] in bubble.text and "Готово" in phone.buttons(bubble))
    assert story_in(await draft_of(bots[0])) == parts
    said = len(bot_texts(phone))
    await phone.tap("Готово", fresh=True)
    await phone.wait("Когда")
    assert len(bot_texts(phone)) == said + 1
    assert await rows_of(bots[0], FailedUpdate) == 0
