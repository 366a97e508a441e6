"""One request waits for the news of several phones."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from bot.local_api.server import LocalBotApi
from tests.bot.local_api.conftest import TOKEN, Caller, Phones, until


async def news(call: Caller, *after: str, seconds: float = 0) -> dict[str, Any]:
    """What came after these, by person."""
    params = [("after", one) for one in after] + [("timeout", str(seconds))]
    async with call.session.get(f"{call.api.url}/phones/events", params=params) as response:
        assert response.status == 200
        found: dict[str, Any] = (await response.json())["phones"]
        return found


async def test_only_phones_with_news_are_told_of(call: Caller, phones: Phones) -> None:
    """Each with the events after the number given for it."""
    anna, bela = await phones(1), await phones(2)
    await anna.say("a")
    await bela.say("b")
    assert list(await news(call, f"1:{anna.mark}", f"2:{bela.mark}")) == []
    await call("sendMessage", chat_id=2, text="to Bela")
    told = await news(call, f"1:{anna.mark}", f"2:{bela.mark}")
    assert [event["message"]["text"] for event in told["2"]["events"]] == ["to Bela"]
    assert list(told) == ["2"]


async def test_the_first_news_of_any_phone_ends_the_wait(call: Caller, phones: Phones) -> None:
    """The others go on waiting in the next request."""
    anna, bela = await phones(1), await phones(2)
    await anna.say("a")
    await bela.say("b")
    waiting = asyncio.create_task(news(call, f"1:{anna.mark}", f"2:{bela.mark}", seconds=20))
    feeds = call.api.accounts[TOKEN].feeds
    # Each phone listens for itself, too.
    await until(lambda: feeds[1].waiting == feeds[2].waiting == 2)
    assert not waiting.done()
    await call("sendMessage", chat_id=1, text="to Anna")
    async with asyncio.timeout(5):
        assert list(await waiting) == ["1"]


async def test_a_number_that_is_ahead_of_the_server_is_lost(call: Caller, phones: Phones) -> None:
    """A phone that knew an earlier run must take its chat as it stands."""
    await phones(1)
    assert (await news(call, "1:9999"))["1"]["lost"]


@pytest.mark.parametrize(
    "query", ["after=1", "after=a:b", "after=-1:0", "after=1:0&timeout=x", "after=1:0&bot=nobody"]
)
async def test_what_cannot_be_meant_is_refused(api: LocalBotApi, query: str) -> None:
    """With 400 and a description."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{api.url}/phones/events?{query}") as response,
    ):
        assert response.status == 400
        assert (await response.json())["description"].startswith("Bad Request")


async def test_a_stream_tells_of_each_event_as_it_comes(call: Caller, phones: Phones) -> None:
    """In lines of JSON, beginning after the number given."""
    anna = await phones(1)
    said = await anna.say("a")
    async with call.session.get(f"{call.api.url}/phone/1/stream", params={"after": anna.mark - 1}) as stream:
        assert [event["message"]["message_id"] for event in await line(stream)] == [said.id]
        for words in ("b", "c"):
            await call("sendMessage", chat_id=1, text=words)
            assert [event["message"]["text"] for event in await line(stream)] == [words]


async def test_a_stream_that_has_lost_events_ends(call: Caller, phones: Phones) -> None:
    """It says so first, and the phone takes its chat as it stands."""
    await phones(1)
    async with call.session.get(f"{call.api.url}/phone/1/stream?after=9999") as stream:
        assert json.loads(await stream.content.readline())["lost"]
        assert await stream.content.readline() == b""


async def test_a_phone_takes_its_chat_as_it_stands_once_events_are_lost(call: Caller, phones: Phones) -> None:
    """A server keeps the last events only, and more can come at once."""
    anna = await phones(1)
    await anna.say("a")
    account = call.api.accounts[TOKEN]
    for _ in range(501):
        account.notify(account.chats[1], "action", action="typing")
    await anna.until(lambda: anna.seq > 500)
    assert anna.actions == []
    await call("sendMessage", chat_id=1, text="b")
    await anna.wait("b")


async def line(stream: aiohttp.ClientResponse) -> list[dict[str, Any]]:
    """The events of the next line."""
    async with asyncio.timeout(5):
        news: dict[str, Any] = json.loads(await stream.content.readline())
    assert not news["lost"]
    found: list[dict[str, Any]] = news["events"]
    return found


@pytest.mark.parametrize("query", ["after=x", "after=1&bot=nobody"])
async def test_a_stream_that_cannot_be_meant_is_refused(api: LocalBotApi, query: str) -> None:
    """With 400 and a description."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{api.url}/phone/1/stream?{query}") as response,
    ):
        assert response.status == 400
        assert not (await response.json())["ok"]
