"""Files: taken note of in the transaction of their message, fetched and sealed by a job after it."""

import asyncio
import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update

from bot.form.answers import Answer, FileKind, FileRef, Files, Written
from bot.form.draft import Draft
from bot.safety import sealing
from bot.safety.keys import Key
from bot.safety.sealing import UnsealError
from bot.services import vault
from bot.services.reports.store import FileStore
from bot.services.unit import MakeUnit, Unit
from db.models import File

log = logging.getLogger(__name__)

PENDING, STORED, FAILED, DOOMED = "pending", "stored", "failed", "doomed"
LIMIT = 20 * 1024 * 1024
"""Bytes of a file that a bot may download (Bot API, getFile)."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file of a message: Telegram's id for fetching it, and what it says of itself."""

    kind: FileKind
    telegram_id: str
    name: str
    mime: str
    size: int | None


def take_note(unit: Unit, key_id: str, incoming: Incoming) -> FileRef:
    """A reference for the answer and a row for the job that fetches the file."""
    unit.filed = True
    ref = FileRef(vault.new_id(), incoming.kind, incoming.name)
    meta = {"telegram_id": incoming.telegram_id, "name": incoming.name, "mime": incoming.mime}
    unit.session.add(
        File(
            id=ref.id,
            data_key_id=key_id,
            status=PENDING,
            kind=incoming.kind,
            size=incoming.size,
            attempts=0,
            meta=vault.seal(unit, key_id, meta, _meta(ref.id)),
            hour=unit.hour,
        )
    )
    return ref


def _meta(file_id: str) -> str:
    return f"files.meta:{file_id}"


def _body(file_id: str) -> str:
    return f"files.body:{file_id}"


def file_ids(draft: Draft) -> set[str]:
    """The ids of all files in a draft's answers, relevant or not."""
    return {ref.id for answer in draft.answers.values() for ref in files_of(answer)}


def files_of(answer: Answer) -> tuple[FileRef, ...]:
    """The files of an answer: of a question of files, or the voice messages of a text."""
    match answer:
        case Files(files):
            return files
        case Written(voices=voices):
            return voices
    return ()


async def doom(unit: Unit, ids: Iterable[str]) -> None:
    """Mark files that a person took away for removal from the store."""
    unit.filed = True
    await unit.session.flush()
    await unit.session.execute(update(File).where(File.id.in_(set(ids))).values(status=DOOMED, meta=b""))


async def pending(unit: Unit, limit: int) -> list[tuple[str, str]]:
    """Files to be fetched, oldest first: (our id, Telegram's id). One that does not open, since its key has
    left the ring, is given up."""
    query = select(File).where(File.status == PENDING).order_by(File.attempts, File.hour).limit(limit)
    rows = list(await unit.session.scalars(query))
    await vault.open_keys(unit, (row.data_key_id for row in rows), lenient=True)
    found = []
    for row in rows:
        if row.data_key_id is None:
            continue
        try:
            found.append((row.id, _read(unit, row)["telegram_id"]))
        except (UnsealError, KeyError):
            log.error("a file does not open and is given up")  # noqa: TRY400 - no trace helps
            row.status = FAILED
    return found


def _read(unit: Unit, row: File) -> dict[str, Any]:
    assert row.data_key_id is not None  # noqa: S101 - the callers have looked
    found: dict[str, Any] = vault.unseal(unit, row.data_key_id, row.meta, _meta(row.id))
    return found


async def keep(work: MakeUnit, store: FileStore, file_id: str, content: bytes) -> bool:
    """Seal a fetched file into the store; False when it is no longer wanted, then nothing of it stays there.

    Sealing and storing take their time and hold up no transaction: one before gives the key, one after
    them notes what is stored. A key that has another id by then (`vault.rename`) is the same key.
    """
    async with work() as unit:
        wanted = await _wanted(unit, file_id)
    if wanted is None:
        return False
    digest, sealed = await asyncio.to_thread(_sealed, wanted[1], content, _body(file_id))
    await store.put(file_id, sealed)
    async with work() as unit:
        wanted = await _wanted(unit, file_id)
        row = wanted[0] if wanted is not None else await unit.session.get(File, file_id)
        if wanted is not None:
            _note_stored(unit, wanted[0], len(content), digest)
        kept = row is not None and row.status == STORED  # another fetch of it may have come first
    if not kept:
        await store.remove(file_id)
    return kept


async def _wanted(unit: Unit, file_id: str) -> tuple[File, Key] | None:
    """The row of a file that is still to be fetched, and its key."""
    row = await unit.session.get(File, file_id)
    if row is None or row.status != PENDING or row.data_key_id is None:
        return None
    await vault.open_keys(unit, [row.data_key_id])
    key = unit.keys.get(row.data_key_id)
    return (row, key) if key is not None else None


def _sealed(key: Key, content: bytes, place: str) -> tuple[str, bytes]:
    return hashlib.sha256(content).hexdigest(), sealing.seal(key, content, place)


def _note_stored(unit: Unit, row: File, size: int, digest: str) -> None:
    assert row.data_key_id is not None  # noqa: S101 - it is wanted
    row.meta = vault.seal(unit, row.data_key_id, _read(unit, row) | {"sha256": digest}, _meta(row.id))
    row.size, row.status = size, STORED


async def note_failure(unit: Unit, file_id: str, *, final: bool, most: int) -> None:
    """Count a failed fetch; a file that failed finally or too often is given up, and said so to moderators."""
    row = await unit.session.get(File, file_id)
    if row is not None and row.status == PENDING:
        row.attempts += 1
        if final or row.attempts >= most:
            row.status = FAILED


async def open_file(unit: Unit, store: FileStore, file_id: str) -> tuple[str, bytes, str] | None:
    """Name, content and MIME type of a stored file; None when it or its key is gone."""
    row = await unit.session.get(File, file_id)
    if row is None or row.status != STORED or row.data_key_id is None:
        return None
    await vault.open_keys(unit, [row.data_key_id])
    if row.data_key_id not in unit.keys:
        return None
    meta = _read(unit, row)
    content = sealing.unseal(unit.keys[row.data_key_id], await store.get(file_id), _body(file_id))
    return meta["name"] or file_id[:8], content, meta["mime"] or "application/octet-stream"


async def remove_doomed(unit: Unit, store: FileStore, limit: int) -> int:
    """Remove marked files from the store and their rows; how many."""
    ids = list(await unit.session.scalars(select(File.id).where(File.status == DOOMED).limit(limit)))
    for file_id in ids:
        await store.remove(file_id)
    if ids:
        await unit.session.execute(delete(File).where(File.id.in_(ids)))
    return len(ids)
