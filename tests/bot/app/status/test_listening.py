"""What listens for HTTP is not kept from anybody by strangers who begin requests and do not end them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.demo import running
from bot.settings import Settings
from bot.transport import webhook
from tests.ports import free_port

HALF = b"POST /updates HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow"
WHOLE = b"GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture(params=["webhook", "status"])
async def port(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[int]:
    """Where the bot listens, for Telegram or for programs on this machine."""
    port = free_port()
    given: dict[str, object] = {"status_port": port}
    if request.param == "webhook":
        address = f"127.0.0.1:{port}"
        given = {"webhook_url": f"http://{address}/updates", "webhook_listen": address}
    async with running(settings.model_copy(update=given)):
        yield port


@asynccontextmanager
async def begun(
    port: int, number: int, sent: bytes
) -> AsyncIterator[list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]:
    """So many connections on which this was sent."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(number)]
    for _, writer in opened:
        writer.write(sent)
    yield opened
    for _, writer in opened:
        writer.close()


async def answered(port: int) -> int:
    """The status of a request of a stranger."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/x") as response:
        return response.status


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head has a fifth of a second."""
    monkeypatch.setattr(webhook, "HEAD_SECONDS", 0.2)


@pytest.mark.parametrize("sent", [b"", HALF, WHOLE, WHOLE + HALF], ids=["none", "half", "idle", "second"])
@pytest.mark.usefixtures("short", "port")
async def test_a_connection_without_a_whole_head_is_ended(port: int, sent: bytes) -> None:
    """Whether nothing came, a part of the first head, or a part of the next one after an answer."""
    async with asyncio.timeout(20), begun(port, 1, sent) as [(reader, _)]:
        said = await reader.read()
    assert said.startswith(b"HTTP/1.1 404") == (WHOLE in sent)


async def test_however_many_begin_a_request_others_are_answered(port: int) -> None:
    """The oldest of those who have not ended theirs give way, and no more than that."""
    number, beyond = 300, 300 + 1 - webhook.MOST_CONNECTIONS
    async with asyncio.timeout(20), begun(port, number, HALF) as opened:
        assert await answered(port) == 404
        for reader, _ in opened[:beyond]:
            assert await reader.read() == b""
        assert not any(reader.at_eof() for reader, _ in opened[beyond:])
