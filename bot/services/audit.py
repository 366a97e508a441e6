"""The audit log: who did what to which report, without content.

Each entry is chained to the one before by HMAC-SHA256 (RFC 2104), so that nobody without the key can change
or drop one in the middle unnoticed. What was cut off at the end is told by the head, which stands outside the database too.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import func, select

from bot.safety.audit_head import AuditHead
from bot.safety.keys import SecretKey
from bot.services.unit import Unit
from db.models import AuditEntry

SYSTEM = "system"
REPORTER = "reporter"
TOLD_HEAD = "head"
"""The act of telling administrators the head."""
_LOCK = 0x6B756167
"""The log's advisory lock on PostgreSQL."""
_CHECKED_AT_ONCE = 200
"""Entries that are checked before others have their turn: some milliseconds."""
_FIELD_SEPARATOR = "\x1f"
"""ASCII's unit separator: no field holds it, so no two entries are authenticated as the same bytes."""


async def record(unit: Unit, actor: str, act: str, subject: str, detail: str = "") -> None:
    """Append an entry. `actor` is a moderator's alias, SYSTEM or REPORTER; `subject` a report's reference;
    `detail` a code (a reason, a role), never anybody's words."""
    await record_all(unit, actor, act, [(subject, detail)])


async def record_all(unit: Unit, actor: str, act: str, about: Iterable[tuple[str, str]]) -> None:
    """Append an entry for each subject and detail, with as many statements as for one."""
    last = unit.last_audit_entry
    if last is None:
        await begin(unit)
        last = await _last(unit)
    number, mac = last
    for subject, detail in about:
        # Numbered here and not by the database, whose sequences have gaps: the last number is how many there should be.
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
    """The head of the log as the database has it."""
    number, mac = await _last(unit)
    return AuditHead(number, mac.hex())


async def cut_since(unit: Unit, known: AuditHead | None) -> int:
    """How many entries at least the log has lost at its end since a head was written down: 0 when it still has that entry, and
    when none was. A log that was cut and went on has others in their place: where one of that number has another MAC, that one is
    certain."""
    if known is None or known.number == 0:
        return 0
    mac = await unit.session.scalar(select(AuditEntry.mac).where(AuditEntry.id == known.number))
    if mac is not None and known.is_of(known.number, mac):
        return 0
    last = await unit.session.scalar(select(func.max(AuditEntry.id)).where(AuditEntry.id <= known.number))
    return known.number - (last or 0) if mac is None else 1


async def begin(unit: Unit) -> bool:
    """Until this transaction ends nobody else may read the last entry: two entries would follow the same one
        and break the chain. SQLite has only one writer anyway.

        Whoever changes what several people work on, a report for one, begins before it is read: whatever is changed is recorded here,
        so all such acts come one after the other, also of several copies of the bot, and each sees what the one before has done. Whether
    another one may have done something since this unit began."""
    first, unit.logs = not unit.logs, True
    if not first or unit.session.get_bind().dialect.name != "postgresql":
        return False
    await unit.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    return True


async def last_hour(unit: Unit, act: str) -> int | None:
    """The hour of the last entry of an act; where there is none that of the first entry, None in an empty log."""
    of_act = select(func.max(AuditEntry.hour)).where(AuditEntry.act == act)
    found = await unit.session.scalar(of_act)
    if found is not None:
        return found
    first = select(AuditEntry.hour).order_by(AuditEntry.id).limit(1)
    return await unit.session.scalar(first)


async def last_of(
    unit: Unit, acts: Collection[str], subjects: Collection[str]
) -> Mapping[str, tuple[str, str]]:
    """The last of these acts that was done to each of these subjects, if any was, and who did it; one query."""
    about = AuditEntry.subject.in_(subjects), AuditEntry.act.in_(acts)
    query = select(AuditEntry.subject, AuditEntry.act, AuditEntry.actor).where(*about).order_by(AuditEntry.id)
    return {row.subject: (row.act, row.actor) for row in await unit.session.execute(query)}


async def broken_at(unit: Unit) -> int | None:
    """The id of the first entry that breaks the chain; None when the chain is whole. Every entry is read, a few hundred at a time:
    others have their turn in between. Every entry is read, some at a time:
    others have their turn in between."""
    before, last = b"", 0
    while True:
        columns = (
            AuditEntry.id,
            AuditEntry.hour,
            AuditEntry.actor,
            AuditEntry.act,
            AuditEntry.subject,
            AuditEntry.detail,
        )
        some = select(*columns, AuditEntry.mac).where(AuditEntry.id > last).order_by(AuditEntry.id)
        entries = (await unit.session.execute(some.limit(_CHECKED_AT_ONCE))).all()
        for entry in entries:
            if not hmac.compare_digest(entry.mac, _mac(unit.safe.audit_key, before, entry)):
                return int(entry.id)
            before, last = entry.mac, entry.id
        if len(entries) < _CHECKED_AT_ONCE:
            return None
        await asyncio.sleep(0)


def _mac(key: SecretKey, before: bytes, entry: Any) -> bytes:
    fields = (str(entry.hour), entry.actor, entry.act, entry.subject, entry.detail)
    return hmac.new(key, before + _FIELD_SEPARATOR.join(fields).encode(), hashlib.sha256).digest()
