"""Files of reports with their record of custody: noted in the transaction, then fetched, cleaned and sealed by a job."""

import asyncio
import hashlib
import logging
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, func, select, update

from bot.errors import SettingsError, StoreAwayError
from bot.form.answers import FileKind, FileRef
from bot.safety import offline
from bot.safety.cleaning.cleaner import TYPES, Cleaned, Loss, NoCopyReason, Refused
from bot.safety.sealing import AES_GCM, OVERHEAD, Scheme, SecretKey, UnsealError
from bot.settings import Settings, example
from bot.store import vault
from bot.store.file_store import FileStore, FolderStore, ReadableStore, unwritable
from bot.store.unit import MakeUnit, UnitOfWork
from db.models import File

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Print:
    """SHA-256 in hexadecimal digits, size in bytes, and type, '' if unknown."""

    sha256: str
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class Custody:
    """Custody of a file.

    - `copy`: clean copy, or None for a `reason`.
    - `tool`: its maker, with version.
    - `recipients`: only they can open the original. Without any, the report's key opens it.
    - `loss`: content that the copy lacks.
    """

    original: Print
    copy: Print | None
    reason: NoCopyReason | None
    tool: str
    hour: int
    recipients: tuple[str, ...] = ()
    loss: Loss | None = None


_CUSTODY = TypeAdapter(Custody)
PENDING, CLEANED, STORED, FAILED = "pending", "cleaned", "stored", "failed"
"""Status of a file that is not DOOMED: to fetch, kept with a clean copy, kept without one, given up."""
KEPT = (CLEANED, STORED)
_UNTIL_KEPT = frozenset({"telegram_id", "message"})
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,5})$")
LARGEST_FILE = 20 * 1024 * 1024
"""Bytes of the largest file that a bot may download (Bot API, getFile)."""
LANES = ((FileKind.PHOTO,), (FileKind.DOCUMENT,), (FileKind.VIDEO, FileKind.AUDIO, FileKind.VOICE))
"""Kinds of files that wait for each other, and for no other kind."""
REMOVED_AT_ONCE = 16
"""Files removed concurrently, since a store may be remote."""
MOST_IN_NAME = 100
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Incoming:
    kind: FileKind
    telegram_id: str
    name: str
    mime: str
    size: int | None
    message_id: int = 0
    """Message that brought the file, and may leave the chat once it is kept."""
    unique_id: str = ""
    """Telegram's id to tell files apart. It allows no download."""


@dataclass(frozen=True, slots=True)
class SealedFile:
    original: bytes
    copy: bytes | None
    custody: Custody
    picture: str = ""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """Status of a file, custody, if kept and not older than the cleaning, and a picture's difference hash, else ""."""

    status: str
    custody: Custody | None = None
    picture: str = ""


def take_note(unit: UnitOfWork, key_id: str, incoming: Incoming) -> FileRef:
    unit.filed = True
    ref = FileRef(vault.new_id(), incoming.kind, clean_name(incoming.name))
    meta = {"telegram_id": incoming.telegram_id, "name": ref.name, "mime": incoming.mime}
    known = {**meta, "message": incoming.message_id}
    unit.session.add(
        File(
            id=ref.id,
            data_key_id=key_id,
            status=PENDING,
            kind=incoming.kind,
            size=incoming.size,
            attempts=0,
            meta=vault.seal(unit, key_id, known, _meta_context(ref.id)),
            hour=unit.hour,
        )
    )
    return ref


def look_of(file_id: str, incoming: Incoming) -> str:
    """Hash that tells a file from others of one message, so that no id of Telegram is stored."""
    return hashlib.sha256(f"look:{file_id}:{incoming.unique_id}".encode()).hexdigest()[:16]


def clean_name(name: str) -> str:
    """Name safe for headers and screens: without paths, MOST_IN_NAME characters long, with its ending."""
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


def copy_id(file_id: str) -> str:
    """Id of a file's clean copy. It derives from the file's id, so that a crash leaves no unknown bytes."""
    return hashlib.sha256(f"copy:{file_id}".encode()).hexdigest()[: len(file_id)]


async def mark_for_removal(unit: UnitOfWork, ids: Iterable[str]) -> None:
    unit.filed = True
    await unit.session.flush()  # a file of this batch has no row yet
    marked = update(File).where(File.id.in_(set(ids)))
    await unit.session.execute(marked.values(status=vault.DOOMED, meta=b""))


async def pending(
    unit: UnitOfWork,
    limit: int,
    lane: Collection[FileKind] = tuple(FileKind),
    busy: Collection[str] = (),
    *,
    new_alone: bool = False,
) -> list[tuple[str, str]]:
    """At most `limit` files to fetch, not `busy`, as pairs of own and Telegram's id. With `new_alone` only untried
    ones. The least tried come first, and reports take turns, so that one report's files hold up no other's. Files
    that do not open are given up."""
    of_report = func.row_number().over(partition_by=File.data_key_id, order_by=(File.attempts, File.hour))
    query = select(File).where(File.status == PENDING, File.kind.in_(lane), File.id.not_in(busy))
    query = query.order_by(File.attempts, of_report, File.hour)
    query = query.where(File.attempts == 0) if new_alone else query
    rows = (await unit.session.scalars(query.limit(limit))).all()
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


def _meta(unit: UnitOfWork, row: File) -> dict[str, Any]:
    found: dict[str, Any] = vault.unseal(unit, row.data_key_id or "", row.meta, _meta_context(row.id))
    return found


async def sealing_key(unit: UnitOfWork, file_id: str) -> SecretKey | None:
    """Key to seal a file that is still to be kept, or None."""
    row = await _row(unit, file_id, PENDING)
    return unit.keys[row.data_key_id or ""] if row is not None else None


async def _row(unit: UnitOfWork, file_id: str, *statuses: str) -> File | None:
    """Row of a file with one of these statuses and an open key."""
    row = await unit.session.get(File, file_id)
    if row is None or row.status not in statuses or row.data_key_id is None:
        return None
    await vault.open_keys(unit, [row.data_key_id])
    return row if row.data_key_id in unit.keys else None


def seal_file(
    key: SecretKey,
    file_id: str,
    content: bytes,
    cleaning: Cleaned | Refused,
    recipients: Sequence[str],
    hour: int,
    scheme: Scheme = AES_GCM,
) -> SealedFile:
    """Seal a fetched file and its clean copy. With `recipients` (age) only they can open the original, and
    only while the report's key exists. Slow: run it in a thread."""
    type_ = cleaning.type.name if cleaning.type else ""
    original = Print(hashlib.sha256(content).hexdigest(), len(content), type_)
    kept = offline.seal_to(recipients, content) if recipients else content
    sealed = scheme.seal(key, kept, _body_context(file_id))
    given = tuple(recipients)
    if isinstance(cleaning, Refused):
        return SealedFile(sealed, None, Custody(original, None, cleaning.reason, "", hour, given))
    copy = Print(cleaning.sha256, len(cleaning.content), cleaning.type.name)
    sealed_copy = scheme.seal(key, cleaning.content, _body_context(copy_id(file_id)))
    custody = Custody(original, copy, None, cleaning.tool, hour, given, cleaning.loss)
    return SealedFile(sealed, sealed_copy, custody, cleaning.picture)


async def note_stored(unit: UnitOfWork, file_id: str, sealed: SealedFile) -> bool:
    """Note that a file is in the store. False when it was removed or its key destroyed meanwhile: the caller
    must remove it after this commit.

    A renamed key (`vault.rename`) stays valid. After a kill between storing and noting, the file is fetched
    again. Telegram's ids of file and message are deleted: with the bot's token they would give the original
    again.
    """
    # Locked on PostgreSQL, so that no other replica destroys or stores it before the change.
    await unit.session.get(File, file_id, with_for_update=True, populate_existing=True)
    row = await _row(unit, file_id, PENDING)
    if row is None:
        row = await unit.session.get(File, file_id)
        return row is not None and row.status in KEPT  # another fetch came first
    meta = {name: value for name, value in _meta(unit, row).items() if name not in _UNTIL_KEPT}
    meta |= {"custody": asdict(sealed.custody), "picture": sealed.picture}
    row.meta = vault.seal(unit, row.data_key_id or "", meta, _meta_context(row.id))
    row.size, row.status = sealed.custody.original.size, STORED if sealed.copy is None else CLEANED
    return True


async def brought_by(unit: UnitOfWork, file_id: str) -> tuple[str, int] | None:
    """Key and message id of a file that is still to be kept, or None."""
    row = await _row(unit, file_id, PENDING)
    message_id = _meta(unit, row).get("message", 0) if row is not None else 0
    return (row.data_key_id or "", message_id) if row is not None and message_id else None


async def unkept_messages(unit: UnitOfWork, key_id: str) -> set[int]:
    """Messages with unkept files of an open key, which are nowhere else."""
    query = select(File).where(File.data_key_id == key_id, File.status.in_((PENDING, FAILED)))
    return {_meta(unit, row).get("message", 0) for row in await unit.session.scalars(query)}


async def note_failure(unit: UnitOfWork, file_id: str, *, final: bool, most: int) -> None:
    """Count a failed fetch. A file is given up after a `final` failure or `most` attempts."""
    row = await unit.session.get(File, file_id)
    if row is not None and row.status == PENDING:
        row.attempts += 1
        if final or row.attempts >= most:
            row.status = FAILED


async def known(unit: UnitOfWork, ids: Collection[str]) -> Mapping[str, KeptFile]:
    if not ids:
        return {}
    rows = (await unit.session.scalars(select(File).where(File.id.in_(ids)))).all()
    await vault.open_keys(unit, (row.data_key_id for row in rows), lenient=True)
    found = {}
    for row in rows:
        custody = _custody(unit, row)
        picture = "" if custody is None else picture_in(unit, row.id, row.data_key_id or "", row.meta)
        found[row.id] = KeptFile(row.status, custody, picture)
    return found


def picture_in(unit: UnitOfWork, file_id: str, key_id: str, meta: bytes) -> str:
    """Difference hash of a picture, "" if it has none. Its key must be open."""
    found: dict[str, Any] = vault.unseal(unit, key_id, meta, _meta_context(file_id))
    return str(found.get("picture", ""))


def _custody(unit: UnitOfWork, row: File) -> Custody | None:
    if row.status not in KEPT or row.data_key_id not in unit.keys:
        return None
    found = _meta(unit, row).get("custody")
    return _CUSTODY.validate_python(found) if found else None


def kept_places(unit: UnitOfWork, row: File) -> Iterator[tuple[str, int, bool]]:
    """Places of a kept file and its clean copy in the store: id, length in bytes, and whether that is exact.
    It is a minimum for an original sealed to recipients, and for a row that does not open."""
    try:
        custody = _custody(unit, row)
    except UnsealError:
        custody = None
    yield row.id, (row.size or 0) + OVERHEAD, custody is not None and not custody.recipients
    if row.status == CLEANED:
        copy = custody.copy if custody is not None else None
        yield copy_id(row.id), (copy.size if copy is not None else 0) + OVERHEAD, copy is not None


@dataclass(frozen=True, slots=True)
class LocatedFile:
    """Sealed bytes in the store, their key, and a name and MIME type for delivery."""

    place: str
    key: SecretKey
    scheme: Scheme
    name: str
    mime: str

    async def read(self, store: ReadableStore) -> tuple[str, bytes, str]:
        """Read name, content and MIME type, outside a transaction. Raises UnsealError, FileNotFoundError or OSError."""
        sealed = await store.get(self.place)
        return self.name, self.scheme.unseal(self.key, sealed, _body_context(self.place)), self.mime


async def locate_copy(unit: UnitOfWork, file_id: str, name: str) -> LocatedFile | None:
    """Clean copy of a file, under `name` with its type's ending. None without one, or without its key."""
    row = await _row(unit, file_id, CLEANED)
    custody = _custody(unit, row) if row is not None else None
    if row is None or custody is None or custody.copy is None:
        return None
    type_ = TYPES[custody.copy.type]
    return _located(unit, row, copy_id(file_id), f"{name}.{type_.suffix}", type_.mime)


async def locate_original(unit: UnitOfWork, file_id: str, name: str) -> LocatedFile | None:
    """Original under a neutral name, or its age file. None as for `locate_copy`. It may be harmful."""
    row = await _row(unit, file_id, *KEPT)
    if row is None:
        return None
    custody, meta = _custody(unit, row), _meta(unit, row)
    ending = _ENDING.search(meta["name"] or "")
    suffix = ending.group(1) if ending else "bin"
    if custody and custody.original.type:
        suffix = TYPES[custody.original.type].suffix
    if custody and custody.recipients:
        suffix += ".age"
    return _located(unit, row, file_id, f"{name}.{suffix.lower()}", "application/octet-stream")


def _located(unit: UnitOfWork, row: File, place: str, name: str, mime: str) -> LocatedFile:
    return LocatedFile(place, unit.keys[row.data_key_id or ""], unit.safe.ring.scheme, name, mime)


async def doomed(unit: UnitOfWork, limit: int) -> Sequence[str]:
    """At most `limit` marked files, in random order, so that files that cannot be removed hide no others."""
    marked = select(File.id).where(File.status == vault.DOOMED).order_by(func.random())
    return (await unit.session.scalars(marked.limit(limit))).all()


async def remove_doomed(work: MakeUnit, store: FileStore, ids: Sequence[str]) -> None:
    """Remove marked files from the store, then their rows. Raises the first error after trying all. A crash
    in between leaves rows that are found again, never unknown bytes."""
    places = [(file_id, place) for file_id in ids for place in (file_id, copy_id(file_id))]
    failed: dict[str, BaseException] = {}
    for at in range(0, len(places), REMOVED_AT_ONCE):
        some = places[at : at + REMOVED_AT_ONCE]
        done = await asyncio.gather(*(store.remove(place) for _, place in some), return_exceptions=True)
        for (file_id, _), error in zip(some, done, strict=True):
            if error is not None:
                failed.setdefault(file_id, error)
    gone = [file_id for file_id in ids if file_id not in failed]
    if gone:
        async with work() as unit:
            await unit.session.execute(delete(File).where(File.id.in_(gone)))
    for error in failed.values():
        raise error


async def number_doomed(unit: UnitOfWork) -> int:
    await unit.session.flush()
    return await unit.session.scalar(select(func.count()).where(File.status == vault.DOOMED)) or 0


def open_store(settings: Settings) -> FileStore:
    """Folder or bucket, not contacted yet. Raises SettingsError if the bucket's client is missing."""
    if not settings.files_url:
        return FolderStore(settings.files_dir)
    try:
        from bot.store.bucket import BucketStore  # noqa: PLC0415 - an extra brings its client
    except ModuleNotFoundError:
        raise SettingsError(
            "KUAGER_FILES_URL names a bucket, whose client is not installed. Run: uv sync --no-dev --extra s3 "
            f"({example('files_url')})"
        ) from None
    return BucketStore(settings)


def setting_of(settings: Settings) -> str:
    """Name of the setting for the place of the files."""
    return "files_url" if settings.files_url else "files_dir"


async def require_store(settings: Settings, *, patient: bool = False) -> tuple[FileStore, str | None]:
    """Try the store. Returns it and a warning, for a passing outage if `patient`, or raises SettingsError."""
    store = open_store(settings)
    try:
        return store, await store.prepare()
    except OSError as error:
        if patient and isinstance(error, StoreAwayError) and error.passes:
            return store, f"{error.strerror}: files stay at Telegram until it can be used"
        name = setting_of(settings)
        blamed = "" if settings.files_url else f"{unwritable(settings.files_dir)}. ".removeprefix(". ")
        raise SettingsError(
            f"KUAGER_{name.upper()} is wrong: {'the bucket' if settings.files_url else 'the folder'} cannot be written to: "
            f"{error.strerror}. {blamed}{example(name)}"
        ) from None
