"""The batch loop: take what came, process it in one transaction, commit, acknowledge; then the outbox is sent.

Updates come from a `Source`, by polling or by a webhook, which acknowledges them when it is told that they are done with, so
never before their batch is durable. The process may be killed at any moment, between any two of these:

1. given, not committed: nothing happened. After the next start Telegram gives the same updates again;
2. committed, not acknowledged: they come again and are dropped, since their ids were committed with them. What they
   were owed is not lost with them: the rows of the outbox were committed too, and the next start begins with these;
3. acknowledged, answers not yet sent, or sent and not yet recorded: see `sender`.

Of a batch only so many updates of one chat are answered at once, and of people who have nothing open only so many in all
(see `admission`). The others are kept in the backlog by the same transaction, acknowledged with it, and processed a few
at a time between the batches.

While a call to a chat is under way the updates of that chat wait, and only they: they are not acknowledged. If there are many of
one chat, they go to the backlog.

Several copies of the bot may do so side by side on one PostgreSQL: see `reservation` for what each may take, `cooperation` for what
they do for each other.

A batch that fails is processed again chat by chat, the chat that fails update by update, and the one that fails alone is
set aside and reported. When the database takes nothing, the loop waits and is given the same updates again (see `faults`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from bot import faults
from bot.chat.transport.cooperation import Cooperation
from bot.chat.transport.copies import Duty, Word
from bot.chat.transport.meter import Meter
from bot.chat.transport.outage import Outage
from bot.chat.transport.receiving.admission import MOST_OF_A_CHAT, Arrival
from bot.chat.transport.receiving.backlog import Backlog, PutOff
from bot.chat.transport.receiving.batch import BatchProcessor, BatchResult, written
from bot.chat.transport.receiving.held_updates import HeldUpdates
from bot.chat.transport.receiving.source import Source
from bot.chat.transport.receiving.updates import RawUpdate, by_chat, chat_of, id_of
from bot.chat.transport.sending.outbox import Drained, Outbox
from bot.chat.transport.sending.sender import Sender
from bot.safety.logs import new_error_reference, where
from bot.services.keeping import probe
from bot.services.unit import MakeUnit, Unit

_T = TypeVar("_T")
log = logging.getLogger(__name__)
SETTLE_SECONDS = 5.0
"""How long updates wait for calls under way to their chats."""
HELD_SECONDS = 0.02
"""Between two rounds while some updates wait: those of other chats wait no longer than that."""
ELSEWHERE_SECONDS = 0.05
"""Until updates are tried again whose chats another copy of the bot has in hand, unless it says before that it is done."""
FLUSH_SECONDS = 0.2
"""How long deliveries wait for a batch that records them on its way."""
LONGEST_FLUSH_SECONDS = 1.0
"""The same while batches come one after the other and each takes long: whoever is killed then sends again what was not
recorded."""
ADOPT_SECONDS = 5.0
"""How often the outbox is looked at for what another process owes: a command that revokes a moderator, for one."""
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


class Loop:
    """`run` until `stop`. `work` makes units that commit; `hash_of` gives the hash by which a chat is known. `fault` tells why
    nothing is processed now, in a line; it is blank while all is well."""

    def __init__(
        self,
        source: Source,
        work: MakeUnit,
        processor: BatchProcessor,
        sender: Sender,
        hash_of: Callable[[int], bytes],
        cooperation: Cooperation,
        backlog: Backlog,
        meter: Meter,
    ) -> None:
        self._source, self._work, self._processor, self._sender = source, work, processor, sender
        self.cooperation, self._backlog, self._meter = cooperation, backlog, meter
        self._hash_of = hash_of
        self.fault = ""
        self._look_at = 0.0
        """When it looks by itself for what it may be owed."""
        self._duty, self._kept_house = Duty(cooperation.copies, Word.WAITS), False
        self._put_off = PutOff(ELSEWHERE_SECONDS * 4, SETTLE_SECONDS)
        self._left: list[RawUpdate] = []
        """Updates of the batch at hand that are to be tried again."""
        self._waiting = asyncio.Event()
        self._waiting.set()  # some may wait since before the start
        self._stop = asyncio.Event()
        self._busy = asyncio.Lock()
        self._held = HeldUpdates(hash_of, sender.is_quiet)
        self._outage = Outage()
        self._batch_began: float | None = None
        self._batch_at, self._between_batches = 0.0, LONGEST_FLUSH_SECONDS
        """When the last batch with updates in it was over, and how long after the one before."""

    def stop(self) -> None:
        """Finish the batch at hand and end."""
        self._stop.set()
        self._sender.news.set()  # wakes the flusher, which looks at `_stop`
        self.cooperation.hurry.set()
        self.cooperation.adopts.set()
        self._waiting.set()

    def look(self, *, back: bool) -> None:
        """Something may have changed among the copies of the bot; `back`: this one was away, and others may have taken charge of what
        it sends."""
        if back:
            self.cooperation.be_owed()
        if self._duty.is_ours:
            self.cooperation.adopts.set()
            if not self._kept_house:
                self._waiting.set()
        self._kept_house = self._duty.is_ours

    def hear(self, word: Word, *, is_ours: bool) -> None:
        """Another copy says something, for this one or for all."""
        match word:
            case Word.OWED if is_ours:
                self.cooperation.be_owed()
            case Word.HURRY if is_ours:
                self.cooperation.hurry_up()
            case Word.RECORDED:
                self._held.wake()
            case Word.WAITS:
                self._waiting.set()

    async def run(self) -> None:
        """Take in and process until stopped. A job beside that fails of a bug ends it too, with its error: without that job updates
        would wait for ever, and nobody would know."""
        jobs = self._run_flusher(), self._run_adopter(), self._run_backlog()
        beside = [asyncio.create_task(job) for job in jobs]
        for job in beside:
            job.add_done_callback(lambda _: self.stop())
        pauses = faults.Pauses()
        try:
            while not self._stop.is_set():
                try:
                    await self._round()
                except Exception as error:
                    if not faults.is_waited_for(error):
                        raise
                    self._note(error, "a round failed")
                    self.fault = f"the database refuses: {type(error).__name__}"
                    await self._wait(pauses.after(error))
                else:
                    pauses, self.fault = faults.Pauses(), ""
        finally:
            self.stop()
            await asyncio.gather(*beside)

    def _note(self, error: Exception, what: str) -> None:
        """Log a fault of the database that a job met."""
        if faults.is_away(error):
            self._outage.note(error, self._now())
        else:
            log.warning("%s: %s", what, where(error))

    async def _round(self) -> None:
        self._held.add(await self._next(), self._now() + SETTLE_SECONDS)
        try:
            taken = await self._take_ready()
        except BaseException:
            self._held.clear()  # nothing was acknowledged: they come again
            self._left.clear()
            self._source.failed()
            raise
        left, self._left = self._left, []
        self._held.put_back(left, self._now() + ELSEWHERE_SECONDS)
        again = {id_of(raw) for raw in left}
        self._source.done([raw for raw in taken if id_of(raw) not in again])
        if self._held.ids:
            await self._wait(HELD_SECONDS)

    @property
    def batch_seconds(self) -> float:
        """How long the batch at hand has been under way; 0 between two."""
        return 0.0 if self._batch_began is None else self._now() - self._batch_began

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _next(self) -> list[RawUpdate]:
        giving = asyncio.create_task(self._source.next(wait=not self._held.ids))
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({giving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not giving.done():
                giving.cancel()
        try:
            return await giving
        except asyncio.CancelledError:
            if self._stop.is_set():
                return []
            raise

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def _run_flusher(self) -> None:
        """Record deliveries that no batch records soon, by an empty batch. Under load each batch records those of the one before,
        and none comes between the two."""
        news, pauses = self._sender.news, faults.Pauses()
        while not self._stop.is_set():
            await news.wait()
            await self._until_hurried(FLUSH_SECONDS)
            while (soon := self._next_batch_in()) > 0 and not self.cooperation.is_hurried:
                await self._until_hurried(soon)
            if self.cooperation.is_hurried:
                await self._wait(HELD_SECONDS)
            news.clear()
            try:
                await self.take([])
            except Exception as error:
                if not faults.is_of_database(error):
                    raise
                self._note(error, "deliveries could not be recorded")
                news.set()
                await self._wait(pauses.after(error))
            else:
                pauses = faults.Pauses()

    async def _until_hurried(self, seconds: float) -> None:
        if self._stop.is_set() or self.cooperation.is_hurried:
            return
        self.cooperation.hurry.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.cooperation.hurry.wait(), seconds)

    def _next_batch_in(self) -> float:
        """Seconds to leave to a batch that is under way or at hand: while they follow each other the next is expected after about
        as long as the last one was."""
        if self._stop.is_set():
            return 0.0
        if self._busy.locked():
            return HELD_SECONDS
        likely = 1.5 * self._between_batches
        patience = max(FLUSH_SECONDS, likely) if likely <= LONGEST_FLUSH_SECONDS else FLUSH_SECONDS
        return self._batch_at + patience - self._now()

    async def _run_adopter(self) -> None:
        """Send what another process owes."""
        self._look_at = self._now() + ADOPT_SECONDS
        while not self._stop.is_set():
            try:
                await asyncio.wait_for(self.cooperation.adopts.wait(), self._look_at - self._now())
            except TimeoutError:
                self._look_at = self._now() + ADOPT_SECONDS
                self.cooperation.be_owed()
            self.cooperation.adopts.clear()
            if self._stop.is_set():
                return
            try:
                await self.adopt()
            except Exception as error:
                if not faults.is_of_database(error):
                    raise
                self._note(error, "the outbox could not be looked at")

    async def adopt(self) -> None:
        """Take charge of rows that another process wrote, or left."""
        async with self._busy:
            await self.cooperation.adopt()

    async def leave(self) -> None:
        """Let other copies send what this one still owes, since it ends. If that cannot be said they wait until it is gone."""
        try:
            await self.cooperation.leave()
        except Exception as error:
            if not faults.is_of_database(error):
                raise
            self._note(error, "what is left could not be handed over")

    async def _run_backlog(self) -> None:
        """Process what waits, whenever something does: in a part of the time, and of people who have nothing open no faster
        than their answers can be sent beside those of others."""
        others_at, pauses = 0.0, faults.Pauses()
        while not self._stop.is_set():
            await self._waiting.wait()
            if not self._duty.is_ours:
                self._waiting.clear()
                continue
            begun = self._now()
            others = WAITING_OF_OTHERS if begun >= others_at else 0
            try:
                more = await self.take_waiting(WAITING_OF_REPORTS, others)
            except Exception as error:
                if not faults.is_of_database(error):
                    raise
                self._waiting.set()
                self._note(error, "what waits could not be processed")
                await self._wait(pauses.after(error))
                continue
            pauses = faults.Pauses()
            if others:
                others_at = begun + OTHERS_SECONDS
            pause = max(SHORTEST_REST, REST * (self._now() - begun))
            await self._wait(pause if more else max(pause, others_at - self._now()))

    async def take_waiting(self, in_report: int, others: int) -> bool:
        """Process so many of the updates that wait, durably; whether there were any of people in the middle of a report.
        When nothing is left, whatever comes to wait next wakes the job again."""
        self._waiting.clear()  # before the look, so that what comes during it is not missed
        put_off = self._put_off.ids(self._now())
        turn = await self._backlog.next(in_report, others, put_off)
        if turn or put_off or (not others and not await self._backlog.is_empty()):
            self._waiting.set()
        if not turn:
            return False
        await self._take_settled(turn)
        return len(turn) > others

    async def _take_settled(self, turn: Sequence[Arrival]) -> None:
        """Take those whose turn it is once no call to their chats is under way, which nobody else waits for: the lock is
        free meanwhile."""
        chats = self._hashes(one.chat_id for one in turn)
        until = self._now() + SETTLE_SECONDS
        while True:
            await self._sender.settle(chats, until - self._now())
            async with self._busy:
                # Another call may have begun while the lock was waited for.
                if self._now() >= until or all(map(self._sender.is_quiet, chats)):
                    await self._take_turn(turn)
                    return

    async def _take_turn(self, turn: Sequence[Arrival]) -> None:
        try:
            await self._commit([], turn, settled=True)
        except Exception as error:
            if faults.is_away(error):
                raise
            log.warning("%d updates that waited failed and are processed one by one", len(turn))
            for one in turn:
                await self._commit_alone(one.raw, one)

    async def take(self, raws: Sequence[RawUpdate]) -> None:
        """Process these updates durably; afterwards they may be acknowledged. Raises what the database
        raises when it refuses all; then nothing is lost, and the same updates may be taken again."""
        async with self._busy:
            await self._take(raws)

    async def record_last(self) -> None:
        """Record what was delivered last. A database that is away must not keep the bot from ending: then the next start sends it
        again."""
        try:
            await self.take([])
        except Exception as error:
            if not faults.is_of_database(error):
                raise
            self._note(error, "what was delivered last could not be recorded")

    async def _take_ready(self) -> Sequence[RawUpdate]:
        """Take the updates to whose chats no call is under way."""
        async with self._busy:
            ready = self._held.take_ready(self._now())
            crowds = self._held.take_crowds(MOST_OF_A_CHAT)
            if ready or crowds:
                busy = {chat_id for raw in crowds if (chat_id := chat_of(raw)) is not None}
                await self._take([*ready, *crowds], settled=True, busy=busy)
            return [*ready, *crowds]

    async def _take(
        self, raws: Sequence[RawUpdate], *, settled: bool = False, busy: Collection[int] = ()
    ) -> None:
        try:
            await self._commit(raws, settled=settled, busy=busy)
        except Exception as error:
            if not raws or faults.is_away(error):
                raise
            log.warning("a batch of %d failed and is processed chat by chat", len(raws))
            await self._take_apart(raws, settled=settled, busy=busy)

    async def _take_apart(self, raws: Sequence[RawUpdate], *, settled: bool, busy: Collection[int]) -> None:
        """Process each chat's updates by themselves, with the deliveries to that chat alone, and last those of the chats that
        fail one by one."""
        failed: list[RawUpdate] = []
        for group in by_chat(raws):
            try:
                await self._commit(group, settled=settled, busy=busy, apart=True)
            except Exception as error:
                if faults.is_away(error):
                    raise
                failed += group
        for raw in failed:
            await self._commit_alone(raw)

    async def owe(self, act: Callable[[Unit, Outbox], Awaitable[_T]]) -> _T:
        """Let somebody who answers no update owe calls, in a transaction of their own; what `act` returned."""
        async with self._busy:
            done, result = await faults.again_if_undone(lambda: self._owe(act))
            self.after_commit(result)
        return done

    async def _owe(self, act: Callable[[Unit, Outbox], Awaitable[_T]]) -> tuple[_T, BatchResult]:
        async with self._work() as unit:
            outbox = Outbox(unit, self._sender.numbers(), self._sender.tried())
            done = await act(unit, outbox)
            return done, await written(unit, outbox)

    async def _commit(
        self,
        raws: Sequence[RawUpdate],
        turn: Sequence[Arrival] = (),
        *,
        settled: bool = False,
        busy: Collection[int] = (),
        apart: bool = False,
    ) -> None:
        """Process what was fetched, or those whose `turn` it is, in one transaction; what came of `busy` chats is only kept.
        `apart`: of the deliveries it records those to its own chats, so that it fails of no other's."""
        # Before a person's message is read, no prompt to the same chat may be half-sent: else nobody could tell
        # which question the message answers. Nothing is awaited between this and `drain`.
        chats = self._hashes([*map(chat_of, raws), *(one.chat_id for one in turn)])
        if not settled:
            await self._sender.settle(chats, SETTLE_SECONDS)
        drained = self._sender.drain()
        if apart:
            others = [done for done in drained.delivered if done.row.chat_hash not in chats]
            own = [done for done in drained.delivered if done.row.chat_hash in chats]
            self._sender.restore(replace(drained, delivered=others))
            drained = replace(drained, delivered=own)
        if not raws and not turn and not drained.delivered:
            return
        self._batch_began = began = self._now()
        try:
            result = await faults.again_if_undone(lambda: self.process(raws, drained, turn, busy))
        except BaseException:
            self._sender.restore(drained)
            self._meter.batch_failed()
            raise
        finally:
            self._batch_began = None
        self._meter.batch(len(raws) + len(turn), self._now() - began)
        self._outage.end()
        if drained.delivered:
            self.cooperation.recorded()
        if raws or turn:
            self._between_batches, self._batch_at = self._now() - self._batch_at, self._now()
        if turn:
            self._put_off.note(turn, result.held, self._now())
            result = replace(result, held=())  # they stay in the backlog
        self.after_commit(result)

    def _hashes(self, chat_ids: Iterable[int | None]) -> Collection[bytes]:
        return [self._hash_of(chat_id) for chat_id in set(chat_ids) if chat_id is not None]

    async def _commit_alone(self, raw: RawUpdate, waited: Arrival | None = None) -> None:
        """Process one update, fetched or from the backlog, or set it aside if it is to blame. Raises what the database raises
        where that is to blame."""
        for doubts in range(1, faults.MOST_DOUBTS + 1):
            try:
                given = ([raw], ()) if waited is None else ((), [waited])
                await self._commit(*given, apart=True)
            except Exception as error:
                fault = faults.of_database(error)
                if faults.is_away(error) or (fault is not None and not await self._takes_anything()):
                    raise
                if fault is None or doubts == faults.MOST_DOUBTS:
                    await self._set_aside(raw, error, waited=waited is not None)
                    return
            else:
                return

    async def _takes_anything(self) -> bool:
        """Whether the database takes a small write of its own."""
        try:
            async with self._work() as unit:
                await probe.write(unit)
        except Exception as error:
            if not faults.is_of_database(error):
                raise
            return False
        return True

    async def _set_aside(self, raw: RawUpdate, error: Exception, *, waited: bool) -> None:
        reference = new_error_reference()
        log.error("update set aside, reference %s: %s", reference, where(error))
        try:
            result = await self._commit_aside(raw, reference, waited=waited)
        except Exception as again:
            if faults.is_of_database(again):
                raise
            log.error("its person cannot be told: %s", where(again))  # noqa: TRY400 - no words
            result = await self._commit_aside({"update_id": id_of(raw)}, reference, waited=waited)
        self._meter.set_aside()
        self.after_commit(result)

    async def _commit_aside(self, raw: RawUpdate, reference: str, *, waited: bool) -> BatchResult:
        async with self._work() as unit:
            numbers = self._sender.numbers()
            return await self._processor.set_aside(unit, raw, reference, numbers, waited=waited)

    async def process(
        self,
        raws: Sequence[RawUpdate],
        drained: Drained,
        turn: Sequence[Arrival] = (),
        busy: Collection[int] = (),
    ) -> BatchResult:
        """One transaction."""
        async with self._work() as unit:
            if turn:
                overdue = self._put_off.overdue(self._now())
                return await self._processor.process_waiting(unit, turn, drained, overdue)
            return await self._processor.process(unit, raws, drained, busy, self._held.overdue)

    def after_commit(self, result: BatchResult) -> None:
        """The answers may go: killed from here on, the bot finds them in the outbox at its next start."""
        for report_id in result.dropped_reports:
            self._sender.drop_report(report_id)
        self._sender.drop(result.dropped_rows)
        self._sender.accept(result.rows)
        self._left += result.held
        self.cooperation.after_commit(result)
        if result.waiting:
            self._waiting.set()
            if not self._duty.is_ours:
                self._duty.pass_on()
