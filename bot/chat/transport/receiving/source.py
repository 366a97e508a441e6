"""Interface for sources of updates."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.chat.transport.receiving.updates import RawUpdate

MOST_AT_A_TIME = 100
"""Limit on updates given at once, as in getUpdates (Bot API)."""


class Source(Protocol):
    """Source of updates, each repeated until it is `done`.

    Messages of a chat keep their order, and so do taps. Only polling keeps the order between both.
    """

    @property
    def fault(self) -> str:
        """Reason why no updates come, for the operator, or blank."""

    @property
    def waiting(self) -> int:
        """Number of unfinished updates."""

    @property
    def pending(self) -> int:
        """Number of updates that wait at Telegram, as far as known."""

    def open(self) -> AbstractAsyncContextManager[None]:
        """Receive updates inside the block. Raises SettingsError."""

    async def next(self, *, wait: bool) -> list[RawUpdate]:
        """New updates, or none. Waits for faults to pass. May be cancelled."""

    def done(self, raws: Sequence[RawUpdate]) -> None:
        """Let Telegram forget updates that are durable or set aside."""

    def failed(self) -> None:
        """Give all unfinished updates again."""
