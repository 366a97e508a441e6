"""Job that records deliveries by an empty batch when no other will do so soon."""

import asyncio

from bot import database_faults, faults
from bot.chat.transport.processing.committer import Committer
from bot.chat.transport.processing.outage import Stopping
from bot.waiting import wait_at_most

FLUSH_SECONDS = 0.2
"""Time in which a batch may record deliveries."""
LONGEST_FLUSH_SECONDS = 1.0
"""Longest wait while batches follow each other. After a kill, unrecorded deliveries are sent again."""
LONGEST_HURRIED_SECONDS = 0.5
"""Longest wait while another replica wants deliveries recorded."""
CROWD = 8
"""Size of the last batch from which another replica does not shorten the wait: a transaction in between
would delay too many people."""
MORE_SECONDS = 0.02


class Flusher:
    """Runs until `stopping` is set and `wake` called."""

    def __init__(self, committer: Committer, stopping: Stopping) -> None:
        self._committer, self._stopping = committer, stopping
        self._cooperation, self._news = committer.cooperation, committer.sender.news

    def wake(self) -> None:
        self._news.set()
        self._cooperation.hurry.set()

    async def run(self) -> None:
        pauses = faults.Pauses()
        while not self._stopping.is_set():
            await self._news.wait()
            await self._until_due()
            self._news.clear()
            try:
                await self._committer.flush()
            except Exception as error:
                if not database_faults.is_of_database(error):
                    raise
                self._committer.note(error, "deliveries could not be recorded")
                self._news.set()
                await self._stopping.wait_at_most(pauses.after(error))
            else:
                pauses = faults.Pauses()

    async def record_last(self) -> None:
        """Record the last deliveries. If that fails, the next start sends them again."""
        try:
            await self._committer.flush()
        except Exception as error:
            if not database_faults.is_of_database(error):
                raise
            self._committer.note(error, "what was delivered last could not be recorded")

    async def _until_due(self) -> None:
        await self._until_hurried(FLUSH_SECONDS)
        if self._cooperation.is_hurried:
            await self._stopping.wait_at_most(MORE_SECONDS)
        while (soon := self._next_batch_in()) > 0:
            if self._cooperation.is_hurried:
                await self._stopping.wait_at_most(min(soon, MORE_SECONDS))
            else:
                await self._until_hurried(soon)

    async def _until_hurried(self, seconds: float) -> None:
        if self._stopping.is_set() or self._cooperation.is_hurried:
            return
        self._cooperation.hurry.clear()
        await wait_at_most(self._cooperation.hurry, seconds)

    def _next_batch_in(self) -> float:
        if self._stopping.is_set():
            return 0.0
        if self._committer.busy.locked():
            return MORE_SECONDS
        likely = 1.5 * self._committer.between
        is_hurried = self._cooperation.is_hurried
        is_spare = is_hurried and self._committer.last_number < CROWD
        longest = LONGEST_HURRIED_SECONDS if is_spare else LONGEST_FLUSH_SECONDS
        least = 0.0 if is_hurried else FLUSH_SECONDS
        patience = max(least, likely) if likely <= longest else least
        return self._committer.last_at + patience - asyncio.get_running_loop().time()
