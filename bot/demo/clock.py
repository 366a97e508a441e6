"""The clock of a demo, which can be moved ahead: the bot and the local Telegram both look at it."""

from collections.abc import Callable
from datetime import datetime, tzinfo

HOUR = 3600
MOST_AHEAD = 50 * 366 * 24
"""Hours that a clock can be ahead of the real time."""


class MovableClock:
    """The time of `seconds` (since 1970-01-01 UTC) and as many hours more as it was moved."""

    def __init__(self, seconds: Callable[[], float], hours_ahead: int = 0) -> None:
        self._seconds = seconds
        self.hours_ahead = hours_ahead

    def seconds(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return self._seconds() + self.hours_ahead * HOUR

    def local(self, zone: tzinfo) -> datetime:
        """The time in a time zone."""
        return datetime.fromtimestamp(self.seconds(), zone)

    def advance(self, hours: int) -> None:
        """Move it ahead. Raises ValueError for a move back, since what has expired stays expired, and for one
        beyond MOST_AHEAD."""
        if not 0 <= hours <= MOST_AHEAD - self.hours_ahead:
            raise ValueError("a clock goes ahead, and not beyond the calendar")
        self.hours_ahead += hours
