"""The sender: delivers what the outbox owes, in order within each chat, at the pace Telegram allows.

It holds in memory only what the outbox holds durably. Every row goes through the same moments, and the process may
be killed at any of them:

1. committed, not tried: after the next start the row is loaded from the outbox and sent. It counts as `tried` then,
   since it looks like one of 2;
2. tried, Telegram's answer not yet there: nobody knows whether the person saw it. It is sent again after the next
   start, and when the network breaks: a message may come twice, but never not at all;
3. sent, its `Delivered` not yet recorded by a transaction: the same as 2, since only the row counts;
4. recorded: the row is gone with the commit that also keeps the ids of its messages.

Whatever may have been shown before (2 and 3) is `tried` in its lane and `doubtful` in its `Delivered`: the ids known
for it need not be those that the person saw first.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress

from telegram.error import BadRequest, RetryAfter

from bot import faults
from bot.chat.transport.api import Api
from bot.chat.transport.attachments import Attachments, GoneError, LostError
from bot.chat.transport.lane import Lane
from bot.chat.transport.outbox import Call, Delivered, Drained
from bot.chat.transport.pace import Pace
from bot.faults import SendFault
from bot.safety.logs import where
from bot.safety.sealing import RingSeal, UnsealError
from db.models import OutboxRow

log = logging.getLogger(__name__)
OWED_PAUSE = 5.0
"""Seconds until the database is asked again, if it did not say whether a row is still owed."""


class Sender:
    """Give it committed rows with `accept`; take what is done with `drain`. `owes` tells by a row's id whether it is
    still in the outbox.

    `news` is set whenever something is done with that was not drained yet; whoever drains clears it."""

    def __init__(
        self,
        api: Api,
        ring: RingSeal,
        attachments: Attachments,
        pace: Pace,
        at_once: int,
        owes: Callable[[int], Awaitable[bool]],
    ) -> None:
        self._api, self._ring, self._attachments, self._pace = api, ring, attachments, pace
        self._owes = owes
        self.news = asyncio.Event()
        self._slots = asyncio.Semaphore(at_once)
        self._lanes: dict[bytes, Lane] = {}
        self._delivered: list[Delivered] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent = 0
        self._stopping = False

    def accept(self, rows: Iterable[OutboxRow], *, tried: bool = False) -> None:
        """Take charge of committed rows, in their order. `tried`: they were committed before the bot
        started, so nobody knows whether they were shown. Older prompts give way to those of these rows."""
        given = list(rows)
        for chat_hash in {row.chat_hash for row in given if row.prompt_step is not None}:
            if chat_hash in self._lanes:
                self._supersede(self._lanes[chat_hash])
        for row in given:
            lane = self._lanes.setdefault(row.chat_hash, Lane(sent_before=self._sent))
            lane.rows.append(row)
            if tried:
                lane.tried.add(row.id)
            self._wake(row.chat_hash, lane)

    def drain(self) -> Drained:
        """What was done with since the last call, for the next transaction to record, and what is unseen now. If the
        transaction fails, give it back with `restore`."""
        unseen = frozenset(
            (chat_hash, step) for chat_hash, lane in self._lanes.items() for step in lane.untried_prompts()
        )
        done, self._delivered = self._delivered, []
        return Drained(done, unseen)

    def restore(self, drained: Drained) -> None:
        """Give back what could not be recorded."""
        self._delivered = [*drained.delivered, *self._delivered]

    def drop_report(self, report_id: str) -> None:
        """Drop what shows a report that was withdrawn."""
        for lane in self._lanes.values():
            lane.rows = deque(row for row in lane.rows if row.report_id != report_id)

    async def settle(self, chat_hashes: Collection[bytes], seconds: float) -> None:
        """Wait until no call to any of these chats is under way, so that what they show is known; for at most
        so long. None begins either until the caller awaits something else: it can drain a true picture."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while busy := [
                    lane for lane in map(self._lanes.get, chat_hashes) if lane and not lane.is_quiet
                ]:
                    await busy[0].quiet.wait()

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

    def _supersede(self, lane: Lane) -> None:
        for row in lane.drop_untried_prompts():
            self._done(row)

    def _wake(self, chat_hash: bytes, lane: Lane) -> None:
        if not lane.running and lane.rows and not self._stopping:
            lane.running = True
            task = asyncio.create_task(self._run(chat_hash, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, chat_hash: bytes, lane: Lane) -> None:
        try:
            while lane.rows:
                pause = await self._advance(lane, lane.rows[0])
                if pause:
                    await asyncio.sleep(pause)
        finally:
            lane.running = False
            if not lane.rows:
                self._lanes.pop(chat_hash, None)

    async def _advance(self, lane: Lane, row: OutboxRow) -> float:
        """Wait for the row's turn and try it; the seconds to wait before whatever comes next."""
        try:
            call = Call.load(self._ring, row.payload)
        except UnsealError:
            log.error("an answer that is owed does not open and is dropped")  # noqa: TRY400 - no trace helps
            return self._leave(lane, row)
        if call.essential:  # only these put a message into the chat
            await self._pace.wait(row.chat_hash, call.method)
        async with self._slots:
            owed = await self._is_owed(row, call)
            if not lane.rows or lane.rows[0] is not row:  # while it waited: superseded or withdrawn
                return 0.0
            if not owed:
                return OWED_PAUSE if owed is None else self._leave(lane, row)
            lane.quiet.clear()
            try:
                return await self._try(lane, row, call)
            finally:
                lane.quiet.set()

    async def _is_owed(self, row: OutboxRow, call: Call) -> bool | None:
        """Whether a row may still be sent; None when that is not known, so that it has to wait. Only what shows
        reports is ever taken back."""
        if row.report_id is None and not call.attach:
            return True
        try:
            return await self._owes(row.id)
        except Exception as error:  # noqa: BLE001 - a boundary: a database that is away must not end the lane
            log.warning("whether an answer is still owed is not known: %s", where(error))
            return None

    async def _try(self, lane: Lane, row: OutboxRow, call: Call) -> float:
        doubtful = row.id in lane.tried
        # Before the call: once it is under way nobody knows whether the person sees it.
        lane.tried.add(row.id)
        try:
            result = await self._send(call)
        except RetryAfter as held:
            if not doubtful:
                lane.tried.discard(row.id)  # it was certainly not shown
            return faults.retry_seconds(held)
        except GoneError:
            return self._leave(lane, row)
        except Exception as error:  # noqa: BLE001 - a boundary: one row's fault must not silence its chat
            return self._after_fault(lane, row, call, error)
        self._sent += 1
        ids = _message_ids(result) if call.essential and not _in_group(call) else ()
        return self._leave(lane, row, ids, doubtful=doubtful)

    async def _send(self, call: Call) -> object:
        """Send once, so that each try is known; what is refused is tried in the other ways that it has."""
        once = call.essential
        while True:
            try:
                files = await self._attachments.load(call.attach)
            except LostError:
                log.error("a file is missing in the store")  # noqa: TRY400 - no trace helps
                call, files = call.in_words(), {}
            try:
                return await self._api.call(call.method, call.params, files, once=once)
            except BadRequest as refused:
                other = call.instead()
                if other is None or _is_unmodified(refused):
                    raise
            call, once = other, True

    def _after_fault(self, lane: Lane, row: OutboxRow, call: Call, error: Exception) -> float:
        """What the table of `faults` says; the seconds until the next try."""
        match faults.of_sending(error):
            case SendFault.BLOCKED:
                return self._drop_chat(lane)
            case SendFault.REFUSED:
                if call.essential and not _is_unmodified(error):
                    log.warning("Telegram refused a call of %s", call.method)
            case SendFault.NETWORK:
                pause = lane.note_failure(self._sent)
                if call.essential and lane.alone <= faults.MOST_ALONE:
                    return pause
            case SendFault.UNKNOWN:
                log.warning("a call of %s failed for good: %s", call.method, type(error).__name__)
            case SendFault.OWN:
                lane.own_faults += 1
                log.error("a call of %s could not be made: %s", call.method, type(error).__name__)
                if lane.own_faults < faults.MOST_FAULTS:
                    return float(2**lane.own_faults)
        return self._leave(lane, row)

    def _leave(
        self, lane: Lane, row: OutboxRow, message_ids: tuple[int, ...] = (), *, doubtful: bool = False
    ) -> float:
        """Done with the row at the head; the next may follow at once."""
        lane.leave(row, self._sent)
        self._done(row, message_ids, doubtful=doubtful)
        return 0.0

    def _drop_chat(self, lane: Lane) -> float:
        """The person blocked the bot: nothing more can reach this chat."""
        for row in list(lane.rows):
            self._leave(lane, row)
        return 0.0

    def _done(self, row: OutboxRow, message_ids: tuple[int, ...] = (), *, doubtful: bool = False) -> None:
        self._delivered.append(Delivered(row, message_ids, doubtful))
        self.news.set()


def _is_unmodified(error: Exception) -> bool:
    """Whether an edit was refused since its message reads so already: a second tap is answered by the same screen."""
    return isinstance(error, BadRequest) and "not modified" in error.message


def _in_group(call: Call) -> bool:
    """Whether a call goes to a group or channel, of which nothing is kept. Their ids are negative (Bot API)."""
    chat_id = call.params.get("chat_id")
    return isinstance(chat_id, int) and chat_id < 0


def _message_ids(result: object) -> tuple[int, ...]:
    found = result if isinstance(result, list) else [result]
    return tuple(entry["message_id"] for entry in found if isinstance(entry, dict) and "message_id" in entry)
