"""The calls of the Bot API as they went over the wire: method, parameters, duration and answer, cut to be read."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.local_api.params import GIVEN, parsed

KEPT = 500
_LONGEST_TEXT = 300
_LONGEST_LIST = 20
_DEEPEST = 12

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def shortened(value: Any, levels: int = _DEEPEST) -> Any:
    """A JSON value with its long texts and lists and deep levels cut; JSON inside of texts is unpacked."""
    if isinstance(value, dict | list) and not levels:
        return "…"
    if isinstance(value, str):
        if value[:1] in {"{", "["} and levels:
            try:
                return shortened(parsed(value), levels - 1)
            except ValueError:
                pass
        return value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}… ({len(value)})"
    if isinstance(value, dict):
        return {name: shortened(one, levels - 1) for name, one in value.items()}
    if isinstance(value, list):
        cut = [shortened(one, levels - 1) for one in value[:_LONGEST_LIST]]
        return cut if len(value) <= _LONGEST_LIST else [*cut, f"… ({len(value)})"]
    return value


def _params(request: web.Request) -> dict[str, Any]:
    """What came with a call, files by name and size; nothing of a body that could not be read."""
    call = request.get(GIVEN)
    return call.logged() if call is not None else {}


def _outcome(response: web.StreamResponse) -> dict[str, Any]:
    """The body of an answer; one without words for a connection that was dropped or what is no object."""
    body = response.body if isinstance(response, web.Response) else None
    try:
        found = parsed(body) if isinstance(body, bytes) else None
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"ok": False, "description": ""}


class Wire:
    """The last calls, each with a number that grows by one. `watch` is the middleware that sees them.

    `waiting` tells how many wait for the next.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.number = 0
        self.waiting = 0
        self._calls: deque[dict[str, Any]] = deque(maxlen=kept)
        self._changed = asyncio.Event()

    @property
    def watch(self) -> Middleware:
        """To be put among the middlewares of an application with a Bot API."""

        @web.middleware
        async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
            # A download has a token too, but is no call of a method.
            if not {"token", "method"} <= set(request.match_info):
                return await handler(request)
            begun = asyncio.get_running_loop().time()
            response = await handler(request)
            spent = asyncio.get_running_loop().time() - begun
            self._note(request, response, round(spent * 1000, 1))
            return response

        return watch

    def _note(self, request: web.Request, response: web.StreamResponse, spent: float) -> None:
        params, outcome = _params(request), _outcome(response)
        method = request.match_info["method"]
        if method.lower() == "getupdates" and outcome.get("ok") and not outcome.get("result"):
            return  # An empty poll says nothing and would push everything else out.
        self.number += 1
        self._calls.append(
            {
                "number": self.number,
                "method": method,
                "ms": spent,
                "code": response.status,
                "ok": bool(outcome.get("ok")),
                "params": shortened(params),
                "result": shortened(outcome.get("result", outcome.get("description"))),
            }
        )
        self.wake()

    def wake(self) -> None:
        """Wake whoever waits."""
        self._changed.set()
        self._changed = asyncio.Event()

    def since(self, after: int) -> list[dict[str, Any]]:
        """The kept calls with a number above `after`."""
        return [call for call in self._calls if call["number"] > after]

    async def wait(self, after: int, seconds: float) -> None:
        """Return once there is a call after `after`, or after `seconds`."""
        if self.number > after or seconds <= 0:
            return
        changed = self._changed
        self.waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            return
        finally:
            self.waiting -= 1
