"""The events of several phones in one answer, under `/phones/news`.

A browser keeps at most six connections to a server (https://fetch.spec.whatwg.org leaves it to them, all do so), so a
page with many phones cannot wait on each of them by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from aiohttp import web

from bot.local_api.apierror import ApiError, bad_request
from bot.local_api.botapi import answer
from bot.local_api.feed import Feed
from bot.local_api.params import seconds_of
from bot.local_api.state import JSON
from bot.local_api.world import World

_LONGEST_WAIT = 50.0
_MOST_PHONES = 100


def _asked(request: web.Request) -> dict[int, int]:
    """Person -> number of the last event known; from `after=<person>:<number>`, any number of times."""
    try:
        pairs = [pair.split(":") for pair in request.query.getall("after", [])]
        asked = {int(person): int(number) for person, number in pairs}
    except ValueError:
        raise bad_request("after must be <person>:<number>") from None
    if len(asked) > _MOST_PHONES or any(person <= 0 for person in asked):
        raise bad_request("there cannot be such phones")
    return asked


def _seconds(request: web.Request) -> float:
    try:
        return seconds_of(request.query.get("timeout", "0"), _LONGEST_WAIT)
    except ValueError:
        raise bad_request("timeout must be a number of seconds") from None


async def wait_any(feeds: Mapping[int, Feed], after: Mapping[int, int], seconds: float) -> None:
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


class News:
    """Waits for the phones of the world that a request means; `world` finds it or raises ApiError."""

    def __init__(self, world: Callable[[web.Request], World]) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """The one address."""
        return [web.get("/phones/news", self.news)]

    async def news(self, request: web.Request) -> web.StreamResponse:
        """By person: `events` after the number given, `lost` when some between are forgotten; waiting up to
        `timeout` seconds for the first."""
        try:
            world, after = self._world(request), _asked(request)
            seconds = _seconds(request)
        except ApiError as refusal:
            return answer(refusal.as_json(), refusal.code)
        for person in after:
            world.person(person)
        feeds = {person: world.feeds[person] for person in after}
        await wait_any(feeds, after, seconds)
        phones: JSON = {}
        for person, feed in feeds.items():
            events, lost = feed.since(after[person])
            if events or lost:
                phones[str(person)] = {"events": events, "lost": lost}
        return answer({"ok": True, "phones": phones})
