"""Keys of the operator's ring: columns sealed by the ring itself, keys in use, and rotation to a new key."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, inspect, select, text, tuple_

from bot.safety.sealing import UnsealError
from bot.store import vault
from bot.store.unit import UnitOfWork
from db.engine import overwrite_keys
from db.models import DataKey, Mark

NEWEST = 3
"""Data keys tried for a ring key, since one may be damaged."""
_NOTE_FIRST = text("INSERT INTO marks (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING")
AT_ONCE = 100
KeyPlace = tuple[str, int, str]
"""Cursor of a data key: its ring key, hour and id."""
FIRST: KeyPlace = ("", -1, "")
MOST_DAYS = 35
"""Days until `check` advises a rotation: as long as a backup can undo a deletion."""
_RING = "ring"
_SINCE = "@"


async def note(unit: UnitOfWork) -> None:
    """Keep a proof of each ring key that opens the data keys it wrapped, or has wrapped none."""
    for name in unit.safe.ring.ring.keys:
        mark, proof = await _mark(unit, name), unit.safe.ring.proof(name)
        if mark is None:
            if not await _newest(unit, name) or await _opens_any(unit, name):
                await note_first(unit, _mark_name(name), proof)
        elif mark.value != proof and not await _newest(unit, name):
            mark.value = proof


async def note_first(unit: UnitOfWork, name: str, value: str) -> None:
    """Set a mark unless it exists, since replicas may start together."""
    connection = await unit.session.connection()
    await connection.execute(_NOTE_FIRST, {"name": name, "value": value})


async def has(unit: UnitOfWork, name: str) -> bool:
    """Whether the ring has this key, and not another of its name."""
    if name not in unit.safe.ring.ring.keys:
        return False
    mark = await _mark(unit, name)
    if mark is None:  # no bot with proofs has started yet
        return await _opens_any(unit, name)
    return mark.value == unit.safe.ring.proof(name)


async def lacking(unit: UnitOfWork) -> Sequence[str]:
    """Ids of keys that have wrapped data keys and that the ring lacks."""
    name, missing = "", list[str]()
    while found := await unit.session.scalar(select(func.min(DataKey.ring)).where(DataKey.ring > name)):
        name = found
        if not await has(unit, name):
            missing.append(name)
    return missing


async def wrapped_by(unit: UnitOfWork, name: str) -> int:
    return await unit.session.scalar(select(func.count()).where(DataKey.ring == name)) or 0


async def _mark(unit: UnitOfWork, name: str) -> Mark | None:
    return await unit.session.get(Mark, _mark_name(name))


def _mark_name(name: str) -> str:
    return f"ring:{hashlib.sha256(name.encode()).hexdigest()[:11]}"


async def _opens_any(unit: UnitOfWork, name: str) -> bool:
    return any(vault.opens(unit, key) for key in await _newest(unit, name))


async def _newest(unit: UnitOfWork, name: str) -> Sequence[DataKey]:
    query = select(DataKey).where(DataKey.ring == name).order_by(DataKey.hour.desc()).limit(NEWEST)
    return (await unit.session.scalars(query)).all()


async def note_ring(unit: UnitOfWork) -> None:
    """Remember the ring key of this start of the bot, and since when."""
    current, mark = unit.safe.ring.current, await unit.session.get(Mark, _RING)
    value = f"{current}{_SINCE}{unit.hour}"
    if mark is None:
        await note_first(unit, _RING, value)
    elif mark.value.partition(_SINCE)[0] != current:
        mark.value = value


async def ring_of_bot(unit: UnitOfWork) -> str | None:
    mark = await unit.session.get(Mark, _RING)
    return mark.value.partition(_SINCE)[0] if mark is not None else None


async def first_hour(unit: UnitOfWork) -> int:
    """Hour of the first start with the ring's first key, or this hour."""
    mark = await unit.session.get(Mark, _RING)
    return int(mark.value.partition(_SINCE)[2]) if mark is not None else unit.hour


async def days_in_use(unit: UnitOfWork) -> int:
    return (unit.hour - await first_hour(unit)) // 24


async def left(unit: UnitOfWork) -> int:
    query = select(func.count()).where(DataKey.ring != unit.safe.ring.current)
    return await unit.session.scalar(query) or 0


async def rewrap(unit: UnitOfWork, after: KeyPlace = FIRST) -> tuple[int, KeyPlace | None]:
    """Wrap again at most AT_ONCE data keys after a cursor. Returns how many, and the last cursor, or None at the end.
    A data key stays if the ring lacks its key. A damaged one counts as wrapped by the current key, so that no one
    looks for a key that would not help."""
    ring = unit.safe.ring.current
    rows = await _others(unit, DataKey.ring < ring, after) or await _others(unit, DataKey.ring > ring, after)
    last = (rows[-1].ring, rows[-1].hour, rows[-1].id) if rows else None
    wrapped = [(row, found) for row in rows if (found := vault.wrapped_anew(unit, row)) is not None]
    await _keep_damaged(unit, [row for row in rows if row not in {one for one, _ in wrapped}])
    await overwrite_keys(unit.session, wrapped, ring)
    if wrapped:
        vault.note_erasure(unit)
    return len(wrapped), last


async def _keep_damaged(unit: UnitOfWork, unopened: Sequence[DataKey]) -> None:
    there = {name: await has(unit, name) for name in {row.ring for row in unopened}}
    for row in unopened:
        if there[row.ring]:
            row.ring = unit.safe.ring.current


async def _others(unit: UnitOfWork, ring: ColumnElement[bool], after: KeyPlace) -> Sequence[DataKey]:
    order = DataKey.ring, DataKey.hour, DataKey.id
    query = select(DataKey).where(ring, tuple_(*order) > after).order_by(*order)
    return (await unit.session.scalars(query.limit(AT_ONCE).with_for_update(of=DataKey))).all()


async def reseal(unit: UnitOfWork, sealed: vault.RingSealed, after: Any = None) -> tuple[int, Any]:
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


def _reseal(unit: UnitOfWork, sealed: vault.RingSealed, row: Any) -> bool:
    ring, value = unit.safe.ring, getattr(row, sealed.column.key)
    if ring.sealer(value) == ring.current:
        return False
    try:
        plain = ring.unseal(value, sealed.context(row))
    except UnsealError:
        return False
    setattr(row, sealed.column.key, ring.seal(plain, sealed.context(row)))
    return True
