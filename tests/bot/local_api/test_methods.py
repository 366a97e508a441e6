"""What Telegram refuses is refused, in its words."""

from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.local_api.access import ApiError
from bot.local_api.client import Phone, picture
from bot.local_api.entities import formatted
from bot.local_api.server import LocalBotApi
from tests.bot.local_api.conftest import Caller, Phones, WallClock

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def buttons(*data: str) -> dict[str, Any]:
    """An inline keyboard of one row."""
    return {"inline_keyboard": [[{"text": one or "?", "callback_data": one} for one in data]]}


@pytest.fixture(autouse=True)
async def _started(phone: Phone) -> None:
    await phone.say("/start")


async def test_texts_are_one_to_4096_units_after_parsing(call: Caller) -> None:
    """Markup does not count, an emoji counts twice."""
    await call("sendMessage", chat_id=1001, text="<b>" + "ә" * 4096 + "</b>", parse_mode="HTML")
    long = "Bad Request: message is too long"
    assert await call.refused("sendMessage", chat_id=1001, text="ә" * 4097) == long
    assert await call.refused("sendMessage", chat_id=1001, text="😀" * 2049) == long
    assert await call.refused("sendMessage", chat_id=1001) == "Bad Request: message text is empty"
    assert await call.refused("sendMessage", chat_id=1001, text=" ") == "Bad Request: text must be non-empty"
    assert await call.refused("sendMessage", text="x") == "Bad Request: chat_id is empty"
    assert await call.refused("sendMessage", chat_id="@no", text="x") == "Bad Request: chat not found"


async def test_edits_need_a_message_of_the_bot_and_a_change(call: Caller, phone: Phone) -> None:
    """An equal text with equal buttons is no change; new buttons alone are one."""
    sent = await call("sendMessage", chat_id=1001, text="a", reply_markup=buttons("x"))
    where = {"chat_id": 1001, "message_id": sent["message_id"]}
    assert await call.refused("editMessageText", **where, text="a", reply_markup=buttons("x")) == NOT_MODIFIED
    edited = await call("editMessageText", **where, text="a")
    assert "reply_markup" not in edited
    edited = await call("editMessageReplyMarkup", **where, reply_markup=buttons("y"))
    assert edited["reply_markup"] == buttons("y")
    assert "edit_date" not in edited
    missing = {"chat_id": 1001, "message_id": 9999}
    assert (
        await call.refused("editMessageText", **missing, text="b") == "Bad Request: message to edit not found"
    )
    own = {"chat_id": 1001, "message_id": phone.messages[0].id}
    assert await call.refused("editMessageText", **own, text="b") == "Bad Request: message can't be edited"
    reply = {"keyboard": [["Да"]], "resize_keyboard": True}
    sent = await call("sendMessage", chat_id=1001, text="k", reply_markup=reply)
    where = {"chat_id": 1001, "message_id": sent["message_id"]}
    assert await call.refused("editMessageText", **where, text="b") == "Bad Request: message can't be edited"


async def test_captions_are_up_to_1024_units_and_edited_by_their_own_method(
    call: Caller, phone: Phone
) -> None:
    """A text has no caption, a photo has no text."""
    photo = await phone.send_file("photo", picture(), "p.png", "image/png")
    file_id = photo.files[0]["file_id"]
    refused = await call.refused("sendPhoto", chat_id=1001, photo=file_id, caption="x" * 1025)
    assert refused == "Bad Request: message caption is too long"
    sent = await call("sendPhoto", chat_id=1001, photo=file_id, caption="x" * 1024)
    where = {"chat_id": 1001, "message_id": sent["message_id"]}
    assert (await call("editMessageCaption", **where, caption="<i>y</i>", parse_mode="HTML"))[
        "caption"
    ] == "y"
    assert await call.refused("editMessageText", **where, text="b") == (
        "Bad Request: there is no text in the message to edit"
    )


async def test_messages_are_deleted_for_two_days(call: Caller, phone: Phone, clock: WallClock) -> None:
    """Both sides' in a private chat; a list may name what is gone already."""
    sent = [(await call("sendMessage", chat_id=1001, text=str(n)))["message_id"] for n in range(3)]
    assert await call("deleteMessage", chat_id=1001, message_id=phone.messages[0].id) is True
    assert await call("deleteMessages", chat_id=1001, message_ids=[*sent[:2], 9999]) is True
    await phone.until(lambda: [bubble.text for bubble in phone.messages] == ["2"])
    again = await call.refused("deleteMessage", chat_id=1001, message_id=sent[0])
    assert again == "Bad Request: message to delete not found"
    clock.now += 48 * 3600 + 1
    late = await call.refused("deleteMessage", chat_id=1001, message_id=sent[2])
    assert late == "Bad Request: message can't be deleted for everyone"
    assert "too many" in await call.refused("deleteMessages", chat_id=1001, message_ids=list(range(1, 102)))


async def test_a_dice_can_be_deleted_only_after_a_day(call: Caller, phone: Phone, clock: WallClock) -> None:
    """Until then Telegram refuses also whatever else is named with it."""
    text = (await call("sendMessage", chat_id=1001, text="x"))["message_id"]
    dice = (await phone.send("dice")).id
    for named in ({"message_id": dice}, {"message_ids": [text, dice]}):
        method = "deleteMessages" if "message_ids" in named else "deleteMessage"
        refused = await call.refused(method, chat_id=1001, **named)
        assert refused == "Bad Request: message can't be deleted"
    clock.now += 24 * 3600
    assert await call("deleteMessages", chat_id=1001, message_ids=[text, dice]) is True


async def test_all_private_chats_of_a_bot_share_one_counter_of_messages(call: Caller, phones: Phones) -> None:
    """As Telegram's do: the numbers of one chat have gaps."""
    other = await phones(1002)
    first = (await other.say("hi")).id
    sent = [await call("sendMessage", chat_id=chat, text="x") for chat in (1001, 1002, 1001)]
    assert [message["message_id"] for message in sent] == [first + 1, first + 2, first + 3]


async def test_a_callback_query_is_answered_within_150_seconds(
    call: Caller, phone: Phone, clock: WallClock
) -> None:
    """Later, and for unknown ids, there is one refusal."""
    words = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    sent = await call("sendMessage", chat_id=1001, text="x", reply_markup=buttons("a"))
    query = await phone.tap_data(sent["message_id"], "a")
    assert await call("answerCallbackQuery", callback_query_id=query) is True
    late = await phone.tap_data(sent["message_id"], "a")
    clock.now += 151
    assert await call.refused("answerCallbackQuery", callback_query_id=late) == words
    assert await call.refused("answerCallbackQuery", callback_query_id="7") == words


async def test_getfile_gives_up_to_20_megabytes(call: Caller, phone: Phone, api: LocalBotApi) -> None:
    """Bigger files reach the bot as a message only."""
    big = await phone.send_file("document", b"x" * (20 * 1024 * 1024 + 1), "b.bin", "application/zip")
    refused = await call.refused("getFile", file_id=big.files[0]["file_id"])
    assert refused == "Bad Request: file is too big"
    assert await call.refused("getFile", file_id="nope") == (
        "Bad Request: wrong file_id or the file is temporarily unavailable"
    )
    assert await call.refused("getFile") == "Bad Request: file_id not specified"
    forgotten = await call.refused("getFile", file_id=f"DO{'x' * 32}")
    assert forgotten == "Bad Request: wrong file_id or the file is temporarily unavailable"
    wrong = await call.refused("sendDocument", chat_id=1001, document="nope")
    assert wrong == "Bad Request: wrong remote file identifier specified: Wrong string length"
    async with call.session.get(f"{api.base_file_url}4242:local-secret/documents/none") as response:
        assert response.status == 404


async def test_commands_are_kept_by_scope_and_language(call: Caller, phone: Phone, phones: Phones) -> None:
    """A phone sees the narrowest scope in its language, else without one."""

    def menu(word: str) -> list[dict[str, str]]:
        return [{"command": "help", "description": word}]

    await call("setMyCommands", commands=menu("any"))
    await call("setMyCommands", commands=menu("рус"), language_code="ru")
    await call("setMyCommands", commands=menu("один"), scope={"type": "chat", "chat_id": 1001})
    assert await phone.commands() == menu("один")
    assert await call("getMyCommands", language_code="ru") == menu("рус")
    await call("deleteMyCommands", scope={"type": "chat", "chat_id": 1001})
    assert await phone.commands() == menu("рус")
    assert await (await phones(1002)).commands() == menu("any")
    bad = [{"command": "Help!", "description": "x"}]
    assert await call.refused("setMyCommands", commands=bad) == "Bad Request: BOT_COMMAND_INVALID"


async def test_the_profile_is_kept_by_language(call: Caller) -> None:
    """A language without words of its own has those for all others; what is too long is refused."""
    assert await call("getMyName") == {"name": (await call("getMe"))["username"]}
    await call("setMyName", name="Any")
    await call("setMyDescription", description="рус", language_code="ru")
    await call("setMyShortDescription", short_description="any")
    assert (await call("getMe"))["first_name"] == "Any"
    assert await call("getMyName", language_code="kk") == {"name": "Any"}
    assert await call("getMyDescription", language_code="ru") == {"description": "рус"}
    assert await call("getMyDescription", language_code="kk") == {"description": ""}
    assert await call("getMyShortDescription", language_code="ru") == {"short_description": "any"}
    await call("setMyDescription", description="", language_code="ru")
    assert await call("getMyDescription", language_code="ru") == {"description": ""}
    for method, field, most in (
        ("setMyName", "name", 64),
        ("setMyDescription", "description", 512),
        ("setMyShortDescription", "short_description", 120),
    ):
        await call(method, **{field: "я" * most})
        assert "too long" in await call.refused(method, **{field: "я" * (most + 1)})
    assert "language" in await call.refused("getMyName", language_code="russian")


async def test_methods_go_by_get_form_and_multipart_and_in_any_case(api: LocalBotApi) -> None:
    """As Telegram takes them; an unknown one is 404."""
    base = f"{api.base_url}4242:local-secret"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{base}/SENDMESSAGE", params={"chat_id": "1001", "text": "q"}) as response:
            assert (await response.json())["result"]["text"] == "q"
        form = {"chat_id": "1001", "text": "f", "reply_markup": '{"inline_keyboard": []}'}
        async with session.post(f"{base}/sendMessage", data=form) as response:
            assert (await response.json())["result"]["text"] == "f"
        async with session.post(f"{base}/flyToMoon") as response:
            assert (response.status, (await response.json())["description"]) == (
                404,
                "Not Found: method not found",
            )
        async with session.post(
            f"{base}/sendMessage", data=b"{", headers={"Content-Type": "application/json"}
        ) as r:
            assert r.status == 400


async def test_a_photo_must_be_a_picture(call: Caller, api: LocalBotApi) -> None:
    """Bytes of any other kind are refused as Telegram does when it cannot read them."""
    form = aiohttp.FormData({"chat_id": "1001"})
    form.add_field("photo", b"not a picture", filename="p.jpg", content_type="image/jpeg")
    async with call.session.post(f"{api.base_url}4242:local-secret/sendPhoto", data=form) as response:
        assert (await response.json())["description"] == "Bad Request: IMAGE_PROCESS_FAILED"


async def test_copies_and_forwards_and_replies(call: Caller, phone: Phone) -> None:
    """A forward names its origin, a copy does not, and protected messages are not forwarded."""
    said = await phone.say("слово")
    where = {"chat_id": 1001, "from_chat_id": 1001, "message_id": said.id}
    assert (await call("forwardMessage", **where))["forward_origin"]["sender_user"]["id"] == 1001
    copied = await call("copyMessage", **where)
    seen = await phone.wait(lambda bubble: bubble.id == copied["message_id"])
    assert seen.text == "слово"
    reply = await call("sendMessage", chat_id=1001, text="re", reply_parameters={"message_id": said.id})
    assert reply["reply_to_message"]["text"] == "слово"
    gone = {"message_id": 9999}
    assert await call.refused("sendMessage", chat_id=1001, text="re", reply_parameters=gone) == (
        "Bad Request: message to be replied not found"
    )
    secret = await call("sendMessage", chat_id=1001, text="s", protect_content=True)
    where["message_id"] = secret["message_id"]
    assert "can't be forwarded" in await call.refused("forwardMessage", **where)


async def test_what_a_bot_asks_about_chats_and_itself(call: Caller) -> None:
    """Chat, members and places."""
    assert (await call("getChat", chat_id=1001))["first_name"] == "Person 1001"
    assert (await call("getChatMember", chat_id=1001, user_id=4242))["status"] == "member"
    assert (
        await call.refused("getChatMember", chat_id=1001, user_id=7) == "Bad Request: PARTICIPANT_ID_INVALID"
    )
    place = await call("sendLocation", chat_id=1001, latitude=51.1, longitude=71.4)
    assert place["location"] == {"latitude": 51.1, "longitude": 71.4}
    assert "invalid latitude" in await call.refused("sendLocation", chat_id=1001, latitude="x", longitude=1)
    assert "private chats" in await call.refused("leaveChat", chat_id=1001)


async def test_old_messages_of_a_chat_are_forgotten(call: Caller, phone: Phone) -> None:
    """A thousand are kept; an older one is as if it were deleted."""
    for number in range(1000):
        await call("sendMessage", chat_id=1001, text=str(number))
    first = phone.messages[0].id
    assert await call.refused("deleteMessage", chat_id=1001, message_id=first) == (
        "Bad Request: message to delete not found"
    )
    await call("deleteMessage", chat_id=1001, message_id=first + 1)


async def test_a_longer_text_is_refused_in_other_words_by_an_edit(call: Caller) -> None:
    """Telegram itself answers an edit, the Bot API server a new message."""
    sent = await call("sendMessage", chat_id=1001, text="a")
    where = {"chat_id": 1001, "message_id": sent["message_id"]}
    assert await call.refused("editMessageText", **where, text="x" * 4097) == "Bad Request: MESSAGE_TOO_LONG"


@given(st.text(st.sampled_from("aә😀\u00a0"), max_size=40), st.integers(0, 3))
def test_a_broken_tag_is_named_by_its_place_in_bytes(before: str, letters: int) -> None:
    """Of UTF-8, whatever stands before it."""
    with pytest.raises(ApiError) as refusal:
        formatted(f"{before}<z{'z' * letters}>", "HTML")
    assert refusal.value.description == (
        f'Bad Request: can\'t parse entities: Unsupported start tag "z{"z" * letters}" '
        f"at byte offset {len(before.encode())}"
    )


async def test_places_and_contacts_are_shown_as_telegram_tells_them(call: Caller, phone: Phone) -> None:
    """Degrees have bounds, a venue and a contact need their names."""
    at = {"chat_id": 1001, "latitude": 43.2, "longitude": 76.9}
    venue = await call("sendVenue", **at, title="Алаң", address="Көше")
    assert venue["location"] == venue["venue"]["location"] == {"latitude": 43.2, "longitude": 76.9}
    contact = await call("sendContact", chat_id=1001, phone_number="+7701", first_name="А")
    assert contact["contact"] == {"phone_number": "+7701", "first_name": "А"}
    await phone.until(lambda: len(phone.messages) == 3)
    assert "venue title" in await call.refused("sendVenue", **at)
    assert "first name" in await call.refused("sendContact", chat_id=1001, phone_number="+7701")
    assert "phone number" in await call.refused("sendContact", chat_id=1001)
    assert "latitude" in await call.refused("sendLocation", chat_id=1001, latitude=91, longitude=1)
    assert "wrong parameter action" in await call.refused("sendChatAction", chat_id=1001, action="dance")


async def test_a_sticker_keeps_its_emoji_and_can_be_sent_again(call: Caller, phone: Phone) -> None:
    """By its file_id, and its file can be fetched."""
    await phone.send("sticker", emoji="🦅")
    sticker = (await call.updates(offset=-1))[0]["message"]["sticker"]
    again = await call("sendSticker", chat_id=1001, sticker=sticker["file_id"])
    assert again["sticker"] == sticker
    assert (await call("getFile", file_id=sticker["file_id"]))["file_path"].startswith("stickers/")
    refused = await call.refused("sendPhoto", chat_id=1001, photo=sticker["file_id"])
    assert refused == "Bad Request: can't use file of type Sticker as Photo"


async def test_misspelt_addresses_are_answered_in_json(call: Caller, api: LocalBotApi) -> None:
    """404 for what is not there, 401 for a token nobody has."""
    for path, code in (
        ("/bot4242:local-secret", 404), ("/bot/getMe", 404), ("/bot4242:local-secret/a/b", 404), ("/file/bot", 404),
        ("/bot1:x/getMe", 401), ("/file/bot1:x/photos/file_0.jpg", 401),
    ):  # fmt: skip
        async with call.session.get(api.url + path) as response:
            body = await response.json()
        assert (response.status, body["ok"], body["error_code"]) == (code, False, code), path


async def test_a_chat_is_named_by_its_number_alone(call: Caller) -> None:
    """As Telegram writes it, not as Python would read it."""
    for chat in ("1_001", "+1001", "01001", "1001.0", "１００１"):
        assert await call.refused("sendMessage", chat_id=chat, text="x") == "Bad Request: chat not found"
    sent = await call("sendMessage", chat_id="1001", text="x")
    assert await call.refused("deleteMessage", chat_id=1001, message_id=f"{sent['message_id']}_0") == (
        "Bad Request: message identifier is not specified"
    )


async def test_a_person_who_never_wrote_is_no_chat(call: Caller, phones: Phones) -> None:
    """Their phone exists, but the bot has not met them."""
    other = await phones(1002)
    for method in ("getChat", "getChatMember"):
        assert await call.refused(method, chat_id=1002, user_id=1002) == "Bad Request: chat not found"
    await other.say("a")
    assert (await call("getChat", chat_id=1002))["id"] == 1002


async def test_a_copy_can_leave_the_caption_out(call: Caller, phone: Phone) -> None:
    """Or have another."""
    photo = await phone.send_file("photo", picture(), "p.png", "image/png", caption="c")
    where = {"chat_id": 1001, "from_chat_id": 1001, "message_id": photo.id}
    for more, caption in (({"remove_caption": True}, ""), ({"caption": "d"}, "d"), ({}, "c")):
        copy = (await call("copyMessage", **where, **more))["message_id"]
        assert (await phone.wait(lambda one, copy=copy: one.id == copy)).text == caption  # type: ignore[misc]


async def test_several_messages_are_deleted_at_once(call: Caller, phone: Phone) -> None:
    """By a list of integers that is not empty."""
    said = [(await phone.say(word)).id for word in ("a", "b")]
    assert "not specified" in await call.refused("deleteMessages", chat_id=1001, message_ids=[])
    assert "can't parse" in await call.refused("deleteMessages", chat_id=1001, message_ids=["x"])
    await call("deleteMessages", chat_id=1001, message_ids=said)
    await phone.until(lambda: [one.text for one in phone.messages] == ["/start"])
