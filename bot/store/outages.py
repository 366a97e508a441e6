"""Outages of the database or of Telegram: one line when one begins and one when it ends, however many calls fail."""

import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from bot.store import faults

log = logging.getLogger(__name__)

AGAIN_SECONDS = 3600.0
SOON_SECONDS = 60.0
"""An outage that begins again this soon is the same: a nearly full disk refuses only some writes."""


@dataclass(slots=True)
class Outage:
    """Reports an outage to the operator when it begins, hourly, and when it ends, in the words of `over`."""

    over: str
    clock: Callable[[], float] = monotonic
    _began: float | None = None
    _told_at: float = -math.inf
    _of_writing: bool = False

    @property
    def is_on(self) -> bool:
        return self._began is not None

    def note(self, line: str, *, writing: bool = False) -> None:
        """Report a new or long outage."""
        now = self.clock()
        self._of_writing |= writing
        if now - self._told_at >= (SOON_SECONDS if self._began is None else AGAIN_SECONDS):
            self._began, self._told_at = now if self._began is None else self._began, now
            log.error("%s", line)

    def end(self, *, writing: bool = True) -> None:
        """Report that it is over. A full disk can be read: only writing ends an outage of writing."""
        if self._of_writing and not writing:
            return
        if self._began is not None:
            log.warning("%s, after %s", self.over, _lasted(self.clock() - self._began))
        self._began, self._of_writing = None, False

    @contextmanager
    def of_database(self, *, writing: bool) -> Iterator[None]:
        """Note that the database is away inside the block, or is there at its end."""
        try:
            yield
        except Exception as error:
            if faults.is_away(error):
                lasting = writing or bool(faults.damage_of(error))
                self.note(faults.advice(error), writing=lasting)
            raise
        self.end(writing=writing)


def _lasted(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
