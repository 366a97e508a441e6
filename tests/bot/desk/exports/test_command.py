"""/export as it is typed."""

from bot.chat.buttons import Act
from bot.publish.export.formats import FORMATS
from tests.bot.chat.chats import Chats, buttons, words
from tests.bot.chat.moderating import enrol


async def test_export_is_asked_for_by_buttons_or_words(chats: Chats) -> None:
    """Wrong words are answered with an example."""
    await enrol(chats, 5)
    calls = await chats.say(5, "/export")
    assert "amexfor.system." in buttons(calls)
    assert "/export csv 2024-01-01" in words(await chats.say(5, "/export csv soon"))
    known = ", ".join(FORMATS)
    assert f"no export format “xml”. There are: {known}." in words(await chats.say(5, "/export xml"))
    assert "No approved report" in words(await chats.tap(5, Act("mexport", "csv", "last")))
