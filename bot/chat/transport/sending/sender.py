"""The sender: delivers what the outbox owes, in order within each chat, at the pace Telegram allows.

It holds in memory only what the outbox holds durably. Every row goes through the same moments, and the process may
be killed at any of them:

1. committed, not tried: after the next start the row is loaded from the outbox and sent. It counts as `tried` then,
   since it looks like one of 2;
2. tried, Telegram's answer not yet there: nobody knows whether the person saw it. It is sent again after the next
   start, and when the network breaks: a message may come twice, but never not at all. A prompt is held back for a moment at the
   start: whoever has seen it may answer it meanwhile, and the next prompt takes its place;
3. sent, its `Delivered` not yet recorded by a transaction: the `journal` tells the next start, which only records it. Where the
   journal is lost, or on another machine, it is the same as 2, since only the row counts;
4. recorded: the row is gone with the commit that also keeps the ids of its messages.

Whatever may have been shown before (2 and 3) is `tried` in its lane and `doubtful` in its `Delivered`: the ids known
for it need not be those that the person saw first, and one more message may stand in the chat under an id that nobody
knows. All private chats of a bot share one counter of message ids, so the lost id lies between two known ones; those ids are
not tried, since it is not documented that Telegram compares the chat of an id that it is asked to delete.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from telegram.error import ChatMigrated, RetryAfter

from bot import faults
from bot.chat.transport.api import Api
from bot.chat.transport.meter import Meter
from bot.chat.transport.sending.attachments import Attachments, GoneError
from bot.chat.transport.sending.call import Call, OwedRow
from bot.chat.transport.sending.delivered import Delivered, Drained
from bot.chat.transport.sending.delivery import Delivery, is_unmodified
from bot.chat.transport.sending.journal import Journal
from bot.chat.transport.sending.lanes import Lane, Lanes
from bot.chat.transport.sending.pace import Pace
from bot.faults import SendFault, UnbuildableError, UnsentError, of_sending
from bot.safety.logs import where
from bot.safety.sealing import RingSeal, UnsealError

log = logging.getLogger(__name__)
OWED_PAUSE = 5.0
"""Seconds until the database is asked again, if it did not say whether a row is still owed."""


class Sender:
    """Give it committed rows with `accept`; take what is done with `drain`. `owes` tells whether a row is still in the
    outbox, `hash_of` by which hash a chat is known.

    `news` is set whenever something is done with that was not drained yet; whoever drains clears it."""

    def __init__(
        self,
        api: Api,
        ring: RingSeal,
        attachments: Attachments,
        pace: Pace,
        at_once: int,
        owes: Callable[[OwedRow], Awaitable[bool]],
        hash_of: Callable[[int], bytes],
        meter: Meter | None = None,
    ) -> None:
        self._delivery = Delivery(api, attachments)
        self._meter = meter or Meter()
        self._ring, self._pace = ring, pace
        self._owes, self._hash_of = owes, hash_of
        self.news = asyncio.Event()
        self.journal = Journal()
        """Where it notes what is done with."""
        self.gate: asyncio.Event | None = None
        """Nothing is sent while it is not set: others may have taken charge of it meanwhile."""
        self.flooded: Callable[[float], None] = lambda _seconds: None
        """Told when Telegram refuses whatever the bot sends, for so many seconds."""
        self.until_erased: Callable[[], Awaitable[bool]] = _is_erased
        """Waits until the database's log holds nothing that was destroyed; False when that takes too long."""
        self._slots = asyncio.Semaphore(at_once)
        self.lanes = Lanes()
        self._delivered: list[Delivered] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent = 0
        self._stopping = False

    def accept(self, rows: Iterable[OwedRow], *, tried: bool = False) -> None:
        """Take charge of committed rows, in their order. `tried`: they were committed before the bot
        started, so nobody knows whether they were shown. Older prompts give way to those of these rows."""
        given = list(rows)
        newest: dict[bytes, int] = {}
        for row in given:
            if row.prompt_step is not None:
                newest[row.chat_hash] = max(row.number, newest.get(row.chat_hash, 0))
        for chat_hash, number in newest.items():
            if (lane := self.lanes.get(chat_hash)) is not None:
                self._supersede(lane, number)
        for row in given:
            self._wake(row.chat_hash, self.lanes.add(row, self._sent, tried=tried))

    def accept_left(self, rows: Sequence[OwedRow], numbers: Iterable[int] = (0,)) -> None:
        """Take charge of what an earlier life left, or copies of these `numbers` that are gone. What their journals know to be done
        with is not sent again, and what they know of rows that are gone is recorded as well."""
        done = self.journal.left_by(numbers, rows)
        known = {one.row.id for one in done}
        for one in done:
            self._done(one)
        self.accept([row for row in rows if row.id not in known], tried=True)

    def drain(self) -> Drained:
        """What was done with since the last call, for the next transaction to record, and what is unseen now. If the
        transaction fails, give it back with `give_back`."""
        unseen = self.lanes.unseen_prompts()
        done, self._delivered = self._delivered, []
        return Drained(done, unseen, self.lanes.numbers(), self.lanes.tried())

    def tried_chats(self) -> Collection[bytes]:
        """The chats in which something may have been shown that is not recorded as done with."""
        return {*self.lanes.tried_chats(), *(done.row.chat_hash for done in self._delivered)}

    def known(self) -> set[int]:
        """The ids of the rows under its charge, and of those done with and not recorded yet."""
        return self.lanes.ids() | {done.row.id for done in self._delivered}

    def recorded(self, delivered: Iterable[Delivered]) -> None:
        """A transaction has recorded these."""
        self.journal.recorded(one.row.id for one in delivered)

    def give_back(self, delivered: Sequence[Delivered]) -> None:
        """Give back what could not be recorded."""
        self._delivered = [*delivered, *self._delivered]

    async def finish(self, seconds: float) -> None:
        """Deliver what is owed for at most so long, then stop. What is left stays in the outbox for the next start."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._tasks:
                    await asyncio.wait(set(self._tasks))
        self._stopping = True
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _supersede(self, lane: Lane, number: int) -> None:
        for row in lane.drop_prompts(number):
            self._done(Delivered(row, doubtful=row.id in lane.tried and self._shows(row)))
            lane.tried.discard(row.id)

    def _wake(self, chat_hash: bytes, lane: Lane) -> None:
        if not lane.running and lane.rows and not self._stopping:
            lane.running = True
            task = asyncio.create_task(self._run(chat_hash, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, chat_hash: bytes, lane: Lane) -> None:
        try:
            while lane.rows:
                await lane.until_free()
                if not lane.rows:
                    break
                pause = await self._advance(lane, lane.rows[0])
                if pause:
                    await asyncio.sleep(pause)
        finally:
            lane.running = False
            if not lane.rows:
                self.lanes.forget(chat_hash)

    async def _advance(self, lane: Lane, row: OwedRow) -> float:
        """Wait for the row's turn and try it; the seconds to wait before whatever comes next."""
        try:
            call = Call.of(self._ring, row)
        except UnsealError:
            log.error("an answer that is owed does not open and is dropped")  # noqa: TRY400 - no trace helps
            return self._leave(lane, row)
        if not self._is_of_chat(row, call):
            log.error("an answer that is owed names another chat than its row and is dropped")
            return self._leave(lane, row)
        if call.otherwise and not call.attach and not await self.until_erased():
            call = replace(call, params={**call.params, "text": call.otherwise})
        if call.essential:  # only these put a message into the chat
            await self._pace.wait(row.chat_hash, call.method)
        async with self._slots:
            if self.gate is not None:
                await self.gate.wait()
            owed = await self._is_owed(row, call)
            if not lane.rows or lane.rows[0] is not row:  # while it waited: superseded or withdrawn
                return 0.0
            if not owed:
                doubtful = row.id in lane.tried and call.shows
                return OWED_PAUSE if owed is None else self._leave(lane, row, doubtful=doubtful)
            lane.called_at = asyncio.get_running_loop().time()
            lane.quiet.clear()
            try:
                return await self._try(lane, row, call)
            finally:
                lane.quiet.set()

    def _is_of_chat(self, row: OwedRow, call: Call) -> bool:
        """Whether a call goes to the chat whose row it is. The answer to a tap names no chat."""
        chat_id = call.params.get("chat_id")
        return not isinstance(chat_id, int) or self._hash_of(chat_id) == row.chat_hash

    async def _is_owed(self, row: OwedRow, call: Call) -> bool | None:
        """Whether a row may still be sent; None when that is not known, so that it has to wait. Only what moderators are
        shown is ever taken back."""
        if call.is_silent or (row.report_id is None and not call.attach and not call.guarded):
            return True
        try:
            return await self._owes(row)
        except Exception as error:  # noqa: BLE001 - a boundary: a database that is away must not end the lane
            log.warning("whether an answer is still owed is not known: %s", where(error))
            return None

    async def _try(self, lane: Lane, row: OwedRow, call: Call) -> float:
        doubtful = row.id in lane.tried
        # Before the call: once it is under way nobody knows whether the person sees it.
        lane.tried.add(row.id)
        began = asyncio.get_running_loop().time()
        try:
            result, left = await self._delivery.send(call, lane.deleted)
        except RetryAfter as held:
            if not doubtful:
                lane.tried.discard(row.id)  # it was certainly not shown
            seconds = faults.retry_seconds(held)
            self._meter.flood_wait(seconds)
            if self._pace.note_refusal(row.chat_hash, seconds):
                self.flooded(seconds)
            return seconds
        except ChatMigrated as grown:
            return self._leave(lane, row, moved_to=grown.new_chat_id)
        except GoneError:
            return self._leave(lane, row, doubtful=doubtful and call.shows)
        except Exception as error:  # noqa: BLE001 - a boundary: one row's fault must not silence its chat
            away = of_sending(error) is SendFault.STORED
            if (away or isinstance(error, UnsentError | UnbuildableError)) and not doubtful:
                lane.tried.discard(row.id)
            self._meter.call(asyncio.get_running_loop().time() - began, delivered=False)
            if away:
                log.warning("a call of %s waits for the database: %s", call.method, type(error).__name__)
                return next(lane.pauses)
            return self._after_fault(lane, row, call, error, doubtful=doubtful)
        self._meter.call(asyncio.get_running_loop().time() - began, delivered=True)
        self._sent += 1
        ids = _message_ids(result) if call.essential and not _in_group(call) else ()
        return self._leave(lane, row, ids, doubtful=doubtful and call.shows, left=left)

    def hold(self, seconds: float) -> None:
        """Send no messages for so long."""
        self._pace.hold(seconds)

    def share_pace(self, copies: int) -> None:
        """So many copies of the bot send."""
        self._pace.share(copies)

    def _after_fault(
        self, lane: Lane, row: OwedRow, call: Call, error: Exception, *, doubtful: bool
    ) -> float:
        """What the table of `faults` says; the seconds until the next try."""
        unbuilt = False
        match of_sending(error):
            case SendFault.BLOCKED:
                return self._drop_chat(lane, row)
            case SendFault.REFUSED:
                if call.essential and not is_unmodified(error):
                    log.warning("Telegram refused a call of %s", call.method)
            case SendFault.UNBUILDABLE:
                unbuilt = call.essential
                log.error("no request can be made of a call of %s", call.method)
            case SendFault.NETWORK:
                doubtful = row.id in lane.tried
                pause = lane.note_failure(self._sent)
                if call.essential and lane.alone <= faults.MOST_ALONE and row in lane.rows:
                    return pause
            case SendFault.UNKNOWN:
                log.warning("a call of %s failed for good: %s", call.method, type(error).__name__)
            case SendFault.OWN:
                lane.own_faults += 1
                log.error("a call of %s could not be made: %s", call.method, type(error).__name__)
                if lane.own_faults < faults.MOST_FAULTS:
                    return float(2**lane.own_faults)
        left = tuple(one for one in call.doomed if one not in lane.deleted) if call.essential else ()
        return self._leave(lane, row, doubtful=doubtful and call.shows, left=left, unbuilt=unbuilt)

    def _leave(
        self,
        lane: Lane,
        row: OwedRow,
        message_ids: tuple[int, ...] = (),
        *,
        doubtful: bool = False,
        left: tuple[int, ...] = (),
        unbuilt: bool = False,
        unreachable: bool = False,
        moved_to: int | None = None,
    ) -> float:
        """Done with the row at the head; the next may follow at once."""
        lane.leave(row, self._sent)
        self._done(Delivered(row, message_ids, doubtful, left, unbuilt, unreachable, moved_to))
        return 0.0

    def _drop_chat(self, lane: Lane, refused: OwedRow) -> float:
        """The person blocked the bot, or is no more: nothing can reach this chat, but messages can still be deleted."""
        self._leave(lane, refused, unreachable=True)
        for row in list(lane.rows):
            if not self._deletes(row):
                lane.rows.remove(row)
                self._done(Delivered(row, doubtful=row.id in lane.tried))
                lane.tried.discard(row.id)
        return 0.0

    def _deletes(self, row: OwedRow) -> bool:
        try:
            return bool(Call.of(self._ring, row).doomed)
        except UnsealError:
            return False

    def _shows(self, row: OwedRow) -> bool:
        try:
            return Call.of(self._ring, row).shows
        except UnsealError:
            return False

    def _done(self, done: Delivered) -> None:
        self.journal.note(done)
        self._delivered.append(done)
        self.news.set()


def _in_group(call: Call) -> bool:
    """Whether a call goes to a group or channel, of which nothing is kept. Their ids are negative (Bot API)."""
    chat_id = call.params.get("chat_id")
    return isinstance(chat_id, int) and chat_id < 0


def _message_ids(result: object) -> tuple[int, ...]:
    found = result if isinstance(result, list) else [result]
    return tuple(entry["message_id"] for entry in found if isinstance(entry, dict) and "message_id" in entry)


async def _is_erased() -> bool:
    return True
