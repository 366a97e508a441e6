"""An outage of the database, as the operator hears of it: when it begins, once an hour while it lasts, and when it is over."""

import asyncio
import logging
import math
from dataclasses import dataclass

from bot import database_faults
from bot.chat.transport.batches.batch import BatchResult
from bot.chat.transport.copies import ALONE, Copies, Word
from bot.chat.transport.sending.committed_outbox import CommittedOutbox
from bot.chat.transport.sending.sender import Sender
from bot.chat.transport.sending.taking_over import leave, take_over
from bot.services.unit import MakeUnit
from bot.waiting import wait_at_most

log = logging.getLogger(__name__)
AGAIN_SECONDS = 3600.0
SOON_SECONDS = 60.0
"""An outage that begins anew so soon is the same one: a disk that is nearly full takes the one thing and not the other."""


@dataclass(slots=True)
class Outage:
    """`note` each error of the database, `end` once it takes something."""

    _is_told: bool = False
    _told_at: float = -math.inf

    def note(self, error: Exception, now: float) -> None:
        """Tell of an outage that is new or has lasted long. `now` is any clock in seconds that does not run back."""
        if now - self._told_at >= (AGAIN_SECONDS if self._is_told else SOON_SECONDS):
            self._is_told, self._told_at = True, now
            log.error("%s", database_faults.advice(error))

    def end(self) -> None:
        """Tell that it is over, if it was told of."""
        if self._is_told:
            self._is_told = False
            log.warning("the database takes what people write again")


class Stopping(asyncio.Event):
    """Set once all is to end."""

    async def wait_at_most(self, seconds: float) -> None:
        """Wait so long, or until it is set."""
        await wait_at_most(self, seconds)


HURRIED_SECONDS = 1.0
"""For how long deliveries are recorded at once when somebody has waited for one: more may be on their way."""

ORPHANED_SECONDS = 60.0
"""For how long the journal of a copy that is gone is kept for whoever takes over what it owed."""


class Cooperation:
    """`copies` are the others. `adopts` is set when something may have to be taken charge of, `hurry` when what was delivered is to be recorded at once."""

    def __init__(self, copies: Copies, work: MakeUnit, outbox: CommittedOutbox, sender: Sender) -> None:
        self.copies, self._work, self._outbox, self._sender = copies, work, outbox, sender
        self.adopts, self.hurry = asyncio.Event(), asyncio.Event()
        self._hurried_until, self._is_owed = 0.0, False
        self._orphans: dict[int, float] = {}
        """Since when the copies are gone whose journals are still here."""

    @property
    def is_hurried(self) -> bool:
        """Whether another copy waits for what this one delivers."""
        return _now() < self._hurried_until

    def be_owed(self) -> None:
        """Somebody has written what this copy is to send, or has taken charge of it."""
        self._is_owed = True
        self.adopts.set()

    def hurry_up(self) -> None:
        """Another copy waits."""
        self._hurried_until = _now() + HURRIED_SECONDS
        self.hurry.set()

    def after_commit(self, result: BatchResult) -> None:
        """Tell the others what a batch leaves to them."""
        for number in result.owners:
            self.copies.tell(Word.HURRY, number)
        for copy in result.handed:
            if copy is not None:
                self.copies.tell(Word.OWED, copy)
        if result.waiting and not self.copies.keeps_house:
            self.copies.tell(Word.WAITS)
        if result.unrecorded:
            self._sender.give_back(result.unrecorded)
            self._sender.news.set()

    def recorded(self) -> None:
        """What was delivered is recorded: whoever waits for it may go on."""
        if self.is_hurried:
            self.copies.tell(Word.RECORDED)

    async def adopt(self) -> None:
        """Take charge of rows that others wrote or left, while no batch is under way."""
        if self._is_owed:
            self._is_owed = False  # before the look, so that what comes during it is not missed
            try:
                await self._adopt_own()
            except BaseException:
                self._is_owed = True
                raise
        if self.copies is not ALONE and self.copies.keeps_house:
            await self._take_over()
        elif self.copies is not ALONE:
            self._drop_orphans()

    async def _take_over(self) -> None:
        journal = self._sender.journal
        gone = [number for number in journal.numbers() if self.copies.is_gone(number)]
        async with self._work() as unit:
            new, left = await take_over(unit, self.copies.is_gone)
        self._sender.accept_left(left, [one for one in journal.numbers() if self.copies.is_gone(one)])
        journal.drop(gone)  # all that these owed was taken over by then
        self._sender.accept(new)

    def _drop_orphans(self) -> None:
        """Drop journals of copies that were on this machine, where one on another takes over: it cannot read them."""
        journal, now = self._sender.journal, _now()
        gone = [number for number in journal.numbers() if self.copies.is_gone(number)]
        self._orphans = {number: self._orphans.get(number, now) for number in gone}
        journal.drop(one for one, since in self._orphans.items() if now - since >= ORPHANED_SECONDS)

    async def _adopt_own(self) -> None:
        if self.copies is not ALONE:
            self._sender.lanes.keep_only(await self._outbox.ids())
        self._sender.accept(await self._outbox.others(self._sender.known()))

    async def leave(self) -> None:
        """Let others send what this copy still owes."""
        if self.copies is not ALONE:
            async with self._work() as unit:
                await leave(unit, self._sender.tried_chats())


def _now() -> float:
    return asyncio.get_running_loop().time()
