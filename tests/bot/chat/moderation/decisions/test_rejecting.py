"""/reject, after a second look."""

from bot.chat.screens.callback import Act
from db.models import DraftRow
from tests.bench import count
from tests.bot.chat.chats import Chats, buttons, words
from tests.bot.chat.moderating import STORY, enrol, report


async def test_a_report_is_rejected_by_a_reason(chats: Chats) -> None:
    """The open edit ends with it; a closed report is opened only by reopening it."""
    name = await report(chats)
    await enrol(chats, 5)
    await chats.say(5, f"/edit {name}")
    calls = await chats.say(5, "/reject")
    assert f"amreject.{name}.harmful" in buttons(calls)
    assert "is rejected" in words(await chats.tap(5, Act("mreject", name, "harmful")))
    async with chats.bench.read() as unit:
        assert await count(unit, DraftRow) == 0
    calls = await chats.say(5, f"/open {name}")
    assert STORY not in words(calls)
    assert f"amreopen.{name}." in buttons(calls)
    assert STORY in words(await chats.tap(5, Act("mreopen", name)))
