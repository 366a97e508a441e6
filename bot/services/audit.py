"""The audit log: who did what to which report, without content.

An HMAC-SHA256 (RFC 2104) chains each entry to the one before, so that changes and gaps show. The head, kept
outside the database too, shows a cut at the end.
"""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import func, select

from bot.safety.audit_head import AuditHead
from bot.safety.keys import SecretKey
from bot.services.unit import Unit
from db.models import AuditEntry

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


async def record(unit: Unit, actor: str, act: str, subject: str, detail: str = "") -> None:
    """Append an entry.

    `actor` is a moderator's alias, SYSTEM or REPORTER. `subject` is a report's reference. `detail` is a code
    (a reason, a role), never a person's words.
    """
    await record_all(unit, actor, act, [(subject, detail)])


async def record_all(unit: Unit, actor: str, act: str, about: Iterable[tuple[str, str]]) -> None:
    """Append an entry for each subject and detail. Constant number of statements."""
    last = unit.last_audit_entry
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
        unit.last_audit_entry = number, mac


async def _last(unit: Unit) -> tuple[int, bytes]:
    query = select(AuditEntry.id, AuditEntry.mac).order_by(AuditEntry.id.desc()).limit(1)
    row = (await unit.session.execute(query)).first()
    return (row.id, row.mac) if row is not None else (0, b"")


async def head(unit: Unit) -> AuditHead:
    number, mac = await _last(unit)
    return AuditHead(number, mac.hex())


async def cut_since(unit: Unit, known: AuditHead | None) -> int:
    """Least number of entries lost at the log's end since the `known` head, 0 if none.

    A log that was cut and went on has another MAC at that number, which proves one lost entry.
    """
    if known is None or known.number == 0:
        return 0
    mac = await unit.session.scalar(select(AuditEntry.mac).where(AuditEntry.id == known.number))
    if mac is not None and known.is_of(known.number, mac):
        return 0
    last = await unit.session.scalar(select(func.max(AuditEntry.id)).where(AuditEntry.id <= known.number))
    return known.number - (last or 0) if mac is None else 1


async def begin(unit: Unit) -> bool:
    """Take the log's lock until this transaction ends. Returns whether another transaction may have acted
    since this unit began.

    Call before reading a shared row that you will change. This serialises all audited changes across replicas
    and keeps the chain whole.
    """
    first, unit.logs = not unit.logs, True
    if not first or unit.session.get_bind().dialect.name != "postgresql":
        return False
    await unit.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    return True


async def last_hour(unit: Unit, act: str) -> int | None:
    """Hour of the last entry of an act, else of the first entry. None for an empty log."""
    of_act = select(func.max(AuditEntry.hour)).where(AuditEntry.act == act)
    found = await unit.session.scalar(of_act)
    if found is not None:
        return found
    first = select(AuditEntry.hour).order_by(AuditEntry.id).limit(1)
    return await unit.session.scalar(first)


async def last_of(
    unit: Unit, acts: Collection[str], subjects: Collection[str]
) -> Mapping[str, tuple[str, str]]:
    """Last of these acts on each subject, and its actor. One query."""
    about = AuditEntry.subject.in_(subjects), AuditEntry.act.in_(acts)
    query = select(AuditEntry.subject, AuditEntry.act, AuditEntry.actor).where(*about).order_by(AuditEntry.id)
    return {row.subject: (row.act, row.actor) for row in await unit.session.execute(query)}


async def broken_at(unit: Unit) -> int | None:
    """Id of the first entry that breaks the chain since the log's restart, or None. Reads every entry."""
    broken, before, closed = None, b"", hashlib.sha256()
    async for entry in _entries(unit):
        if entry.act == RESTART and entry.mac == _mac(unit.safe.audit_key, b"", entry):
            broken = None if entry.detail.endswith(closed.hexdigest()[:_DIGITS]) else broken or entry.id
        elif not hmac.compare_digest(entry.mac, _mac(unit.safe.audit_key, before, entry)):
            broken = broken or entry.id
        before = entry.mac
        closed.update(_said(entry) + entry.mac)
    return broken


async def fits(unit: Unit) -> bool:
    """Whether the log was written with the audit key. One fitting entry of the last few suffices, since
    others may be damaged."""
    rows = (await unit.session.execute(_ENTRIES.order_by(AuditEntry.id.desc()).limit(_NEWEST + 1))).all()
    pairs = zip(rows[:_NEWEST], [*(row.mac for row in rows[1:]), b""], strict=False)
    return not rows or any(
        row.mac == _mac(unit.safe.audit_key, b"" if row.act == RESTART else before, row)
        for row, before in pairs
    )


async def restart(unit: Unit, number: int, why: str) -> None:
    """Close a log that is damaged from this number on, and start a new one behind it.

    The first new entry holds a digest of all before it, so that these cannot be changed unnoticed.
    """
    await begin(unit)
    closed = hashlib.sha256()
    async for entry in _entries(unit):
        closed.update(_said(entry) + entry.mac)
    unit.last_audit_entry = (await _last(unit))[0], b""
    await record(unit, SYSTEM, RESTART, str(number), f"{why} {closed.hexdigest()[:_DIGITS]}")


async def _entries(unit: Unit) -> AsyncIterator[Any]:
    last = 0
    while True:
        some = _ENTRIES.where(AuditEntry.id > last).order_by(AuditEntry.id).limit(_CHECKED_AT_ONCE)
        entries = (await unit.session.execute(some)).all()
        for entry in entries:
            yield entry
        if len(entries) < _CHECKED_AT_ONCE:
            return
        last = entries[-1].id
        await asyncio.sleep(0)


def _said(entry: Any) -> bytes:
    fields = (str(entry.hour), entry.actor, entry.act, entry.subject, entry.detail)
    return _FIELD_SEPARATOR.join(fields).encode()


def _mac(key: SecretKey, before: bytes, entry: Any) -> bytes:
    return hmac.digest(key, before + _said(entry), "sha256")
