"""Rotation of the key ring: whatever another of its keys has wrapped or sealed is wrapped and sealed anew by the current one.

It goes in batches, each a transaction of its own, which change only what is left to be changed: killed at any moment, it
goes on where it was. The rows of a batch are locked on PostgreSQL, where the bot writes meanwhile: what it empties stays empty."""

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
"""Rows of one transaction: until it is committed nobody is answered."""
KeyPlace = tuple[str, int, str]
"""Where a data key stands: the ring's key that wrapped it, the hour when it was made, its id."""
FIRST: KeyPlace = ("", -1, "")
MOST_DAYS = 35
"""Days after which `check` advises to rotate: so long a backup can undo a deletion."""
_RING = "ring"
_SINCE = "@"
"""Between a key's id, which has none, and the hour of its first use."""


async def note_ring(unit: Unit) -> None:
    """Remember which key of the ring this start of the bot seals with, and since when."""
    current, mark = unit.safe.ring.current, await unit.session.get(Mark, _RING)
    value = f"{current}{_SINCE}{unit.hour}"
    if mark is None:
        await ring_keys.note_first(unit, _RING, value)
    elif mark.value.partition(_SINCE)[0] != current:
        mark.value = value


async def ring_of_bot(unit: Unit) -> str | None:
    """The id of the key with which the bot sealed when it was last started; None if it never was."""
    mark = await unit.session.get(Mark, _RING)
    return mark.value.partition(_SINCE)[0] if mark is not None else None


async def days_in_use(unit: Unit) -> int:
    """For how many days the bot has sealed with the key that it was last started with."""
    mark = await unit.session.get(Mark, _RING)
    return (unit.hour - int(mark.value.partition(_SINCE)[2])) // 24 if mark is not None else 0


async def left(unit: Unit) -> int:
    """How many data keys another key of the ring has wrapped."""
    query = select(func.count()).where(DataKey.ring != unit.safe.ring.current)
    return await unit.session.scalar(query) or 0


async def rewrap(unit: Unit, after: KeyPlace = FIRST) -> tuple[int, KeyPlace | None]:
    """Wrap anew at most AT_ONCE data keys that stand after this place: how many, and the place of the last; None when there are
    no more. A key of which the ring lacks its own is left as it is; one that is damaged counts from now on as wrapped by the current one, so
    that nobody looks for a key of the ring that would not help."""
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
    """Keys that another key of the ring has wrapped, on one side of the current one: what that has wrapped is not walked through."""
    order = DataKey.ring, DataKey.hour, DataKey.id
    query = select(DataKey).where(ring, tuple_(*order) > after).order_by(*order)
    return (await unit.session.scalars(query.limit(AT_ONCE).with_for_update(of=DataKey))).all()


async def reseal(unit: Unit, sealed: RingSealed, after: Any = None) -> tuple[int, Any]:
    """The same for the values of a column, by the primary key of its table; `after` is None for the first batch."""
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
