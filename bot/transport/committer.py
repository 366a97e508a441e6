"""The committer: processes updates in one transaction, and cooperates with other replicas."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from bot.safety.logs import new_error_reference, where
from bot.store import clocks, faults
from bot.store.unit import MakeUnit, UnitOfWork
from bot.transport.backlog import Arrival
from bot.transport.batch import BatchProcessor, BatchResult, written
from bot.transport.call import DeliverySnapshot
from bot.transport.outbox import CommittedOutbox, Outbox, leave_rows, take_over
from bot.transport.replicas import ALONE, Copies, Meter, ReplicaMessage, loop_time
from bot.transport.sender import Sender
from bot.transport.updates import RawUpdate, by_chat, chat_of, date_of, id_of

log = logging.getLogger(__name__)

HURRIED_SECONDS = 1.0
"""How long deliveries are recorded at once for another replica."""
ORPHANED_SECONDS = 60.0
"""How long an ended replica's journal is kept for the leader."""


class Cooperation:
    """Takes over rows of ended replicas, and records deliveries for waiting ones. `adopts` signals rows to
    take over, `hurry` a waiting replica."""

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


_T = TypeVar("_T")
SETTLE_SECONDS = 5.0
"""How long updates wait for calls under way."""
LONGEST_BETWEEN_SECONDS = 1.0
SECONDS_OF_NEWCOMERS = 0.1
"""How long others wait while newcomers are taken in."""
CROWDED_SECONDS = 5.0
"""Wait of a newcomer from which the next ones are told that others wait before them."""


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


@dataclass(eq=False)
class Committer:
    """Runs transactions. Callers of `commit` hold `busy`, so that no delivery is recorded twice."""

    _work: MakeUnit
    _processor: BatchProcessor
    sender: Sender
    cooperation: Cooperation
    _meter: Meter
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    last_at: float = 0.0
    """End of the last batch with updates."""
    between: float = LONGEST_BETWEEN_SECONDS
    """Time between the last two of them."""
    last_number: int = 0
    _update_seconds: float = 0.01
    """What an update took in the last batches."""
    _waited: float = 0.0
    """Seconds that the last newcomer waited, as far as known."""
    _began: float | None = None

    @property
    def batch_seconds(self) -> float:
        return 0.0 if self._began is None else loop_time() - self._began

    @property
    def newcomers(self) -> int:
        """Number of newcomers who may be taken in: their first answers leave soon, and others wait little."""
        at_once = max(1, int(SECONDS_OF_NEWCOMERS / self._update_seconds))
        return min(at_once, self.sender.room)

    @contextmanager
    def noting(self, what: str) -> Iterator[list[Exception]]:
        """Report an error of the database inside the block. Yields a list that it is added to."""
        met: list[Exception] = []
        try:
            yield met
        except Exception as error:
            if not faults.is_of_database(error):
                raise
            self.note(error, what)
            met.append(error)

    def note(self, error: Exception, what: str) -> None:
        """Report an error, unless it is part of an outage, which is told once."""
        if not faults.is_away(error):
            log.warning("%s: %s", what, where(error))

    async def flush(self) -> None:
        """Record deliveries. A failure loses nothing."""
        async with self.busy:
            await self.commit(Intake())

    async def commit(self, intake: Intake) -> BatchResult:
        """Process an intake in one transaction. Its updates may then be acknowledged, except those `held`.
        After a failure it may be committed again."""
        # No prompt may be half-sent to a chat when its message is read: else it is unclear which question
        # the message answers. Nothing is awaited between this and `drain`.
        chats = [self.sender.hash_of(chat_id) for chat_id in intake.chat_ids]
        if not intake.settled:
            await self.sender.lanes.settle(chats, SETTLE_SECONDS)
        drained = self._drain(chats if intake.apart else None)
        if not intake.number and not drained.delivered:
            return BatchResult()
        result = await self._run(intake, drained)
        self._recorded(drained, result)
        if intake.number:
            now, self.last_number = loop_time(), intake.number
            self.between, self.last_at = now - self.last_at, now
        self.after_commit(result)
        return result

    def _recorded(self, drained: DeliverySnapshot, result: BatchResult) -> None:
        if drained.delivered:
            unrecorded = {one.row.id for one in result.unrecorded}
            self.sender.journal.recorded({one.row.id for one in drained.delivered} - unrecorded)
            self.cooperation.recorded()

    def _drain(self, chats: Collection[bytes] | None) -> DeliverySnapshot:
        drained = self.sender.drain()
        if chats is None:
            return drained
        others = [done for done in drained.delivered if done.row.chat_hash not in chats]
        own = [done for done in drained.delivered if done.row.chat_hash in chats]
        self.sender.give_back(others)
        return replace(drained, delivered=own)

    async def _run(self, intake: Intake, drained: DeliverySnapshot) -> BatchResult:
        self._began = began = loop_time()
        try:
            result = await self._durably(drained, lambda: self.process(intake, drained))
        except BaseException:
            self._meter.note("batches_failed")
            raise
        finally:
            self._began = None
        seconds = loop_time() - began
        if intake.number:
            self._meter.note("batch_updates", intake.number)
            self._update_seconds += (seconds / intake.number - self._update_seconds) / 4
        self._meter.note("commit_seconds", seconds)
        return result

    async def process(self, intake: Intake, drained: DeliverySnapshot) -> BatchResult:
        async with self._work() as unit:
            if intake.turn:
                now, new = unit.now.timestamp(), [one for one in intake.turn if not one.rests]
                self._waited = now - min(filter(None, (date_of(one.raw) for one in new)), default=now)
                return await self._processor.process_waiting(unit, intake.turn, drained, intake.overdue)
            given = intake.raws, drained, intake.busy, intake.overdue
            crowded = self._waited >= CROWDED_SECONDS
            return await self._processor.process(unit, *given, self.newcomers, crowded=crowded)

    async def enqueue(self, act: Callable[[UnitOfWork, Outbox], Awaitable[_T]]) -> _T:
        """Run `act`, which enqueues calls, in a transaction, and return its result. Deliveries are recorded
        first, so that `act` knows every message of a chat."""
        async with self.busy:
            drained = self.sender.drain()
            done, recorded, owed = await self._durably(drained, lambda: self._enqueue(act, drained))
            self._recorded(drained, recorded)
            self.after_commit(recorded)
            self.after_commit(owed)
        return done

    async def _durably(self, drained: DeliverySnapshot, act: Callable[[], Awaitable[_T]]) -> _T:
        try:
            return await faults.again_if_undone(act)
        except BaseException as error:
            self.sender.give_back(drained.delivered)
            if faults.is_away(error):  # the commit may have succeeded: look at the outbox
                self.cooperation.be_owed()
            raise

    async def _enqueue(
        self, act: Callable[[UnitOfWork, Outbox], Awaitable[_T]], drained: DeliverySnapshot
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
        self._meter.note("updates_set_aside")
        self.after_commit(result)

    async def takes_anything(self) -> bool:
        """Whether the database accepts a small write."""
        try:
            async with self._work() as unit:
                await clocks.probe_database(unit)
        except Exception as error:
            if not faults.is_of_database(error):
                raise
            return False
        return True

    def after_commit(self, result: BatchResult) -> None:
        self.sender.pace.note_starts(result.newcomers)
        for reference, why in result.aside:
            log.error("update set aside, reference %s: it cannot be read: %s", reference, why)
            self._meter.note("updates_set_aside")
        for report_id in result.dropped_reports:
            self.sender.lanes.drop_report(report_id)
        self.sender.lanes.drop(result.dropped_rows)
        self.sender.accept(result.rows)
        self.cooperation.after_commit(result)
        if result.waiting:
            self.waiting.set()


@dataclass(frozen=True, slots=True)
class FaultIsolation:
    """Isolates faults. The caller holds `committer.busy`."""

    committer: Committer

    async def commit(self, intake: Intake) -> Sequence[RawUpdate]:
        """Process an intake. Returns the updates held for another replica. Raises the database's error when
        it accepts nothing."""
        usable = [raw for raw in intake.raws if id_of(raw) is not None]
        held = await self._commit(replace(intake, raws=usable))
        for raw in intake.raws:
            if id_of(raw) is None:
                await self._set_aside(raw, "no usable update_id", waited=False)
        return held

    async def _commit(self, intake: Intake) -> Sequence[RawUpdate]:
        try:
            return (await self.committer.commit(intake)).held
        except Exception as error:
            if not intake.number or faults.is_away(error):
                raise
        log.warning("a batch of %d failed and is processed apart", intake.number)
        held = await (self._one_by_one(intake) if intake.turn else self._chat_by_chat(intake))
        await self._record_others()
        return held

    async def _record_others(self) -> None:
        """Record the deliveries of other chats, which would pile up."""
        try:
            await self.committer.commit(Intake(settled=True))
        except Exception as error:
            if faults.is_away(error):
                raise
            log.warning("deliveries could not be recorded: %s", where(error))  # the next batch tries again

    async def _chat_by_chat(self, intake: Intake) -> list[RawUpdate]:
        failed: list[RawUpdate] = []
        held: list[RawUpdate] = []
        for group in by_chat(intake.raws):
            try:
                held += (await self.committer.commit(replace(intake, raws=group, apart=True))).held
            except Exception as error:
                if faults.is_away(error):
                    raise
                failed += group
        return held + await self._one_by_one(replace(intake, raws=failed, busy=()))

    async def _one_by_one(self, intake: Intake) -> list[RawUpdate]:
        held: list[RawUpdate] = []
        alone = replace(intake, raws=(), turn=(), apart=True)
        until = loop_time() + SETTLE_SECONDS  # for all together: other chats wait meanwhile
        for raw in intake.raws:
            held += await self._alone(raw, replace(alone, raws=[raw], settled=loop_time() >= until))
        for one in intake.turn:
            held += await self._alone(one.raw, replace(alone, turn=[one], settled=loop_time() >= until))
        return held

    async def _alone(self, raw: RawUpdate, intake: Intake) -> Sequence[RawUpdate]:
        """Process one update, or set it aside unless the database is to blame."""
        for doubts in range(1, faults.MOST_DOUBTS + 1):
            try:
                return (await self.committer.commit(intake)).held
            except Exception as error:
                fault = faults.of_database(error)
                if faults.is_away(error) or (fault is not None and not await self.committer.takes_anything()):
                    raise
                if fault is None or doubts == faults.MOST_DOUBTS:
                    await self._set_aside(raw, where(error), waited=bool(intake.turn))
                    break
        return ()

    async def _set_aside(self, raw: RawUpdate, why: str, *, waited: bool) -> None:
        reference = new_error_reference()
        log.error("update set aside, reference %s: %s", reference, why)
        try:
            await self.committer.set_aside(raw, reference, waited=waited)
        except Exception as again:
            if faults.is_of_database(again):
                raise
            log.error("its person cannot be told: %s", where(again))  # noqa: TRY400 - no words
            await self.committer.set_aside({"update_id": id_of(raw)}, reference, waited=waited)
