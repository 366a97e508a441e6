"""The schedule: a periodic job is a row, and one loop runs each row."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TypeVar

from bot.safety.logs import where
from bot.transport.replicas import ALONE, Copies, ReplicaMessage, wait_at_most

log = logging.getLogger(__name__)

_T = TypeVar("_T")
ELSEWHERE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """Row of the schedule.

    - `failed` begins the log line of a failed round.
    - `once` does one round. It may return the seconds until the next, which no event shortens.
    - `seconds` is the pause between rounds, which `wake` ends early. Without it only `wake` does, and
      the last round comes when the bot stops.
    - `rest` is a pause before each round that nothing ends.
    - `after_failure` is the pause after a failed round, if another one, and no event shortens it.
    - `leader_only` rows rest in other replicas, which send the leader `word`, if any.
    """

    failed: str
    once: Callable[[], Awaitable[float | None]]
    seconds: float | Callable[[], float] | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    rest: float = 0.0
    after_failure: float | None = None
    leader_only: bool = False
    word: ReplicaMessage | None = None

    async def run(self, copies: Copies = ALONE) -> None:
        """Run until cancelled, from an immediate round on. A round that has begun is finished first."""
        pause: float | None = 0.0
        while True:
            await asyncio.sleep(self.rest)
            await wait_at_most(self.wake, pause)
            self.wake.clear()  # first, so that nothing that comes meanwhile is missed
            if self.leader_only and not copies.is_leader:
                if self.word is not None:
                    copies.tell(self.word)
                pause = ELSEWHERE_SECONDS if self.word is None else None  # it is woken once it leads
            elif (asked := await _whole(self.round())) is not None:
                await asyncio.sleep(asked)
                pause = 0.0
            else:
                pause = self.seconds() if callable(self.seconds) else self.seconds

    async def round(self) -> float | None:
        """Do one round. A failure is logged."""
        return await attempt(self.failed, self.once, self.after_failure)


async def attempt(failed: str, act: Callable[[], Awaitable[_T]], otherwise: _T) -> _T:
    """Return the result of `act`, or log its failure without content and return `otherwise`."""
    try:
        return await act()
    except Exception as error:  # noqa: BLE001 - a boundary: the next round tries again
        log.warning("%s: %s", failed, where(error))
        return otherwise


async def _whole(one_round: Coroutine[None, None, _T]) -> _T:
    task = asyncio.create_task(one_round)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
