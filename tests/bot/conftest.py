"""What tests of the whole bot begin from."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app.wiring import Bot
from bot.demo import TOKEN, USERNAME, running, settings_in
from bot.form.model import Form
from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from bot.settings import Settings
from tests.bench import Bench
from tests.bot.chat.chats import Chats
from tests.bot.chat.lists_of_acts import Stage
from tests.conftest import sqlite_url


@pytest.fixture
def file_url(migrated_file: Path, tmp_path: Path) -> str:
    """The URL of a migrated SQLite file."""
    path = tmp_path / "kuager.db"
    path.write_bytes(migrated_file.read_bytes())
    return sqlite_url(path)


@dataclass
class Clock:
    """The clock of the local Bot API, so many seconds `ahead`."""

    ahead: float = 0.0

    def seconds(self) -> float:
        """The time there, in seconds since 1970-01-01 UTC."""
        return time.time() + self.ahead


@dataclass
class Telegram:
    """The local Bot API and its control over HTTP."""

    api: LocalBotApi
    session: aiohttp.ClientSession
    clock: Clock

    async def set(self, name: str, **body: object) -> dict[str, Any]:
        """Post to a switch of the control: failures, limits, updates, redeliver."""
        async with self.session.post(f"{self.api.url}/control/{name}", json=body) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == 200, answer
            return answer

    async def ask(self, name: str, **query: str | int) -> dict[str, Any]:
        """Ask the control: calls, updates."""
        async with self.session.get(f"{self.api.url}/control/{name}", params=query) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == 200, answer
            return answer

    async def calls(self, method: str, chat_id: int | None = None) -> list[dict[str, Any]]:
        """The calls of a method so far, to one chat if given."""
        found = (await self.ask("calls", method=method))["calls"]
        return [call for call in found if chat_id is None or str(call["chat_id"]) == str(chat_id)]

    async def until_called(self, method: str, count: int, after: int = 0) -> list[dict[str, Any]]:
        """Wait until there were so many calls of a method with numbers above `after`."""
        seen = after
        while True:
            calls = (await self.ask("calls", method=method, after=after))["calls"]
            if len(calls) >= count:
                return list(calls)
            seen = (await self.ask("calls", after=seen, timeout=20))["number"]

    async def number(self) -> int:
        """The number of the last call."""
        return int((await self.ask("calls"))["number"])


@pytest.fixture
def chats(bench: Bench) -> Chats:
    """Chats on both databases."""
    return Chats(bench)


@pytest.fixture
def stage(forms: Mapping[str, Form], migrated_file: Path) -> Stage:
    """The forms that come with the program, and an empty database."""
    return Stage(forms, migrated_file)


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """A local Bot API."""
    clock = Clock()
    api = LocalBotApi({TOKEN: USERNAME}, clock.seconds, webhook_pause=0.05)
    await api.start()
    async with aiohttp.ClientSession() as session:
        yield Telegram(api, session, clock)
    await api.stop()


@pytest.fixture
def settings(telegram: Telegram, tmp_path: Path) -> Settings:
    """Settings with all that is kept in a folder of this test's own."""
    return settings_in(tmp_path, telegram.api.url, poll_seconds=5)


CHOICES = """
| choices |
| | list_name | name | label |
| | yes | yes | Surely |
"""
SETTINGS = """
| settings |
| | form_title | form_id | name | version | namespaces |
| | Short | short | short | 1 | bot="https://kuager.org/xforms" |
"""


def with_form(settings: Settings, folder: Path, survey: str, choices: str = "") -> Settings:
    """Settings with a reporters' form of a test's own: its questions, and rows of choices beside the list `yes`."""
    (folder / "form.md").write_text(survey + CHOICES + choices + SETTINGS)
    forms = {"form": folder / "form.md", "review_form": None, "contacts": None}
    return settings.model_copy(update=forms)


MakeBot = Callable[[], AbstractAsyncContextManager[Bot]]


@pytest.fixture
def bot(settings: Settings) -> MakeBot:
    """Starts the bot; what people do before is its first batch, after it has stopped all is recorded."""
    return lambda: running(settings)


MakePhone = Callable[[int], Awaitable[Phone]]


@pytest.fixture
async def phone_of(telegram: Telegram) -> AsyncIterator[MakePhone]:
    """Phones by the ids of their owners, who speak Russian."""
    async with AsyncExitStack() as stack:

        async def make(user_id: int) -> Phone:
            return await stack.enter_async_context(Phone(telegram.api.url, user_id, "ru"))

        yield make
