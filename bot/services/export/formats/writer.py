"""What each format of an export is: a name, a MIME type, a file extension and a writer of rows."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

from bot.services.export.rows.table import ExportTable, Record


class Writer(Protocol):
    """Writes one export in pieces of bytes, any of which may be empty: `begin` once, `row` for each record in their order, `end`
    once. Joined in this order they are the file. The same records give the same bytes.

    Neither `begin` nor `row` takes long; the pieces of `end` may, and are made in a thread.
    """

    def begin(self) -> bytes:
        """What stands before the rows."""

    def row(self, record: Record) -> bytes:
        """What a record adds, as far as it can be written yet."""

    def end(self) -> Generator[bytes, None, None]:
        """What stands after the rows. Closing it early lets go of what it holds."""


@dataclass(frozen=True, slots=True)
class About:
    """What an export says of itself beside its rows.

    `publisher` is the organisation, `licence` what others may do with the data (a code of https://spdx.org/licenses,
    blank where nobody said). `is_public` is false where something is in it that only its recipients may see: then nothing of
    it may be written to a disk in the clear, a temporary file included.
    """

    publisher: str = ""
    licence: str = ""
    is_public: bool = True


@dataclass(frozen=True, slots=True)
class Format:
    """A format. `name` is what people type and buttons carry (`moderator.export.format.<name>` is their text);
    `extension` begins with no dot; `writer` makes a writer for one export of a table."""

    name: str
    mime: str
    extension: str
    writer: Callable[[ExportTable, About], Writer]
