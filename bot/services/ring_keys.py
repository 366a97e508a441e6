"""Which keys of the operator's ring have wrapped the data keys, and which of them the ring lacks."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from bot.services import vault
from bot.services.unit import Unit
from db.models import DataKey

NEWEST = 3
"""Data keys of each that are looked at: one may be damaged."""


async def lacking(unit: Unit) -> Mapping[str, int]:
    """The ids of keys that the ring lacks, or has another key under, each with how many data keys it wrapped. Looks at the
    NEWEST of each."""
    found = {}
    for name in await _wrapping(unit):
        query = select(DataKey).where(DataKey.ring == name).order_by(DataKey.hour.desc()).limit(NEWEST)
        if not any(vault.opens(unit, newest) for newest in await unit.session.scalars(query)):
            number = select(func.count()).select_from(DataKey).where(DataKey.ring == name)
            found[name] = await unit.session.scalar(number) or 0
    return found


async def _wrapping(unit: Unit) -> Sequence[str]:
    """The ids of the keys of the ring that have wrapped any. They are few, so each is looked for behind the one before."""
    names: list[str] = []
    while True:
        following = select(func.min(DataKey.ring)).where(DataKey.ring > (names[-1] if names else ""))
        name = await unit.session.scalar(following)
        if name is None:
            return names
        names.append(name)
