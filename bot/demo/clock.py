"""The clock of a demo, which can be moved ahead."""

from collections.abc import Callable
from datetime import datetime, tzinfo

MAX_HOURS_AHEAD = 50 * 366 * 24
_SECONDS_PER_HOUR = 3600


class MovableClock:
    """A clock that runs `hours_ahead` of `seconds` (seconds since 1970-01-01 UTC)."""

    def __init__(self, seconds: Callable[[], float], hours_ahead: int = 0) -> None:
        self._seconds = seconds
        self.hours_ahead = hours_ahead

    def seconds(self) -> float:
        return self._seconds() + self.hours_ahead * _SECONDS_PER_HOUR

    def local(self, zone: tzinfo) -> datetime:
        return datetime.fromtimestamp(self.seconds(), zone)

    def advance(self, hours: int) -> None:
        """Move the clock ahead.

        Raises ValueError for a move back, since expired data stays expired, and beyond MAX_HOURS_AHEAD in
        all.
        """
        if not 0 <= hours <= MAX_HOURS_AHEAD - self.hours_ahead:
            raise ValueError("a clock only moves ahead, and not beyond the calendar")
        self.hours_ahead += hours
