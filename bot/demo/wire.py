"""The calls of the Bot API as they went over the wire: method, parameters, duration and answer, cut to be read."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

KEPT = 500
_LONGEST_TEXT = 300
_LONGEST_LIST = 20

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def shortened(value: Any) -> Any:
    """A JSON value with its long texts and lists cut; JSON inside of texts is unpacked."""
    if isinstance(value, str):
        if value[:1] in {"{", "["}:
            try:
                return shortened(json.loads(value))
            except ValueError:
                pass
        return value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}… ({len(value)})"
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    if isinstance(value, list):
        cut = [shortened(one) for one in value[:_LONGEST_LIST]]
        return cut if len(value) <= _LONGEST_LIST else [*cut, f"… ({len(value)})"]
    return value


async def _params(request: web.Request) -> dict[str, Any]:
    """What came with a call that is answered already; of multipart, which is gone by then, the size alone."""
    if request.content_type.startswith("multipart/"):
        return {"multipart/form-data": f"{request.content_length or 0} B"}
    values: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = json.loads(await request.read() or b"{}")
        return values | body if isinstance(body, dict) else values
    return values | {name: str(value) for name, value in (await request.post()).items()}


def _outcome(response: web.StreamResponse) -> dict[str, Any]:
    body = response.body if isinstance(response, web.Response) else None
    if not isinstance(body, bytes):
        return {"ok": False, "description": ""}
    found: dict[str, Any] = json.loads(body)
    return found


class Wire:
    """The last calls, each with a number that grows by one. `watch` is the middleware that sees them."""

    def __init__(self, kept: int = KEPT) -> None:
        self.number = 0
        self._calls: deque[dict[str, Any]] = deque(maxlen=kept)
        self._changed = asyncio.Event()

    @property
    def watch(self) -> Middleware:
        """To be put among the middlewares of an application with a Bot API."""

        @web.middleware
        async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
            if "token" not in request.match_info:
                return await handler(request)
            begun = asyncio.get_running_loop().time()
            response = await handler(request)
            spent = asyncio.get_running_loop().time() - begun
            await self._note(request, response, round(spent * 1000, 1))
            return response

        return watch

    async def _note(self, request: web.Request, response: web.StreamResponse, spent: float) -> None:
        try:
            params, outcome = await _params(request), _outcome(response)
        except ValueError:  # a broken body, which was refused as such
            params, outcome = {}, {"ok": False, "description": ""}
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
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            return
