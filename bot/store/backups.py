"""Backups of a SQLite installation: its lasting data, still sealed, without the operator's keys."""

import asyncio
import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bot.errors import ArgumentError, SettingsError, StoreAwayError, UnreadableFileError
from bot.settings import Settings
from bot.store import audit, faults, files, vault
from bot.store.file_store import FileStore, FolderStore, database_file
from bot.store.unit import MakeUnit
from db import transfers
from db.models import File, Report

DATABASE, FILES = "kuager.db", "files"
_READ_AT_ONCE = 100
_KEPT = (
    select(File, Report.ref)
    .outerjoin(Report, Report.data_key_id == File.data_key_id)
    .where(File.status.in_(files.KEPT))
    .order_by(File.id)
    .limit(_READ_AT_ONCE)
)


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
        ids = await asyncio.to_thread(transfers.copy_kept, source, folder / DATABASE)
        store, copy = files.open_store(settings), FolderStore(folder / FILES)
        return await _copied(
            (one for file_id in ids for one in (file_id, files.copy_id(file_id))), store, copy
        )


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
    head: audit.AuditHead | None = None
    retired: Path | None = None


async def restore(settings: Settings, folder: Path) -> Restored:
    """Restore a backup into an empty place, and put the former audit log's head away. Raises ArgumentError
    for the folder, SettingsError if the place is not empty."""
    target, store = _sqlite(settings), files.open_store(settings)
    if not (folder / DATABASE).is_file():
        raise ArgumentError(
            f"the folder is wrong: there is no {DATABASE} in it. Example: python -m bot restore backup"
        )
    if target.exists() or await store.ids():
        taken = "KUAGER_DATABASE_URL" if target.exists() else f"KUAGER_{files.setting_of(settings).upper()}"
        raise SettingsError(
            f"{taken} names what is there already, and nothing is overwritten. Move it away first."
        )
    head = await audit.known_head(settings)
    with _readable_errors("the backup cannot be restored"):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        backup = FolderStore(folder / FILES)
        copied = await _copied(await backup.ids(), backup, store)
        retired = await audit.retire_known_head(settings, head) if head is not None else None
        # The database last, so that an incomplete restoration lacks it.
        await asyncio.to_thread(transfers.copy_whole, folder / DATABASE, target)
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
        if damage := faults.damage_of(error):
            raise SettingsError(damage) from None
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ArgumentError(
            f"the folder is wrong: {what}: {why}. Example: python -m bot backup backup-2026-11"
        ) from None


@dataclass(frozen=True, slots=True)
class LostFile:
    """File missing in the store, or of another length. `ref` is its report's, None for a draft's."""

    id: str
    ref: str | None
    absent: bool


async def lost_files(read: MakeUnit, store: FileStore) -> Sequence[LostFile]:
    """Compare all kept files with the store, in small transactions. Raises OSError for an unreachable store."""
    found = await _compared(read, store)
    # A second look clears files that came or went meanwhile.
    return await _compared(read, store, {one.id for one in found}) if found else found


async def _compared(read: MakeUnit, store: FileStore, only: Collection[str] = ()) -> Sequence[LostFile]:
    ids, lengths, lost, after = array("Q"), array("Q"), list[LostFile](), ""
    async for some in store.lengths():
        ids.extend(_number(file_id) for file_id, _ in some)
        lengths.extend(length for _, length in some)

    def fits(place: str, length: int, is_exact: bool) -> bool | None:
        at = bisect_left(ids, _number(place))
        if at == len(ids) or ids[at] != _number(place):
            return None
        return lengths[at] == length or (lengths[at] > length and not is_exact)

    while True:
        async with read() as unit:
            rows = (await unit.session.execute(_KEPT.where(File.id > after))).all()
            await vault.open_keys(unit, (file.data_key_id for file, _ in rows), lenient=True)
            for file, ref in rows:
                found = [fits(*place) for place in files.kept_places(unit, file)]
                if not all(found) and (not only or file.id in only):
                    lost.append(LostFile(file.id, ref, None in found))
        if len(rows) < _READ_AT_ONCE:
            return lost
        after = rows[-1][0].id


def _number(file_id: str) -> int:
    return int(file_id[:16], 16)


async def require_whole(url: str, *seconds: float) -> None:
    """Raise SettingsError if a SQLite file is damaged. `seconds` limits the check."""
    if found := await asyncio.to_thread(transfers.faults, url, *seconds):
        raise SettingsError(faults.damaged("; ".join(found)))
