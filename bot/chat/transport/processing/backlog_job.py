"""The job of the backlog: processes what waits between the batches of what comes, in a part of the time, and of people who have
nothing open no faster than their answers can be sent beside those of others."""

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
"""Updates of one person in the middle of a report that are taken from the backlog at once: whoever writes meanwhile waits
for so many."""
WAITING_OF_OTHERS = 2
REST = 3.0
"""How many times as long as they took nothing more is taken from the backlog: a quarter of the time is for what waits."""
SHORTEST_REST = 0.1
OTHERS_SECONDS = 0.25
"""How often so many updates of people who have nothing open are taken from the backlog: their answers must leave room
for those of others, since Telegram takes about thirty messages a second."""
LOOK_SECONDS = 30.0
"""How often what waits is looked for though nobody has said that anything does."""
MOST_LOOKS = 8
"""How often one turn looks for others in the place of those to whose chats a call is under way."""
ELSEWHERE_SECONDS = 0.2
"""How long others come first where another copy of the bot has a chat in hand."""


class BacklogJob:
    """`run` until `stopping` is set; `wake` it then."""

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
        """Something may wait, or it is to end."""
        self._waiting.set()

    async def run(self) -> None:
        """Process what waits, whenever something does."""
        others_at, pauses = 0.0, faults.Pauses()
        while not self._stopping.is_set():
            # A copy that ended may not have said that something waits.
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
        """Process so many of the updates that wait, durably; whether there were any of people in the middle of a report.
        When nothing is left, whatever comes to wait next wakes the job again."""
        self._waiting.clear()  # before the look, so that what comes during it is not missed
        async with self._committer.busy:
            turn, put_off = await self._next(in_report, others)
            if turn:  # nothing is awaited since it was ready
                await self._take(turn)
        if turn or put_off or (not others and not await self._backlog.is_empty()):
            self._waiting.set()
        return len(turn) > others

    async def _next(self, in_report: int, others: int) -> tuple[Sequence[Arrival], Collection[int]]:
        """Those whose turn it is, and updates of the chats that are passed over. Where a call to a chat of the turn is under way,
        another look finds who comes instead."""
        for _ in range(MOST_LOOKS):
            put_off = [*self._put_off.ids(_now()), *self._unsettled.ids(_now())]
            turn = await self._backlog.next(in_report, others, put_off)
            ready = self._unsettled.ready(turn, _now())
            if len(ready) == len(turn):
                break
        return ready, put_off

    async def _take(self, turn: Sequence[Arrival]) -> None:
        """Those that are held stay in the backlog."""
        intake = Intake(turn=turn, overdue=self._put_off.overdue(_now()), settled=True)
        held = await self._isolation.commit(intake)
        self._put_off.note(turn, held, _now())


def _now() -> float:
    return asyncio.get_running_loop().time()
