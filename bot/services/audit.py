"""The audit log: who did what to which report, without content, each entry chained to the one before
by HMAC-SHA256, so that whoever lacks the key cannot change or drop an entry unseen."""

import hashlib
import hmac

from sqlalchemy import func, select

from bot.safety.keys import SecretKey
from bot.services.unit import Unit
from db.models import AuditEntry

SYSTEM = "system"
REPORTER = "reporter"
_LOCK = 0x6B756167
"""The advisory lock of the log on PostgreSQL."""


async def record(unit: Unit, actor: str, act: str, subject: str, detail: str = "") -> None:
    """Append an entry. `actor` is a moderator's alias, SYSTEM or REPORTER; `subject` a report's reference;
    `detail` a code (a reason, a role), never words of a person."""
    last = unit.last_audit_mac
    if last is None:
        await _one_at_a_time(unit)
        query = select(AuditEntry.mac).order_by(AuditEntry.id.desc()).limit(1)
        last = (await unit.session.scalar(query)) or b""
    entry = AuditEntry(hour=unit.hour, actor=actor, act=act, subject=subject, detail=detail)
    entry.mac = _mac(unit.safe.audit_key, last, entry)
    unit.session.add(entry)
    await unit.session.flush()  # entries get their ids in the order of their chain
    unit.last_audit_mac = entry.mac


async def _one_at_a_time(unit: Unit) -> None:
    """Keep other writers from reading the same last entry until this transaction ends. SQLite has but one
    writer anyway."""
    if unit.session.get_bind().dialect.name == "postgresql":
        await unit.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def broken_at(unit: Unit) -> int | None:
    """The id of the first entry that does not fit its chain, None when all do."""
    before = b""
    async for entry in await unit.session.stream_scalars(select(AuditEntry).order_by(AuditEntry.id)):
        if not hmac.compare_digest(entry.mac, _mac(unit.safe.audit_key, before, entry)):
            return entry.id
        before = entry.mac
    return None


def _mac(key: SecretKey, before: bytes, entry: AuditEntry) -> bytes:
    fields = "\x1f".join((str(entry.hour), entry.actor, entry.act, entry.subject, entry.detail))
    return hmac.new(key, before + fields.encode(), hashlib.sha256).digest()
