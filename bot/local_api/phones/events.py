"""The events of phones: of several in one answer, under `/phones/events`, and of one as they come, under its `stream`.

A browser keeps at most six connections to a server (all do, though https://fetch.spec.whatwg.org does not demand it),
so a page with many phones cannot wait on each of them separately. A program can, and spares a request for each event.
"""

import asyncio
import json
from collections.abc import Callable, Mapping

from aiohttp import web

from bot.local_api.protocol.answers import answer, refused
from bot.local_api.protocol.errors import ApiError, bad_request
from bot.local_api.protocol.json_values import JSON, seconds_of
from bot.local_api.protocol.long_polling import LONGEST_WAIT
from bot.local_api.state.account import BotAccount
from bot.local_api.state.events import EventFeed

_MOST_PHONES = 100


def timeout_of(request: web.Request) -> float:
    """The seconds that a request may wait, by its `timeout`. Raises ApiError for anything but a number."""
    try:
        return seconds_of(request.query.get("timeout", "0"), LONGEST_WAIT)
    except ValueError:
        raise bad_request("timeout must be a number of seconds") from None


def _position(request: web.Request) -> int:
    try:
        return int(request.query.get("after", "0"))
    except ValueError:
        raise bad_request("after must be a number") from None


def _positions(request: web.Request) -> dict[int, int]:
    """Person -> number of the last event known, from `after=<person>:<number>`, given any number of times."""
    try:
        pairs = [pair.split(":") for pair in request.query.getall("after", [])]
        known = {int(person): int(number) for person, number in pairs}
    except ValueError:
        raise bad_request("after must be <person>:<number>") from None
    if len(known) > _MOST_PHONES or any(person <= 0 for person in known):
        raise bad_request("such phones cannot exist")
    return known


async def wait_any(feeds: Mapping[int, EventFeed], after: Mapping[int, int], seconds: float) -> None:
    """Return as soon as one of the feeds has an event after the number known, or after `seconds`."""
    waits = [asyncio.ensure_future(feed.wait(after[person], seconds)) for person, feed in feeds.items()]
    if not waits:
        await asyncio.sleep(min(seconds, 1.0))
        return
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


class PhoneEvents:
    """Waits for phones of one account; `find` finds the account of a request or raises ApiError."""

    def __init__(self, find: Callable[[web.Request], BotAccount]) -> None:
        self._find = find

    def routes(self) -> list[web.RouteDef]:
        """Both addresses."""
        return [
            web.get("/phones/events", self.events),
            web.get("/phone/{person:[0-9]{1,18}}/stream", self.stream),
        ]

    async def events(self, request: web.Request) -> web.StreamResponse:
        """By person: `events` after the number given, and whether some are `lost`; waits up to `timeout` seconds."""
        try:
            account, after, seconds = self._find(request), _positions(request), timeout_of(request)
        except ApiError as refusal:
            return refused(refusal)
        for person in after:
            account.person(person)
        feeds = {person: account.feeds[person] for person in after}
        await wait_any(feeds, after, seconds)
        news = {str(person): feed.catch_up(after[person]) for person, feed in feeds.items()}
        phones: JSON = {person: one for person, one in news.items() if one["events"] or one["lost"]}
        return answer({"ok": True, "phones": phones})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """A line of JSON whenever something happens: the `events` since the last line, the first since number `after`.

        `lost` says that some are missing. The stream ends then, and when nothing has happened for a long time.
        """
        try:
            account, after = self._find(request), _position(request)
        except ApiError as refusal:
            return refused(refusal)
        person = account.person(int(request.match_info["person"]))
        return await _tell(request, account.feeds[person.id], after)


async def _tell(request: web.Request, feed: EventFeed, after: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    while True:
        await feed.wait(after, LONGEST_WAIT)
        news = feed.catch_up(after)
        if news["events"] or news["lost"]:
            await response.write(json.dumps(news).encode() + b"\n")
        if news["lost"] or not news["events"]:
            return response
        after = news["events"][-1]["seq"]
