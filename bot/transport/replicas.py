"""What the jobs of a replica share: the other replicas and their signals, bounded waits, a meter."""

import asyncio
from enum import StrEnum

from db.presence import Presence


class ReplicaMessage(StrEnum):
    """Messages between replicas, each followed by a value."""

    OWED = "owed"
    """The replica of this number has new outbox rows."""
    HURRY = "hurry"
    """Another replica waits until the replica of this number records its deliveries."""
    RECORDED = "recorded"
    """Hurried deliveries are recorded."""
    HELD = "held"
    """Telegram refuses all sending for this many seconds."""
    WAITS = "waits"
    FILES = "files"
    REPORTS = "reports"
    """The leader has waiting updates, files or new reports to see to."""


class Alone:
    """A single bot, which answers as `Presence` does among replicas."""

    is_leader, another_leads, number_there = True, False, 1

    def is_gone(self, _number: int) -> bool:
        return False

    def tell(self, word: str, about: object = "") -> None:
        """Do nothing, since there is no other replica."""


ALONE = Alone()
Copies = Alone | Presence


def loop_time() -> float:
    """Time of the event loop in seconds, for durations."""
    return asyncio.get_running_loop().time()


async def wait_at_most(event: asyncio.Event, seconds: float | None) -> bool:
    """Wait until an event is set, for at most `seconds` or without limit for None. Returns whether it is set.
    Before Python 3.12 `asyncio.wait_for` can lose a cancellation."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


class Meter:
    """Receiver of measurements that keeps nothing."""

    def note(self, metric: str, value: float = 1.0) -> None:
        """Count or observe a value of a metric of `bot.app.status`."""

    def request(self, status: int) -> None:
        """Count an answered webhook request."""
