"""A lane: what one chat is owed, in order."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterator
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
