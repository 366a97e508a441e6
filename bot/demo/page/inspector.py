"""What the page's panel asks the demo for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TableRows:
    """The newest rows of a table, the newest first; `total` is how many there are. A cell is shown as it is stored:
    bytes as hexadecimal digits, cut short with their number."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


class Inspector(Protocol):
    """Access to the stored rows, the clock and the team of a demo."""

    async def tables(self) -> Sequence[TableRows]:
        """The newest rows of every table that has any."""
        ...

    async def speak(self, user_id: int, language: str) -> None:
        """Speak this language to the owner of a phone, if of the team, from now on. Raises ValueError for one that is not spoken."""
        ...

    async def now(self) -> str:
        """The bot's time, ISO 8601 with its offset."""
        ...

    async def advance(self, hours: int) -> str:
        """Move the bot's and the local Bot API's clock ahead and let what is due expire; returns the new time.
        Raises ValueError for a move that cannot be made."""
        ...

    def expired(self) -> Mapping[str, int]:
        """What expired by the last move: how many `claims` ended, how many `drafts` and `contents` of reports were
        destroyed."""
        ...
