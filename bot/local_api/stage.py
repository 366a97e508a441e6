"""What the page shows beside the chats, under `/stage/`: calls of the Bot API, stored rows and the clock."""

from __future__ import annotations

import json
from dataclasses import asdict

from aiohttp import web

from bot.local_api.backstage import Backstage
from bot.local_api.botapi import answer
from bot.local_api.params import seconds_of
from bot.local_api.wire import Wire

_LONGEST_WAIT = 50.0
_FURTHEST = 24 * 366


def _refused(description: str) -> web.Response:
    return answer({"ok": False, "description": description}, 400)


class Stage:
    """The addresses of the panel. Without a backstage there are only the calls, which `wire` hears."""

    def __init__(self, backstage: Backstage | None) -> None:
        self._backstage = backstage
        self.wire = Wire()

    def build(self, app: web.Application) -> None:
        """Add the addresses to the application, and an ear for its calls."""
        app.middlewares.append(self.wire.watch)
        app.router.add_get("/stage/calls", self.calls)
        app.on_shutdown.append(self._close)
        if self._backstage is not None:
            behind = _Behind(self._backstage)
            app.router.add_get("/stage/tables", behind.tables)
            app.router.add_get("/stage/now", behind.now)
            app.router.add_post("/stage/advance", behind.advance)

    async def calls(self, request: web.Request) -> web.Response:
        """Calls with a number above `after`, waiting up to `timeout` seconds for one."""
        try:
            after = int(request.query.get("after", "0"))
            seconds = seconds_of(request.query.get("timeout", "0"), _LONGEST_WAIT)
        except ValueError:
            return _refused("after and timeout must be numbers")
        await self.wire.wait(after, seconds)
        return answer({"ok": True, "number": self.wire.number, "calls": self.wire.since(after)})

    async def _close(self, app: web.Application) -> None:
        del app
        self.wire.wake()


class _Behind:
    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage

    async def tables(self, request: web.Request) -> web.Response:
        """The rows as they are stored, table by table."""
        del request
        tables = [asdict(rows) for rows in await self._backstage.tables()]
        return answer({"ok": True, "tables": tables})

    async def now(self, request: web.Request) -> web.Response:
        """The bot's time."""
        del request
        return answer({"ok": True, "now": await self._backstage.now()})

    async def advance(self, request: web.Request) -> web.Response:
        """Move the clock ahead: {"hours": n}, a whole number up to a year."""
        try:
            hours = json.loads(await request.read())["hours"]
        except (ValueError, KeyError, TypeError):
            return _refused("hours is missing")
        if type(hours) is not int or not 0 < hours <= _FURTHEST:
            return _refused(f"hours must be a whole number from 1 to {_FURTHEST}")
        try:
            return answer({"ok": True, "now": await self._backstage.advance(hours)})
        except ValueError as wrong:
            return _refused(str(wrong))
