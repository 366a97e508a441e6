"""Which report a command is about."""

from tests.bot.chat.chats import Chats, words
from tests.bot.chat.moderating import enrol, report


async def test_without_a_reference_the_only_held_report_is_meant(chats: Chats) -> None:
    """With none or several the bot asks which."""
    await enrol(chats, 5)
    for _ in range(2):
        await report(chats)
    assert "Which report?" in words(await chats.say(5, "/release"))
    await chats.say(5, "/next")
    assert "back in the queue" in words(await chats.say(5, "/release"))
    for _ in range(2):
        await chats.say(5, "/next")
    assert "Which report?" in words(await chats.say(5, "/release"))
    assert "queue is empty" in words(await chats.say(5, "/next"))


async def test_a_reference_stuck_to_its_command_moves_no_other_report(chats: Chats) -> None:
    """To Telegram `/release,R7K2Q9` is the command alone, which would mean the only held report."""
    await enrol(chats, 5)
    await report(chats)
    await chats.say(5, "/next")
    assert "back in the queue" not in words(await chats.say(5, "/release,R7K2Q9"))
    assert "back in the queue" in words(await chats.say(5, "/release"))
