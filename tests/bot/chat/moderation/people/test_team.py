"""Becoming a member of the team, by a link and an alias."""

from bot.services.desk.people import team
from tests.bot.chat.chats import Chats, words


async def test_a_link_and_an_alias_make_a_moderator(chats: Chats) -> None:
    """A bad alias is asked for again; the commands are shown in the chat's own menu."""
    async with chats.bench.write() as unit:
        token = await team.invite(unit, "admin")
    assert "alias" in words(await chats.say(5, f"/start {token}"))
    assert "will not do" in words(await chats.say(5, "@aspan"))
    calls = await chats.say(5, "Aspan")
    assert "Your alias: Aspan" in words(calls)
    (menu,) = [call.params for call in calls if call.method == "setMyCommands"]
    assert menu["scope"] == {"type": "chat", "chat_id": 5}
    assert {"queue", "approve", "report"} <= {entry["command"] for entry in menu["commands"]}
    assert "administrator" in words(await chats.say(5, "/moderators"))
