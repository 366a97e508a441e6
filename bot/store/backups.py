"""Backups of all that lasts, still sealed, without the operator's keys, and the comparison of files with their store."""

import asyncio
import os
import secrets
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

import migrations
from bot import __version__
from bot.errors import ArgumentError, SettingsError, StoreAwayError, UnreadableFileError
from bot.safety.sealing import RingSeal
from bot.settings import Settings
from bot.store import audit, backup_file, faults, files, message_slots, vault, withdrawals
from bot.store.backup_file import BackupReader, BackupWriter, Manifest
from bot.store.file_store import SQLITE, FileStore, database_file, place
from bot.store.unit import MakeUnit, UnitOfWork
from bot.store.withdrawals import WithdrawalList
from db import transfers
from db.engine import end_when_idle, sqlite_engine
from db.models import File, Report, SentMessage

_READ_AT_ONCE = 100
_KEPT = (
    select(File, Report.ref)
    .outerjoin(Report, Report.data_key_id == File.data_key_id)
    .where(File.status.in_(files.KEPT))
    .order_by(File.id)
    .limit(_READ_AT_ONCE)
)


async def back_up(read: MakeUnit, write: MakeUnit, store: FileStore, stream: BinaryIO) -> Manifest:
    """Write a backup of one state of the database to a stream, while the bot may run. Raises OSError."""
    with BackupWriter(stream) as writer:
        async with read() as unit:
            await end_when_idle(unit.session)
            key = unit.safe.audit_key
            manifest, ids = await _write_rows(unit, writer)
        # After that state was read: a list that names this backup knows what became of all of its keys.
        async with write() as unit:
            await withdrawals.note_backup(unit, manifest.id)
        # The files last, so that one destroyed meanwhile is missing, as it should be.
        manifest = await _write_files(writer, store, ids, manifest)
        writer.finish(manifest, key)
    return manifest


async def _write_files(
    writer: BackupWriter, store: FileStore, ids: Sequence[str], manifest: Manifest
) -> Manifest:
    copied, unread = 0, list[str]()
    for file_id in ids:
        for one in (file_id, files.copy_id(file_id)):
            try:
                writer.add(f"{backup_file.FILES}/{place(one)}", await store.read(one))
                copied += 1
            except FileNotFoundError:
                continue
            except UnreadableFileError:
                unread.append(one)
    return replace(manifest, files=copied, unread=unread)


async def _write_rows(unit: UnitOfWork, writer: BackupWriter) -> tuple[Manifest, Sequence[str]]:
    counts, rings, ids, number = Counter[str](), set[str](), list[str](), 0
    async for piece in transfers.read_lasting(unit.session):
        number += 1
        writer.add(f"{backup_file.ROWS}/{piece.table}/{number:06}", piece.content)
        counts[piece.table] += len(piece.rows)
        if piece.table == "data_keys":
            rings.update(row.ring for row in piece.rows)
        elif piece.table == "files":
            ids += [row.id for row in piece.rows if row.status in files.KEPT]
    return Manifest(
        id=secrets.token_hex(4),
        hour=unit.hour,
        version=__version__,
        revision=migrations.head(),
        counts=dict(counts),
        messages=await unit.session.scalar(select(func.max(SentMessage.id))) or 0,
        head=str(await audit.head(unit)),
        ring=sorted(rings),
    ), ids


def verify(reader: BackupReader, settings: Settings | None = None) -> Manifest:
    """Read a whole backup, and check its proof with the keys of the settings. Raises ArgumentError."""
    counts, number = Counter[str](), 0
    for name, content in reader.members():
        kind, _, rest = name.partition("/")
        number += kind == backup_file.FILES
        if kind == backup_file.ROWS:
            counts[rest.partition("/")[0]] += content.count(b"\n") - 1
    manifest = reader.manifest(settings.audit if settings is not None else None)
    if counts != manifest.counts or number != manifest.files:
        raise reader.wrong(backup_file.CHANGED)
    if not migrations.is_known(manifest.revision):
        raise reader.wrong(
            f"was written by version {manifest.version}, which is newer. Update this program, then restore"
        )
    return manifest


@dataclass(frozen=True, slots=True)
class Restored:
    """Result of a restoration. `lost`: rows by table that were left without a key, since it was destroyed."""

    lost: Counter[str]
    head: audit.AuditHead | None = None
    retired: Path | None = None


async def restore(
    settings: Settings, reader: BackupReader, manifest: Manifest, known: WithdrawalList | None
) -> Restored:
    """Restore a verified backup into an empty place, without what was destroyed since by the list `known`, and put
    the former audit log's head away. Raises SettingsError for the place."""
    store = files.open_store(settings)
    if await store.ids():
        raise SettingsError(_TAKEN.format(f"KUAGER_{files.setting_of(settings).upper()}"))
    try:
        return await _restored(settings, reader, manifest, known, store)
    except FileExistsError:
        raise SettingsError(_TAKEN.format("KUAGER_DATABASE_URL")) from None
    except StoreAwayError:
        raise
    except OSError as error:
        raise SettingsError(
            f"Nothing was restored: {error.strerror}. Make room, or give the folder to the bot's user"
        ) from None


async def _restored(
    settings: Settings,
    reader: BackupReader,
    manifest: Manifest,
    known: WithdrawalList | None,
    store: FileStore,
) -> Restored:
    head = await audit.known_head(settings)
    async with _target(settings, manifest.revision) as connection:
        loading = transfers.Loading(connection, None if known is None else known.keys)
        await loading.begin()
        await _load(reader, manifest, loading, store)
        marks = {
            withdrawals.BACKUP + manifest.id: str(manifest.hour),
            message_slots.EVERYBODY: secrets.token_hex(8),
        }
        if known is not None:
            marks[withdrawals.RESTORED] = manifest.id
        free = asdict(message_slots.empty_slot(RingSeal(settings.ring)))
        await loading.finish(manifest.messages, free, marks)
        # Before the commit: a kill in between leaves no database, and the head in its file.
        retired = await audit.retire_known_head(settings, head) if head is not None else None
    return Restored(loading.lost, head, retired)


_TAKEN = "{} names what is there already, and nothing is overwritten. Move it away first."


async def _load(
    reader: BackupReader, manifest: Manifest, loading: transfers.Loading, store: FileStore
) -> None:
    gone = set[str]()
    for name, content in reader.members():
        kind, _, rest = name.partition("/")
        if kind == backup_file.ROWS:
            await loading.add(rest.partition("/")[0], content)
        elif kind == backup_file.FILES:
            gone = gone or {name for one in loading.gone for name in (one, files.copy_id(one))}
            if (file_id := rest.rpartition("/")[2]) not in gone:
                await store.put(file_id, content)
    if reader.manifest(None) != manifest:
        raise reader.wrong(backup_file.CHANGED)


@asynccontextmanager
async def _target(settings: Settings, revision: str) -> AsyncIterator[AsyncConnection]:
    """Transaction on an empty database at this revision. A SQLite file gets its name only at the end."""
    file, url = database_file(settings), settings.database_url
    with transfers.new_file(file) if file is not None else nullcontext() as part:
        if part is not None:
            url = f"{SQLITE}{part}"
        elif await migrations.current(url) not in {None, revision}:
            raise FileExistsError
        await migrations.upgrade(url, revision)
        engine = sqlite_engine(url, "BEGIN IMMEDIATE") if part is not None else create_async_engine(url)
        try:
            async with engine.begin() as connection:
                yield connection
        finally:
            await engine.dispose()


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file for its owner only, which gets its name once complete. Raises ArgumentError for the path."""
    try:
        with transfers.new_file(path) as part, part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except StoreAwayError:
        raise
    except OSError as error:
        raise ArgumentError(
            f"the backup cannot be written to {path}: {error.strerror or error}. Example: python -m bot backup backups/2026-11.tar"
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
