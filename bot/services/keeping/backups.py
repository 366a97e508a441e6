"""Backups of a SQLite installation: its lasting data, still sealed, without the operator's keys."""

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import database_faults
from bot.errors import ArgumentError, SettingsError, StoreAwayError, UnreadableFileError
from bot.file_store.folder import FolderStore
from bot.file_store.opening import database_file, open_store, setting_of
from bot.file_store.store import FileStore
from bot.safety.audit_head import AuditHead
from bot.services.keeping import audit_heads
from bot.services.reports.files import copy_id
from bot.settings import Settings
from db import copies

DATABASE, FILES = "kuager.db", "files"


@dataclass(frozen=True, slots=True)
class Copied:
    files: int
    unread: Sequence[str] = ()


async def back_up(settings: Settings, folder: Path) -> Copied:
    """Write a backup into a new folder, even while the bot runs. Raises ArgumentError for the folder,
    SettingsError for PostgreSQL."""
    source = _sqlite(settings)
    with _readable_errors("the backup cannot be written"):
        await asyncio.to_thread(folder.mkdir, parents=True, mode=0o700)
        # The database first, so that a file destroyed meanwhile is missing, as it should be.
        ids = await asyncio.to_thread(copies.copy_kept, source, folder / DATABASE)
        store, copy = open_store(settings), FolderStore(folder / FILES)
        return await _copied((one for file_id in ids for one in (file_id, copy_id(file_id))), store, copy)


async def _copied(ids: Iterable[str], source: FileStore, target: FileStore) -> Copied:
    number, unread = 0, list[str]()
    for one in ids:
        try:
            number += await source.copy(one, target)
        except UnreadableFileError:
            unread.append(one)
    return Copied(number, unread)


@dataclass(frozen=True, slots=True)
class Restored:
    copied: Copied
    head: AuditHead | None = None
    retired: Path | None = None


async def restore(settings: Settings, folder: Path) -> Restored:
    """Restore a backup into an empty place, and put the former audit log's head away. Raises ArgumentError
    for the folder, SettingsError if the place is not empty."""
    target, store = _sqlite(settings), open_store(settings)
    if not (folder / DATABASE).is_file():
        raise ArgumentError(
            f"the folder is wrong: there is no {DATABASE} in it. Example: python -m bot restore backup"
        )
    if target.exists() or await store.ids():
        taken = "KUAGER_DATABASE_URL" if target.exists() else f"KUAGER_{setting_of(settings).upper()}"
        raise SettingsError(
            f"{taken} names what is there already, and nothing is overwritten. Move it away first."
        )
    head = await audit_heads.known_head(settings)
    with _readable_errors("the backup cannot be restored"):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        backup = FolderStore(folder / FILES)
        copied = await _copied(await backup.ids(), backup, store)
        retired = await audit_heads.retire(settings, head) if head is not None else None
        # The database last, so that an incomplete restoration lacks it.
        await asyncio.to_thread(copies.copy_whole, folder / DATABASE, target)
    return Restored(copied, head, retired)


def _sqlite(settings: Settings) -> Path:
    file = database_file(settings)
    if file is None:
        raise SettingsError(
            "KUAGER_DATABASE_URL names a PostgreSQL, which is backed up by its own tools. Example: pg_dump --format=custom"
        )
    return file


@contextmanager
def _readable_errors(what: str) -> Iterator[None]:
    try:
        yield
    except StoreAwayError:
        raise
    except (OSError, sqlite3.Error) as error:
        if damage := database_faults.damage_of(error):
            raise SettingsError(damage) from None
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ArgumentError(
            f"the folder is wrong: {what}: {why}. Example: python -m bot backup backup-2026-11"
        ) from None
