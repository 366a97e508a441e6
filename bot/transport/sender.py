"""The sender: delivers the outbox in order within each chat, at the pace that Telegram allows."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from telegram.error import ChatMigrated, RetryAfter

from bot.safety.logs import where
from bot.safety.sealing import RingSeal, UnsealError
from bot.store import faults
from bot.store.faults import SendFault, UnbuildableError, UnsentError, of_sending
from bot.transport.call import Call, Delivered, DeliverySnapshot, QueuedRow
from bot.transport.delivery import Delivery, GoneError, is_unmodified
from bot.transport.journal import Journal
from bot.transport.lanes import Lane, Lanes
from bot.transport.replicas import Meter, loop_time, wait_at_most

log = logging.getLogger(__name__)

UNPACED = frozenset({"answerCallbackQuery", "deleteMessage", "deleteMessages", "sendChatAction"})
"""Methods without a limit, since they put no words into a chat."""
LATEST_SECONDS = 50.0
"""Time after which a call that may wait is made though others are owed, so that it leaves within about a minute."""
ROOM_SECONDS = 0.2
FLOODED_CHATS, FLOOD_SECONDS = 3, 2.0
"""Refusals of so many chats within so many seconds count for the whole bot."""
RECOVERY_SECONDS = 60.0
"""Time in which a pace rises from nothing to its usual rate."""
GROUP_PART = 4
"""A group takes 20 messages a minute (Bots FAQ): a burst of four and then 15, where a private chat takes 60."""
CALLS_OF_A_START = 6
"""Calls that a newcomer soon needs: the first screens are read, and tapped on a few seconds later."""
_FORGET_AFTER = 10_000


@dataclass(slots=True)
class Bucket:
    """A token bucket: holds `size` tokens, usually gains `usual` a second, and is full at `full_at`."""

    usual: float
    size: float
    full_at: float = 0.0
    _slow: float = 0.0
    _slowed_at: float = -math.inf

    def rate(self, now: float) -> float:
        """Tokens a second: a quarter fewer each time it is slowed, then steadily more."""
        return min(self.usual, self._slow + self.usual * (now - self._slowed_at) / RECOVERY_SECONDS)

    def slow(self, now: float) -> None:
        """Slow down, unless so few calls were made that they cannot be why Telegram refuses."""
        if self.left(now) > self.size / 2:
            return
        self._slow, self._slowed_at = 0.75 * self.rate(now), now
        self.full_at = max(self.full_at, now + self.size / self._slow)

    def take(self, now: float, number: int = 1) -> float:
        """Take tokens in advance. Returns the seconds until they may be used."""
        rate = self.rate(now)
        self.full_at = max(self.full_at, now) + number / rate
        return max(0.0, self.full_at - now - self.size / rate)

    def left(self, now: float) -> float:
        return self.size - max(0.0, self.full_at - now) * self.rate(now)


class SendingPace:
    """Delays calls. `monotonic` gives seconds."""

    def __init__(
        self, per_second: float, per_chat: float, burst: int, monotonic: Callable[[], float]
    ) -> None:
        self._per_chat, self._burst, self._monotonic = per_chat, burst, monotonic
        self._per_second, self._held_until = per_second, 0.0
        self._all = Bucket(per_second, per_second)
        self._starts = Bucket(per_second / CALLS_OF_A_START, 2 * per_second)
        self._chats: dict[bytes, Bucket] = {}
        self._refusals: dict[bytes, float] = {}

    def share(self, copies: int) -> None:
        rate = self._all.usual = self._all.size = self._per_second / max(1, copies)
        self._starts.usual, self._starts.size = rate / CALLS_OF_A_START, 2 * rate

    def within(self, seconds: float) -> int:
        """Number of calls that may leave within so many seconds."""
        now = self._monotonic()
        return int(self._all.rate(now) * max(0.0, seconds - max(0.0, self._held_until - now)))

    def starts(self) -> float:
        """Number of newcomers who may be taken in: those of the last seconds read, and need their calls later."""
        return self._starts.left(self._monotonic())

    def note_starts(self, number: int) -> None:
        self._starts.take(self._monotonic(), number)

    def hold(self, seconds: float) -> None:
        """Make no call for so many seconds, then fewer for a while."""
        now = self._monotonic()
        self._held_until = max(self._held_until, now + seconds)
        self._all.slow(now)

    def note_refusal(self, chat_hash: bytes, seconds: float) -> bool:
        """Note that Telegram refuses a chat, which gets fewer calls for a while. Several refusals at once mean the
        bot, and hold all calls. Returns whether they do."""
        now = self._monotonic()
        if (chat := self._chats.get(chat_hash)) is not None:
            chat.slow(now)
        self._refusals = {one: at for one, at in self._refusals.items() if at > now - FLOOD_SECONDS}
        self._refusals[chat_hash] = now
        if len(self._refusals) < FLOODED_CHATS:
            return False
        self._refusals.clear()
        self.hold(seconds)
        return True

    def has_room(self, chat_hash: bytes) -> bool:
        """Whether a call to a chat would make no other wait, in this chat or elsewhere."""
        now, chat = self._monotonic(), self._chats.get(chat_hash)
        is_quiet = chat is None or chat.left(now) > chat.size / 2
        return is_quiet and now >= self._held_until and self._all.left(now) >= self._all.size / 4

    async def wait(self, chat_hash: bytes, method: str, *, is_group: bool = False) -> None:
        if method in UNPACED:
            return
        if len(self._chats) > _FORGET_AFTER:
            now = self._monotonic()
            self._chats = {key: bucket for key, bucket in self._chats.items() if bucket.full_at > now}
        per_chat = self._per_chat / (GROUP_PART if is_group else 1)
        for bucket in (self._chats.setdefault(chat_hash, Bucket(per_chat, self._burst)), self._all):
            if pause := bucket.take(self._monotonic()):
                await asyncio.sleep(pause)
        while (held := self._held_until - self._monotonic()) > 0:  # noqa: ASYNC110 - it may be held for longer meanwhile
            await asyncio.sleep(held)


SOON_SECONDS = 1.0
"""Time within which calls that are owed should leave."""
AT_ONCE = 16
"""Calls to the Bot API under way at once. 28 a second that take half a second each are 14."""
OWED_PAUSE = 5.0
"""Pause after a failed look at the outbox."""


@dataclass(eq=False)
class Sender:
    """Takes committed rows by `accept`, and reports finished ones by `drain`.

    `owes` tells whether a row still exists. `news` is set when there is something to drain, and cleared by
    the caller.
    """

    _delivery: Delivery
    _ring: RingSeal
    pace: SendingPace
    _owes: Callable[[QueuedRow], Awaitable[bool]]
    hash_of: Callable[[int], bytes]
    journal: Journal
    meter: Meter = field(default_factory=Meter)
    gate: asyncio.Event | None = None
    """Set while this replica may send. Otherwise others may have taken over its rows."""
    flooded: Callable[[float], None] | None = None
    """Called when Telegram refuses all sending for so many seconds."""
    until_erased: Callable[[], Awaitable[bool]] | None = None
    """Waits until destroyed data has left the database's log. False on a timeout."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    lanes: Lanes = field(default_factory=Lanes)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _delivered: list[Delivered] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _sent: int = 0
    _ends: bool = False
    _stopping: bool = False

    @property
    def room(self) -> int:
        """Number of newcomers for whom there is room soon beside what is owed."""
        calls = self.pace.within(SOON_SECONDS) - self.lanes.owed_soon()
        return max(0, math.ceil(min(calls / CALLS_OF_A_START, self.pace.starts())))

    def accept(self, rows: Iterable[QueuedRow], *, tried: bool = False) -> None:
        """Queue committed rows. New prompts replace older ones. `tried` rows may have been shown before the
        start."""
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

    def accept_left(self, rows: Sequence[QueuedRow], numbers: Iterable[int] = (0,)) -> None:
        """Queue rows of an earlier process or of ended replicas, unless their journals report them as
        delivered."""
        done = self.journal.left_by(numbers, rows)
        known = {one.row.id for one in done}
        for one in done:
            self._done(one)
        self.accept([row for row in rows if row.id not in known], tried=True)

    def drain(self) -> DeliverySnapshot:
        """Take the deliveries to record. If that fails, call `give_back`."""
        unseen = self.lanes.unseen_prompts()
        done, self._delivered = self._delivered, []
        return DeliverySnapshot(done, unseen, self.lanes.numbers(), self.lanes.tried())

    def tried_chats(self) -> Collection[bytes]:
        """Chats that may show messages that are not recorded."""
        return {*self.lanes.tried_chats(), *(done.row.chat_hash for done in self._delivered)}

    def known(self) -> set[int]:
        """Ids of queued rows and of deliveries that are not recorded."""
        return self.lanes.ids() | {done.row.id for done in self._delivered}

    def give_back(self, delivered: Sequence[Delivered]) -> None:
        """Return deliveries that could not be recorded."""
        self._delivered = [*delivered, *self._delivered]

    async def finish(self, seconds: float) -> None:
        """Deliver for at most so many seconds, then stop."""
        self._ends = True
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
            call = self._opened(row)
            self._done(Delivered(row, doubtful=call is not None and _may_stand(lane, row, call)))
            lane.tried.discard(row.id)

    def _opened(self, row: QueuedRow) -> Call | None:
        with suppress(UnsealError):
            return Call.of(self._ring, row)
        return None

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

    async def _advance(self, lane: Lane, row: QueuedRow) -> float:
        call = self._opened(row)
        if call is None:
            log.error("an answer that is owed does not open and is dropped")
            return self._leave(lane, Delivered(row))
        chat_id = call.params.get("chat_id")
        if isinstance(chat_id, int) and self.hash_of(chat_id) != row.chat_hash:
            log.error("an answer that is owed names another chat than its row and is dropped")
            return self._leave(lane, Delivered(row))
        if call.otherwise and not call.attach and self.until_erased and not await self.until_erased():
            call = replace(call, params={**call.params, "text": call.otherwise})
        if call.may_wait and not self._ends and not self.pace.has_room(row.chat_hash):
            lane.moved.clear()
            if await wait_at_most(lane.moved, ROOM_SECONDS) or loop_time() < row.since + LATEST_SECONDS:
                return 0.0
        if call.essential or call.may_wait:
            is_group = isinstance(chat_id, int) and chat_id < 0
            await self.pace.wait(row.chat_hash, call.method, is_group=is_group)
        async with self._slots:
            if self.gate is not None:
                await self.gate.wait()
            owed = await self._is_owed(row, call)
            if not lane.rows or lane.rows[0] is not row:  # superseded or withdrawn meanwhile
                return 0.0
            if not owed:
                gone = Delivered(row, doubtful=_may_stand(lane, row, call))
                return OWED_PAUSE if owed is None else self._leave(lane, gone)
            lane.called_at = loop_time()
            lane.quiet.clear()
            try:
                return await self._try(lane, row, call)
            finally:
                lane.quiet.set()

    async def _is_owed(self, row: QueuedRow, call: Call) -> bool | None:
        """Whether a row may still be sent. None if unknown. Only messages to moderators are taken back."""
        if call.is_silent or (row.report_id is None and not call.attach and not call.guarded):
            return True
        try:
            return await self._owes(row)
        except Exception as error:  # noqa: BLE001 - a boundary: a database that is away must not end the lane
            if not faults.is_away(error):  # an outage is told once
                log.warning("whether an answer is still owed is not known: %s", where(error))
            return None

    async def _try(self, lane: Lane, row: QueuedRow, call: Call) -> float:
        doubtful = row.id in lane.tried
        # Before the call: once it is under way it is unknown whether the person sees it.
        lane.tried.add(row.id)
        began = loop_time()
        try:
            result, left = await self._delivery.send(call, lane.deleted)
        except RetryAfter as held:
            if not doubtful:
                lane.tried.discard(row.id)  # it was certainly not shown
            seconds = faults.retry_seconds(held)
            self.meter.note("flood_waits")
            self.meter.note("flood_wait_seconds", seconds)
            if self.pace.note_refusal(row.chat_hash, seconds) and self.flooded is not None:
                self.flooded(seconds)
            return seconds
        except ChatMigrated as grown:
            return self._leave(lane, Delivered(row, moved_to=grown.new_chat_id))
        except GoneError:
            return self._leave(lane, Delivered(row, doubtful=doubtful and call.shows))
        except Exception as error:  # noqa: BLE001 - a boundary: one row's fault must not silence its chat
            away = of_sending(error) is SendFault.STORED
            if (away or isinstance(error, UnsentError | UnbuildableError)) and not doubtful:
                lane.tried.discard(row.id)
            self.meter.note("send_seconds", loop_time() - began)
            self.meter.note("sends_failed")
            if away:
                return next(lane.pauses)
            return self._after_fault(lane, row, call, error, doubtful=doubtful)
        self.meter.note("send_seconds", loop_time() - began)
        self._sent += 1
        ids = _message_ids(call, result) if call.essential else ()
        edited_at = result.get("edit_date") if ids and isinstance(result, dict) else None
        if edited_at is not None and doubtful:
            edited_at = 0
        return self._leave(lane, Delivered(row, ids, doubtful and call.shows, left, edited_at=edited_at))

    def _after_fault(
        self, lane: Lane, row: QueuedRow, call: Call, error: Exception, *, doubtful: bool
    ) -> float:
        unbuilt = False
        match of_sending(error):
            case SendFault.BLOCKED:
                return self._drop_chat(lane, row)
            case SendFault.REFUSED:
                if not is_unmodified(error) and self._becomes_new(lane, row, call, doubtful=doubtful):
                    return 0.0
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
        return self._leave(lane, Delivered(row, (), doubtful and call.shows, left, unbuilt))

    def _becomes_new(self, lane: Lane, row: QueuedRow, call: Call, *, doubtful: bool) -> bool:
        """Put a new message in place of a refused edit. Returns whether there is one."""
        if (anew := call.anew()) is None:
            if call.essential:
                log.warning("Telegram refused a call of %s", call.method)
            return False
        row.call = anew
        if not doubtful:
            lane.tried.discard(row.id)
        return True

    def _leave(self, lane: Lane, done: Delivered) -> float:
        lane.leave(done.row, self._sent)
        self._done(done)
        return 0.0

    def _drop_chat(self, lane: Lane, refused: QueuedRow) -> float:
        """Drop the rows of a blocked chat, except deletions, which still work."""
        self._leave(lane, Delivered(refused, unreachable=True))
        for row in list(lane.rows):
            call = self._opened(row)
            if call is None or not call.doomed:
                lane.rows.remove(row)
                self._done(Delivered(row, doubtful=row.id in lane.tried))
                lane.tried.discard(row.id)
        return 0.0

    def _done(self, done: Delivered) -> None:
        self.journal.note(done)
        self._delivered.append(done)
        self.news.set()


def _may_stand(lane: Lane, row: QueuedRow, call: Call) -> bool:
    """Whether a row may have put a message into the chat. An edit of an earlier life may have become one."""
    is_earlier = row.call is None
    return row.id in lane.tried and (call.shows or (is_earlier and call.anew() is not None))


def _message_ids(call: Call, result: object) -> tuple[int, ...]:
    """Ids of sent messages, but none of groups and channels, whose ids are negative (Bot API)."""
    chat_id = call.params.get("chat_id")
    if isinstance(chat_id, int) and chat_id < 0:
        return ()
    found = result if isinstance(result, list) else [result]
    return tuple(entry["message_id"] for entry in found if isinstance(entry, dict) and "message_id" in entry)
