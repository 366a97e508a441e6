"""Which of two programs with one token fetches its updates: Telegram gives them to whoever asked last, so that each takes
some of them away from the other."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot import faults

PEACE_SECONDS = 20.0
"""How long a program has to fetch undisturbed until it is the one that serves."""
SILENCE_SECONDS = 3600.0
"""How long nothing more is said of a rival."""
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
    """The one that has fetched undisturbed for a while serves: it asks again soon. The other waits, longer and longer, and looks
    from time to time, so that it serves when the first is gone. Times are seconds of any clock that only goes forward."""

    serves: bool = False
    waits: bool = False
    _since: float | None = None
    _told_at: float | None = None
    _pauses: Iterator[float] = field(default_factory=_looks)

    def asks(self, now: float) -> None:
        """A fetch begins."""
        self._since = now if self._since is None else self._since

    def fetched(self, now: float) -> bool:
        """It went well. Whether that ends the wait for a rival."""
        self._settle(now)
        ended, self.waits = self.waits and self.serves, self.waits and not self.serves
        return ended

    def met(self, now: float) -> tuple[float, str]:
        """Another program asked meanwhile. The seconds until the next fetch, and what is to be said, once in an hour."""
        self._settle(now)
        self._since = None
        self.waits = not self.serves
        # By chance, so that two that began together do not go on disturbing each other at the same pace.
        pause = faults.CONFLICT_PAUSE if self.serves else next(self._pauses) * random.uniform(0.7, 1.3)  # noqa: S311 - no secret
        if self._told_at is not None and now - self._told_at < SILENCE_SECONDS:
            return pause, ""
        self._told_at = now
        return pause, SERVES if self.serves else WAITS

    def _settle(self, now: float) -> None:
        if self._since is not None and now - self._since >= PEACE_SECONDS:
            self.serves, self._pauses = True, _looks()
