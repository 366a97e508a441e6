"""Buttons do what Telegram lets them do, and are refused or passed over where it does so."""

from typing import Any

import pytest

from bot.local_api.client import Phone
from tests.bot.local_api.conftest import Caller


def buttons(*data: str) -> dict[str, Any]:
    """An inline keyboard of one row."""
    return {"inline_keyboard": [[{"text": one or "?", "callback_data": one} for one in data]]}


@pytest.fixture(autouse=True)
async def _started(phone: Phone) -> None:
    await phone.say("/start")


async def test_callback_data_is_one_to_64_bytes(call: Caller) -> None:
    """Bytes, not letters."""
    await call("sendMessage", chat_id=1001, text="x", reply_markup=buttons("ә" * 32))
    for data in ("ә" * 33, ""):
        refused = await call.refused("sendMessage", chat_id=1001, text="x", reply_markup=buttons(data))
        assert refused == "Bad Request: BUTTON_DATA_INVALID"
    bare = {"inline_keyboard": [[{"text": "x"}]]}
    assert await call.refused("sendMessage", chat_id=1001, text="x", reply_markup=bare) == (
        "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
    )


WRONG = "Wrong HTTP URL"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://x y", "Disallowed character in URL host"),
        ("https://a\nb", "Disallowed character in URL host"),
        ("https://", "URL host is empty"),
        ("x", WRONG),
        ("http://localhost:8080", WRONG),
        ("https://example", WRONG),
        (5, WRONG),
        ("ftp://e.kz", "Unsupported URL protocol"),
        ("https://e.kz:99999/", "Wrong port number specified in the URL"),
    ],
)
async def test_a_button_leads_to_an_address(call: Caller, url: object, words: str) -> None:
    """That Telegram opens: of the web with a dot in its host, or of Telegram's own."""
    keyboard = {"inline_keyboard": [[{"text": "x", "url": url}]]}
    refused = await call.refused("sendMessage", chat_id=1001, text="x", reply_markup=keyboard)
    assert refused == f"Bad Request: inline keyboard button URL '{url}' is invalid: {words}"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://e.kz/қ?a=b#c", "https://e.kz/қ?a=b#c"),
        ("example.com", "http://example.com/"),
        ("HTTPS://EXAMPLE.ORG/Path", "https://example.org/Path"),
        ("https://e.kz?a b", "https://e.kz/?a%20b"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("https://a:b@e.kz", "https://a:b@e.kz/"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("TG:user?id=1001", "tg://user?id=1001"),
    ],
)
async def test_an_address_of_a_button_is_kept_as_telegram_writes_it(
    call: Caller, url: str, kept: str
) -> None:
    """With a scheme, a host in small letters and a path."""
    keyboard = {"inline_keyboard": [[{"text": "x", "url": url}]]}
    sent = await call("sendMessage", chat_id=1001, text="x", reply_markup=keyboard)
    assert sent["reply_markup"]["inline_keyboard"][0][0]["url"] == kept


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ({}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        (
            {"url": ""},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"url": None},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        ({"url": []}, 'can\'t parse inline keyboard button: Field "url" must be of type String'),
    ],
)
async def test_what_a_button_does_is_checked(call: Caller, button: dict[str, Any], words: str) -> None:
    """It must do something; of addresses more is checked above."""
    keyboard = {"inline_keyboard": [[{"text": "x", **button}]]}
    refused = await call.refused("sendMessage", chat_id=1001, text="x", reply_markup=keyboard)
    assert refused == f"Bad Request: {words}"


async def test_a_button_has_one_of_three_styles(call: Caller) -> None:
    """Or none: primary, success or danger, on a message and beside the text box. It is kept as it was given."""
    for style in ("primary", "success", "danger"):
        keyboard = {"inline_keyboard": [[{"text": "x", "callback_data": "x", "style": style}]]}
        sent = await call("sendMessage", chat_id=1001, text="x", reply_markup=keyboard)
        assert sent["reply_markup"] == keyboard
    for field, kind in (("inline_keyboard", "inline keyboard button"), ("keyboard", "keyboard button")):
        markup = {field: [[{"text": "x", "callback_data": "x", "style": "warning"}]]}
        refused = await call.refused("sendMessage", chat_id=1001, text="x", reply_markup=markup)
        assert refused == f"Bad Request: can't parse {kind}: Invalid button style specified"


async def test_buttons_without_a_label_are_passed_over(call: Caller, phone: Phone) -> None:
    """And a keyboard without a button is none."""
    good = {"text": "a", "callback_data": "a"}
    copy = {"text": "b", "copy_text": {"text": "x" * 256}}
    keyboard = {"inline_keyboard": [[{"text": "", "callback_data": "x"}], [good, copy]]}
    sent = await call("sendMessage", chat_id=1001, text="x", reply_markup=keyboard)
    assert sent["reply_markup"] == {"inline_keyboard": [[good, copy]]}
    empty = await call(
        "sendMessage", chat_id=1001, text="x", reply_markup={"inline_keyboard": [[{"text": "", "url": "x"}]]}
    )
    assert "reply_markup" not in empty
    await call(
        "sendMessage", chat_id=1001, text="reply", reply_markup={"keyboard": [["", "Да"], [{"text": " "}]]}
    )
    seen = await phone.wait("reply")
    assert seen.raw["reply_keyboard"]["keyboard"] == [[{"text": "Да"}]]
    await call("sendMessage", chat_id=1001, text="none", reply_markup={"keyboard": [[""]]})
    assert "reply_keyboard" not in (await phone.wait("none")).raw


async def test_a_mention_tells_who_is_meant(call: Caller, phone: Phone) -> None:
    """The person as the bot knows them, or the bot itself."""
    link = '<a href="tg://user?id={}">x</a>'
    for number, name in ((phone.user_id, "Person 1001"), (4242, "kuager_bot")):
        sent = await call("sendMessage", chat_id=1001, text=link.format(number), parse_mode="HTML")
        assert sent["entities"][0]["user"]["first_name"] == name
    sent = await call("sendMessage", chat_id=1001, text=link.format(5), parse_mode="HTML")
    assert "entities" not in sent
