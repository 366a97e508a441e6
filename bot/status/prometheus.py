"""Metrics for Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats). No label can
identify a person."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from bot import __version__
from bot.chat.transport.meter import Meter

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
