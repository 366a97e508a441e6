"""An outage of the database, as the operator hears of it: when it begins, once an hour while it lasts, and when it is over."""

import logging
import math
from dataclasses import dataclass

from bot import database_faults

log = logging.getLogger(__name__)
AGAIN_SECONDS = 3600.0
SOON_SECONDS = 60.0
"""An outage that begins anew so soon is the same one: a disk that is nearly full takes the one thing and not the other."""


@dataclass(slots=True)
class Outage:
    """`note` each error of the database, `end` once it takes something."""

    _is_told: bool = False
    _told_at: float = -math.inf

    def note(self, error: Exception, now: float) -> None:
        """Tell of an outage that is new or has lasted long. `now` is any clock in seconds that does not run back."""
        if now - self._told_at >= (AGAIN_SECONDS if self._is_told else SOON_SECONDS):
            self._is_told, self._told_at = True, now
            log.error("%s", database_faults.advice(error))

    def end(self) -> None:
        """Tell that it is over, if it was told of."""
        if self._is_told:
            self._is_told = False
            log.warning("the database takes what people write again")
