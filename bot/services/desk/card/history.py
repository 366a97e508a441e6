"""History of a report from the audit log, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from bot.services.unit import Unit
from db.models import AuditEntry, Report

MOST = 60


@dataclass(frozen=True, slots=True)
class History:
    entries: Sequence[AuditEntry]
    more: bool


async def of_report(unit: Unit, report: Report) -> History:
    query = select(AuditEntry).where(AuditEntry.subject == report.ref).order_by(AuditEntry.id.desc())
    found = (await unit.session.scalars(query.limit(MOST + 1))).all()
    return History(found[:MOST], len(found) > MOST)
