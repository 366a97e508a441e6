"""What of the reports is damaged: bytes that do not open although the ring has their keys."""

from sqlalchemy import select
from sqlalchemy.orm import aliased

from bot.safety.sealing import UnsealError
from bot.services import vault
from bot.services.reports import reading
from bot.services.unit import Unit
from db.models import DataKey, KeySlot, Report

_READ_AT_ONCE = 200


async def damaged_reports(unit: Unit) -> list[str]:
    """The references of reports of which what their reporters told does not open. Opens each of them: for the command line alone, and
    where no key is lacking (`ring_keys.lacking`)."""
    key, slot, found, after = aliased(DataKey), aliased(KeySlot), list[str](), ""
    while True:
        query = (
            select(Report.id, Report.ref, Report.data_key_id, Report.content, slot.content.label("slot"))
            .join(key, key.id == Report.data_key_id)
            .join(slot, slot.number == key.slot)
            .where(Report.id > after)
            .order_by(Report.id)
            .limit(_READ_AT_ONCE)
        )
        rows = (await unit.session.execute(query)).all()
        vault.open_slots(unit, {row.data_key_id: row.slot for row in rows})
        for row in rows:
            try:
                reading.told(unit, row.id, row.data_key_id, row.content or b"")
            except (UnsealError, KeyError):
                found.append(row.ref)
            unit.keys.pop(row.data_key_id, None)
        if len(rows) < _READ_AT_ONCE:
            return found
        after = rows[-1].id
