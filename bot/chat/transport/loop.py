"""The batch loop: fetch, process in one transaction, commit, acknowledge; then the outbox is sent.

An update is acknowledged by the offset of the next getUpdates (Bot API), so never before its batch is durable. The
process may be killed at any moment, between any two of these:

1. fetched, not committed: nothing happened. After the next start Telegram gives the same updates again;
2. committed, not acknowledged: they come again and are dropped, since their ids were committed with them. What they
   were owed is not lost with them: the rows of the outbox were committed too, and the next start begins with these;
3. acknowledged, answers not yet sent, or sent and not yet recorded: see `sender`.

Of a batch only so many updates of one chat are answered at once, and of people who have nothing open only so many in all
(see `admission`). The others are kept in the backlog by the same transaction, acknowledged with it, and processed a few
at a time between the batches.

While a call to a chat is under way the updates of that chat wait, and only they: the offset stays before them, so that they
are not acknowledged, and what comes again with them is passed over. If there are many of one chat, they go to the backlog.

A batch that fails is processed again update by update, and the one that fails alone is set aside and reported. When
the database itself refuses, the loop waits and fetches the same updates again (see `faults`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import TypeVar

from telegram.error import Conflict, TelegramError

from bot import faults
from bot.chat.transport.api import Api
from bot.chat.transport.receiving.admission import MOST_OF_A_CHAT, Arrival
from bot.chat.transport.receiving.backlog import Backlog
from bot.chat.transport.receiving.batch import BatchProcessor, BatchResult
from bot.chat.transport.receiving.held_updates import HeldUpdates
from bot.chat.transport.receiving.updates import RawUpdate, chat_of, date_of, id_of
from bot.chat.transport.sending.outbox import CommittedOutbox, Drained, Outbox
from bot.chat.transport.sending.sender import Sender
from bot.safety.logs import new_error_reference, where
from bot.services.unit import MakeUnit, Unit

_T = TypeVar("_T")
log = logging.getLogger(__name__)
SETTLE_SECONDS = 5.0
"""How long updates wait for calls under way to their chats."""
HELD_SECONDS = 0.02
"""Between two fetches while some updates wait: those of other chats wait no longer than that."""
FLUSH_SECONDS = 0.2
"""How long deliveries wait for a batch that records them on its way."""
LONGEST_FLUSH_SECONDS = 1.0
"""The same while batches come one after the other and each takes long: whoever is killed then sends again what was not
recorded."""
FLUSH_FAULT_SECONDS = 30.0
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
SECOND_BOT = (
    "another program fetches the updates of this KUAGER_BOT_TOKEN, and each takes some of them away from the other. Stop "
    "the other one; if you do not know of one, revoke the token at @BotFather and set the new one"
)
WEBHOOK = (
    "somebody has set a webhook for this KUAGER_BOT_TOKEN since the start, so Telegram sends the updates there. Restart, "
    "which removes it; if it was not you, revoke the token at @BotFather and set the new one"
)


class Loop:
    """`run` until `stop`. `work` makes units that commit; `hash_of` gives the hash by which a chat is known."""

    def __init__(
        self,
        api: Api,
        work: MakeUnit,
        processor: BatchProcessor,
        sender: Sender,
        poll_seconds: int,
        hash_of: Callable[[int], bytes],
        outbox: CommittedOutbox,
        backlog: Backlog,
    ) -> None:
        self._api, self._work, self._processor, self._sender = api, work, processor, sender
        self._outbox, self._backlog = outbox, backlog
        self._poll_seconds, self._hash_of = poll_seconds, hash_of
        self._waiting = asyncio.Event()
        self._waiting.set()  # some may wait since before the start
        self._stop = asyncio.Event()
        self._busy = asyncio.Lock()
        self._offset: int | None = None
        self._held = HeldUpdates(hash_of, sender.is_quiet)
        self._taken: set[int] = set()
        """Ids behind the offset that were processed: they come again until it can move on."""
        self._refusals = 0
        self._in_conflict = False
        self._batch_at, self._between_batches = 0.0, LONGEST_FLUSH_SECONDS
        """When the last batch with updates in it was over, and how long after the one before."""

    def stop(self) -> None:
        """Finish the batch at hand and end."""
        self._stop.set()
        self._sender.news.set()  # wakes the flusher, which looks at `_stop`
        self._waiting.set()

    async def run(self) -> None:
        """Fetch and process until stopped. A job beside that fails of a bug ends it too, with its error: without that job updates
        would wait for ever, and nobody would know."""
        jobs = self._run_flusher(), self._run_adopter(), self._run_backlog()
        beside = [asyncio.create_task(job) for job in jobs]
        for job in beside:
            job.add_done_callback(lambda _: self.stop())
        pauses = faults.FETCH_BACKOFF.pauses()
        try:
            while not self._stop.is_set():
                try:
                    await self._round()
                except Exception as error:
                    if not faults.is_waited_for(error):
                        raise
                    self._tell(error)
                    await self._wait(faults.fetch_pause(error, next(pauses)))
                else:
                    pauses = faults.FETCH_BACKOFF.pauses()
                    self._in_conflict = False
        finally:
            self.stop()
            await asyncio.gather(*beside)
        if self._offset is not None:
            with suppress(TelegramError):
                await self._api.updates(self._offset, 0)  # acknowledge the last batch

    def _tell(self, error: Exception) -> None:
        """Log why a round failed; of a series of conflicts the first, with what the operator can do."""
        if not isinstance(error, Conflict):
            log.warning("a round failed: %s", where(error))
        elif not self._in_conflict:
            self._in_conflict = True
            log.error(WEBHOOK if "webhook" in error.message.lower() else SECOND_BOT)

    async def _round(self) -> None:
        fetched = await self._fetch()
        self._api.note_messages(sent for raw in fetched if (sent := date_of(raw)) is not None)
        known = self._taken | self._held.ids
        self._held.add([raw for raw in fetched if id_of(raw) not in known], self._now() + SETTLE_SECONDS)
        try:
            await self._take_ready()
        except BaseException:
            self._held.clear()  # nothing was acknowledged: they come again
            raise
        self._move_on(fetched)
        if self._held.ids:
            await self._wait(HELD_SECONDS)
        elif fetched and not any(id_of(raw) is not None for raw in fetched):
            # What has no id cannot be acknowledged and comes again at once: do not spin.
            await self._wait(faults.FETCH_BACKOFF.longest)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _move_on(self, fetched: Sequence[RawUpdate]) -> None:
        """Move the offset behind all that is durable, but not behind an update that waits."""
        ids = {update_id for raw in fetched if (update_id := id_of(raw)) is not None}
        self._taken |= ids - self._held.ids
        if self._held.ids:
            self._offset = min(self._held.ids)
        elif ids:
            self._offset = max(ids) + 1
            self._taken.clear()

    async def _fetch(self) -> list[RawUpdate]:
        fetching = asyncio.create_task(
            self._api.updates(self._offset, 0 if self._held.ids else self._poll_seconds)
        )
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({fetching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not fetching.done():
                fetching.cancel()
        try:
            return await fetching
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
        news = self._sender.news
        while not self._stop.is_set():
            await news.wait()
            await self._wait(FLUSH_SECONDS)
            while (soon := self._next_batch_in()) > 0:
                await self._wait(soon)
            news.clear()
            try:
                await self.take([])
            except Exception as error:
                if not faults.is_of_database(error):
                    raise
                log.warning("deliveries could not be recorded: %s", where(error))
                news.set()
                await self._wait(FLUSH_FAULT_SECONDS)

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
        while not self._stop.is_set():
            await self._wait(ADOPT_SECONDS)
            try:
                await self.adopt()
            except Exception as error:
                if not faults.is_of_database(error):
                    raise
                log.warning("the outbox could not be looked at: %s", where(error))

    async def adopt(self) -> None:
        """Take charge of rows that another process wrote."""
        async with self._busy:
            self._sender.accept(await self._outbox.others(self._sender.known()))

    async def _run_backlog(self) -> None:
        """Process what waits, whenever something does: in a part of the time, and of people who have nothing open no faster
        than their answers can be sent beside those of others."""
        others_at = 0.0
        while not self._stop.is_set():
            await self._waiting.wait()
            begun = self._now()
            others = WAITING_OF_OTHERS if begun >= others_at else 0
            try:
                more = await self.take_waiting(WAITING_OF_REPORTS, others)
            except Exception as error:
                if not faults.is_of_database(error):
                    raise
                self._waiting.set()
                log.warning("what waits could not be processed: %s", where(error))
                await self._wait(FLUSH_FAULT_SECONDS)
                continue
            if others:
                others_at = begun + OTHERS_SECONDS
            pause = max(SHORTEST_REST, REST * (self._now() - begun))
            await self._wait(pause if more else max(pause, others_at - self._now()))

    async def take_waiting(self, in_report: int, others: int) -> bool:
        """Process so many of the updates that wait, durably; whether there were any of people in the middle of a report.
        When nothing is left, whatever comes to wait next wakes the job again."""
        self._waiting.clear()  # before the look, so that what comes during it is not missed
        turn = await self._backlog.next(in_report, others)
        if turn or (not others and not await self._backlog.is_empty()):
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
        except Exception:  # noqa: BLE001 - each is tried alone, which raises what is not its own fault
            log.warning("%d updates that waited failed and are processed one by one", len(turn))
            for one in turn:
                await self._commit_alone(one.raw, one)

    async def take(self, raws: Sequence[RawUpdate]) -> None:
        """Process these updates durably; afterwards they may be acknowledged. Raises what the database
        raises when it refuses all; then nothing is lost, and the same updates may be taken again."""
        async with self._busy:
            await self._take(raws)

    async def _take_ready(self) -> None:
        """Take the updates to whose chats no call is under way."""
        async with self._busy:
            ready = self._held.take_ready(self._now())
            crowds = self._held.take_crowds(MOST_OF_A_CHAT)
            if ready or crowds:
                busy = {chat_id for raw in crowds if (chat_id := chat_of(raw)) is not None}
                await self._take([*ready, *crowds], settled=True, busy=busy)

    async def _take(
        self, raws: Sequence[RawUpdate], *, settled: bool = False, busy: Collection[int] = ()
    ) -> None:
        try:
            await self._commit(raws, settled=settled, busy=busy)
        except Exception:
            if not raws:
                raise
            log.warning("a batch of %d failed and is processed one by one", len(raws))
            for raw in raws:
                await self._commit_alone(raw)

    async def owe(self, act: Callable[[Unit, Outbox], Awaitable[_T]]) -> _T:
        """Let somebody who answers no update owe calls, in a transaction of their own; what `act` returned."""
        async with self._busy:
            async with self._work() as unit:
                outbox = Outbox(unit, self._sender.numbers(), self._sender.tried())
                done = await act(unit, outbox)
                await outbox.write()
            self.after_commit(BatchResult(outbox.rows, outbox.dropped_reports, outbox.dropped_rows))
        return done

    async def _commit(
        self,
        raws: Sequence[RawUpdate],
        turn: Sequence[Arrival] = (),
        *,
        settled: bool = False,
        busy: Collection[int] = (),
    ) -> None:
        """Process what was fetched, or those whose `turn` it is, in one transaction; what came of `busy` chats is only kept."""
        # Before a person's message is read, no prompt to the same chat may be half-sent: else nobody could tell
        # which question the message answers. Nothing is awaited between this and `drain`.
        if not settled:
            chats = self._hashes([*map(chat_of, raws), *(one.chat_id for one in turn)])
            await self._sender.settle(chats, SETTLE_SECONDS)
        drained = self._sender.drain()
        if not raws and not turn and not drained.delivered:
            return
        try:
            result = await self.process(raws, drained, turn, busy)
        except BaseException:
            self._sender.restore(drained)
            raise
        self._refusals = 0
        if raws or turn:
            self._between_batches, self._batch_at = self._now() - self._batch_at, self._now()
        self.after_commit(result)

    def _hashes(self, chat_ids: Iterable[int | None]) -> Collection[bytes]:
        return [self._hash_of(chat_id) for chat_id in set(chat_ids) if chat_id is not None]

    async def _commit_alone(self, raw: RawUpdate, waited: Arrival | None = None) -> None:
        """Process one update, fetched or from the backlog, or set it aside."""
        try:
            await (self._commit([raw]) if waited is None else self._commit([], [waited]))
        except Exception as error:
            if faults.is_away(error):
                raise
            if isinstance(error, faults.UNAVAILABLE):
                self._refusals += 1
                if self._refusals < faults.MOST_REFUSALS:
                    raise
            reference = new_error_reference()
            log.error("update set aside, reference %s: %s", reference, where(error))  # noqa: TRY400 - no words
            async with self._work() as unit:
                result = await self._processor.set_aside(
                    unit, raw, reference, self._sender.numbers(), waited=waited is not None
                )
            self.after_commit(result)

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
                return await self._processor.process_waiting(unit, turn, drained)
            return await self._processor.process(unit, raws, drained, busy)

    def after_commit(self, result: BatchResult) -> None:
        """The answers may go: killed from here on, the bot finds them in the outbox at its next start."""
        for report_id in result.dropped_reports:
            self._sender.drop_report(report_id)
        self._sender.drop(result.dropped_rows)
        self._sender.accept(result.rows)
        if result.waiting:
            self._waiting.set()
