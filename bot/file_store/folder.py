"""Files in a folder. All bear the time 0, so that nothing tells when they came."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

from bot.file_store.store import FileStore, is_id, place

_NO_TIME = (0, 0)


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
            _hide_time(self._folder)

    def _unlink(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _hide_time(path.parent)

    def _write(self, path: Path, sealed: bytes) -> None:
        _make(self._folder)
        _make(path.parent)
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(sealed)
            file.flush()
            # The file's times would reveal to the second when a reporter sent something.
            os.utime(file.fileno(), _NO_TIME)
            os.fsync(file.fileno())
        part.replace(path)  # a crash before this leaves only the part, never half a file under the id
        for folder in (path.parent, self._folder):
            _hide_time(folder)
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


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _hide_time(folder: Path) -> None:
    os.utime(folder, _NO_TIME)
