"""`/health`, `/ready` and `/metrics` for programs on this machine, in Prometheus format without labels of people."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from bot import __version__
from bot.store import faults
from bot.transport.replicas import Meter
from bot.transport.webhook import listening

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SIZES = (1, 2, 5, 10, 20, 50, 100)
_COMMITS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_CALLS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)


class PrometheusMeter(Meter):
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._batches = Histogram(
            "kuager_batch_updates", "Updates of a batch.", buckets=_SIZES, registry=self.registry
        )
        self._commits = Histogram(
            "kuager_commit_seconds",
            "From the beginning of a batch's transaction until it is durable.",
            buckets=_COMMITS,
            registry=self.registry,
        )
        self._failed = self._counter("batches_failed", "Batches that were rolled back.")
        self._set_aside = self._counter("updates_set_aside", "Updates that failed alone.")
        self._calls = Histogram(
            "kuager_send_seconds",
            "From a call to the Bot API until its answer.",
            buckets=_CALLS,
            registry=self.registry,
        )
        self._undelivered = self._counter("sends_failed", "Calls to the Bot API that failed.")
        self._floods = self._counter("flood_waits", "How often Telegram let a chat wait (429).")
        self._flood_seconds = self._counter("flood_wait_seconds", "For how long in all.")
        self._requests = Counter(
            "kuager_webhook_requests",
            "Requests to the webhook by the status of their answer.",
            ["status"],
            registry=self.registry,
        )
        Info("kuager", "The program.", registry=self.registry).info({"version": __version__})

    def _counter(self, name: str, meaning: str) -> Counter:
        return Counter(f"kuager_{name}", meaning, registry=self.registry)

    def gauge(self, name: str, meaning: str) -> Gauge:
        """Gauge that the status page sets before each answer."""
        return Gauge(f"kuager_{name}", meaning, registry=self.registry)

    def batch(self, updates: int, seconds: float) -> None:
        """Record a batch. One that only records deliveries has no updates and counts only as a commit."""
        if updates:
            self._batches.observe(updates)
        self._commits.observe(seconds)

    def batch_failed(self) -> None:
        self._failed.inc()

    def set_aside(self) -> None:
        self._set_aside.inc()

    def call(self, seconds: float, *, delivered: bool) -> None:
        """Record the duration of a call, also of a failed one."""
        self._calls.observe(seconds)
        if not delivered:
            self._undelivered.inc()

    def flood_wait(self, seconds: float) -> None:
        self._floods.inc()
        self._flood_seconds.inc(seconds)

    def request(self, status: int) -> None:
        self._requests.labels(str(status)).inc()

    def exposition(self) -> bytes:
        return generate_latest(self.registry)


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
            if not faults.is_of_database(error):
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
