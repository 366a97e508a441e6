"""Pages for monitoring programs on this machine: `/health`, `/ready` and `/metrics`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from bot import database_faults
from bot.listening import listening
from bot.status.prometheus import CONTENT_TYPE, PrometheusMeter

LOOPBACK = "127.0.0.1"
HUNG_SECONDS = 120.0
"""Seconds after which a running batch counts as hung. No statement takes that long."""
DATABASE_SECONDS = 2.0
_NAMES = frozenset({"localhost", LOOPBACK})


@dataclass(frozen=True, slots=True)
class Readings:
    """Values that a request reads.

    - `fault`: why no updates come or are processed, in one line, else "".
    - `batch_seconds`: duration of the running batch.
    - `backlog`: number of updates that wait. Raises errors of the database.
    - `outbox`: number of queued calls, and the longest wait of a chat's next call in seconds.
    - `source`: number of updates not acknowledged yet, and of those pending at Telegram if known.
    """

    fault: Callable[[], str]
    batch_seconds: Callable[[], float]
    backlog: Callable[[], Awaitable[int]]
    outbox: Callable[[], tuple[int, float]]
    source: Callable[[], tuple[int, int]]


class StatusPage:
    """Server at a port of the loopback address. It refuses other host names, so that no web page can reach
    it by DNS rebinding."""

    def __init__(self, port: int, meter: PrometheusMeter, readings: Readings) -> None:
        self._port, self._meter, self._readings = port, meter, readings
        self._up = meter.gauge("up", "1 while updates come and are processed, as /ready says.")
        self._backlog = meter.gauge("backlog_updates", "Updates that wait their turn in the database.")
        self._outbox = meter.gauge("outbox_calls", "Calls to the Bot API that are owed.")
        self._outbox_age = meter.gauge(
            "outbox_age_seconds", "How long the next call of a chat has waited at most."
        )
        self._at_hand = meter.gauge("updates_at_hand", "Updates that came and are not acknowledged yet.")
        self._pending = meter.gauge(
            "telegram_pending_updates", "Updates that wait at Telegram for the webhook."
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        app = web.Application(client_max_size=1024, middlewares=[_for_this_machine])
        app.add_routes(
            [
                web.get("/health", self._health),
                web.get("/ready", self._ready),
                web.get("/metrics", self._metrics),
            ]
        )
        async with listening(app, (LOOPBACK, self._port), "KUAGER_STATUS_PORT=9464"):
            yield

    async def _health(self, _request: web.Request) -> web.Response:
        """Whether the bot lives. A hung bot should be restarted, but not one with an unavailable database or
        Telegram."""
        hung = self._readings.batch_seconds() > HUNG_SECONDS
        return _said("a batch hangs" if hung else "")

    async def _ready(self, _request: web.Request) -> web.Response:
        """Whether updates come and the database answers."""
        _, fault = await self._look()
        return _said(fault)

    async def _metrics(self, _request: web.Request) -> web.Response:
        backlog, fault = await self._look()
        calls, age = self._readings.outbox()
        self._up.set(not fault)
        if backlog is not None:
            self._backlog.set(backlog)
        self._outbox.set(calls)
        self._outbox_age.set(age)
        at_hand, pending = self._readings.source()
        self._at_hand.set(at_hand)
        self._pending.set(pending)
        return web.Response(body=self._meter.exposition(), headers={"Content-Type": CONTENT_TYPE})

    async def _look(self) -> tuple[int | None, str]:
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                backlog = await self._readings.backlog()
        except Exception as error:
            if not database_faults.is_of_database(error):
                raise
            return None, "the database does not answer"
        return backlog, self._readings.fault()


def _said(fault: str) -> web.Response:
    return web.Response(text=f"{fault or 'well'}\n", status=503 if fault else 200)


@web.middleware
async def _for_this_machine(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    if request.url.host not in _NAMES:
        raise web.HTTPMisdirectedRequest
    return await handler(request)
