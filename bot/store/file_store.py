"""The contract of a store of sealed files, and a folder that fulfils it."""

import asyncio
import errno
import os
import re
import secrets
import stat
import tempfile
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from bot.errors import UnreadableFileError
from bot.settings import ENV_FILE, STANDARD_INPUT, Settings

_ID = re.compile(r"[0-9a-f]{32}")
_OF_ONE_FILE = {errno.EIO, errno.EBADMSG, errno.EUCLEAN, errno.EISDIR}
"""Errors of a single file, such as a bad sector."""
_NO_TIME = (0, 0)
"""Access and modification times, which would tell when a reporter sent something."""
SQLITE = "sqlite+aiosqlite:///"


class ReadableStore(Protocol):
    """Sealed bytes by id that can be read."""

    async def get(self, file_id: str) -> bytes: ...


class FileStore(ABC):
    """Sealed bytes by id, 32 hexadecimal digits that reveal nothing. No partial file is ever read. Methods raise
    OSError, and ValueError for an invalid id."""

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

    async def read(self, file_id: str) -> bytes:
        """Read bytes. Raises FileNotFoundError, and UnreadableFileError if the fault is this file's alone."""
        try:
            return await self.get(file_id)
        except OSError as error:
            if error.errno not in _OF_ONE_FILE:  # absent, or rights, mount or limits, not the file
                raise
            raise UnreadableFileError(error.errno, error.strerror) from None


def is_id(name: str) -> bool:
    return bool(_ID.fullmatch(name))


def place(file_id: str) -> str:
    """Path of a file within any store. Raises ValueError, so that no id leads out of the store."""
    if not is_id(file_id):
        raise ValueError("not an id of a file")
    return f"{file_id[:2]}/{file_id}"


class FolderStore(FileStore):
    """Files in a folder, for its owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __str__(self) -> str:
        return str(self._folder)

    async def prepare(self) -> str | None:
        await asyncio.to_thread(self._try)
        return None

    async def put(self, file_id: str, sealed: bytes) -> None:
        """Write through a temporary file, so that a crash leaves no partial file under the id."""
        await asyncio.to_thread(self._write, self._path(file_id), sealed)

    async def get(self, file_id: str) -> bytes:
        return await asyncio.to_thread(self._path(file_id).read_bytes)

    async def lengths(self) -> AsyncIterator[Sequence[tuple[str, int]]]:
        for folder in await asyncio.to_thread(lambda: sorted(self._folder.glob("??/"))):
            yield await asyncio.to_thread(_lengths, folder)

    async def remove(self, file_id: str) -> None:
        await asyncio.to_thread(self._unlink, self._path(file_id))

    def _path(self, file_id: str) -> Path:
        return self._folder / place(file_id)

    def _try(self) -> None:
        _make(self._folder)
        probe = self._folder / f"{secrets.token_hex(8)}.part"
        try:
            probe.write_bytes(b"")
        finally:
            probe.unlink(missing_ok=True)
            os.utime(self._folder, _NO_TIME)

    def _unlink(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            os.utime(path.parent, _NO_TIME)

    def _write(self, path: Path, sealed: bytes) -> None:
        _make(self._folder)
        _make(path.parent)
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            put(file, sealed)
        part.replace(path)  # a crash before this leaves only the part, never half a file under the id
        for folder in (path.parent, self._folder):
            os.utime(folder, _NO_TIME)
        opened = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(opened)  # the new name is durable only once its folder is
        finally:
            os.close(opened)


def _lengths(folder: Path) -> Sequence[tuple[str, int]]:
    found = list[tuple[str, int]]()
    for path in sorted(folder.iterdir()):
        with suppress(FileNotFoundError):  # it was removed meanwhile
            if is_id(path.name):
                found.append((path.name, path.stat().st_size))
    return found


def write_private(path: Path, content: bytes) -> None:
    """Write a file atomically, readable by the owner only. Raises OSError."""
    _make(path.parent)
    # A unique name, since the bot and the command line may write at once.
    opened, part = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(opened, "wb") as file:
            put(file, content)
        Path(part).replace(path)
    finally:
        Path(part).unlink(missing_ok=True)


def put(file: BinaryIO, content: bytes) -> None:
    """Write to an open file durably. Its times would be finer than the hour, so they are removed."""
    file.write(content)
    file.flush()
    os.utime(file.fileno(), _NO_TIME)
    os.fsync(file.fileno())


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def exposed(settings: Settings) -> list[str]:
    """Private files that other users can read, a line each with its remedy. Empty without POSIX modes."""
    if os.name != "posix":
        return []
    return [
        f"{name} {path} can be read by others on this machine. Run: chmod {'700' if path.is_dir() else '600'} {path}"
        for name, path in _private(settings)
        if path.exists() and _is_open(path) and _is_open(path.parent)
    ]


def unwritable(path: Path) -> str:
    """Reason why nothing can be written at a path, with what helps, or ''."""
    if os.name != "posix":
        return ""
    place = next(one for one in (path.absolute(), *path.absolute().parents) if os.path.exists(one))  # noqa: PTH110 - False where it may not look
    found, owner, own = os.statvfs(place), place.stat().st_uid, os.geteuid()
    if found.f_flag & os.ST_RDONLY:
        mount = next(one for one in (place, *place.parents) if one.is_mount())
        return f"The disk of {place} can only be read. Run: mount -o remount,rw {mount}"
    if found.f_blocks and not (found.f_bavail and (found.f_favail or not found.f_files)):
        return f"The disk of {place} is full: make room. See: df -hi {place}"
    if place != path.absolute() and not place.is_dir():
        return f"{place} is a file and no folder. See: ls -l {place}"
    if owner != own:
        return f"{place} belongs to user {owner}, and this runs as {own}. Run: sudo chown -R {own} {place}"
    return "" if os.access(place, os.W_OK) else f"{place} is closed to its owner. Run: chmod u+rwX {place}"


def database_file(settings: Settings) -> Path | None:
    url = settings.database_url
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None


def _private(settings: Settings) -> Iterator[tuple[str, Path]]:
    yield "the settings", Path(ENV_FILE)
    if settings.keys_from not in {"", STANDARD_INPUT}:
        yield "the file of keys", Path(settings.keys_from)
    if settings.webhook_key is not None:
        yield "the key of the webhook's certificate", settings.webhook_key
    if (database := database_file(settings)) is not None:
        yield "the database", database
    if not settings.files_url:
        yield "the folder of files", settings.files_dir
    yield "the audit log's head", settings.audit_head_file
    yield "the list of withdrawals", settings.withdrawals_file


def _is_open(path: Path) -> bool:
    return bool(stat.S_IMODE(path.resolve().stat().st_mode) & 0o077)
