"""A bot that loses no time, a sender without a pace of its own, and two people who have written to the bot."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo import TOKEN
from bot.local_api.client import Phone
from bot.store import faults
from bot.store.faults import Backoff
from bot.transport import loop
from bot.transport.api import Api
from bot.transport.call import Delivery
from bot.transport.lanes import SendingPace
from bot.transport.sender import Journal, Sender
from db.engine import PRAGMAS
from tests.bot.conftest import MakePhone, Telegram
from tests.bot.transport.post import RING, A, B, Post, file_named, hash_of, owes


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pause is short, and SQLite waits for no lock."""
    for name in ("DATABASE_BACKOFF", "FETCH_BACKOFF", "SEND_BACKOFF", "REQUEST_BACKOFF", "START_BACKOFF"):
        monkeypatch.setattr(faults, name, Backoff(0.01, 0.02))
    monkeypatch.setattr(faults, "UNUSABLE_PAUSE", 0.02)
    monkeypatch.setattr(loop, "FLUSH_SECONDS", 0.02)
    monkeypatch.setitem(PRAGMAS, "busy_timeout", "1")


@pytest.fixture
async def post(telegram: Telegram, tmp_path: Path) -> AsyncIterator[Post]:
    """A sender without a pace of its own."""
    api = Api(TOKEN, telegram.api.url)
    await api.start()
    pace = SendingPace(1e6, 1e6, 1000, asyncio.get_running_loop().time)
    attachments = {"file": file_named}
    made = Post(Sender(Delivery(api, attachments), RING, pace, owes, hash_of, Journal(tmp_path, RING)))
    yield made
    await made.sender.finish(0)
    await api.stop()


@pytest.fixture
async def phones(phone_of: MakePhone) -> tuple[Phone, Phone]:
    """Two people who have written to the bot."""
    made = await phone_of(A), await phone_of(B)
    for phone in made:
        await phone.say("/start")
    return made
