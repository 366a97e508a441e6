"""Conflict of two programs that take updates of one token from each other."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot import faults

PEACE_SECONDS = 20.0
"""Time of undisturbed fetching after which a program serves."""
SILENCE_SECONDS = 3600.0
SERVES = (
    "another program tries to fetch the updates of this KUAGER_BOT_TOKEN. This one came first and goes on. Stop the other; "
    "if you do not know of one, revoke the token at @BotFather and set the new one"
)
WAITS = (
    "another program fetches the updates of this KUAGER_BOT_TOKEN. This one waits until it is gone. Stop one of them; if you "
    "do not know of another, revoke the token at @BotFather and set the new one"
)


def _looks() -> Iterator[float]:
    return faults.RIVAL_BACKOFF.pauses()


@dataclass(slots=True)
class Rivalry:
    """Decides whether this program serves.

    The one that has fetched undisturbed serves. The other waits longer each time. Times are those of a
    monotonic clock, in seconds.
    """

    serves: bool = False
    waits: bool = False
    _since: float | None = None
    _told_at: float | None = None
    _pauses: Iterator[float] = field(default_factory=_looks)

    def asks(self, now: float) -> None:
        self._since = now if self._since is None else self._since

    def fetched(self, now: float) -> bool:
        """Note a successful fetch. Returns whether the wait for a rival ends."""
        self._settle(now)
        ended, self.waits = self.waits and self.serves, self.waits and not self.serves
        return ended

    def met(self, now: float) -> tuple[float, str]:
        """Note a conflict. Returns the seconds until the next fetch, and a line to log."""
        self._settle(now)
        self._since = None
        self.waits = not self.serves
        # Random, so that two that began together do not keep disturbing each other in step.
        pause = faults.CONFLICT_PAUSE if self.serves else next(self._pauses) * random.uniform(0.7, 1.3)  # noqa: S311 - no secret
        if self._told_at is not None and now - self._told_at < SILENCE_SECONDS:
            return pause, ""
        self._told_at = now
        return pause, SERVES if self.serves else WAITS

    def _settle(self, now: float) -> None:
        if self._since is not None and now - self._since >= PEACE_SECONDS:
            self.serves, self._pauses = True, _looks()
