"""Whatever a bot or a phone sends, it is answered in JSON and never with an error of the server."""

import asyncio
import io
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.local_api.access import Params
from bot.local_api.account import BotAccount
from bot.local_api.client import Phone
from bot.local_api.page import PagePhone, PhonesPage
from bot.local_api.server import BOT_API_METHODS, LocalBotApi
from tests.bot.local_api.conftest import TOKEN, Caller, WallClock

DEEP = "[" * 3000
BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("sendMessage", {"text": "x", "reply_parameters": {"message_id": "abc"}}),
    ("sendMessage", {"text": "x", "reply_parameters": {"message_id": [1]}}),
    ("sendMessage", {"text": "x", "reply_parameters": "[1]"}),
    ("sendMessage", {"text": "x", "entities": [{"type": []}]}),
    ("sendMessage", {"text": "x", "entities": [{"type": {}, "offset": 0, "length": 1}]}),
    ("sendMessage", {"text": "x", "entities": DEEP}),
    ("sendMessage", {"text": "x", "reply_markup": DEEP}),
    (
        "sendMessage",
        {"text": "x", "reply_markup": '{"inline_keyboard": [[{"text": "\\ud800", "callback_data": "x"}]]}'},
    ),
    ("sendMessage", {"text": "\ud800"}),
    ("setMyCommands", {"commands": ["a"]}),
    ("setMyCommands", {"commands": [], "scope": {"type": []}}),
    ("sendMediaGroup", {"media": [{"type": "photo", "media": "x", "caption": 5, "parse_mode": []}]}),
    ("sendLocation", {"latitude": "nan", "longitude": "1"}),
    ("sendLocation", {"latitude": "9" * 400, "longitude": "1"}),
    ("deleteMessage", {"message_id": float("inf")}),
    ("deleteMessages", {"message_ids": "[1e400]"}),
    ("sendMessage", {"text": "x", "entities": '[{"type": "bold", "offset": -1e999, "length": 1}]'}),
    (
        "sendMessage",
        {
            "text": "x",
            "reply_markup": '{"inline_keyboard": [[{"text": "a", "callback_data": "b", "n": 1e400}]]}',
        },
    ),
    ("setWebhook", {"url": "http://["}),
    ("setWebhook", {"url": "http://127.0.0.1:99999999/"}),
]


@pytest.mark.parametrize(("method", "params"), BROKEN)
async def test_a_malformed_parameter_is_refused(
    call: Caller, phone: Phone, method: str, params: dict[str, Any]
) -> None:
    """With 400 and words."""
    await phone.say("a")
    status, body = await call.raw(method, chat_id=1001, **params)
    assert status == 400, body
    assert body["description"].startswith("Bad Request: ")


async def test_a_text_of_brackets_is_a_text(call: Caller, phone: Phone) -> None:
    """It is no JSON that would have to be read."""
    await phone.say("a")
    assert (await call("sendMessage", chat_id=1001, text=DEEP))["text"] == DEEP


BODIES: list[tuple[str, bytes]] = [
    ("application/json", DEEP.encode()),
    ("application/json", b'{"chat_id": NaN}'),
    ("application/json", b'{"chat_id": 1e400}'),
    ("application/json", b'{"text": "\xff"}'),
    ("application/json", b"[1]"),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=b", b"--c\r\n\r\n"),
    (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="text"\r\nContent-Transfer-Encoding: rot13\r\n\r\nx\r\n--b--\r\n',
    ),
    (
        "multipart/mixed; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="text"\r\nContent-Encoding: deflate\r\n\r\nx\r\n--b--\r\n',
    ),
    ("application/x-www-form-urlencoded; charset=martian", b"text=x"),
    ("application/x-www-form-urlencoded", b"text=\xff"),
]


@pytest.mark.parametrize(("kind", "body"), BODIES)
@pytest.mark.parametrize("address", ["/bot{}/sendMessage", "/phone/1001/messages"])
async def test_a_body_that_cannot_be_read_is_refused(
    call: Caller, phone: Phone, kind: str, body: bytes, address: str
) -> None:
    """By the Bot API and by phones alike."""
    del phone
    url = call.api.url + address.format(TOKEN)
    async with call.session.post(url, data=body, headers={"Content-Type": kind}) as response:
        assert response.status == 400, await response.text()
        assert not (await response.json())["ok"]


async def test_a_file_may_have_any_name_and_kind(call: Caller, phone: Phone) -> None:
    """Bytes that are no UTF-8 are replaced; a kind that is none counts as unknown."""
    part = b'--b\r\nContent-Disposition: form-data; name="a"; filename="\xff\xfe.txt"\r\nContent-Type: \xff\r\n\r\nx\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    async with call.session.post(f"{call.api.url}/phone/1001/files", data=part, headers=headers) as response:
        assert response.status == 200
        (file,) = (await response.json())["messages"][0]["files"]
    assert (file["mime_type"], file["name"][-4:]) == ("application/octet-stream", ".txt")
    assert await phone.download(file["file_id"]) == b"x"


async def test_a_body_too_large_for_the_server_is_answered_in_json(call: Caller, phone: Phone) -> None:
    """413 for what no call could need, whoever sends it."""
    body = b"text=" + b"x" * (80 * 1024 * 1024)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for address in (f"/bot{TOKEN}/sendMessage", f"/phone/{phone.user_id}/messages", "/control/failures"):
        async with call.session.post(call.api.url + address, data=io.BytesIO(body), headers=form) as response:
            answer = await response.json()
        assert (response.status, answer["ok"], answer["error_code"]) == (413, False, 413), address
        assert answer["description"] == "Request Entity Too Large"


async def test_what_breaks_the_server_is_answered_in_json(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And stands in the log of calls with its code."""

    async def broken(account: BotAccount, params: Params) -> object:
        raise RuntimeError

    monkeypatch.setitem(BOT_API_METHODS, "getme", broken)
    assert await call.raw("getMe") == (
        500,
        {"ok": False, "error_code": 500, "description": "Internal Server Error"},
    )
    async with call.session.get(f"{call.api.url}/control/calls") as response:
        assert [one["code"] for one in (await response.json())["calls"]] == [500]


@pytest.mark.parametrize("seconds", ["nan", "soon"])
async def test_a_wait_is_a_number_of_seconds(call: Caller, phone: Phone, seconds: str) -> None:
    """One that is none would never end."""
    for address in ("/phone/1001/chat?after=0&", "/phones/events?after=1001:0&", "/control/calls?"):
        async with call.session.get(f"{call.api.url}{address}timeout={seconds}") as response:
            assert response.status == 400, address


PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8),
    st.sampled_from([1, 1001, "1001", "abc", DEEP, "{}", "[]", "[1]", '{"a": []}', "attach://a", "\ud800"]),
)  # fmt: skip
WORDS = st.sampled_from(
    [
        *(
            "type",
            "text",
            "offset",
            "length",
            "message_id",
            "chat_id",
            "callback_data",
            "url",
            "media",
            "command",
        ),
        *(
            "description",
            "inline_keyboard",
            "keyboard",
            "force_reply",
            "caption",
            "parse_mode",
            "caption_entities",
        ),
    ]
)
KINDS = st.sampled_from(["bold", "photo", "chat", "default", "text_link"])
VALUES = st.recursive(
    PLAIN | KINDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)
MARKUP = st.lists(
    st.sampled_from(["<b>", "</b>", "<a href='", "&#x110000;", "&#99999999999;", "*", "_", "[", "](", ")", "\\", "`", "😀", "x", ">"]),
    max_size=12,
).map("".join)  # fmt: skip
NAMES = (
    *(
        "entities",
        "reply_markup",
        "reply_parameters",
        "reply_to_message_id",
        "message_id",
        "message_ids",
        "media",
    ),
    *(
        "caption",
        "caption_entities",
        "commands",
        "scope",
        "language_code",
        "latitude",
        "longitude",
        "title",
        "name",
    ),
    *(
        "live_period",
        "phone_number",
        "first_name",
        "emoji",
        "action",
        "photo",
        "document",
        "sticker",
        "file_id",
    ),
    *(
        "from_chat_id",
        "user_id",
        "callback_query_id",
        "offset",
        "limit",
        "allowed_updates",
        "secret_token",
        "duration",
    ),
    *(
        "protect_content",
        "ip_address",
        "max_connections",
        "drop_pending_updates",
        "own",
        "value",
        "kind",
        "data",
    ),
)
# Waiting takes time and names are looked up: neither is what is tried here.
TIED = st.fixed_dictionaries(
    {
        "chat_id": st.sampled_from([1001, "1001", -1, "", None, [1001]]) | VALUES,
        "text": MARKUP | VALUES,
        "parse_mode": st.sampled_from([None, "HTML", "MarkdownV2"]) | VALUES,
    },
    optional={"url": st.sampled_from(["", "http://[", "http://127.0.0.1:9/", 5, []]), "timeout": st.just(0)},
)
PARAMS = st.builds(
    lambda tied, more: {**tied, **more}, TIED, st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)
)
PHONE = (
    "start",
    "messages",
    "taps",
    "edits",
    "delete",
    "forward",
    "groups",
    "contact",
    "location",
    "venue",
    "sticker",
    "dice",
)
CALLS = st.lists(
    st.tuples(
        st.sampled_from([f"/bot{TOKEN}/{name}" for name in BOT_API_METHODS] + [f"/phone/1001/{name}" for name in PHONE]),
        PARAMS,
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)  # fmt: skip


@settings(max_examples=60)
@given(CALLS)
def test_no_call_is_answered_with_an_error_of_the_server(
    calls: list[tuple[str, dict[str, Any], bool]],
) -> None:
    """Any method with any parameters, as JSON or as a form, one after the other, beside a page."""

    async def walk() -> None:
        server = LocalBotApi({TOKEN: "kuager_bot"}, WallClock())
        server.extend(PhonesPage([PagePhone(1001, "en", "Anna")]).add_to)
        await server.start()
        try:
            async with aiohttp.ClientSession() as session:
                await session.post(f"{server.url}/phone/1001/messages", json={"text": "hi"})
                for address, params, in_a_form in calls:
                    await answered(session, server.url + address, params, in_a_form)
                await answered(session, f"{server.url}/phone/1001/commands", None, False)
                await answered(session, f"{server.url}/phone/1001/chat", None, False)
        finally:
            await server.stop()

    asyncio.run(walk())


async def answered(
    session: aiohttp.ClientSession, url: str, params: dict[str, Any] | None, in_a_form: bool
) -> None:
    """Make a call; it must be answered in JSON, well or with a refusal."""
    form = {name: str(value).encode("utf-8", "replace").decode() for name, value in (params or {}).items()}
    body: dict[str, Any] = {"data": form} if in_a_form else {"json": params}
    async with session.request("GET" if params is None else "POST", url, **body) as response:
        answer = await response.json()
    assert response.status < 500, answer
    assert answer["ok"] is (response.status == 200)
