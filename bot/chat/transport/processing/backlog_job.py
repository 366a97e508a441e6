"""Job that processes the backlog between batches, slowly enough to leave room in Telegram's limit."""

import asyncio
from collections.abc import Collection, Sequence

from bot import database_faults, faults
from bot.chat.transport.batches.admission import Arrival
from bot.chat.transport.batches.backlog import Backlog, PutOff, Unsettled
from bot.chat.transport.copies import Duty, Word
from bot.chat.transport.processing.committer import SETTLE_SECONDS, Committer, Intake
from bot.chat.transport.processing.fault_isolation import FaultIsolation
from bot.chat.transport.processing.outage import Stopping
from bot.waiting import wait_at_most

WAITING_OF_REPORTS = 3
"""Updates per turn of one person in the middle of a report."""
WAITING_OF_OTHERS = 2
REST = 3.0
"""Pause in multiples of a turn: the backlog gets a quarter of the time."""
SHORTEST_REST = 0.1
OTHERS_SECONDS = 0.25
"""Pause between turns of people with no open report. Telegram takes about thirty messages a second."""
LOOK_SECONDS = 30.0
MOST_LOOKS = 8
ELSEWHERE_SECONDS = 0.2


class BacklogJob:
    """Runs until `stopping` is set and `wake` called."""

    def __init__(self, backlog: Backlog, committer: Committer, stopping: Stopping) -> None:
        self._backlog, self._committer, self._stopping = backlog, committer, stopping
        self._isolation = FaultIsolation(committer)
        self._duty = Duty(committer.cooperation.copies, Word.WAITS)
        self._put_off = PutOff(ELSEWHERE_SECONDS, SETTLE_SECONDS)
        self._unsettled = Unsettled(
            committer.sender.lanes.is_quiet, lambda chat_id: committer.hashes([chat_id])[0], SETTLE_SECONDS
        )
        self._waiting = committer.waiting
        self._waiting.set()  # some may wait since before the start

    def wake(self) -> None:
        self._waiting.set()

    async def run(self) -> None:
        others_at, pauses = 0.0, faults.Pauses()
        while not self._stopping.is_set():
            # A replica that ended may not have told that updates wait.
            await wait_at_most(self._waiting, LOOK_SECONDS)
            if not self._duty.is_ours:
                self._waiting.clear()
                continue
            begun = _now()
            others = WAITING_OF_OTHERS if begun >= others_at else 0
            try:
                more = await self.take_waiting(WAITING_OF_REPORTS, others)
            except Exception as error:
                if not database_faults.is_of_database(error):
                    raise
                self._waiting.set()
                self._committer.note(error, "what waits could not be processed")
                await self._stopping.wait_at_most(pauses.after(error))
                continue
            pauses = faults.Pauses()
            if others:
                others_at = begun + OTHERS_SECONDS
            pause = max(SHORTEST_REST, REST * (_now() - begun))
            await self._stopping.wait_at_most(pause if more else max(pause, others_at - _now()))

    async def take_waiting(self, in_report: int, others: int) -> bool:
        """Process so many waiting updates durably. Returns whether any were of people in the middle of a
        report."""
        self._waiting.clear()  # first, so that nothing that comes meanwhile is missed
        async with self._committer.busy:
            turn, put_off = await self._next(in_report, others)
            if turn:  # nothing is awaited since it was ready
                await self._take(turn)
        if turn or put_off or (not others and not await self._backlog.is_empty()):
            self._waiting.set()
        return len(turn) > others

    async def _next(self, in_report: int, others: int) -> tuple[Sequence[Arrival], Collection[int]]:
        for _ in range(MOST_LOOKS):
            put_off = [*self._put_off.ids(_now()), *self._unsettled.ids(_now())]
            turn = await self._backlog.next(in_report, others, put_off)
            ready = self._unsettled.ready(turn, _now())
            if len(ready) == len(turn):
                break
        return ready, put_off

    async def _take(self, turn: Sequence[Arrival]) -> None:
        intake = Intake(turn=turn, overdue=self._put_off.overdue(_now()), settled=True)
        held = await self._isolation.commit(intake)
        self._put_off.note(turn, held, _now())


def _now() -> float:
    return asyncio.get_running_loop().time()
