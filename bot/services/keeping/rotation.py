"""Rotation of the key ring: values of other keys are sealed again by the current one.

Each batch is a transaction that changes only remaining values, so a killed rotation resumes. Rows are locked
on PostgreSQL, since the bot may empty them meanwhile.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, inspect, select, tuple_

from bot.safety.sealing import UnsealError
from bot.services import ring_keys, vault
from bot.services.unit import Unit
from bot.services.vault import RingSealed
from db import key_slots
from db.models import DataKey, Mark

AT_ONCE = 100
KeyPlace = tuple[str, int, str]
"""Cursor of a data key: its ring key, hour and id."""
FIRST: KeyPlace = ("", -1, "")
MOST_DAYS = 35
"""Days until `check` advises a rotation: as long as a backup can undo a deletion."""
_RING = "ring"
_SINCE = "@"


async def note_ring(unit: Unit) -> None:
    """Remember the ring key of this start of the bot, and since when."""
    current, mark = unit.safe.ring.current, await unit.session.get(Mark, _RING)
    value = f"{current}{_SINCE}{unit.hour}"
    if mark is None:
        await ring_keys.note_first(unit, _RING, value)
    elif mark.value.partition(_SINCE)[0] != current:
        mark.value = value


async def ring_of_bot(unit: Unit) -> str | None:
    mark = await unit.session.get(Mark, _RING)
    return mark.value.partition(_SINCE)[0] if mark is not None else None


async def days_in_use(unit: Unit) -> int:
    mark = await unit.session.get(Mark, _RING)
    return (unit.hour - int(mark.value.partition(_SINCE)[2])) // 24 if mark is not None else 0


async def left(unit: Unit) -> int:
    query = select(func.count()).where(DataKey.ring != unit.safe.ring.current)
    return await unit.session.scalar(query) or 0


async def rewrap(unit: Unit, after: KeyPlace = FIRST) -> tuple[int, KeyPlace | None]:
    """Wrap again at most AT_ONCE data keys after a cursor. Returns how many, and the last cursor, or None at
    the end.

    A data key stays if the ring lacks its key. A damaged one counts as wrapped by the current key, so that no
    one looks for a key that would not help.
    """
    ring = unit.safe.ring.current
    rows = await _others(unit, DataKey.ring < ring, after) or await _others(unit, DataKey.ring > ring, after)
    last = (rows[-1].ring, rows[-1].hour, rows[-1].id) if rows else None
    wrapped = [(row, found) for row in rows if (found := vault.wrapped_anew(unit, row)) is not None]
    await _keep_damaged(unit, [row for row in rows if row not in {one for one, _ in wrapped}])
    await key_slots.overwrite(unit.session, wrapped, ring)
    if wrapped:
        vault.note_erasure(unit)
    return len(wrapped), last


async def _keep_damaged(unit: Unit, unopened: Sequence[DataKey]) -> None:
    there = {name: await ring_keys.has(unit, name) for name in {row.ring for row in unopened}}
    for row in unopened:
        if there[row.ring]:
            row.ring = unit.safe.ring.current


async def _others(unit: Unit, ring: ColumnElement[bool], after: KeyPlace) -> Sequence[DataKey]:
    order = DataKey.ring, DataKey.hour, DataKey.id
    query = select(DataKey).where(ring, tuple_(*order) > after).order_by(*order)
    return (await unit.session.scalars(query.limit(AT_ONCE).with_for_update(of=DataKey))).all()


async def reseal(unit: Unit, sealed: RingSealed, after: Any = None) -> tuple[int, Any]:
    """Seal again a batch of a column's values after a primary key. Returns how many, and the last key."""
    table = sealed.column.class_
    (key,) = inspect(table).primary_key
    query = select(table).where(sealed.column.is_not(None)).order_by(key).limit(AT_ONCE)
    query = (query if after is None else query.where(key > after)).with_for_update()
    rows: Sequence[Any] = (await unit.session.scalars(query)).all()
    changed = sum(_reseal(unit, sealed, row) for row in rows)
    if changed:
        vault.note_erasure(unit)
    return changed, getattr(rows[-1], key.key) if rows else None


def _reseal(unit: Unit, sealed: RingSealed, row: Any) -> bool:
    ring, value = unit.safe.ring, getattr(row, sealed.column.key)
    if ring.sealer(value) == ring.current:
        return False
    try:
        plain = ring.unseal(value, sealed.context(row))
    except UnsealError:
        return False
    setattr(row, sealed.column.key, ring.seal(plain, sealed.context(row)))
    return True
