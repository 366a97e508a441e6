"""What a demonstration shows behind the chats: the rows as they are stored, and a clock that can be moved.

The local Telegram knows nothing of the bot that runs on it; whoever runs both gives the page one of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table, the newest first; `total` is how many there are. A cell is shown as it stands in the
    database: bytes as hexadecimal digits, cut short with their length."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


class Backstage(Protocol):
    """Behind the chats of a demonstration."""

    async def tables(self) -> Sequence[Rows]:
        """The last rows of every table that has any."""
        ...

    async def now(self) -> str:
        """The bot's time, ISO 8601 with its offset."""
        ...

    async def advance(self, hours: int) -> str:
        """Move the bot's and the local Telegram's clock ahead and let what has expired expire; the time then.
        Raises ValueError for a move that cannot be made."""
        ...
