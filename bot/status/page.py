"""Three pages for programs that look after this one, on this machine alone: `/health`, `/ready` and `/metrics`."""

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
"""How long a batch may be under way until the bot is taken for hung: no statement of ours takes that long."""
DATABASE_SECONDS = 2.0
_NAMES = frozenset({"localhost", LOOPBACK})


@dataclass(frozen=True, slots=True)
class Readings:
    """What is read when somebody asks. `fault`: why nothing comes or is processed, in a line; blank while it does. `backlog`: how many
    updates wait their turn, raising whatever the database raises. `outbox`: how many calls are owed, and for how many seconds
    the next of a chat has waited at most. `source`: how many updates came and are not acknowledged yet, and how many wait at
    Telegram, as far as it was asked."""

    fault: Callable[[], str]
    batch_seconds: Callable[[], float]
    backlog: Callable[[], Awaitable[int]]
    outbox: Callable[[], tuple[int, float]]
    source: Callable[[], tuple[int, int]]


class StatusPage:
    """Serves at a port of the loopback address; it answers to no other host name, so that no web page can ask it by one."""

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
        """Serve inside the block. Raises SettingsError where the port is taken."""
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
        """Whether it lives: who finds it hung should start it anew. A database or a Telegram that is away does not make it ill."""
        hung = self._readings.batch_seconds() > HUNG_SECONDS
        return _said("a batch hangs" if hung else "")

    async def _ready(self, _request: web.Request) -> web.Response:
        """Whether it serves: updates come, and the database answers."""
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
        """The length of the backlog, as the database tells it, and what is amiss."""
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
