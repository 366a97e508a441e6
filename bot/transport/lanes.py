"""Lanes: the calls due to each chat, in order and in memory, and the pace that Telegram allows."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from bot.store import faults
from bot.store.sent_messages import Stay
from bot.transport.call import QueuedRow
from bot.transport.replicas import loop_time, wait_at_most


def _goes_last(row: QueuedRow) -> bool:
    return row.stay == Stay.UNTIL_SEEN or row.may_wait


@dataclass(slots=True)
class Lane:
    """Queue of one chat, with at most one call under way.

    - `tried`: rows that may have been shown
    - `quiet`: set while no call is under way
    - `deleted`: messages that the first row has deleted
    - `alone`: its network failures while other calls succeeded
    - `own_faults`: its faults within the bot
    """

    rows: deque[QueuedRow] = field(default_factory=deque)
    running: bool = False
    tried: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    quiet: asyncio.Event = field(default_factory=asyncio.Event)
    called_at: float = 0.0
    """Start of the last call. Times are those of the event loop, in seconds."""
    held_until: float = 0.0
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    pauses: Iterator[float] = field(init=False)
    alone: int = 0
    own_faults: int = 0
    sent_before: int = 0
    """Successful calls so far. If it grows during a failure, the network is not to blame."""
    since: float = field(init=False)

    def __post_init__(self) -> None:
        self.quiet.set()
        self._begin_head()

    @property
    def is_quiet(self) -> bool:
        return self.quiet.is_set()

    def put(self, row: QueuedRow) -> None:
        """Append a row, but before notices, which may be many after a restart, and before what may wait."""
        place, row.since = len(self.rows), loop_time()
        if not _goes_last(row):
            first = 0 if self.is_quiet and self.rows and self.rows[0].may_wait else 1
            while place > first and _goes_last(self.rows[place - 1]):
                place -= 1
        self.rows.insert(place, row)
        if not place:
            self._begin_head()
            self.moved.set()

    def untried_prompts(self) -> Iterator[int]:
        """Steps of prompts that have certainly not been seen."""
        seen = {row.prompt_step for row in self.rows if row.id in self.tried}
        return (
            row.prompt_step
            for row in self.rows
            if row.prompt_step is not None and row.prompt_step not in seen
        )

    def drop_prompts(self, number: int) -> list[QueuedRow]:
        """Remove and return the prompts before row `number`, except one under way."""
        under_way = None if self.is_quiet or not self.rows else self.rows[0]
        older = [row for row in self.rows if row.prompt_step is not None and row.number < number]
        dropped = [row for row in older if row is not under_way]
        self.keep({row.id for row in self.rows} - {row.id for row in dropped})
        return dropped

    def keep(self, row_ids: Collection[int]) -> None:
        head = self.rows[0] if self.rows else None
        self.rows = deque(row for row in self.rows if row.id in row_ids)
        if self.is_quiet and self.rows and self.rows[0] is not head:
            self._begin_head()
        self.moved.set()

    async def until_free(self) -> None:
        """Hold back a prompt that may have been shown before a restart, since its answer may arrive."""
        while self.rows and self.rows[0].prompt_step is not None and self.rows[0].id in self.tried:
            if (left := self.held_until - loop_time()) <= 0:
                break
            self.moved.clear()
            await wait_at_most(self.moved, left)

    def leave(self, row: QueuedRow, sent: int) -> None:
        self._begin_head()
        self.sent_before = sent
        self.tried.discard(row.id)
        if self.rows and self.rows[0] is row:
            self.rows.popleft()

    def _begin_head(self) -> None:
        self.alone = self.own_faults = 0
        self.pauses, self.since = faults.SEND_BACKOFF.pauses(), loop_time()
        self.deleted.clear()

    def note_failure(self, sent: int) -> float:
        """Note a network failure. Returns the seconds until the next try."""
        if sent > self.sent_before:
            self.sent_before, self.alone = sent, self.alone + 1
        return next(self.pauses)


HELD_BACK_SECONDS = 1.0

_MOST_SOON = 3
SLOW_SECONDS = 0.2
"""Duration from which a call counts as slow."""


class Lanes:
    """Lanes of all chats with queued rows or a call under way."""

    def __init__(self) -> None:
        self._lanes: dict[bytes, Lane] = {}

    def get(self, chat_hash: bytes) -> Lane | None:
        return self._lanes.get(chat_hash)

    def add(self, row: QueuedRow, sent: int, *, tried: bool) -> Lane:
        """Append a row. `sent` counts successful calls so far. A `tried` row may have been shown."""
        lane = self._lanes.setdefault(row.chat_hash, Lane(sent_before=sent))
        lane.put(row)
        if tried:
            lane.tried.add(row.id)
            lane.held_until = loop_time() + HELD_BACK_SECONDS
        return lane

    def forget(self, chat_hash: bytes) -> None:
        self._lanes.pop(chat_hash, None)

    def unseen_prompts(self) -> frozenset[tuple[bytes, int]]:
        lanes = self._lanes.items()
        return frozenset((chat_hash, step) for chat_hash, lane in lanes for step in lane.untried_prompts())

    def ids(self) -> set[int]:
        return {row.id for lane in self._lanes.values() for row in lane.rows}

    def numbers(self) -> dict[bytes, int]:
        lanes = self._lanes.items()
        return {chat_hash: max(row.number for row in lane.rows) for chat_hash, lane in lanes if lane.rows}

    def tried(self) -> frozenset[int]:
        return frozenset(row_id for lane in self._lanes.values() for row_id in lane.tried)

    def owed(self) -> tuple[int, float]:
        """Number of rows, and longest wait of a first row in seconds."""
        now = loop_time()
        lanes = [lane for lane in self._lanes.values() if lane.rows]
        return sum(len(lane.rows) for lane in lanes), max((now - lane.since for lane in lanes), default=0.0)

    @property
    def are_notices(self) -> bool:
        """Whether all rows are notices."""
        return all(row.stay == Stay.UNTIL_SEEN for lane in self._lanes.values() for row in lane.rows)

    def owed_soon(self) -> int:
        """Number of rows. One chat counts as a few: others do not wait for it."""
        return sum(min(len(lane.rows), _MOST_SOON) for lane in self._lanes.values())

    def drop(self, row_ids: Collection[int]) -> None:
        """Drop rows. A running call still ends."""
        dropped = set(row_ids)
        for lane in self._lanes.values() if dropped else ():
            lane.keep({row.id for row in lane.rows} - dropped)

    def drop_report(self, report_id: str) -> None:
        for lane in self._lanes.values():
            lane.keep({row.id for row in lane.rows if row.report_id != report_id})

    def is_quiet(self, chat_hash: bytes) -> bool:
        lane = self._lanes.get(chat_hash)
        return lane is None or lane.is_quiet

    def is_slow(self, chat_hash: bytes) -> bool:
        lane = self._lanes.get(chat_hash)
        return lane is not None and not lane.is_quiet and loop_time() >= lane.called_at + SLOW_SECONDS

    async def settle(self, chat_hashes: Collection[bytes], seconds: float) -> None:
        """Wait until these chats are quiet, at most `seconds`. They are until the caller awaits something."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while busy := [
                    lane for lane in map(self._lanes.get, chat_hashes) if lane and not lane.is_quiet
                ]:
                    await busy[0].quiet.wait()

    def tried_chats(self) -> Collection[bytes]:
        return [chat_hash for chat_hash, lane in self._lanes.items() if lane.tried]


UNPACED = frozenset({"answerCallbackQuery", "deleteMessage", "deleteMessages", "sendChatAction"})
"""Methods without a limit, since they put no words into a chat."""
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
