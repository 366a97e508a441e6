"""Failures on purpose, flood limits and the log of calls."""

import asyncio

import aiohttp
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.local_api.access import ApiError
from bot.local_api.client import Phone, picture
from bot.local_api.server import LocalBotApi
from bot.local_api.switches import LONGEST_VALUE as LONGEST
from bot.local_api.switches import FloodLimits, Rate
from tests.bot.local_api.conftest import Caller, Phones, WallClock


@pytest.fixture(autouse=True)
async def _started(phone: Phone) -> None:
    await phone.say("/start")


async def test_the_next_calls_fail_as_told(call: Caller) -> None:
    """So many of that method, to that chat."""
    await call.control("failures", method="sendMessage", count=2, retry_after=3)
    codes = [(await call.raw("sendMessage", chat_id=1001, text="x"))[0] for _ in range(3)]
    assert codes == [429, 429, 200]
    await call.control("failures", method="*", chat_id=5, code=502)
    await call("getMe")
    assert (await call.raw("sendMessage", chat_id=5, text="x"))[0] == 502


async def test_connections_drop_before_or_after_the_call_is_handled(call: Caller, phone: Phone) -> None:
    """After handling, the phone has the message although the bot never learns of it."""
    await call.control("failures", method="sendMessage", drop="before")
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=1001, text="before")
    await call.control("failures", method="sendMessage", drop="after")
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=1001, text="after")
    await phone.wait("after")
    assert "before" not in [bubble.text for bubble in phone.messages]


async def test_calls_fail_for_a_while(call: Caller) -> None:
    """However many there are: an outage. Then they go well."""
    await call.control("failures", method="*", code=502, seconds=0.2)
    assert [(await call.raw("getMe"))[0] for _ in range(3)] == [502] * 3
    await asyncio.sleep(0.2)
    await call("getMe")


async def test_a_share_of_calls_fails_at_random(call: Caller) -> None:
    """All of them with a chance of 1, none with one of 0."""
    for chance, codes in ((0, {200}), (1, {502})):
        await call.control("reset")
        await call.control("failures", method="getMe", code=502, count=1000, chance=chance)
        assert {(await call.raw("getMe"))[0] for _ in range(5)} == codes


async def test_a_message_can_be_made_undeletable(call: Caller, phone: Phone) -> None:
    """Alone and in a list of others, which are refused with it."""
    one, other = [(await call("sendMessage", chat_id=1001, text=text))["message_id"] for text in "ab"]
    await call.control("failures", method="*", message_id=one, count=3, code=400)
    assert (await call.raw("deleteMessage", chat_id=1001, message_id=one))[0] == 400
    assert (await call.raw("deleteMessages", chat_id=1001, message_ids=[other, one]))[0] == 400
    await phone.wait("b")
    await call("deleteMessage", chat_id=1001, message_id=other)


async def test_an_answer_is_held_back_after_the_call_was_handled(call: Caller, phone: Phone) -> None:
    """The moment in which a message is sent but not recorded."""
    await call.control("failures", method="sendMessage", delay_after=30)
    sending = asyncio.create_task(call("sendMessage", chat_id=1001, text="sent"))
    await phone.wait("sent")
    assert not sending.done()
    sending.cancel()


async def test_flood_limits_are_switched_on(call: Caller, phones: Phones) -> None:
    """A burst passes, then a chat has to wait; another chat does not."""
    await (await phones(1002)).say("hi")
    await call.control("limits", on=True, chat_burst=3, chat_per_second=0.01)

    async def codes(chat: int, count: int) -> list[int]:
        return [(await call.raw("sendMessage", chat_id=chat, text="x"))[0] for _ in range(count)]

    assert await codes(1001, 4) == [200, 200, 200, 429]
    assert await codes(1002, 4) == [200, 200, 200, 429]
    _, body = await call.raw("sendMessage", chat_id=1002, text="x")
    assert 90 <= body["parameters"]["retry_after"] <= 100
    await call("sendChatAction", chat_id=1001, action="typing")
    await call.control("reset")
    assert await codes(1001, 9) == [200] * 9


async def test_each_message_of_an_album_counts(call: Caller, phone: Phone) -> None:
    """What is more than a full bucket is made up for afterwards."""
    photo = (await phone.send_file("photo", picture(), "p.png", "image/png")).files[0]["file_id"]
    album = [{"type": "photo", "media": photo}] * 3
    await call.control("limits", on=True, chat_burst=2, chat_per_second=0.01)
    await call("sendMediaGroup", chat_id=1001, media=album)
    _, body = await call.raw("sendMessage", chat_id=1001, text="x")
    assert 190 <= body["parameters"]["retry_after"] <= 200


async def test_each_edit_counts(call: Caller) -> None:
    """Of a text and of buttons alone. Refused edits, deletions and answers to taps are free."""
    buttons = {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}
    sent = await call("sendMessage", chat_id=1001, text="x")
    of = {"chat_id": 1001, "message_id": sent["message_id"]}
    await call.control("limits", on=True, chat_burst=2, chat_per_second=0.01)
    assert (await call.raw("editMessageText", **of, text="x"))[0] == 400
    await call("editMessageText", **of, text="y")
    await call("editMessageReplyMarkup", **of, reply_markup=buttons)
    codes = [(await call.raw(method, **of, text="z"))[0] for method in ("editMessageText", "sendMessage")]
    assert codes == [429, 429]
    await call("deleteMessage", **of)


async def test_a_group_has_a_limit_of_its_own(call: Caller, phone: Phone) -> None:
    """Twenty messages a minute, however many a private chat may have."""
    group = await phone.make_group("Team")
    await call.control("limits", on=True, chat_burst=30, chat_per_second=30)
    codes = [(await call.raw("sendMessage", chat_id=group, text="x"))[0] for _ in range(21)]
    assert codes == [200] * 20 + [429]
    _, body = await call.raw("sendMessage", chat_id=group, text="x")
    assert body["parameters"]["retry_after"] == 3
    await call("sendMessage", chat_id=1001, text="x")


async def test_all_chats_share_thirty_messages_a_second(call: Caller, api: LocalBotApi) -> None:
    """Also where no chat has had many."""
    limits = api.control.limits
    limits.switch(on=True)
    for chat in range(30):
        limits.check("bot", chat, 0.0)
        limits.count("bot", chat, 0.0)
    with pytest.raises(ApiError, match="retry after 1"):
        limits.check("bot", 30, 0.0)
    limits.check("bot", 30, 1.0)
    await call("sendMessage", chat_id=1001, text="another bot's")


async def test_what_is_sent_to_nobody_uses_up_nothing(call: Caller, phone: Phone) -> None:
    """A bot with wrong ids can still write to those who are there; an id counts the same however it is written."""
    await phone.say("a")
    await call.control("limits", on=True, chat_burst=2, chat_per_second=0.01)
    for chat in (5, "x", "", None):
        assert (await call.raw("sendMessage", chat_id=chat, text="x"))[0] == 400
    codes = [(await call.raw("sendMessage", chat_id=c, text="x"))[0] for c in (1001, "1001", " 1001")]
    assert codes == [200, 200, 429]


@given(st.lists(st.floats(0, 40), min_size=1, max_size=60))
@example([0.0, 1.0, 2.0, 2.0, 0.6])
def test_no_stretch_of_time_lets_through_more_than_the_rates(moments: list[float]) -> None:
    """A burst and then the rate, for one chat; and who waits as long as told is let through."""
    limits = FloodLimits()
    limits.switch(on=True, chat=Rate(3, 0.5))
    passed: list[float] = []
    refused: list[ApiError] = []
    for now in sorted(moments):
        try:
            limits.check("bot", 1, now)
            limits.count("bot", 1, now)
        except ApiError as refusal:
            refused.append(refusal)
        else:
            passed.append(now)
    for each in refused:
        seconds = (each.parameters or {})["retry_after"]
        assert 1 <= seconds <= 2
        assert each.description == f"Too Many Requests: retry after {seconds}"
    for first, begin in enumerate(passed):
        for last, end in enumerate(passed[first:], first):
            assert last - first + 1 <= 3 + 0.5 * (end - begin) + 1e-6
    limits.check("bot", 1, max(moments) + 2)


async def test_calls_are_logged_without_the_bytes_of_files(call: Caller, api: LocalBotApi) -> None:
    """Method, chat, parameters and code; empty polls leave no trace."""
    form = aiohttp.FormData({"chat_id": "1001", "caption": "c"})
    form.add_field("photo", picture(), filename="p.png", content_type="image/png")
    await call.updates(offset=1001)
    await call.control("reset")
    await call.updates()
    async with call.session.post(f"{api.base_url}4242:local-secret/sendPhoto", data=form):
        pass
    await call.refused("sendMessage", chat_id=5, text="x")
    async with call.session.get(f"{api.url}/control/calls") as response:
        photo, refused = (await response.json())["calls"]
    assert photo["params"] == {"chat_id": "1001", "caption": "c", "photo": f"p.png ({len(picture())} B)"}
    assert (refused["method"], refused["chat_id"], refused["code"]) == ("sendMessage", 5, 400)


async def test_long_values_of_a_call_are_kept_cut(call: Caller, api: LocalBotApi) -> None:
    """With their length, whatever they are; those that a message can carry are kept whole."""
    whole, long = "x" * 4096, "x" * 100_000
    many = {"inline_keyboard": [[{"text": str(number)} for number in range(10_000)]]}
    await call("sendMessage", chat_id=1001, text=whole)
    await call.refused("sendMessage", chat_id=long, text=long, reply_markup=many, **{long: 1})
    async with call.session.get(f"{api.url}/control/calls") as response:
        first, second = (await response.json())["calls"]
    assert first["params"]["text"] == whole
    assert second["params"]["text"] == second["chat_id"] == f"{'x' * LONGEST}… (100000)"
    assert max(len(str(part)) for pair in second["params"].items() for part in pair) < LONGEST + 100


WRONG: list[tuple[str, dict[str, object], str]] = [
    ("failures", {"metod": "x"}, "unknown fields: metod"),
    ("failures", {"drop": "sometimes"}, 'drop must be "before" or "after"'),
    ("failures", {"drop": []}, 'drop must be "before" or "after"'),
    ("failures", {"count": "2"}, "count must be an integer from 1"),
    ("failures", {"count": 0}, "count must be an integer from 1"),
    ("failures", {"count": True}, "count must be an integer from 1"),
    ("failures", {"method": 5}, "method must be the name of a method or *"),
    ("failures", {"method": None}, "method must be the name of a method or *"),
    ("failures", {"chat_id": [1]}, "chat_id must be the id of a chat"),
    ("failures", {"code": "500"}, "code must be an integer from 400 to 599"),
    ("failures", {"code": 42}, "code must be an integer from 400 to 599"),
    ("failures", {"description": 5}, "description must be a text"),
    ("failures", {"retry_after": 1.5}, "retry_after must be an integer from 0"),
    ("failures", {"delay": "1"}, "delay must be a number of seconds from 0"),
    ("failures", {"delay_after": -1}, "delay_after must be a number of seconds from 0"),
    ("failures", {"delay": float("nan")}, "NaN is not a number"),
    ("limits", {"chat_per_secnd": 1}, "unknown fields: chat_per_secnd"),
    ("limits", {"on": "yes"}, "on must be true or false"),
    ("limits", {"chat_burst": "5"}, "chat_burst must be a number above 0"),
    ("limits", {"chat_burst": None}, "chat_burst must be a number above 0"),
    ("limits", {"chat_burst": True}, "chat_burst must be a number above 0"),
    ("limits", {"chat_per_second": 0}, "chat_per_second must be a number above 0"),
    ("limits", {"chat_per_second": float("inf")}, "Infinity is not a number"),
]


@pytest.mark.parametrize(("switch", "body", "words"), WRONG)
async def test_a_wrong_switch_is_refused(
    call: Caller, api: LocalBotApi, switch: str, body: dict[str, object], words: str
) -> None:
    """A typing error in a test must neither pass for a failure that never came nor break calls later on."""
    async with call.session.post(f"{api.url}/control/{switch}", json=body) as response:
        assert (response.status, (await response.json())["description"]) == (400, f"Bad Request: {words}")
    assert api.control.failures.as_json() == []
    assert not api.control.limits.on


async def test_a_wrong_rate_changes_none(call: Caller, api: LocalBotApi) -> None:
    """Not even those that stand beside it."""
    async with call.session.post(
        f"{api.url}/control/limits", json={"chat_burst": 1, "chat_per_second": -1}
    ) as response:
        assert response.status == 400
    await call.control("limits", on=True)
    codes = [(await call.raw("sendMessage", chat_id=1001, text="x"))[0] for _ in range(6)]
    assert codes == [200] * 5 + [429]


async def test_each_bot_has_limits_of_its_own(clock: WallClock) -> None:
    """To the same person, too."""
    server = LocalBotApi({"1:a": "a_bot", "2:b": "b_bot"}, clock)
    server.control.limits.switch(on=True, chat=Rate(1, 0.01))
    await server.start()
    async with aiohttp.ClientSession() as session:
        codes = []
        for name, token in (("a_bot", "1:a"), ("b_bot", "2:b"), ("a_bot", "1:a")):
            said = {"text": "x"}
            await session.post(f"{server.url}/phone/5/messages?bot={name}", json=said)
            async with session.post(
                f"{server.base_url}{token}/sendMessage", json={"chat_id": 5, **said}
            ) as response:
                codes.append(response.status)
    await server.stop()
    assert codes == [200, 200, 429]


async def test_what_is_refused_uses_up_nothing(call: Caller, phone: Phone) -> None:
    """Be it wrong in itself or forbidden."""
    await call.control("limits", on=True, chat_burst=1, chat_per_second=0.01)
    for _ in range(3):
        assert (await call.raw("sendMessage", chat_id=1001, text=""))[0] == 400
    await phone.block()
    assert (await call.raw("sendMessage", chat_id=1001, text="x"))[0] == 403
    await phone.unblock()
    codes = [(await call.raw("sendMessage", chat_id=1001, text="x"))[0] for _ in range(2)]
    assert codes == [200, 429]
