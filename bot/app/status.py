"""`/health`, `/ready` and `/metrics` for programs on this machine, in Prometheus format without labels of people."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from bot import __version__
from bot.store import faults
from bot.transport.backlog import Backlog
from bot.transport.replicas import Meter
from bot.transport.webhook import listening

if TYPE_CHECKING:
    from bot.app.wiring import Bot

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METRICS: Mapping[str, tuple[str, Sequence[float]]] = {
    "batch_updates": ("Updates of a batch.", (1, 2, 5, 10, 20, 50, 100)),
    "commit_seconds": (
        "From the beginning of a batch's transaction until it is durable.",
        (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    ),
    "batches_failed": ("Batches that were rolled back.", ()),
    "updates_set_aside": ("Updates that failed alone.", ()),
    "send_seconds": (
        "From a call to the Bot API until its answer.",
        (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20),
    ),
    "sends_failed": ("Calls to the Bot API that failed.", ()),
    "flood_waits": ("How often Telegram let a chat wait (429).", ()),
    "flood_wait_seconds": ("For how long in all.", ()),
}
"""Meaning of each metric, and the buckets of a histogram. Others are counters."""
_GAUGES = {
    "up": "1 while updates come and are processed, as /ready says.",
    "backlog_updates": "Updates that wait their turn in the database.",
    "outbox_calls": "Calls to the Bot API that are owed.",
    "outbox_age_seconds": "How long the next call of a chat has waited at most.",
    "updates_at_hand": "Updates that came and are not acknowledged yet.",
    "telegram_pending_updates": "Updates that wait at Telegram for the webhook.",
}
"""Metrics that are read for each answer."""


class PrometheusMeter(Meter):
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = {name: self._metric(name, *of) for name, of in _METRICS.items()}
        by_status = "Requests to the webhook by the status of their answer."
        self._requests = Counter("kuager_webhook_requests", by_status, ["status"], registry=self.registry)
        Info("kuager", "The program.", registry=self.registry).info({"version": __version__})
        self.gauges = {
            name: Gauge(f"kuager_{name}", meaning, registry=self.registry)
            for name, meaning in _GAUGES.items()
        }

    def _metric(self, name: str, meaning: str, buckets: Sequence[float]) -> Counter | Histogram:
        if buckets:
            return Histogram(f"kuager_{name}", meaning, buckets=buckets, registry=self.registry)
        return Counter(f"kuager_{name}", meaning, registry=self.registry)

    def note(self, metric: str, value: float = 1.0) -> None:
        found = self.metrics[metric]
        if isinstance(found, Histogram):
            found.observe(value)
        else:
            found.inc(value)

    def request(self, status: int) -> None:
        self._requests.labels(str(status)).inc()


LOOPBACK = "127.0.0.1"
HUNG_SECONDS = 120.0
"""Seconds after which a running batch counts as hung. No statement takes that long."""
DATABASE_SECONDS = 2.0
_NAMES = frozenset({"localhost", LOOPBACK})


class StatusPage:
    """Server at a port of the loopback address, which refuses other host names (DNS rebinding)."""

    def __init__(self, port: int, bot: "Bot") -> None:
        self._port, self._bot, self.meter = port, bot, PrometheusMeter()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        app = web.Application(client_max_size=1024, middlewares=[_for_this_machine])
        app.router.add_get("/health", self._health)
        app.router.add_get("/ready", self._ready)
        app.router.add_get("/metrics", self._metrics)
        async with listening(app, (LOOPBACK, self._port), "KUAGER_STATUS_PORT=9464"):
            yield

    async def _health(self, _request: web.Request) -> web.Response:
        """Tell whether a batch hangs. Only then a restart helps."""
        return _said("a batch hangs" if self._bot.committer.batch_seconds > HUNG_SECONDS else "")

    async def _ready(self, _request: web.Request) -> web.Response:
        _, fault = await self._look()
        return _said(fault)

    async def _metrics(self, _request: web.Request) -> web.Response:
        backlog, fault = await self._look()
        calls, age = self._bot.sender.lanes.owed()
        source = self._bot.source
        now = {"up": not fault, "outbox_calls": calls, "outbox_age_seconds": age}
        now |= {"updates_at_hand": source.waiting, "telegram_pending_updates": source.pending}
        if backlog is not None:
            now["backlog_updates"] = backlog
        for name, value in now.items():
            self.meter.gauges[name].set(value)
        return web.Response(body=generate_latest(self.meter.registry), headers={"Content-Type": CONTENT_TYPE})

    async def _look(self) -> tuple[int | None, str]:
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                backlog = await Backlog(self._bot.work.read).length()
        except Exception as error:
            if not faults.is_of_database(error):
                raise
            return None, "the database does not answer"
        return backlog, self._bot.fault()


def _said(fault: str) -> web.Response:
    return web.Response(text=f"{fault or 'well'}\n", status=503 if fault else 200)


@web.middleware
async def _for_this_machine(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    if request.url.host not in _NAMES:
        raise web.HTTPMisdirectedRequest
    return await handler(request)
