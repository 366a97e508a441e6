"""Transactions that process updates and record deliveries.

After a kill before the commit, the same updates come again. After the commit they may come again too, but are
dropped by id, and their answers are in the outbox (see `sender`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from bot import database_faults
from bot.chat.transport.batches.admission import Arrival
from bot.chat.transport.batches.batch import BatchProcessor, BatchResult, written
from bot.chat.transport.meter import Meter
from bot.chat.transport.processing.outage import Cooperation, Outage
from bot.chat.transport.receiving.updates import RawUpdate, chat_of
from bot.chat.transport.sending.delivered import Drained
from bot.chat.transport.sending.outbox import Outbox
from bot.chat.transport.sending.sender import Sender
from bot.safety.logs import where
from bot.services.keeping import clocks
from bot.services.unit import MakeUnit, Unit

_T = TypeVar("_T")
log = logging.getLogger(__name__)
SETTLE_SECONDS = 5.0
"""How long updates wait for calls under way."""
LONGEST_BETWEEN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Intake:
    """Work of one transaction: fetched updates (`raws`), or a `turn` of the backlog.

    - `busy`: chats whose updates only join the backlog
    - `overdue`: chats that no longer wait for another replica
    - `settled`: no call to the chats is under way
    - `apart`: record only these chats' deliveries, so that others cannot make it fail
    """

    raws: Sequence[RawUpdate] = ()
    turn: Sequence[Arrival] = ()
    busy: Collection[int] = ()
    overdue: Collection[int] = ()
    settled: bool = False
    apart: bool = False

    @property
    def number(self) -> int:
        return len(self.raws) + len(self.turn)

    @property
    def chat_ids(self) -> set[int]:
        found = {*map(chat_of, self.raws), *(one.chat_id for one in self.turn)}
        return {chat_id for chat_id in found if chat_id is not None}


class Committer:
    """Runs transactions. Callers of `commit` hold `busy`, so that no delivery is recorded twice."""

    def __init__(
        self,
        work: MakeUnit,
        processor: BatchProcessor,
        sender: Sender,
        hash_of: Callable[[int], bytes],
        cooperation: Cooperation,
        meter: Meter,
    ) -> None:
        self._work, self._processor, self._hash_of, self._meter = work, processor, hash_of, meter
        self.sender, self.cooperation = sender, cooperation
        self.busy = asyncio.Lock()
        self.outage = Outage()
        self.waiting = asyncio.Event()
        self._began: float | None = None
        self.last_at, self.between, self.last_number = 0.0, LONGEST_BETWEEN_SECONDS, 0
        """End of the last batch with updates, time since the one before, and its size."""

    @property
    def batch_seconds(self) -> float:
        return 0.0 if self._began is None else _now() - self._began

    def hashes(self, chat_ids: Iterable[int]) -> Sequence[bytes]:
        return [self._hash_of(chat_id) for chat_id in set(chat_ids)]

    def note(self, error: Exception, what: str) -> None:
        if database_faults.is_away(error):
            self.outage.note(error, _now())
        else:
            log.warning("%s: %s", what, where(error))

    async def flush(self) -> None:
        """Record deliveries. A failure loses nothing."""
        async with self.busy:
            await self.commit(Intake())

    async def commit(self, intake: Intake) -> BatchResult:
        """Process an intake in one transaction. Its updates may then be acknowledged, except those `held`.

        A failure loses nothing, and the intake may be committed again.
        """
        # No prompt may be half-sent to a chat when its message is read: else it is unclear which question
        # the message answers. Nothing is awaited between this and `drain`.
        chats = self.hashes(intake.chat_ids)
        if not intake.settled:
            await self.sender.lanes.settle(chats, SETTLE_SECONDS)
        drained = self._drain(chats if intake.apart else None)
        if not intake.number and not drained.delivered:
            return BatchResult()
        result = await self._run(intake, drained)
        self.outage.end()
        self._recorded(drained, result)
        if intake.number:
            self.between, self.last_at, self.last_number = _now() - self.last_at, _now(), intake.number
        self.after_commit(result)
        return result

    def _recorded(self, drained: Drained, result: BatchResult) -> None:
        if drained.delivered:
            unrecorded = {one.row.id for one in result.unrecorded}
            self.sender.recorded(one for one in drained.delivered if one.row.id not in unrecorded)
            self.cooperation.recorded()

    def _drain(self, chats: Collection[bytes] | None) -> Drained:
        drained = self.sender.drain()
        if chats is None:
            return drained
        others = [done for done in drained.delivered if done.row.chat_hash not in chats]
        own = [done for done in drained.delivered if done.row.chat_hash in chats]
        self.sender.give_back(others)
        return replace(drained, delivered=own)

    async def _run(self, intake: Intake, drained: Drained) -> BatchResult:
        self._began = began = _now()
        try:
            result = await database_faults.again_if_undone(lambda: self.process(intake, drained))
        except BaseException as error:
            self.sender.give_back(drained.delivered)
            self._meter.batch_failed()
            self._look_after(error)
            raise
        finally:
            self._began = None
        self._meter.batch(intake.number, _now() - began)
        return result

    async def process(self, intake: Intake, drained: Drained) -> BatchResult:
        async with self._work() as unit:
            if intake.turn:
                return await self._processor.process_waiting(unit, intake.turn, drained, intake.overdue)
            return await self._processor.process(unit, intake.raws, drained, intake.busy, intake.overdue)

    async def owe(self, act: Callable[[Unit, Outbox], Awaitable[_T]]) -> _T:
        """Run `act`, which enqueues calls, in a transaction. Returns its result.

        Deliveries are recorded first, so that `act` knows every message of a chat.
        """
        async with self.busy:
            drained = self.sender.drain()
            try:
                done, recorded, owed = await database_faults.again_if_undone(lambda: self._owe(act, drained))
            except BaseException as error:
                self.sender.give_back(drained.delivered)
                self._look_after(error)
                raise
            self._recorded(drained, recorded)
            self.after_commit(recorded)
            self.after_commit(owed)
        return done

    def _look_after(self, error: BaseException) -> None:
        """Check the outbox, since a failed commit may have succeeded."""
        if database_faults.is_away(error):
            self.cooperation.be_owed()

    async def _owe(
        self, act: Callable[[Unit, Outbox], Awaitable[_T]], drained: Drained
    ) -> tuple[_T, BatchResult, BatchResult]:
        async with self._work() as unit:
            recorded = BatchResult()
            if drained.delivered:
                recorded = await self._processor.process(unit, (), drained)
            numbers = {**drained.numbers, **{row.chat_hash: row.number for row in recorded.rows}}
            outbox = Outbox(unit, numbers, drained.tried)
            done = await act(unit, outbox)
            return done, recorded, await written(unit, outbox)

    async def set_aside(self, raw: RawUpdate, reference: str, *, waited: bool) -> None:
        async with self._work() as unit:
            numbers = self.sender.lanes.numbers()
            result = await self._processor.set_aside(unit, raw, reference, numbers, waited=waited)
        self._meter.set_aside()
        self.after_commit(result)

    async def takes_anything(self) -> bool:
        """Whether the database accepts a small write."""
        try:
            async with self._work() as unit:
                await clocks.write(unit)
        except Exception as error:
            if not database_faults.is_of_database(error):
                raise
            return False
        return True

    def after_commit(self, result: BatchResult) -> None:
        for one in result.aside:
            log.error("update set aside, reference %s: it cannot be read: %s", one.reference, one.why)
            self._meter.set_aside()
        for report_id in result.dropped_reports:
            self.sender.lanes.drop_report(report_id)
        self.sender.lanes.drop(result.dropped_rows)
        self.sender.accept(result.rows)
        self.cooperation.after_commit(result)
        if result.waiting:
            self.waiting.set()


def _now() -> float:
    return asyncio.get_running_loop().time()
