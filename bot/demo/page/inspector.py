"""Interface between the page's panel and the demo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TableRows:
    """The newest rows of a table, newest first, out of `total`.

    Cells appear as stored: bytes as hexadecimal digits, cut with their length.
    """

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


class Inspector(Protocol):
    async def tables(self) -> Sequence[TableRows]: ...

    async def speak(self, user_id: int, language: str) -> None:
        """Set the language of a team member's phone. Raises ValueError for a language the bot lacks."""
        ...

    async def now(self) -> str:
        """The bot's time, in ISO 8601 with its UTC offset."""
        ...

    async def advance(self, hours: int) -> str:
        """Move the clock ahead, destroy expired data and return the new time. Raises ValueError for an
        invalid move."""
        ...

    def expired(self) -> Mapping[str, int]:
        """Numbers from the last move: `claims` ended, `drafts` and report `contents` destroyed."""
        ...
