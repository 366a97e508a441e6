"""One request waits for the news of several phones."""

import asyncio
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
