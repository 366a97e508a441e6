"""Interface of an export format."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

from bot.services.export.rows.table import ExportTable, Record


class Writer(Protocol):
    """Writer of one export. The pieces of `begin`, `row` for each record, and `end` are the file.

    Equal records give equal bytes. `begin` and `row` must be fast. `end` may be slow and runs in a thread.
    """

    def begin(self) -> bytes:
        """Bytes before the rows."""

    def row(self, record: Record) -> bytes:
        """Bytes that can be written after this record."""

    def end(self) -> Generator[bytes, None, None]:
        """Bytes after the rows. Closing the generator releases all resources."""


@dataclass(frozen=True, slots=True)
class About:
    """Facts about an export. `licence` is a code of https://spdx.org/licenses or blank.

    Unless `is_public`, no byte may reach a disk in the clear, temporary files included.
    """

    publisher: str = ""
    licence: str = ""
    is_public: bool = True


@dataclass(frozen=True, slots=True)
class Format:
    """Format of an export. `name` is typed and carried by buttons, whose text is
    `moderator.export.format.<name>`."""

    name: str
    mime: str
    extension: str
    writer: Callable[[ExportTable, About], Writer]
