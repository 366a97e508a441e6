"""The sender: delivers what the outbox owes, in order within each chat, at the pace Telegram allows.

It holds in memory only what the outbox holds durably; after a crash the outbox is loaded again, so an
answer may come twice, never not at all.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.chat.api import Api
from bot.chat.attachments import Attachments, GoneError
from bot.chat.outbox import Call
from bot.chat.pace import Pace
from bot.safety.sealing import RingSeal
from db.models import OutboxRow

log = logging.getLogger(__name__)
LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """A row that is done with; `message_ids` are those that Telegram gave for it."""

    row: OutboxRow
    message_ids: tuple[int, ...] = ()


@dataclass(slots=True)
class _Lane:
    """What one chat is owed. A lane has at most one call under way."""

    rows: deque[OutboxRow] = field(default_factory=deque)
    busy: bool = False
    tried: set[int] = field(default_factory=set)
    failures: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)


class Sender:
    """Give it committed rows with `accept`; take what is done with `drain_delivered`."""

    def __init__(
        self,
        api: Api,
        ring: RingSeal,
        attachments: Attachments,
        pace: Pace,
        at_once: int,
        on_delivered: Callable[[], None],
    ) -> None:
        self._api, self._ring, self._attachments, self._pace = api, ring, attachments, pace
        self._on_delivered = on_delivered
        self._slots = asyncio.Semaphore(at_once)
        self._lanes: dict[bytes, _Lane] = {}
        self._delivered: list[Delivered] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def accept(self, rows: Iterable[OutboxRow], *, tried: bool = False) -> None:
        """Take charge of committed rows, in their order. `tried`: they come from an earlier life, so
        nobody knows whether they were sent."""
        for row in rows:
            lane = self._lanes.setdefault(row.chat_hash, _Lane())
            if row.prompt_step is not None:
                self._supersede(lane)
            lane.rows.append(row)
            if tried:
                lane.tried.add(row.id)
            self._wake(row.chat_hash, lane)

    def drain_delivered(self) -> list[Delivered]:
        """What was delivered since the last call, for the next transaction to record. If that fails,
        give it back with `restore`."""
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
        """Whether the prompt of this step waits here and has certainly never been tried."""
        lane = self._lanes.get(chat_hash)
        if lane is None:
            return False
        return any(row.prompt_step == step and row.id not in lane.tried for row in lane.rows)

    async def settle(self, chat_hash: bytes, seconds: float) -> None:
        """Wait until no call to this chat is under way, so that what it shows is known."""
        lane = self._lanes.get(chat_hash)
        if lane is not None and lane.busy:
            with suppress(TimeoutError):
                await asyncio.wait_for(lane.idle.wait(), seconds)

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

    def _supersede(self, lane: _Lane) -> None:
        # A newer prompt makes older ones needless, but those that may already have been shown stay.
        kept: deque[OutboxRow] = deque()
        for row in lane.rows:
            if row.prompt_step is None or row.id in lane.tried:
                kept.append(row)
            else:
                self._done(row)
        lane.rows = kept

    def _wake(self, chat_hash: bytes, lane: _Lane) -> None:
        if not lane.busy and lane.rows and not self._stopping:
            lane.busy = True
            lane.idle.clear()
            task = asyncio.create_task(self._run(chat_hash, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, chat_hash: bytes, lane: _Lane) -> None:
        try:
            while lane.rows:
                row = lane.rows[0]
                lane.tried.add(row.id)
                pause = await self._deliver(chat_hash, row, lane)
                if pause is None:
                    lane.failures = 0
                    lane.tried.discard(row.id)
                    if lane.rows and lane.rows[0] is row:
                        lane.rows.popleft()
                    continue
                lane.idle.set()
                await asyncio.sleep(pause)
                lane.idle.clear()
        finally:
            lane.busy = False
            lane.idle.set()
            if not lane.rows:
                self._lanes.pop(chat_hash, None)

    async def _deliver(self, chat_hash: bytes, row: OutboxRow, lane: _Lane) -> float | None:
        """Try one row. None: done with it; else the seconds to wait before the next try."""
        call = Call.load(self._ring, row.payload)
        await self._pace.wait(chat_hash, call.method)
        try:
            async with self._slots:
                result = await self._send(call)
        except RetryAfter as held:
            return _seconds(held)
        except GoneError:
            self._done(row)
        except Forbidden:
            self._drop_chat(lane)
        except BadRequest as refused:
            await self._refused(row, call, refused)
        except NetworkError:
            lane.failures += 1
            if call.essential:
                return float(min(LONGEST_PAUSE, 0.5 * 2**lane.failures))
            self._done(row)
        except TelegramError as error:
            log.warning("a call of %s failed for good: %s", call.method, type(error).__name__)
            self._done(row)
        else:
            self._done(row, _message_ids(result))
        return None

    async def _send(self, call: Call) -> object:
        files = await self._attachments.load(call.attach)
        return await self._api.call(call.method, call.params, files)

    async def _refused(self, row: OutboxRow, call: Call, refused: BadRequest) -> None:
        """An edit whose message is gone is sent anew; everything else will not get better by waiting."""
        gone = "not modified" not in refused.message
        if call.method == "editMessageText" and gone:
            params = {name: value for name, value in call.params.items() if name != "message_id"}
            with suppress(BadRequest):
                await self._pace.wait(row.chat_hash, "sendMessage")
                self._done(row, _message_ids(await self._api.call("sendMessage", params)))
                return
        elif call.essential:
            log.warning("Telegram refused a call of %s", call.method)
        self._done(row)

    def _drop_chat(self, lane: _Lane) -> None:
        """The person blocked the bot: nothing more can be owed to this chat."""
        for row in list(lane.rows):
            self._done(row)
        lane.rows.clear()

    def _done(self, row: OutboxRow, message_ids: tuple[int, ...] = ()) -> None:
        self._delivered.append(Delivered(row, message_ids))
        self._on_delivered()


def _seconds(held: RetryAfter) -> float:
    after = held.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


def _message_ids(result: object) -> tuple[int, ...]:
    found = result if isinstance(result, list) else [result]
    return tuple(entry["message_id"] for entry in found if isinstance(entry, dict) and "message_id" in entry)
