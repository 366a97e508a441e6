"""python-telegram-bot's own Bot runs against the local Bot API unchanged."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from bot.local_api.client import Phone, picture
from bot.local_api.page import PagePhone, PhonesPage
from bot.local_api.server import LocalBotApi

TOKEN = "4242:local-secret"


@pytest.fixture
async def bot(api: LocalBotApi) -> AsyncIterator[Bot]:
    """The library's bot."""
    async with Bot(TOKEN, base_url=api.base_url, base_file_url=api.base_file_url) as one:
        yield one


async def test_a_bot_knows_itself_and_hears_and_answers(bot: Bot, phone: Phone) -> None:
    """A text reaches getUpdates, and the answer with its keyboard reaches the phone."""
    await phone.say("/start token-1")
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "/start token-1"
    assert update.message.parse_entities() == {update.message.entities[0]: "/start"}
    assert update.effective_user is not None
    assert update.effective_user.language_code == "ru"
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Далее", callback_data="n")]])
    sent = await bot.send_message(1001, "<b>Сәлем</b>", parse_mode="HTML", reply_markup=keyboard)
    seen = await phone.wait("Сәлем")
    assert seen.id == sent.message_id
    assert seen.rows == [["Далее"]]
    assert (await bot.get_me()).username == "kuager_bot"


async def test_a_tap_becomes_a_callback_query_and_its_answer_is_seen(bot: Bot, phone: Phone) -> None:
    """The query carries the message as it stands; text and alert of the answer come to the phone."""
    await phone.say("hi")
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Да", callback_data="yes")]])
    await bot.send_message(1001, "?", reply_markup=keyboard)
    await phone.tap("Да")
    updates = await bot.get_updates()
    query = updates[-1].callback_query
    assert query is not None
    assert query.data == "yes"
    assert query.message is not None
    await query.answer("Принято", show_alert=True)
    await phone.until(lambda: bool(phone.callback_answers))
    assert phone.callback_answers[0]["text"] == "Принято"
    assert phone.callback_answers[0]["show_alert"] is True
    await query.edit_message_text("готово")
    assert (await phone.wait("готово")).buttons == []


async def test_files_go_both_ways_byte_for_byte(bot: Bot, phone: Phone) -> None:
    """What a phone uploads a bot downloads, and the other way round."""
    await phone.send_file("voice", b"OggS-voice", "v.oga", "audio/ogg")
    await phone.send_album(
        "photo", [(picture(word), f"{word}.png", "image/png") for word in "abc"], caption="c"
    )
    updates = await bot.get_updates()
    voice = updates[0].message
    assert voice is not None
    assert voice.voice is not None
    assert bytes(await (await voice.voice.get_file()).download_as_bytearray()) == b"OggS-voice"
    album = [update.message for update in updates[1:] if update.message]
    assert len({message.media_group_id for message in album}) == 1
    assert [message.caption for message in album] == ["c", None, None]
    last = await (await album[2].photo[-1].get_file()).download_as_bytearray()
    assert bytes(last) == picture("c")
    await bot.send_document(1001, b"a;b\n", filename="экспорт.csv", caption="Файл", protect_content=True)
    document = await phone.wait("Файл")
    assert document.protected
    assert document.files[0]["name"] == "экспорт.csv"
    assert await phone.download(document) == b"a;b\n"
    again = await bot.send_media_group(
        1001, [InputMediaPhoto(album[0].photo[-1].file_id), InputMediaPhoto(picture("n"))]
    )
    assert len(again) == 2


async def test_refusals_become_the_library_s_errors(bot: Bot, phone: Phone, api: LocalBotApi) -> None:
    """400, 403, 409, 429 and 500 arrive as the exceptions that bots catch."""
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(99, "x")
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(1001, "x")
    await phone.say("hi")
    await phone.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(1001, "x")
    await phone.unblock()
    api.control.failures.add({"method": "sendMessage", "retry_after": 7})
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(1001, "x")
    assert flood.value.retry_after == timedelta(seconds=7)
    api.control.failures.add({"method": "sendMessage", "code": 500})
    with pytest.raises(NetworkError):
        await bot.send_message(1001, "x")
    await bot.send_message(1001, "after all")
    await bot.set_webhook("http://127.0.0.1:9/nowhere")
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()


async def test_a_wrong_token_is_unauthorized(api: LocalBotApi) -> None:
    """The library says InvalidToken at its first call."""
    with pytest.raises(InvalidToken):
        async with Bot("1:other", base_url=api.base_url):
            pass


SENT_BY_PAGES: dict[str, tuple[str, bool]] = {
    "same-origin": ("no-cors", True),
    "none": ("navigate", True),
    "same-site": ("no-cors", False),
    "cross-site": ("no-cors", False),
}


@pytest.mark.parametrize("site", SENT_BY_PAGES)
async def test_a_page_elsewhere_cannot_drive_the_bot_by_an_image(api: LocalBotApi, site: str) -> None:
    """The Bot API takes GET, and browsers send no Origin with one; what they say instead is heeded."""
    mode, passes = SENT_BY_PAGES[site]
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    addresses = (f"/bot{TOKEN}/getMe", f"/bot{TOKEN}/deleteWebhook", "/phone/1/chat", "/control/calls")
    async with aiohttp.ClientSession() as session:
        for address in addresses:
            async with session.get(api.url + address, headers=headers) as response:
                assert response.status == (200 if passes else 403), address


async def test_a_link_elsewhere_leads_to_the_page_and_to_nothing_else(api: LocalBotApi) -> None:
    """By GET and as a navigation, not as a frame's script or a form."""
    api.extend(PhonesPage([PagePhone(1001, "en", "Anna")]).add_to)
    await api.stop()
    await api.start()
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    async with aiohttp.ClientSession() as session:
        for method, address, mode, status in (
            ("GET", "/", "navigate", 200),
            ("GET", "/?key=x", "navigate", 200),
            ("GET", "/", "no-cors", 403),
            ("POST", "/", "navigate", 403),
            ("GET", "/page/settings.json", "navigate", 403),
            ("GET", f"/bot{TOKEN}/getMe", "navigate", 403),
        ):
            headers = link | {"Sec-Fetch-Mode": mode}
            async with session.request(method, api.url + address, headers=headers) as response:
                assert response.status == status, (method, address, mode)


async def test_requests_of_foreign_pages_and_names_are_refused(api: LocalBotApi) -> None:
    """A page elsewhere can neither post to the phones nor reach them under another name."""
    address = f"{api.url}/phone/1/messages"
    async with aiohttp.ClientSession() as session:
        for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}):
            async with session.post(address, json={"text": "x"}, headers=headers) as response:
                assert response.status == 403
        async with session.post(address, json={"text": "x"}, headers={"Origin": api.url}) as response:
            assert response.status == 200
