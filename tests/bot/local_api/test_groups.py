"""Groups, what a bot hears in them, and who is who."""

import pytest

from bot.local_api.client import Phone
from bot.local_api.server import LocalBotApi
from tests.bot.local_api.conftest import TOKEN, Caller, Phones


async def test_a_bot_is_added_to_a_group_and_leaves_it(call: Caller, phone: Phone) -> None:
    """It hears my_chat_member and new_chat_members; after leaving it may not write."""
    group = await phone.make_group("Топ")
    first, second = await call.updates()
    assert first["my_chat_member"]["chat"] == {"id": group, "type": "group", "title": "Топ"}
    assert second["message"]["new_chat_members"][0]["username"] == "kuager_bot"
    await call("sendMessage", chat_id=group, text="Рақмет, жоқ")
    await call("leaveChat", chat_id=group)
    refused = await call.refused("sendMessage", chat_id=group, text="x")
    assert refused == "Forbidden: bot is not a member of the group chat"
    await phone.until(lambda: any(b.text == "Рақмет, жоқ" for b in phone.messages_in(group)))
    assert phone.messages == []


async def test_in_a_group_a_bot_hears_commands_and_replies_alone(
    call: Caller, phone: Phone, api: LocalBotApi
) -> None:
    """As Telegram's privacy mode has it."""
    group = await phone.make_group("Топ")
    base = f"{api.url}/phone/1001/messages"
    told = await call("sendMessage", chat_id=group, text="?")
    says = ({"text": "жай сөз"}, {"text": "/help"}, {"text": "re", "reply_to_message_id": told["message_id"]})
    for body in says:
        async with call.session.post(base, json={**body, "chat_id": group}) as response:
            assert response.status == 200
    assert [u["message"]["text"] for u in (await call.updates())[2:]] == ["/help", "re"]


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("/x", True),
        ("/x@kuager_bot y", True),
        ("/x@KUAGER_Bot", True),
        ("/x@other_bot", False),
        ("y /x", False),
        ("y /x@kuager_bot", False),
        ("/not/a/command", False),
    ],
)
async def test_a_bot_hears_the_commands_that_are_for_it(
    call: Caller, phone: Phone, text: str, heard: bool
) -> None:
    """At the beginning of a text, and for no other bot; an edit is heard as the text would be."""
    group = await phone.make_group("Топ")
    base = f"{call.api.url}/phone/1001"
    async with call.session.post(f"{base}/messages", json={"text": text, "chat_id": group}) as response:
        (said,) = (await response.json())["messages"]
    edit = {"text": f"{text} z", "chat_id": group, "message_id": said["message_id"]}
    async with call.session.post(f"{base}/edits", json=edit) as response:
        assert response.status == 200
    kinds = [list(update)[1] for update in (await call.updates())[2:]]
    assert kinds == (["message", "edited_message"] if heard else [])


async def test_a_group_has_a_creator(call: Caller, phone: Phone, phones: Phones) -> None:
    """And the bot is a member, until it leaves."""
    await phones(1002)
    group = await phone.make_group("Топ")

    creator = await call("getChatMember", chat_id=group, user_id=1001)
    assert (creator["status"], creator["is_anonymous"], creator["user"]["id"]) == ("creator", False, 1001)
    assert (await call("getChatMember", chat_id=group, user_id=1002))["status"] == "left"
    assert (await call("getChatMember", chat_id=group, user_id=4242))["status"] == "member"
    await call("leaveChat", chat_id=group)
    assert (await call("getChatMember", chat_id=group, user_id=4242))["status"] == "left"


async def test_a_bot_that_was_removed_is_told_until_when(
    call: Caller, phone: Phone, api: LocalBotApi
) -> None:
    """Libraries do not read the status "kicked" without it."""
    group = await phone.make_group("Топ")
    api.accounts[TOKEN].chats[group].status = "kicked"
    kicked = await call("getChatMember", chat_id=group, user_id=4242)
    assert (kicked["status"], kicked["until_date"]) == ("kicked", 0)


async def test_of_a_private_chat_both_are_members_even_when_the_bot_is_blocked(
    call: Caller, phone: Phone, phones: Phones
) -> None:
    """As Telegram answers; that it was blocked a bot learns from my_chat_member."""
    await phones(1002)
    await phone.say("a")
    await phone.block()
    for number in (1001, 4242):
        assert (await call("getChatMember", chat_id=1001, user_id=number))["status"] == "member"
    refused = await call.refused("getChatMember", chat_id=1001, user_id=1002)
    assert refused == "Bad Request: member not found"
