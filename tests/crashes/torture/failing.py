"""The bot's way to the Bot API when a share of all calls fails, by a seed."""

import asyncio
import json
import random
from collections.abc import Mapping
from enum import StrEnum

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.local_api.access import ApiError, refused, too_many_requests
from tests.crashes.line import Line, broken
from tests.crashes.torture.history import History


class Failing(StrEnum):
    """How a call fails."""

    FLOOD = "429"
    SERVER = "502"
    SILENT = "no answer, and nothing done"
    LOST = "done, and the answer lost"


SHARES: Mapping[Failing, float] = {
    Failing.FLOOD: 0.10,
    Failing.SERVER: 0.10,
    Failing.SILENT: 0.09,
    Failing.LOST: 0.01,
}
"""Of all calls, three in ten. An answer that is lost cannot but bring a message twice, since the Bot API knows no way to ask whether
a message was sent: so their share is what the share of such copies is measured against."""


class FailingLine(Line):
    """A `Line` of which so many calls fail while it is `failing`. `silence` are seconds without an answer, until the connection
    breaks."""

    chance: random.Random
    history: History
    silence = 0.1
    failing = False
    gone = False
    shares = SHARES

    async def be_gone(self, seconds: float) -> None:
        """Take connections and answer nobody, for so long."""
        self.gone = True
        await asyncio.sleep(seconds)
        self.gone = False

    async def _carry(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.gone:
            return broken(request)
        failing = self._drawn() if self.failing else None
        match failing:
            case Failing.FLOOD:
                return refused(too_many_requests(1))
            case Failing.SERVER:
                return refused(ApiError(502, "Bad Gateway"))
            case Failing.SILENT:
                await asyncio.sleep(self.silence)
                return broken(request)
        response = await super()._carry(request, handler)
        self.history.lost |= set(self.unheard)
        if not isinstance(response, web.Response):
            return response
        if failing is Failing.LOST:
            self.history.lost |= _numbers(response)
            return broken(request)
        if request.match_info.get("method", "").lower().startswith("send"):
            self.history.answer(_numbers(response))
        return response

    def _drawn(self) -> Failing | None:
        drawn = self.chance.random()
        for one, share in self.shares.items():
            if drawn < share:
                return one
            drawn -= share
        return None


def _numbers(response: web.Response) -> set[int]:
    """The numbers of the messages that an answer tells of."""
    if response.content_type != "application/json" or not isinstance(response.body, bytes):
        return set()
    result = json.loads(response.body).get("result")
    found = result if isinstance(result, list) else [result]
    return {one["message_id"] for one in found if isinstance(one, dict) and "message_id" in one}
