"""The batch loop: takes updates, processes and commits them, and acknowledges them.

Updates beyond the limits of `admission` go to the backlog in the same transaction. So do updates of a slow
chat, since polling fetches nothing behind an unacknowledged update. While the database accepts nothing, the
same updates are taken again (see `faults` and `signs_of_life`).
"""

import asyncio
from collections.abc import Sequence

from bot import database_faults, faults
from bot.chat.transport.batches.admission import MOST_OF_A_CHAT
from bot.chat.transport.batches.backlog import Backlog
from bot.chat.transport.batches.held_updates import HeldUpdates
from bot.chat.transport.copies import Duty, Word
from bot.chat.transport.processing.adopter import Adopter
from bot.chat.transport.processing.backlog_job import BacklogJob
from bot.chat.transport.processing.committer import SETTLE_SECONDS, Committer, Intake
from bot.chat.transport.processing.fault_isolation import FaultIsolation
from bot.chat.transport.processing.flusher import Flusher
from bot.chat.transport.processing.outage import Stopping
from bot.chat.transport.processing.signs_of_life import SignsOfLife
from bot.chat.transport.receiving.source import Source
from bot.chat.transport.receiving.updates import RawUpdate, chat_of, id_of

HELD_SECONDS = 0.02
"""Pause between rounds while some updates wait."""
ELSEWHERE_SECONDS = 0.05
"""First pause for chats that another replica is working on."""


class Loop:
    """Runs until `stop`. `fault` says in a line why nothing is processed now."""

    def __init__(
        self, source: Source, committer: Committer, backlog: Backlog, signs_of_life: SignsOfLife
    ) -> None:
        self._source, self._committer, self._signs_of_life = source, committer, signs_of_life
        self._isolation = FaultIsolation(committer)
        self._cooperation = committer.cooperation
        self.fault = ""
        self._stopping = Stopping()
        self.flusher = Flusher(committer, self._stopping)
        self.adopter = Adopter(committer, self._stopping)
        self.backlog_job = BacklogJob(backlog, committer, self._stopping)
        self._jobs = self.flusher, self.adopter, self.backlog_job
        self._duty, self._kept_house = Duty(self._cooperation.copies, Word.WAITS), False
        lanes = committer.sender.lanes
        self._held = HeldUpdates(
            lambda chat_id: committer.hashes([chat_id])[0], lanes.is_quiet, lanes.is_slow
        )

    def stop(self) -> None:
        self._stopping.set()
        for job in (*self._jobs, self._signs_of_life):
            job.wake()

    def look(self, *, back: bool) -> None:
        """Adapt to a change among the replicas, or to the end of this one's absence (`back`)."""
        if back:
            self._cooperation.be_owed()
        if self._duty.is_ours:
            self.adopter.wake()
            if not self._kept_house:
                self.backlog_job.wake()
        self._kept_house = self._duty.is_ours

    def hear(self, word: Word, *, is_ours: bool) -> None:
        match word:
            case Word.OWED if is_ours:
                self._cooperation.be_owed()
            case Word.HURRY if is_ours:
                self._cooperation.hurry_up()
            case Word.RECORDED:
                self._held.wake()
            case Word.WAITS:
                self.backlog_job.wake()

    async def run(self) -> None:
        """Process updates until stopped. A bug in a job beside the loop ends it too, since updates would
        wait unnoticed."""
        jobs = (*(job.run() for job in self._jobs), self._signs_of_life.run(self._stopping))
        beside = [asyncio.create_task(job) for job in jobs]
        for task in beside:
            task.add_done_callback(lambda _: self.stop())
        pauses = faults.Pauses()
        try:
            while not self._stopping.is_set():
                try:
                    await self._round()
                except Exception as error:
                    if not faults.is_waited_for(error):
                        raise
                    self._committer.note(error, "a round failed")
                    self.fault = f"the database refuses: {type(error).__name__}"
                    await self._stopping.wait_at_most(pauses.after(error))
                else:
                    pauses, self.fault = faults.Pauses(), ""
        finally:
            self.stop()
            await asyncio.gather(*beside)

    async def _round(self) -> None:
        came = await self._next()
        self._held.add(came, _now() + SETTLE_SECONDS)
        try:
            taken, left = await self._take_ready()
        except BaseException as error:
            self._held.clear()  # nothing was acknowledged: they come again
            self._source.failed()
            if database_faults.is_of_database(error):
                self._signs_of_life.note(came)
            raise
        if taken:
            self._signs_of_life.end()
        self._held.put_back(left, _now(), ELSEWHERE_SECONDS)
        again = {id_of(raw) for raw in left}
        self._source.done([raw for raw in taken if id_of(raw) not in again])
        if self._held.ids:
            await self._stopping.wait_at_most(HELD_SECONDS)

    async def _next(self) -> list[RawUpdate]:
        giving = asyncio.create_task(self._source.next(wait=not self._held.ids))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({giving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not giving.done():
                giving.cancel()
        try:
            return await giving
        except asyncio.CancelledError:
            if self._stopping.is_set():
                return []
            raise

    async def _take_ready(self) -> tuple[Sequence[RawUpdate], Sequence[RawUpdate]]:
        async with self._committer.busy:
            ready = self._held.take_ready(_now())
            crowds = self._held.take_crowds(MOST_OF_A_CHAT)
            taken = [*ready, *crowds]
            if not taken:
                return [], []
            busy = {chat_id for raw in crowds if (chat_id := chat_of(raw)) is not None}
            return taken, await self.process(Intake(taken, (), busy, self._held.overdue, settled=True))

    async def process(self, intake: Intake) -> Sequence[RawUpdate]:
        """Process an intake durably. Returns the updates that were not taken."""
        return await self._isolation.commit(intake)


def _now() -> float:
    return asyncio.get_running_loop().time()
