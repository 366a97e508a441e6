"""The lanes of all chats that are owed something: what the sender has under its charge, in memory."""

import asyncio
from collections.abc import Collection
from contextlib import suppress

from bot.chat.transport.sending.call import OwedRow
from bot.chat.transport.sending.lane import Lane

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
