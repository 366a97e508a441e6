"""Moderators' data beside a report: JSON by name, sealed under the report's key, and destroyed with it.
Padded to a common size, so that the database does not tell how much there is."""

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from bot.errors import Refusal
from bot.safety.sealing import UnsealError
from bot.services import vault
from bot.services.unit import Unit
from db.models import Report

log = logging.getLogger(__name__)
_FILLED_TO = 4096


async def read(unit: Unit, report: Report) -> Mapping[str, Any]:
    """All data by name, empty for a destroyed report. Raises UnsealError when its key has left the ring."""
    sealed = await unit.session.scalar(select(Report.notes).where(Report.id == report.id))
    if report.data_key_id is None or sealed is None:
        return {}
    await vault.open_keys(unit, [report.data_key_id])
    return opened(unit, report.id, report.data_key_id, sealed)


def opened(unit: Unit, report_id: str, key_id: str, sealed: bytes | None) -> Mapping[str, Any]:
    """Data of the sealed column, whose key is open. Raises UnsealError if damaged."""
    if sealed is None:
        return {}
    found: Mapping[str, Any] = vault.unseal(unit, key_id, sealed, _context(report_id))
    return found


async def legible(unit: Unit, report: Report) -> Mapping[str, Any] | None:
    """All data by name, or None if damaged. Raises UnsealError when the ring lacks the key."""
    try:
        return await read(unit, report)
    except UnsealError:
        if report.data_key_id not in unit.keys:
            raise
        log.error("report %s: what moderators keep beside it is damaged", report.ref)  # noqa: TRY400 - no trace helps
        return None


async def keep(unit: Unit, report: Report, told: Mapping[str, Any]) -> None:
    if report.data_key_id is None:
        raise Refusal("moderator.content.gone", {"ref": report.ref})
    kept = {**(await legible(unit, report) or {}), **told}
    await vault.open_keys(unit, [report.data_key_id])
    report.notes = vault.seal(unit, report.data_key_id, kept, _context(report.id), filled_to=_FILLED_TO)
    await unit.session.flush()


def _context(report_id: str) -> str:
    return f"reports.notes:{report_id}"
