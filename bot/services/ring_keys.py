"""Keys of the operator's ring that have wrapped data keys, and those that the ring lacks.

A stored proof of each key reveals another key under its name.
"""

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy import Executable, func, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.services import vault
from bot.services.unit import Unit
from db.models import DataKey, Mark

NEWEST = 3
"""Data keys tried for a ring key, since one may be damaged."""
_NOTE_FIRST: Mapping[str, Executable] = {
    name: insert(Mark).on_conflict_do_nothing()
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


async def note(unit: Unit) -> None:
    """Keep a proof of each ring key that opens the data keys it wrapped, or has wrapped none."""
    for name in unit.safe.ring.ring.keys:
        mark, proof = await _mark(unit, name), unit.safe.ring.proof(name)
        if mark is None:
            if not await _newest(unit, name) or await _opens_any(unit, name):
                await note_first(unit, _mark_name(name), proof)
        elif mark.value != proof and not await _newest(unit, name):
            mark.value = proof


async def note_first(unit: Unit, name: str, value: str) -> None:
    """Set a mark unless it exists, since replicas may start together."""
    connection = await unit.session.connection()
    await connection.execute(_NOTE_FIRST[connection.dialect.name], {"name": name, "value": value})


async def has(unit: Unit, name: str) -> bool:
    """Whether the ring has this key, and not another of its name."""
    if name not in unit.safe.ring.ring.keys:
        return False
    mark = await _mark(unit, name)
    if mark is None:  # no bot with proofs has started yet
        return await _opens_any(unit, name)
    return mark.value == unit.safe.ring.proof(name)


async def lacking(unit: Unit) -> Sequence[str]:
    """Ids of keys that have wrapped data keys and that the ring lacks."""
    return [name for name in await _wrapping(unit) if not await has(unit, name)]


async def wrapped_by(unit: Unit, name: str) -> int:
    return await unit.session.scalar(select(func.count()).where(DataKey.ring == name)) or 0


async def _mark(unit: Unit, name: str) -> Mark | None:
    return await unit.session.get(Mark, _mark_name(name))


def _mark_name(name: str) -> str:
    return f"ring:{hashlib.sha256(name.encode()).hexdigest()[:11]}"


async def _opens_any(unit: Unit, name: str) -> bool:
    return any(vault.opens(unit, key) for key in await _newest(unit, name))


async def _newest(unit: Unit, name: str) -> Sequence[DataKey]:
    query = select(DataKey).where(DataKey.ring == name).order_by(DataKey.hour.desc()).limit(NEWEST)
    return (await unit.session.scalars(query)).all()


async def _wrapping(unit: Unit) -> Sequence[str]:
    names: list[str] = []
    while True:
        following = select(func.min(DataKey.ring)).where(DataKey.ring > (names[-1] if names else ""))
        name = await unit.session.scalar(following)
        if name is None:
            return names
        names.append(name)
