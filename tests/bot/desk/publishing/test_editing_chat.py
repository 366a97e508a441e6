"""/edit: the review form in a moderator's chat."""

from bot.chat.buttons import Act
from tests.bot.chat.chats import Chats, words
from tests.bot.chat.moderating import enrol, press, report


async def test_a_moderator_may_report_but_has_one_form_at_a_time(chats: Chats) -> None:
    """An open report must be ended before an edit, an open edit before another."""
    names = [await report(chats) for _ in range(2)]
    await enrol(chats, 5)
    await chats.tap(5, Act("begin", "en"))
    assert "A report of your own is open" in words(await chats.say(5, f"/edit {names[0]}"))
    await press(chats, 5, "ca", "1")
    await chats.say(5, f"/edit {names[0]}")
    assert f"You are editing report {names[0]}" in words(await chats.say(5, f"/edit {names[1]}"))
    assert "is not finished" in words(await chats.say(5, f"/approve {names[0]}"))


async def test_an_edited_prompt_of_a_moderators_form_is_a_protected_prompt(chats: Chats) -> None:
    """Should its message be gone, what is sent in its place cannot be forwarded either."""
    name = await report(chats)
    await enrol(chats, 5)
    await chats.say(5, f"/edit {name}")
    calls = await press(chats, 5, "sh")
    assert [call.protect for call in calls if call.method == "editMessageText"] == [True], calls
