"""The history of a report: what the audit log says of it, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from bot.services.unit import Unit
from db.models import AuditEntry, Report

MOST = 60
"""Entries that are shown."""


@dataclass(frozen=True, slots=True)
class History:
    """The newest entries; `more`, whether there are older ones."""

    entries: Sequence[AuditEntry]
    more: bool


async def of_report(unit: Unit, report: Report) -> History:
    """What the log says of a report, by one index."""
    query = select(AuditEntry).where(AuditEntry.subject == report.ref).order_by(AuditEntry.id.desc())
    found = (await unit.session.scalars(query.limit(MOST + 1))).all()
    return History(found[:MOST], len(found) > MOST)
