"""Damaged reports: bytes that do not open although the ring has their keys."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from bot.safety.sealing import UnsealError
from bot.services import vault
from bot.services.reports import beside, reading
from bot.services.reports.talk import words
from bot.services.unit import Unit
from db.models import DataKey, KeySlot, Report

_READ_AT_ONCE = 200


async def damaged_reports(unit: Unit) -> list[str]:
    """References of reports with damaged content, talk or notes. Decrypts all reports: for the command line
    only, and only if no key is lacking."""
    key, slot, found, after = aliased(DataKey), aliased(KeySlot), list[str](), ""
    while True:
        query = (
            select(
                Report.id,
                Report.ref,
                Report.data_key_id,
                Report.content,
                Report.notes,
                slot.content.label("slot"),
            )
            .join(key, key.id == Report.data_key_id)
            .join(slot, slot.number == key.slot)
            .where(Report.id > after)
            .order_by(Report.id)
            .limit(_READ_AT_ONCE)
        )
        rows = (await unit.session.execute(query)).all()
        vault.open_slots(unit, {row.data_key_id: row.slot for row in rows})
        opened = {row.id: row.data_key_id for row in rows if row.data_key_id in unit.keys}
        in_talks = await words.damaged(unit, opened)
        damaged = in_talks | (opened.keys() ^ {row.id for row in rows}) | set(_damaged(unit, rows))
        found += [row.ref for row in rows if row.id in damaged]
        for row in rows:
            unit.keys.pop(row.data_key_id, None)
        if len(rows) < _READ_AT_ONCE:
            return found
        after = rows[-1].id


def _damaged(unit: Unit, rows: Sequence[Any]) -> Iterator[str]:
    for row in rows:
        if row.data_key_id in unit.keys:
            try:
                reading.told(unit, row.id, row.data_key_id, row.content or b"")
                beside.opened(unit, row.id, row.data_key_id, row.notes)
            except UnsealError:
                yield row.id
