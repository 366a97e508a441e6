"""Interface for sources of updates."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.chat.transport.receiving.updates import RawUpdate

MOST_AT_A_TIME = 100
"""Limit on updates given at once, as in getUpdates (Bot API)."""


class Source(Protocol):
    """Source of updates. Each update comes again until it is `done`.

    Updates come in Telegram's order. In one chat messages keep their order, and so do taps. Only polling
    keeps the order between a message and a tap made within moments.
    """

    @property
    def fault(self) -> str:
        """Line for the operator that says why no updates come, or blank."""

    @property
    def waiting(self) -> int:
        """Number of unfinished updates."""

    @property
    def pending(self) -> int:
        """Number of updates that wait at Telegram, as far as known."""

    def open(self) -> AbstractAsyncContextManager[None]:
        """Receive updates inside the block. On exit finished updates are acknowledged. Raises SettingsError.
        """

    async def next(self, *, wait: bool) -> list[RawUpdate]:
        """New updates. With `wait` it may take a while, and may still return none.

        Waits for faults of the network and of Telegram to pass. May be cancelled.
        """

    def done(self, raws: Sequence[RawUpdate]) -> None:
        """Let Telegram forget updates that are durable or set aside."""

    def failed(self) -> None:
        """Give all unfinished updates again."""
