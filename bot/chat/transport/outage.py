"""An outage of the database, as the operator hears of it: when it begins, once an hour while it lasts, and when it is over."""

import logging
from dataclasses import dataclass

from bot import faults

log = logging.getLogger(__name__)
AGAIN_SECONDS = 3600.0


@dataclass(slots=True)
class Outage:
    """`note` each error of the database, `end` once it takes something."""

    _again_at: float | None = None

    def note(self, error: Exception, now: float) -> None:
        """Tell of an outage that is new or has lasted long. `now` is any clock in seconds that does not run back."""
        if self._again_at is None or now >= self._again_at:
            self._again_at = now + AGAIN_SECONDS
            log.error("%s", faults.advice(error))

    def end(self) -> None:
        """Tell that it is over, if there was one."""
        if self._again_at is not None:
            self._again_at = None
            log.warning("the database takes what people write again")
