"""What moderators keep beside a report: JSON by name, sealed with the report's key in one column, so that it goes with the report.

It is filled up to a size that many have, so that the database does not tell how much there is, nor of what.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from bot.errors import Refusal
from bot.services import vault
from bot.services.unit import Unit
from db.models import Report

_FILLED_TO = 4096


async def read(unit: Unit, report: Report) -> Mapping[str, Any]:
    """All of it; nothing once the report was destroyed. Raises UnsealError when its key has left the ring."""
    sealed = await unit.session.scalar(select(Report.notes).where(Report.id == report.id))
    if report.data_key_id is None or sealed is None:
        return {}
    await vault.open_keys(unit, [report.data_key_id])
    found: Mapping[str, Any] = vault.unseal(unit, report.data_key_id, sealed, _context(report))
    return found


async def keep(unit: Unit, report: Report, told: Mapping[str, Any]) -> None:
    """Keep these instead of what has the same names. Raises Refusal when the report was destroyed."""
    if report.data_key_id is None:
        raise Refusal("moderator.content.gone", {"ref": report.ref})
    kept = {**await read(unit, report), **told}
    await vault.open_keys(unit, [report.data_key_id])
    report.notes = vault.seal(unit, report.data_key_id, kept, _context(report), filled_to=_FILLED_TO)
    await unit.session.flush()


def _context(report: Report) -> str:
    return f"reports.notes:{report.id}"
