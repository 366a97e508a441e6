"""A lane: what one chat is owed, in order."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot import faults
from bot.chat.transport.sending.call import OwedRow


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

    def untried_prompts(self) -> Iterator[int]:
        """The steps whose prompts wait here and can certainly not have been seen."""
        return (
            row.prompt_step for row in self.rows if row.prompt_step is not None and row.id not in self.tried
        )

    def drop_untried_prompts(self) -> list[OwedRow]:
        """Take out the prompts that a newer one replaces; those that may have been shown stay."""
        dropped = [row for row in self.rows if row.prompt_step is not None and row.id not in self.tried]
        gone = {row.id for row in dropped}
        self.rows = deque(row for row in self.rows if row.id not in gone)
        return dropped

    def leave(self, row: OwedRow, sent: int) -> None:
        """Done with the row at the head."""
        self.alone = self.own_faults = 0
        self.pauses, self.sent_before, self.since = _pauses(), sent, _now()
        self.tried.discard(row.id)
        self.deleted.clear()
        if self.rows and self.rows[0] is row:
            self.rows.popleft()

    def note_failure(self, sent: int) -> float:
        """The network failed for the row at the head; seconds until its next try."""
        if sent > self.sent_before:
            self.sent_before, self.alone = sent, self.alone + 1
        return next(self.pauses)
