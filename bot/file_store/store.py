"""Interface of all file stores."""

import errno
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence

from bot.errors import UnreadableFileError

_ID = re.compile(r"[0-9a-f]{32}")
_OF_ONE_FILE = {errno.EIO, errno.EBADMSG, errno.EUCLEAN, errno.EISDIR}
"""Errors of a single file, such as a bad sector."""


class FileStore(ABC):
    """Sealed bytes by id, 32 hexadecimal digits that reveal nothing. No partial file is ever read.

    Methods raise OSError, and ValueError for an invalid id.
    """

    @abstractmethod
    async def prepare(self) -> str | None:
        """Prepare and try the store. Returns a warning, if any. Raises OSError."""

    @abstractmethod
    async def put(self, file_id: str, sealed: bytes) -> None:
        """Write or replace bytes durably, so that they survive a power loss."""

    @abstractmethod
    async def get(self, file_id: str) -> bytes:
        """Read bytes. Raises FileNotFoundError."""

    @abstractmethod
    def lengths(self) -> AsyncIterator[Sequence[tuple[str, int]]]:
        """Pages of all ids with their sizes in bytes, sorted by id."""

    async def ids(self) -> Sequence[str]:
        """Sorted ids of all files."""
        return [file_id async for some in self.lengths() for file_id, _ in some]

    @abstractmethod
    async def remove(self, file_id: str) -> None:
        """Remove bytes, if they exist."""

    async def copy(self, file_id: str, other: "FileStore") -> bool:
        """Put the bytes into another store. False if they are gone. Raises UnreadableFileError."""
        try:
            sealed = await self.get(file_id)
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno not in _OF_ONE_FILE:  # rights, mount or limits, not the file
                raise
            raise UnreadableFileError(error.errno, error.strerror) from None
        await other.put(file_id, sealed)
        return True


def is_id(name: str) -> bool:
    return bool(_ID.fullmatch(name))


def place(file_id: str) -> str:
    """Path of a file within any store. Raises ValueError, so that no id leads out of the store."""
    if not is_id(file_id):
        raise ValueError("not an id of a file")
    return f"{file_id[:2]}/{file_id}"
