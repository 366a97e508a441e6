"""The flusher: records deliveries that no batch records soon, by an empty batch. Under load each batch records those of the one
before, and none comes between the two."""

import asyncio

from bot import database_faults, faults
from bot.chat.transport.processing.committer import Committer
from bot.chat.transport.processing.outage import Stopping
from bot.waiting import wait_at_most

FLUSH_SECONDS = 0.2
"""How long deliveries wait for a batch that records them on its way."""
LONGEST_FLUSH_SECONDS = 1.0
"""The same while batches come one after the other and each takes long: whoever is killed then sends again what was not
recorded."""
LONGEST_HURRIED_SECONDS = 0.5
"""The same where another copy of the bot waits for them: while batches come less often they are recorded at once."""
CROWD = 8
"""Of so many updates and more batches are waited for as long as where nobody waits: each transaction between them would keep all their
people waiting longer than one person gains by it."""
MORE_SECONDS = 0.02
"""How long it waits for more, where a batch is under way or another copy of the bot waits for what is delivered."""


class Flusher:
    """`run` until `stopping` is set; `wake` it then."""

    def __init__(self, committer: Committer, stopping: Stopping) -> None:
        self._committer, self._stopping = committer, stopping
        self._cooperation, self._news = committer.cooperation, committer.sender.news

    def wake(self) -> None:
        """Let it look whether it is to end."""
        self._news.set()
        self._cooperation.hurry.set()

    async def run(self) -> None:
        """Record whatever is delivered."""
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
        """Record what was delivered last. A database that is away must not keep the bot from ending: then the next start sends it
        again."""
        try:
            await self._committer.flush()
        except Exception as error:
            if not database_faults.is_of_database(error):
                raise
            self._committer.note(error, "what was delivered last could not be recorded")

    async def _until_due(self) -> None:
        """Wait for a batch that records them on its way, a shorter time where another copy of the bot waits."""
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
        """Seconds to leave to a batch that is under way or at hand: while they follow each other the next is expected after about
        as long as the last one was."""
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
