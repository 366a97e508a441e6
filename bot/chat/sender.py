"""The sender: delivers what the outbox owes, in order within each chat, at the pace Telegram allows.

It holds in memory only what the outbox holds durably; after a crash the outbox is loaded again, so an
answer may come twice, never not at all.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass

from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.chat.api import Api
from bot.chat.attachments import Attachments, GoneError
from bot.chat.lane import Lane
from bot.chat.outbox import Call
from bot.chat.pace import Pace
from bot.safety.logs import where
from bot.safety.sealing import RingSeal, UnsealError
from db.models import OutboxRow

log = logging.getLogger(__name__)
LONGEST_PAUSE = 60.0
MOST_FAULTS = 5
"""Tries of a row that fails within the bot itself."""
OWED_PAUSE = 5.0
"""Seconds until the database is asked again, if it did not say whether a row is still owed."""
MOST_ALONE = 60
"""Tries of a row that fails in the network while other calls go through: about an hour."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A row that is done with; `message_ids` are those that Telegram gave for it. `doubtful`: an earlier
    try may have shown it too, by ids that nobody knows."""

    row: OutboxRow
    message_ids: tuple[int, ...] = ()
    doubtful: bool = False


class Sender:
    """Give it committed rows with `accept`; take what is done with `drain_delivered`. `owed` tells by the id of
    a row whether it is still in the outbox: another process may have revoked whom it was for."""

    def __init__(
        self,
        api: Api,
        ring: RingSeal,
        attachments: Attachments,
        pace: Pace,
        at_once: int,
        on_delivered: Callable[[], None],
        owed: Callable[[int], Awaitable[bool]],
    ) -> None:
        self._api, self._ring, self._attachments, self._pace = api, ring, attachments, pace
        self._on_delivered, self._owed = on_delivered, owed
        self._slots = asyncio.Semaphore(at_once)
        self._lanes: dict[bytes, Lane] = {}
        self._delivered: list[Delivered] = []
        self._unseen: frozenset[tuple[bytes, int]] = frozenset()
        self._tasks: set[asyncio.Task[None]] = set()
        self._went = 0
        self._stopping = False

    def accept(self, rows: Iterable[OutboxRow], *, tried: bool = False) -> None:
        """Take charge of committed rows, in their order. `tried`: they come from an earlier life, so
        nobody knows whether they were sent. Older prompts give way to those of these rows."""
        given = list(rows)
        for chat_hash in {row.chat_hash for row in given if row.prompt_step is not None}:
            if chat_hash in self._lanes:
                self._supersede(self._lanes[chat_hash])
        for row in given:
            lane = self._lanes.setdefault(row.chat_hash, Lane(went=self._went))
            lane.rows.append(row)
            if tried:
                lane.tried.add(row.id)
            self._wake(row.chat_hash, lane)

    def drain_delivered(self) -> list[Delivered]:
        """What was delivered since the last call, for the next transaction to record. If that fails,
        give it back with `restore`."""
        self._unseen = frozenset(
            (chat_hash, step) for chat_hash, lane in self._lanes.items() for step in lane.untried_prompts()
        )
        done, self._delivered = self._delivered, []
        return done

    def restore(self, delivered: list[Delivered]) -> None:
        """Give back what could not be recorded."""
        self._delivered = delivered + self._delivered

    def drop_report(self, report_id: str) -> None:
        """Forget what shows a report that was withdrawn."""
        for lane in self._lanes.values():
            lane.rows = deque(row for row in lane.rows if row.report_id != report_id)

    def unseen_prompt(self, chat_hash: bytes, step: int) -> bool:
        """Whether, when `drain_delivered` was last called, the prompt of this step waited here and had
        certainly never been tried: whatever had been written by then was written without having seen it."""
        return (chat_hash, step) in self._unseen

    async def settle(self, chat_hashes: Collection[bytes], seconds: float) -> None:
        """Wait until no call to any of these chats is under way, so that what they show is known; for at most
        so long. Where it ends none is, until whoever waits lets others run."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while loud := [
                    lane for lane in map(self._lanes.get, chat_hashes) if lane and not lane.is_quiet
                ]:
                    await loud[0].quiet.wait()

    async def finish(self, seconds: float) -> None:
        """Deliver what is owed for at most so long, then stop."""
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
        if call.essential:  # nothing else puts a message into the chat
            await self._pace.wait(row.chat_hash, call.method)
        async with self._slots:
            owed = await self._is_owed(row, call)
            if not lane.rows or lane.rows[0] is not row:  # superseded or withdrawn meanwhile
                return 0.0
            if not owed:
                return OWED_PAUSE if owed is None else self._leave(lane, row)
            lane.quiet.clear()
            try:
                return await self._try(lane, row, call)
            finally:
                lane.quiet.set()

    async def _is_owed(self, row: OutboxRow, call: Call) -> bool | None:
        """Whether a row may be sent still; None when that is not known, so that it has to wait. Nothing but what shows
        a report, or many, is ever taken back."""
        if row.report_id is None and not call.attach:
            return True
        try:
            return await self._owed(row.id)
        except Exception as error:  # noqa: BLE001 - a boundary: a database that is away must not end the lane
            log.warning("whether an answer is still owed is not known: %s", where(error))
            return None

    async def _try(self, lane: Lane, row: OutboxRow, call: Call) -> float:
        doubtful = row.id in lane.tried
        lane.tried.add(row.id)
        try:
            result = await self._send(call)
        except RetryAfter as held:
            if not doubtful:
                lane.tried.discard(row.id)  # it was surely not shown
            return _seconds(held)
        except Forbidden:
            return self._drop_chat(lane)
        except (BadRequest, GoneError) as refused:
            if call.essential and isinstance(refused, BadRequest) and "not modified" not in refused.message:
                log.warning("Telegram refused a call of %s", call.method)
            return self._leave(lane, row)
        except (NetworkError, InvalidToken):
            return self._failed(lane, row, call)
        except TelegramError as error:
            log.warning("a call of %s failed for good: %s", call.method, type(error).__name__)
            return self._leave(lane, row)
        except Exception as error:  # noqa: BLE001 - a boundary: one row's fault must not silence its chat
            return self._faulted(lane, row, call, error)
        self._went += 1
        ids = _message_ids(result) if call.essential and not _in_group(call) else ()
        return self._leave(lane, row, ids, doubtful=doubtful)

    async def _send(self, call: Call) -> object:
        """Send once, so that each try is known; what is refused is tried in the other way that it has."""
        files = await self._attachments.load(call.attach)
        try:
            return await self._api.call(call.method, call.params, files, once=call.essential)
        except BadRequest as refused:
            other = call.instead()
            if other is None or "not modified" in refused.message:
                raise
        return await self._api.call(other.method, other.params, once=True)

    def _failed(self, lane: Lane, row: OutboxRow, call: Call) -> float:
        """The network failed; it is tried again for as long as nothing else goes through either."""
        lane.note_failure(self._went)
        if not call.essential or lane.alone > MOST_ALONE:
            return self._leave(lane, row)
        return float(min(LONGEST_PAUSE, 0.5 * 2 ** min(lane.failures, 10)))

    def _faulted(self, lane: Lane, row: OutboxRow, call: Call, error: Exception) -> float:
        """The bot itself failed: a file that cannot be read, a database that is busy."""
        lane.faults += 1
        log.error("a call of %s could not be made: %s", call.method, type(error).__name__)
        return self._leave(lane, row) if lane.faults >= MOST_FAULTS else float(2**lane.faults)

    def _leave(
        self, lane: Lane, row: OutboxRow, message_ids: tuple[int, ...] = (), *, doubtful: bool = False
    ) -> float:
        """Done with the row at the head; the next may follow at once."""
        lane.leave(row, self._went)
        self._done(row, message_ids, doubtful=doubtful)
        return 0.0

    def _drop_chat(self, lane: Lane) -> float:
        """The person blocked the bot: nothing more can be owed to this chat."""
        for row in list(lane.rows):
            self._leave(lane, row)
        return 0.0

    def _done(self, row: OutboxRow, message_ids: tuple[int, ...] = (), *, doubtful: bool = False) -> None:
        self._delivered.append(Delivered(row, message_ids, doubtful))
        self._on_delivered()


def _seconds(held: RetryAfter) -> float:
    after = held.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


def _in_group(call: Call) -> bool:
    """Whether a call goes to a group or channel, of which nothing is kept: their ids are negative (Bot API)."""
    chat_id = call.params.get("chat_id")
    return isinstance(chat_id, int) and chat_id < 0


def _message_ids(result: object) -> tuple[int, ...]:
    found = result if isinstance(result, list) else [result]
    return tuple(entry["message_id"] for entry in found if isinstance(entry, dict) and "message_id" in entry)
