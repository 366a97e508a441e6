"""The audit log: record acts without content, keep its head in a file outside the database, and check that it is whole."""

import asyncio
import hashlib
import hmac
import logging
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.errors import SettingsError
from bot.safety.sealing import SecretKey
from bot.settings import Settings, example
from bot.store import ring_keys
from bot.store.file_store import put, write_private
from bot.store.unit import UnitOfWork
from db.models import AuditEntry, Mark

_WRITTEN = re.compile(r"(\d{1,18}):([0-9a-f]{16,64})")
_SHOWN_DIGITS = 16


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Number of the last entry, 0 for none, and its MAC in hexadecimal: all 64 digits or the first 16."""

    number: int
    mac: str

    def __str__(self) -> str:
        return f"{self.number}:{self.mac}"

    def short(self) -> str:
        return f"{self.number}:{self.mac[:_SHOWN_DIGITS]}"

    def is_of(self, number: int, mac: bytes) -> bool:
        return number == self.number and mac.hex().startswith(self.mac)


def read_head(text: str) -> AuditHead:
    """Parse the output of `str` or `short`. Raises ValueError."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError("must be a number, a colon and 16 to 64 hexadecimal digits")
    return AuditHead(int(found[1]), found[2])


def load_head(path: Path) -> AuditHead | None:
    """Read a head, None without a file. Raises ValueError for other content, and OSError."""
    try:
        return read_head(path.read_text("ascii"))
    except (FileNotFoundError, NotADirectoryError):
        return None


def keep_head(path: Path, head: AuditHead) -> None:
    """Write the head atomically, readable by the owner only. Raises OSError."""
    write_private(path, f"{head}\n".encode())


def retire_head(path: Path, head: AuditHead) -> Path:
    """Move a head to the returned file. After a crash it may stand in both. Raises OSError."""
    retired = path.with_name(f"{path.name}.retired")
    opened = os.open(retired, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(opened, "wb") as file:
        put(file, f"{head}\n".encode())
    path.unlink()
    return retired


log = logging.getLogger(__name__)
SYSTEM = "system"
REPORTER = "reporter"
TOLD_HEAD, RESTART = "head", "restart"
"""Acts: administrators were told the head, and the log was restarted."""
_LOCK = 0x6B756167
_CHECKED_AT_ONCE = 200
_FIELD_SEPARATOR = "\x1f"
"""ASCII's unit separator. No field holds it, so different entries have different bytes."""
_NEWEST, _DIGITS = 3, 48
_ENTRIES = select(AuditEntry.__table__)
_IN_ORDER = _ENTRIES.order_by(AuditEntry.id).execution_options(yield_per=_CHECKED_AT_ONCE)


@dataclass(slots=True)
class _Log:
    """Number and MAC of this unit's last entry, and whether the unit holds the log's lock."""

    last: tuple[int, bytes] | None = None
    is_locked: bool = False


async def record(unit: UnitOfWork, actor: str, act: str, subject: str, detail: str = "") -> None:
    """Append an entry. `actor` is a moderator's alias, SYSTEM or REPORTER. `subject` is a report's reference.
    `detail` is a code (a reason, a role), never a person's words."""
    await record_all(unit, actor, act, [(subject, detail)])


async def record_all(unit: UnitOfWork, actor: str, act: str, about: Iterable[tuple[str, str]]) -> None:
    """Append an entry for each subject and detail. Constant number of statements."""
    log = unit.state(_Log)
    last = log.last
    if last is None:
        await begin(unit)
        last = await _last(unit)
    number, mac = last
    for subject, detail in about:
        # Numbered here, since a database's sequences have gaps: the last number tells how many entries there should be.
        number += 1
        entry = AuditEntry(id=number, hour=unit.hour, actor=actor, act=act, subject=subject, detail=detail)
        entry.mac = mac = _mac(unit.safe.audit_key, mac, entry)
        unit.session.add(entry)
    await unit.session.flush()
    if (number, mac) != last:
        log.last, unit.audited = (number, mac), number


async def _last(unit: UnitOfWork) -> tuple[int, bytes]:
    query = select(AuditEntry.id, AuditEntry.mac).order_by(AuditEntry.id.desc()).limit(1)
    row = (await unit.session.execute(query)).first()
    return (row.id, row.mac) if row is not None else (0, b"")


async def head(unit: UnitOfWork) -> AuditHead:
    number, mac = await _last(unit)
    return AuditHead(number, mac.hex())


async def cut_since(unit: UnitOfWork, known: AuditHead | None) -> int:
    """Least number of entries lost at the log's end since the `known` head, 0 if none. A log that was cut and went on
    has another MAC at that number, which proves one lost entry."""
    if known is None or known.number == 0:
        return 0
    mac = await unit.session.scalar(select(AuditEntry.mac).where(AuditEntry.id == known.number))
    if mac is not None and known.is_of(known.number, mac):
        return 0
    last = await unit.session.scalar(select(func.max(AuditEntry.id)).where(AuditEntry.id <= known.number))
    return known.number - (last or 0) if mac is None else 1


async def begin(unit: UnitOfWork) -> bool:
    """Take the log's lock until this transaction ends. Returns whether another transaction may have acted since this
    unit began. Call before reading a shared row that you will change. This serialises all audited changes across
    replicas and keeps the chain whole."""
    log = unit.state(_Log)
    first, log.is_locked = not log.is_locked, True
    if not first or unit.session.get_bind().dialect.name != "postgresql":
        return False
    await unit.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    return True


async def last_hour(unit: UnitOfWork, act: str) -> int | None:
    """Hour of the last entry of an act, else of the first entry. None for an empty log."""
    of_act = select(func.max(AuditEntry.hour)).where(AuditEntry.act == act)
    found = await unit.session.scalar(of_act)
    first = select(AuditEntry.hour).order_by(AuditEntry.id).limit(1)
    return await unit.session.scalar(first) if found is None else found


async def last_of(
    unit: UnitOfWork, acts: Collection[str], subjects: Collection[str]
) -> Mapping[str, tuple[str, str]]:
    """Last of these acts on each subject, and its actor. One query."""
    about = AuditEntry.subject.in_(subjects), AuditEntry.act.in_(acts)
    query = select(AuditEntry.subject, AuditEntry.act, AuditEntry.actor).where(*about).order_by(AuditEntry.id)
    return {row.subject: (row.act, row.actor) for row in await unit.session.execute(query)}


async def broken_at(unit: UnitOfWork) -> int | None:
    """Id of the first entry that breaks the chain since the log's restart, or None. Reads every entry."""
    broken, before, closed = None, b"", hashlib.sha256()
    async for entry in await unit.session.stream(_IN_ORDER):
        if entry.act == RESTART and entry.mac == _mac(unit.safe.audit_key, b"", entry):
            broken = None if entry.detail.endswith(closed.hexdigest()[:_DIGITS]) else broken or entry.id
        elif not hmac.compare_digest(entry.mac, _mac(unit.safe.audit_key, before, entry)):
            broken = broken or entry.id
        before = entry.mac
        closed.update(_said(entry) + entry.mac)
    return broken


async def fits(unit: UnitOfWork) -> bool:
    """Whether the log fits the audit key: one of the last entries suffices, as others may be damaged."""
    rows = (await unit.session.execute(_ENTRIES.order_by(AuditEntry.id.desc()).limit(_NEWEST + 1))).all()
    pairs = zip(rows[:_NEWEST], [*(row.mac for row in rows[1:]), b""], strict=False)
    return not rows or any(
        row.mac == _mac(unit.safe.audit_key, b"" if row.act == RESTART else before, row)
        for row, before in pairs
    )


async def restart(unit: UnitOfWork, number: int, why: str) -> None:
    """Close a log that is damaged from this number on, and start a new one behind it. The first new entry holds a
    digest of all before it, so that these cannot be changed unnoticed."""
    await begin(unit)
    closed = hashlib.sha256()
    async for entry in await unit.session.stream(_IN_ORDER):
        closed.update(_said(entry) + entry.mac)
    unit.state(_Log).last = (await _last(unit))[0], b""
    await record(unit, SYSTEM, RESTART, str(number), f"{why} {closed.hexdigest()[:_DIGITS]}")


def _said(entry: Any) -> bytes:
    fields = (str(entry.hour), entry.actor, entry.act, entry.subject, entry.detail)
    return _FIELD_SEPARATOR.join(fields).encode()


def _mac(key: SecretKey, before: bytes, entry: Any) -> bytes:
    return hmac.digest(key, before + _said(entry), "sha256")


CHANGED = (
    "KUAGER_AUDIT_KEY is not the one that the audit log was written with, or the log was changed: it does not fit its chain "
    "from entry {number} on. Put the right key back; if it is lost, or the log was changed: python -m bot audit restart"
)
CUT = (
    "The audit log was cut: at least {lost} entries at its end are missing since {where} said {head}. Find out who can write to the "
    "database, then run: python -m bot audit restart"
)
GONE = (
    "KUAGER_AUDIT_HEAD: {file} is gone, so that entries cut off the audit log would not be noticed. Compare the log with the newest line that "
    "administrators were told, which writes the file anew: python -m bot audit verify HEAD. Where none was told: python -m bot audit restart"
)
UNREAD = (
    "KUAGER_AUDIT_HEAD: {file} cannot be read, or holds something else. Find out who changed it, move it away, and compare the log with the "
    "newest line that administrators were told, which writes the file anew: python -m bot audit verify HEAD"
)
_KEPT = "head"


async def known_head(settings: Settings) -> AuditHead | None:
    """Last head in the file, or None. Raises SettingsError when the file is unreadable."""
    with _readable_errors("read"):
        return await asyncio.to_thread(load_head, settings.audit_head_file)


@contextmanager
def _readable_errors(act: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "the file holds something else"
        wrong = f"KUAGER_AUDIT_HEAD is wrong: it cannot be {act}: {why}. {example('audit_head')}"
        raise SettingsError(wrong) from None


async def entries_lost(unit: UnitOfWork) -> tuple[int, bool]:
    """Number of entries cut off since the last head, and whether its file is missing or unreadable."""
    try:
        known = await known_head(unit.settings)
    except SettingsError:
        return 0, True
    return await cut_since(unit, known), await is_gone(unit, known)


async def is_gone(unit: UnitOfWork, known: AuditHead | None) -> bool:
    return known is None and await unit.session.get(Mark, _KEPT) is not None


async def note_kept(unit: UnitOfWork) -> None:
    """Require the file from now on, once the log has an entry."""
    if (await head(unit)).number:
        await ring_keys.note_first(unit, _KEPT, "")


async def update_head(unit: UnitOfWork) -> int:
    """Write the head, unless its file is gone or entries were cut off: then the file stays as the only
    proof. Returns the number of missing entries. Raises SettingsError for the file."""
    known, now = await known_head(unit.settings), await head(unit)
    missing = await cut_since(unit, known)
    if missing:
        log.error(
            "the audit log was cut: at least %d entries at its end are missing. Run: python -m bot audit verify",
            missing,
        )
    elif known != now and now.number and not await is_gone(unit, known):
        await write(unit.settings, now)
    return missing


async def write(settings: Settings, head: AuditHead) -> None:
    """Write a head without a comparison. Raises SettingsError for the file."""
    with _readable_errors("written"):
        await asyncio.to_thread(keep_head, settings.audit_head_file, head)


async def retire_known_head(settings: Settings, head: AuditHead) -> Path:
    """Put the head away as a proof, before a backup replaces its log. Raises SettingsError for the file."""
    with _readable_errors("written"):
        return await asyncio.to_thread(retire_head, settings.audit_head_file, head)


@dataclass(frozen=True, slots=True)
class Cut:
    """Entries missing at the end, by the head of the file or one `told` in a chat."""

    lost: int
    head: AuditHead
    told: bool


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """Result of a check.

    - `broken_at`: first entry that breaks the chain.
    - `unread`, `gone`: the file of the head is unreadable, or missing.
    """

    head: AuditHead
    broken_at: int | None
    cuts: Sequence[Cut]
    unread: bool = False
    gone: bool = False

    @property
    def is_whole(self) -> bool:
        return self.broken_at is None and not (self.cuts or self.unread or self.gone)

    def faults(self, settings: Settings) -> Iterator[str]:
        if self.broken_at is not None:
            yield CHANGED.format(number=self.broken_at)
        for cut in self.cuts:
            where = "the bot" if cut.told else str(settings.audit_head_file)
            yield CUT.format(lost=cut.lost, where=where, head=cut.head.short())
        if self.gone:
            yield GONE.format(file=settings.audit_head_file)
        if self.unread:
            yield UNREAD.format(file=settings.audit_head_file)


async def check_log(unit: UnitOfWork, told: AuditHead | None = None) -> AuditCheck:
    """Check every entry, and the end by the file and a `told` head. Slow, but lets other tasks run."""
    kept, unread = None, False
    try:  # before the log is read, since entries may be added meanwhile
        kept = await known_head(unit.settings)
    except SettingsError:
        unread = True
    broken = await broken_at(unit)
    cuts = [
        Cut(lost, known, is_told)
        for known, is_told in ((kept, False), (told, True))
        if known is not None and (lost := await cut_since(unit, known))
    ]
    gone = not unread and await is_gone(unit, kept)
    return AuditCheck(await head(unit), broken, cuts, unread, gone)
