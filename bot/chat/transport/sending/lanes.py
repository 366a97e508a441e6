"""The lanes of all chats that are owed something: what the sender has under its charge, in memory."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from bot import faults
from bot.chat.transport.sending.call import OwedRow
from bot.services.sent_messages import Stay
from bot.waiting import wait_at_most


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


def _pauses() -> Iterator[float]:
    return faults.SEND_BACKOFF.pauses()


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Lane:
    """What one chat is owed. `tried` are the rows that may have been shown; `quiet` is set while no call is under way,
    of which there is at most one. `deleted` are the messages that the row at the head has deleted already.

    Counted for the row at the head: its network failures during which other calls went through (`alone`), and its
    faults within the bot (`own_faults`). `pauses` are those between its tries."""

    rows: deque[OwedRow] = field(default_factory=deque)
    running: bool = False
    tried: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    quiet: asyncio.Event = field(default_factory=_set)
    called_at: float = 0.0
    """When the last call began, in the event loop's seconds."""
    held_until: float = 0.0
    """Until when a prompt at the head waits that may have been shown in an earlier life, in the event loop's seconds."""
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when rows are taken out that were not sent."""
    pauses: Iterator[float] = field(default_factory=_pauses)
    alone: int = 0
    own_faults: int = 0
    sent_before: int = 0
    """How many calls had gone through in all chats when the row at the head came there, or last failed. If the
    number grows while this row fails, the network is not to blame."""
    since: float = field(default_factory=_now)
    """Since when the row at the head has been there, in the event loop's seconds."""

    @property
    def is_quiet(self) -> bool:
        """Whether no call is under way."""
        return self.quiet.is_set()

    def put(self, row: OwedRow) -> None:
        """Put a row behind what the chat is owed. What a moderator asked for goes before the notices at the end, which nobody asked for and
        which nobody has tried to send: in a crowd there are many."""
        place = len(self.rows)
        if row.stay != Stay.UNTIL_SEEN:
            while place > 1 and self._gives_way(self.rows[place - 1]):
                place -= 1
        self.rows.insert(place, row)

    def _gives_way(self, row: OwedRow) -> bool:
        return row.stay == Stay.UNTIL_SEEN and row.id not in self.tried

    def untried_prompts(self) -> Iterator[int]:
        """The steps whose prompts wait here and can certainly not have been seen."""
        seen = {row.prompt_step for row in self.rows if row.id in self.tried}
        return (
            row.prompt_step
            for row in self.rows
            if row.prompt_step is not None and row.prompt_step not in seen
        )

    def drop_prompts(self, number: int) -> list[OwedRow]:
        """Take out the prompts that a newer one, the row of this `number`, replaces, but for one that is under way."""
        under_way = None if self.is_quiet or not self.rows else self.rows[0]
        older = [row for row in self.rows if row.prompt_step is not None and row.number < number]
        dropped = [row for row in older if row is not under_way]
        self.keep({row.id for row in self.rows} - {row.id for row in dropped})
        return dropped

    def keep(self, row_ids: Collection[int]) -> None:
        """Take out all rows but these."""
        head = self.rows[0] if self.rows else None
        self.rows = deque(row for row in self.rows if row.id in row_ids)
        if self.is_quiet and self.rows and self.rows[0] is not head:
            self._begin_head()
        self.moved.set()

    async def until_free(self) -> None:
        """Wait for as long as the prompt at the head, if it is one, is held back."""
        while self._holds_back() and (left := self.held_until - _now()) > 0:
            self.moved.clear()
            await wait_at_most(self.moved, left)

    def _holds_back(self) -> bool:
        return bool(self.rows) and self.rows[0].prompt_step is not None and self.rows[0].id in self.tried

    def leave(self, row: OwedRow, sent: int) -> None:
        """Done with the row at the head."""
        self._begin_head()
        self.sent_before = sent
        self.tried.discard(row.id)
        if self.rows and self.rows[0] is row:
            self.rows.popleft()

    def _begin_head(self) -> None:
        """Another row is at the head."""
        self.alone = self.own_faults = 0
        self.pauses, self.since = _pauses(), _now()
        self.deleted.clear()

    def note_failure(self, sent: int) -> float:
        """The network failed for the row at the head; seconds until its next try."""
        if sent > self.sent_before:
            self.sent_before, self.alone = sent, self.alone + 1
        return next(self.pauses)


HELD_BACK_SECONDS = 1.0
"""For how long a prompt of an earlier life is held back. What was sent just before a death is often answered just after it."""

SLOW_SECONDS = 0.2
"""From when on a call counts as slow: Telegram answers most within that, and what is fetched behind the updates of its chat waits no
longer."""


class Lanes:
    """A lane for each chat that is owed something, or to which a call is under way."""

    def __init__(self) -> None:
        self._lanes: dict[bytes, Lane] = {}

    def get(self, chat_hash: bytes) -> Lane | None:
        """The lane of a chat that is owed something."""
        return self._lanes.get(chat_hash)

    def add(self, row: OwedRow, sent: int, *, tried: bool) -> Lane:
        """Put a row behind what its chat is owed, as `Lane.put` does. `sent` calls went through so far; `tried`: nobody knows whether it was shown."""
        lane = self._lanes.setdefault(row.chat_hash, Lane(sent_before=sent))
        lane.put(row)
        if tried:
            lane.tried.add(row.id)
            lane.held_until = asyncio.get_running_loop().time() + HELD_BACK_SECONDS
        return lane

    def forget(self, chat_hash: bytes) -> None:
        """The chat is owed nothing more."""
        self._lanes.pop(chat_hash, None)

    def unseen_prompts(self) -> frozenset[tuple[bytes, int]]:
        """The prompts, by chat and step, that can certainly not have been seen."""
        lanes = self._lanes.items()
        return frozenset((chat_hash, step) for chat_hash, lane in lanes for step in lane.untried_prompts())

    def ids(self) -> set[int]:
        """The ids of all rows."""
        return {row.id for lane in self._lanes.values() for row in lane.rows}

    def numbers(self) -> dict[bytes, int]:
        """The greatest numbers of the rows of the chats that are owed something."""
        lanes = self._lanes.items()
        return {chat_hash: max(row.number for row in lane.rows) for chat_hash, lane in lanes if lane.rows}

    def tried(self) -> frozenset[int]:
        """The ids of the rows under its charge that may have been shown."""
        return frozenset(row_id for lane in self._lanes.values() for row_id in lane.tried)

    def owed(self) -> tuple[int, float]:
        """How many rows are under its charge, and how many seconds the one has waited that waits longest as the next of
        its chat."""
        now = asyncio.get_running_loop().time()
        lanes = [lane for lane in self._lanes.values() if lane.rows]
        return sum(len(lane.rows) for lane in lanes), max((now - lane.since for lane in lanes), default=0.0)

    def drop(self, row_ids: Collection[int]) -> None:
        """Drop rows that are no longer owed. One that is under way is done with as soon as its try is."""
        dropped = set(row_ids)
        for lane in self._lanes.values() if dropped else ():
            lane.keep({row.id for row in lane.rows} - dropped)

    def drop_report(self, report_id: str) -> None:
        """Drop what shows a report that was withdrawn."""
        for lane in self._lanes.values():
            lane.keep({row.id for row in lane.rows if row.report_id != report_id})

    def is_quiet(self, chat_hash: bytes) -> bool:
        """Whether no call to a chat is under way, so that what it shows is known."""
        lane = self._lanes.get(chat_hash)
        return lane is None or lane.is_quiet

    def is_slow(self, chat_hash: bytes) -> bool:
        """Whether a call to a chat has been under way for SLOW_SECONDS."""
        lane, now = self._lanes.get(chat_hash), asyncio.get_running_loop().time()
        return lane is not None and not lane.is_quiet and now >= lane.called_at + SLOW_SECONDS

    async def settle(self, chat_hashes: Collection[bytes], seconds: float) -> None:
        """Wait until no call to any of these chats is under way, so that what they show is known; for at most
        so long. None begins either until the caller awaits something else: it can drain a true picture."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while busy := [
                    lane for lane in map(self._lanes.get, chat_hashes) if lane and not lane.is_quiet
                ]:
                    await busy[0].quiet.wait()

    def tried_chats(self) -> Collection[bytes]:
        """The chats in which something may have been shown that is not done with."""
        return [chat_hash for chat_hash, lane in self._lanes.items() if lane.tried]

    def keep_only(self, row_ids: Collection[int]) -> None:
        """Drop all rows but these: another copy of the bot has taken charge of them, or they are no longer owed."""
        self.drop(self.ids() - set(row_ids))
