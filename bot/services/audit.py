"""The audit log: who did what to which report, without content.

Each entry is chained to the one before by HMAC-SHA256 (RFC 2104), so that nobody without the key can change
or drop one unnoticed.
"""

import hashlib
import hmac

from sqlalchemy import func, select

from bot.safety.keys import SecretKey
from bot.services.unit import Unit
from db.models import AuditEntry

SYSTEM = "system"
REPORTER = "reporter"
_LOCK = 0x6B756167
"""The log's advisory lock on PostgreSQL."""
_FIELD_SEPARATOR = "\x1f"
"""ASCII's unit separator: no field holds it, so no two entries are authenticated as the same bytes."""


async def record(unit: Unit, actor: str, act: str, subject: str, detail: str = "") -> None:
    """Append an entry. `actor` is a moderator's alias, SYSTEM or REPORTER; `subject` a report's reference;
    `detail` a code (a reason, a role), never anybody's words."""
    last = unit.last_audit_mac
    if last is None:
        await _lock_out_other_writers(unit)
        query = select(AuditEntry.mac).order_by(AuditEntry.id.desc()).limit(1)
        last = (await unit.session.scalar(query)) or b""
    entry = AuditEntry(hour=unit.hour, actor=actor, act=act, subject=subject, detail=detail)
    entry.mac = _mac(unit.safe.audit_key, last, entry)
    unit.session.add(entry)
    await unit.session.flush()  # ids must rise in the order of the chain, which `broken_at` follows
    unit.last_audit_mac = entry.mac


async def _lock_out_other_writers(unit: Unit) -> None:
    """Until this transaction ends nobody else may read the last entry: two entries would follow the same one
    and break the chain. SQLite has only one writer anyway."""
    if unit.session.get_bind().dialect.name == "postgresql":
        await unit.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def broken_at(unit: Unit) -> int | None:
    """The id of the first entry that breaks the chain; None when the chain is whole."""
    before = b""
    async for entry in await unit.session.stream_scalars(select(AuditEntry).order_by(AuditEntry.id)):
        if not hmac.compare_digest(entry.mac, _mac(unit.safe.audit_key, before, entry)):
            return entry.id
        before = entry.mac
    return None


def _mac(key: SecretKey, before: bytes, entry: AuditEntry) -> bytes:
    fields = (str(entry.hour), entry.actor, entry.act, entry.subject, entry.detail)
    return hmac.new(key, before + _FIELD_SEPARATOR.join(fields).encode(), hashlib.sha256).digest()
