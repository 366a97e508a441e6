"""What every store of files promises."""

import errno
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence

from bot.errors import UnreadableFileError

_ID = re.compile(r"[0-9a-f]{32}")
_OF_ONE_FILE = {errno.EIO, errno.EBADMSG, errno.EUCLEAN, errno.EISDIR}
"""Errors that concern one file alone: a bad sector, a wrong checksum, a broken file system."""


class FileStore(ABC):
    """Sealed bytes by their id of 32 hexadecimal digits, which tells nothing of them. No half of a file is ever read. What a store
    raises is OSError, but for ValueError where an id is none: a folder as the system raises it, a bucket StoreAwayError."""

    @abstractmethod
    async def prepare(self) -> str | None:
        """Make the store ready, and write and remove something to try it. What is doubtful about it, if something is; raises
        OSError."""

    @abstractmethod
    async def put(self, file_id: str, sealed: bytes) -> None:
        """Keep these bytes durably: once this returns, they outlive a power loss. They take the place of others at once."""

    @abstractmethod
    async def get(self, file_id: str) -> bytes:
        """The bytes; raises FileNotFoundError where there are none."""

    @abstractmethod
    def lengths(self) -> AsyncIterator[Sequence[tuple[str, int]]]:
        """The ids of all that is here with the numbers of bytes, in the order of the ids, some at a time."""

    async def ids(self) -> Sequence[str]:
        """The ids of all that is here, sorted."""
        return [file_id async for some in self.lengths() for file_id, _ in some]

    @abstractmethod
    async def remove(self, file_id: str) -> None:
        """Remove the bytes, if they are there."""

    async def copy(self, file_id: str, other: "FileStore") -> bool:
        """Put the same bytes into another store; False when they are not here any more. Raises UnreadableFileError where the disk
        cannot read them."""
        try:
            sealed = await self.get(file_id)
        except FileNotFoundError:
            return False
        except OSError as error:
            if (
                error.errno not in _OF_ONE_FILE
            ):  # the rights, the mount, the limits of the process: no file's fault
                raise
            raise UnreadableFileError(error.errno, error.strerror) from None
        await other.put(file_id, sealed)
        return True


def is_id(name: str) -> bool:
    """Whether a name is a file's id."""
    return bool(_ID.fullmatch(name))


def place(file_id: str) -> str:
    """Where a file stands within its store, alike in all of them. Raises ValueError: an id comes from a sealed answer, yet
    it must never lead out of the store."""
    if not is_id(file_id):
        raise ValueError("not an id of a file")
    return f"{file_id[:2]}/{file_id}"
