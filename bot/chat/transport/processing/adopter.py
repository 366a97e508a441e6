"""Job that takes over outbox rows of other processes, and hands over its own at the end."""

import asyncio

from bot import database_faults
from bot.chat.transport.processing.committer import Committer
from bot.chat.transport.processing.outage import Stopping
from bot.waiting import wait_at_most

ADOPT_SECONDS = 5.0


class Adopter:
    """Runs until `stopping` is set and `wake` called."""

    def __init__(self, committer: Committer, stopping: Stopping) -> None:
        self._committer, self._stopping = committer, stopping
        self._cooperation = committer.cooperation

    def wake(self) -> None:
        self._cooperation.adopts.set()

    async def run(self) -> None:
        look_at = _now() + ADOPT_SECONDS
        while not self._stopping.is_set():
            if not await wait_at_most(self._cooperation.adopts, look_at - _now()):
                look_at = _now() + ADOPT_SECONDS
                self._cooperation.be_owed()
            self._cooperation.adopts.clear()
            if self._stopping.is_set():
                return
            try:
                await self.adopt()
            except Exception as error:
                if not database_faults.is_of_database(error):
                    raise
                self._committer.note(error, "the outbox could not be looked at")

    async def adopt(self) -> None:
        async with self._committer.busy:
            await self._cooperation.adopt()

    async def leave(self) -> None:
        """Let other replicas send this one's rows. If that fails, they wait until it is gone."""
        try:
            await self._cooperation.leave()
        except Exception as error:
            if not database_faults.is_of_database(error):
                raise
            self._committer.note(error, "what is left could not be handed over")


def _now() -> float:
    return asyncio.get_running_loop().time()
