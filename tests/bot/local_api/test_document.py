"""What docs/local-bot-api.md prints can be run as it stands, from top to bottom, on a server that was just started."""

import asyncio
import re
import shlex
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from string import Template
from typing import Any

import aiohttp
import pytest

from bot.local_api.__main__ import DEFAULT_TOKEN, DEFAULT_USERNAME
from bot.local_api.server import LocalBotApi
from tests.bot.local_api.conftest import WallClock

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "local-bot-api.md").read_text("utf-8")
PRINTED = "http://127.0.0.1:8081"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
COMMANDS = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]
CLIENT = next(block for kind, block in BLOCKS if kind == "python" and "bot.local_api.client" in block)


@pytest.fixture
async def fresh() -> AsyncIterator[LocalBotApi]:
    """A server as `python -m bot.local_api` starts it."""
    server = LocalBotApi({DEFAULT_TOKEN: DEFAULT_USERNAME}, WallClock())
    server.control.limits.switch(on=True)
    await server.start()
    yield server
    await server.stop()


async def curl(session: aiohttp.ClientSession, words: list[str]) -> dict[str, Any]:
    """What the command does: a GET, or with -d a POST of a form."""
    data = "&".join(words[place + 1] for place, word in enumerate(words) if word == "-d")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    method, body = ("POST", {"data": data, "headers": form}) if data else ("GET", {})
    async with session.request(method, words[1], **body) as response:  # type: ignore[arg-type]
        answer: dict[str, Any] = await response.json()
    return answer


async def test_every_command_that_is_printed_succeeds_in_its_order(fresh: LocalBotApi) -> None:
    """With the token that is set above them; only the start itself is not a request."""
    names: dict[str, str] = {}
    ran = 0
    async with aiohttp.ClientSession() as session:
        for line in COMMANDS:
            words = shlex.split(Template(line).safe_substitute(names).replace(PRINTED, fresh.url))
            if re.match(r"[A-Z]+=", line):
                name, _, value = words[0].partition("=")
                names[name] = value
            elif words[0] == "curl":
                assert (await curl(session, words))["ok"], line
                ran += 1
            else:
                assert line == "uv run --no-dev python -m bot.local_api"
    assert ran >= 6


async def serve(session: aiohttp.ClientSession, base: str) -> None:
    """The bot that the document speaks of."""
    offset = 0
    button = {"inline_keyboard": [[{"text": "Next", "callback_data": "next"}]]}
    while True:
        polled = await curl(session, ["curl", f"{base}/getUpdates?timeout=10&offset={offset}"])
        for update in polled["result"]:
            offset = update["update_id"] + 1
            said = {"text": "Hi", "reply_markup": button} if "message" in update else {"text": "Thank you"}
            await session.post(f"{base}/sendMessage", json={"chat_id": 1001, **said})


async def test_the_client_that_is_printed_talks_to_the_bot_that_is_told(fresh: LocalBotApi) -> None:
    """As a program of its own."""
    async with aiohttp.ClientSession() as session:
        bot = asyncio.create_task(serve(session, f"{fresh.base_url}{DEFAULT_TOKEN}"))
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CLIENT.replace(PRINTED, fresh.url), cwd=ROOT
        )
        assert await program.wait() == 0
        bot.cancel()


@pytest.mark.parametrize("ending", ["kz", "org", "com", "net", "me", "ru", "info", "io", "int", "example"])
async def test_the_ten_endings_of_addresses_are_found(fresh: LocalBotApi, ending: str) -> None:
    """And no others without a scheme."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{fresh.url}/phone/5/messages", json={"text": f"a.{ending} a.museum"}) as said,
    ):
        (message,) = (await said.json())["messages"]
    assert [one["length"] for one in message["entities"]] == [len(ending) + 2]
