"""Cooperation of replicas: rows of ended replicas are taken over, and deliveries recorded for waiting ones."""

import asyncio
from collections.abc import Sequence

from bot.store.unit import MakeUnit
from bot.transport.batch import BatchResult
from bot.transport.outbox import CommittedOutbox, leave_rows, take_over
from bot.transport.replicas import ALONE, Copies, ReplicaMessage, loop_time
from bot.transport.sender import Sender

HURRIED_SECONDS = 1.0
"""How long deliveries are recorded at once for another replica."""

ORPHANED_SECONDS = 60.0
"""How long an ended replica's journal is kept for the leader."""


class Cooperation:
    """Cooperation of replicas. `adopts` signals rows to take over, `hurry` a waiting replica."""

    def __init__(self, copies: Copies, work: MakeUnit, outbox: CommittedOutbox, sender: Sender) -> None:
        self.copies, self._work, self._outbox, self._sender = copies, work, outbox, sender
        self.adopts, self.hurry = asyncio.Event(), asyncio.Event()
        self._hurried_until, self._is_owed = 0.0, False
        self._orphans: dict[int, float] = {}

    @property
    def is_hurried(self) -> bool:
        """Whether another replica waits for deliveries to be recorded."""
        return loop_time() < self._hurried_until

    def be_owed(self) -> None:
        """Note that the outbox may hold new rows for this replica."""
        self._is_owed = True
        self.adopts.set()

    def hurry_up(self) -> None:
        self._hurried_until = loop_time() + HURRIED_SECONDS
        self.hurry.set()

    def after_commit(self, result: BatchResult) -> None:
        for number in result.owners:
            self.copies.tell(ReplicaMessage.HURRY, number)
        for copy in result.handed:
            if copy is not None:
                self.copies.tell(ReplicaMessage.OWED, copy)
        if result.waiting and not self.copies.is_leader:
            self.copies.tell(ReplicaMessage.WAITS)
        if result.unrecorded:
            self._sender.give_back(result.unrecorded)
            self._sender.news.set()

    def recorded(self) -> None:
        """Tell a waiting replica that deliveries are recorded."""
        if self.is_hurried:
            self.copies.tell(ReplicaMessage.RECORDED)

    async def adopt(self) -> None:
        """Take over rows of others. No batch may be under way."""
        if self._is_owed:
            self._is_owed = False  # first, so that nothing that comes meanwhile is missed
            try:
                if self.copies is not ALONE:
                    ids, lanes = await self._outbox.ids(), self._sender.lanes
                    lanes.drop(lanes.ids() - ids)
                self._sender.accept(await self._outbox.others(self._sender.known()))
            except BaseException:
                self._is_owed = True
                raise
        if self.copies is not ALONE and self.copies.is_leader:
            await self._take_over()
        elif self.copies is not ALONE:
            self._drop_orphans()

    async def _take_over(self) -> None:
        gone = self._gone()
        async with self._work() as unit:
            new, left = await take_over(unit, self.copies.is_gone)
        self._sender.accept_left(left, self._gone())
        self._sender.journal.drop(gone)  # all their rows were taken over by then
        self._sender.accept(new)

    def _drop_orphans(self) -> None:
        """Drop journals that a leader on another machine cannot read."""
        now = loop_time()
        self._orphans = {number: self._orphans.get(number, now) for number in self._gone()}
        self._sender.journal.drop(
            one for one, since in self._orphans.items() if now - since >= ORPHANED_SECONDS
        )

    def _gone(self) -> Sequence[int]:
        return [number for number in self._sender.journal.numbers() if self.copies.is_gone(number)]

    async def leave(self) -> None:
        """Release the remaining rows of this replica."""
        if self.copies is not ALONE:
            async with self._work() as unit:
                await leave_rows(unit, self._sender.tried_chats())
