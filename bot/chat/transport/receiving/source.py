"""Where updates come from. The loop takes them in and does not know how they came."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.chat.transport.receiving.updates import RawUpdate

MOST_AT_A_TIME = 100
"""Updates that are given at once, as many as one getUpdates gives (Bot API)."""


class Source(Protocol):
    """Gives updates, each again and again until it is `done` with: by itself, or since Telegram sends it anew.

    The order within what is given at once is Telegram's. Of one chat messages come in their order and taps in theirs; in
    which order a message and a tap come that a person makes within moments is promised by polling alone."""

    @property
    def fault(self) -> str:
        """Why no updates come, in a line for the operator; blank while they do."""

    @property
    def waiting(self) -> int:
        """How many updates came that are not done with."""

    @property
    def pending(self) -> int:
        """How many wait at Telegram, as far as it was asked."""

    def open(self) -> AbstractAsyncContextManager[None]:
        """Updates come inside the block. After it what is done with is acknowledged, and what is not will come again. Raises
        SettingsError for what only the operator can put right."""

    async def next(self, *, wait: bool) -> list[RawUpdate]:
        """What came and was not given before; with `wait` it may take a while, and may still be nothing. Faults of the network
        and of Telegram are waited for in here. May be cancelled."""

    def done(self, raws: Sequence[RawUpdate]) -> None:
        """These are durable, or set aside: Telegram may forget them."""

    def failed(self) -> None:
        """Whatever was given and is not done with was not processed, and is to come again."""
