"""/release: a report goes back to the queue, by whoever holds it or an administrator."""

from tests.bot.chat.chats import Chats, words
from tests.bot.chat.moderating import enrol, report


async def test_another_moderator_is_told_who_holds_a_report(chats: Chats) -> None:
    """And sees nothing of it; an administrator may release it, and whoever held it is told."""
    name = await report(chats)
    await enrol(chats, 5)
    await enrol(chats, 6, "Teniz")
    await enrol(chats, 7, "Tau", "admin")
    await chats.say(5, f"/open {name}")
    for command in ("open", "edit", "approve", "reject", "release"):
        assert words(await chats.say(6, f"/{command} {name}")) == f"Aspan is working on report {name}."
    released = await chats.say(7, f"/release {name}")
    assert "back in the queue" in words(released, 7)
    assert words(released, 5).strip() == f"Tau has given {name} back to the queue. You no longer hold it."
    assert words(released, 6) == ""
    await chats.say(7, f"/open {name}")
    assert words(await chats.say(7, f"/release {name}"), 5) == ""
