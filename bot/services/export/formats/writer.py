"""What each format of an export is: a name, a MIME type, a file extension and a writer of rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.services.export.selection import ApprovedVersion
from bot.services.export.table import ExportTable


class Writer(Protocol):
    """Writes one export in pieces of bytes, any of which may be empty: `begin` once, `row` for each version in the
    order of approval, `end` once. Joined in this order they are the file."""

    def begin(self) -> bytes:
        """What stands before the rows."""

    def row(self, version: ApprovedVersion) -> bytes:
        """What a version adds."""

    def end(self) -> bytes:
        """What stands after the rows."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format. `name` is what people type and buttons carry (`moderator.export.<name>.<period>` are their texts);
    `extension` has no dot; `writer` makes a writer for one export of a table."""

    name: str
    mime: str
    extension: str
    writer: Callable[[ExportTable], Writer]
