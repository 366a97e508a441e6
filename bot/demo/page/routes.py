"""Routes of the demo's panels, under `/demo/`."""

from collections.abc import Sequence
from dataclasses import asdict

from aiohttp import web

from bot.demo.page.inspector import Inspector
from bot.local_api.access import answer, bad_request, read_json, refused

_FURTHEST_HOURS = 24 * 366


def routes(inspector: Inspector) -> Sequence[web.RouteDef]:
    panels = _Panels(inspector)
    return (
        web.get("/demo/tables", panels.tables),
        web.get("/demo/clock", panels.clock),
        web.post("/demo/clock", panels.advance),
        web.post("/demo/language", panels.speak),
    )


def _hours(body: bytes) -> int:
    hours = read_json(body)["hours"]
    if type(hours) is not int or not 0 < hours <= _FURTHEST_HOURS:
        raise ValueError(f"hours must be an integer from 1 to {_FURTHEST_HOURS}")
    return hours


class _Panels:
    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector

    async def tables(self, request: web.Request) -> web.Response:
        del request
        tables = [asdict(rows) for rows in await self._inspector.tables()]
        return answer({"ok": True, "tables": tables})

    async def speak(self, request: web.Request) -> web.Response:
        """Set the language of a phone, from {"phone": id, "language": code}."""
        try:
            asked = read_json(await request.read())
            await self._inspector.speak(int(asked["phone"]), str(asked["language"]))
        except (ValueError, KeyError, TypeError) as wrong:
            return refused(bad_request(str(wrong)))
        return answer({"ok": True})

    async def clock(self, request: web.Request) -> web.Response:
        del request
        return answer({"ok": True, "now": await self._inspector.now()})

    async def advance(self, request: web.Request) -> web.Response:
        try:
            now = await self._inspector.advance(_hours(await request.read()))
        except (ValueError, KeyError, TypeError) as wrong:
            return refused(bad_request(str(wrong)))
        return answer({"ok": True, "now": now, "expired": dict(self._inspector.expired())})
