"""An account floods the bot, an administrator blocks it without learning whose it is, and its owner can still withdraw."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo import settings_in
from bot.local_api.server import LocalBotApi
from tests.end_to_end.conftest import Machine
from tests.end_to_end.moderating import Moderator
from tests.end_to_end.reporting import SIMPLE, Reporter


@pytest.fixture
async def machine(api: LocalBotApi, tmp_path: Path) -> AsyncIterator[Machine]:
    """The real bot, which takes two reports of a person and day."""
    contact = {"organisation_contact": "https://example.org"}
    made = Machine(settings_in(tmp_path, api.url, poll_seconds=5, reports_a_day=2, **contact))
    await made.start()
    yield made
    await made.stop()


async def test_a_flood_is_blocked_and_its_reports_can_be_withdrawn(
    machine: Machine, anna: Reporter, dana: Moderator
) -> None:
    """By the button of the notice; a restart changes nothing; /blocks counts it."""
    code = await anna.report(SIMPLE)
    await anna.command("/report")
    notice = dana.word("moderator.flood.reports", n=2, days=30)
    shown = await dana.phone.wait(notice)
    assert "1001" not in shown.text
    await anna.command("/panic")
    await dana.press_word("moderator.block.do")
    done = dana.word("moderator.block.done", id="", days=30).partition(":")[0]
    await dana.phone.wait(lambda bubble: bubble.text.startswith(done))
    await machine.stop()
    await machine.start()
    await anna.command("/start")
    told = await anna.phone.wait(lambda bubble: anna.word("reporter.blocked") in bubble.text)
    assert "https://example.org" in told.text
    await anna.withdraw(code)
    await dana.command("/blocks")
    await dana.phone.wait(dana.word("moderator.block.count", n=1))
