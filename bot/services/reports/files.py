"""Files of reports: noted in the transaction of their message, fetched and sealed by a job after it.

The job composes three steps, so that fetching, sealing and storing hold up no transaction: `sealing_key` in one
unit, `seal_file` and the store outside of any, `note_stored` in another unit.
"""

import hashlib
import logging
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update

from bot.form.answers import FileKind, FileRef, files_of
from bot.form.draft import Draft
from bot.safety import sealing
from bot.safety.keys import SecretKey
from bot.safety.sealing import UnsealError
from bot.services import vault
from bot.services.reports.store import FileStore
from bot.services.unit import Unit
from bot.services.vault import DOOMED
from db.models import File

log = logging.getLogger(__name__)

PENDING, STORED, FAILED = "pending", "stored", "failed"
"""The status of a file that is not DOOMED."""
LARGEST_FILE = 20 * 1024 * 1024
"""Bytes of the largest file that a bot may download (Bot API, getFile)."""

MOST_IN_NAME = 100
"""Characters of a file's name."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of what is not shown."""
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file of a message: Telegram's id to fetch it by, and what the message says of it."""

    kind: FileKind
    telegram_id: str
    name: str
    mime: str
    size: int | None


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A fetched file, sealed for the store; size in bytes and SHA-256 are those of its content."""

    content: bytes
    size: int
    sha256: str


def take_note(unit: Unit, key_id: str, incoming: Incoming) -> FileRef:
    """A reference for the answer, and a row for the job that fetches the file."""
    unit.filed = True
    ref = FileRef(vault.new_id(), incoming.kind, clean_name(incoming.name))
    meta = {"telegram_id": incoming.telegram_id, "name": ref.name, "mime": incoming.mime}
    unit.session.add(
        File(
            id=ref.id,
            data_key_id=key_id,
            status=PENDING,
            kind=incoming.kind,
            size=incoming.size,
            attempts=0,
            meta=vault.seal(unit, key_id, meta, _meta_context(ref.id)),
            hour=unit.hour,
        )
    )
    return ref


def clean_name(name: str) -> str:
    """A file's name as it may stand in a header and on a screen: without control characters, those that turn the
    direction of text, halves of symbols and paths; of at most MOST_IN_NAME characters, its ending kept."""
    shown = "".join(one for one in name if unicodedata.category(one) not in _UNSEEN)
    last = " ".join(shown.replace("\\", "/").split("/")[-1].split())
    stem, dot, ending = last.rpartition(".")
    if len(last) <= MOST_IN_NAME or not dot or len(ending) >= MOST_IN_NAME:
        return last[:MOST_IN_NAME]
    return stem[: MOST_IN_NAME - len(ending) - 1] + dot + ending


def _meta_context(file_id: str) -> str:
    return f"files.meta:{file_id}"


def _body_context(file_id: str) -> str:
    return f"files.body:{file_id}"


def file_ids(draft: Draft) -> set[str]:
    """The ids of all files in a draft's answers, relevant or not."""
    return {ref.id for answer in draft.answers.values() for ref in files_of(answer)}


async def doom(unit: Unit, ids: Iterable[str]) -> None:
    """Mark files that a person took away for removal from the store."""
    unit.filed = True
    await unit.session.flush()  # a file of this very batch has no row yet that could be marked
    await unit.session.execute(update(File).where(File.id.in_(set(ids))).values(status=DOOMED, meta=b""))


async def pending(unit: Unit, limit: int) -> list[tuple[str, str]]:
    """At most so many files to fetch, as (our id, Telegram's id): the least tried first, then the oldest. One whose
    key has left the ring is given up."""
    query = select(File).where(File.status == PENDING).order_by(File.attempts, File.hour).limit(limit)
    rows = (await unit.session.scalars(query)).all()
    await vault.open_keys(unit, (row.data_key_id for row in rows), lenient=True)
    found = []
    for row in rows:
        if row.data_key_id is None:
            continue
        try:
            found.append((row.id, _meta(unit, row)["telegram_id"]))
        except (UnsealError, KeyError):
            log.error("a file does not open and is given up")  # noqa: TRY400 - no trace helps
            row.status = FAILED
    return found


def _meta(unit: Unit, row: File) -> dict[str, Any]:
    assert row.data_key_id is not None  # noqa: S101 - the callers have looked
    found: dict[str, Any] = vault.unseal(unit, row.data_key_id, row.meta, _meta_context(row.id))
    return found


async def sealing_key(unit: Unit, file_id: str) -> SecretKey | None:
    """The key to seal a fetched file with; None when the file is no longer wanted."""
    found = await _pending(unit, file_id)
    return found[1] if found is not None else None


async def _pending(unit: Unit, file_id: str) -> tuple[File, SecretKey] | None:
    """The row of a file that is still to be fetched, and its key."""
    row = await unit.session.get(File, file_id)
    if row is None or row.status != PENDING or row.data_key_id is None:
        return None
    await vault.open_keys(unit, [row.data_key_id])
    key = unit.keys.get(row.data_key_id)
    return (row, key) if key is not None else None


def seal_file(key: SecretKey, file_id: str, content: bytes) -> SealedFile:
    """A fetched file as the store holds it. For a large file this takes a while: run it in a thread."""
    digest = hashlib.sha256(content).hexdigest()
    return SealedFile(sealing.seal(key, content, _body_context(file_id)), len(content), digest)


async def note_stored(unit: Unit, file_id: str, sealed: SealedFile) -> bool:
    """Note that a file is in the store. False when it is not wanted there any more: whoever stored it must remove
    it again, after this unit is committed.

    Its person may have taken it away, or a withdrawal destroyed its key, since `sealing_key`. A key that was
    renamed meanwhile (`vault.rename`) is still the same key. A kill between storing and noting leaves the file
    pending; it is fetched again and takes the place of the same bytes.
    """
    found = await _pending(unit, file_id)
    if found is None:
        row = await unit.session.get(File, file_id)
        return row is not None and row.status == STORED  # another fetch of it came first: the store keeps it
    row, _ = found
    assert row.data_key_id is not None  # noqa: S101 - it is pending
    meta = _meta(unit, row) | {"sha256": sealed.sha256}
    row.meta = vault.seal(unit, row.data_key_id, meta, _meta_context(row.id))
    row.size, row.status = sealed.size, STORED
    return True


async def note_failure(unit: Unit, file_id: str, *, final: bool, most: int) -> None:
    """Count a failed fetch. A file that failed for good, or `most` times, is given up; whoever opens the report sees how many were."""
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
    meta = _meta(unit, row)
    content = sealing.unseal(unit.keys[row.data_key_id], await store.get(file_id), _body_context(file_id))
    mime = meta["mime"] if _MIME.fullmatch(meta["mime"]) else "application/octet-stream"
    return clean_name(meta["name"]) or file_id[:8], content, mime


async def remove_doomed(unit: Unit, store: FileStore, limit: int) -> int:
    """Remove at most so many marked files from the store, then their rows; how many.

    In this order a crash in between leaves a row that is found again, never bytes that nobody knows of.
    """
    ids = (await unit.session.scalars(select(File.id).where(File.status == DOOMED).limit(limit))).all()
    for file_id in ids:
        await store.remove(file_id)
    if ids:
        await unit.session.execute(delete(File).where(File.id.in_(ids)))
    return len(ids)


async def number_doomed(unit: Unit) -> int:
    """How many files are marked to be removed from the store."""
    await unit.session.flush()
    return await unit.session.scalar(select(func.count()).where(File.status == DOOMED)) or 0
