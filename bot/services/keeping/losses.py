"""Files that the database knows and the store has lost."""

import asyncio
from array import array
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from bot import database_faults
from bot.errors import SettingsError
from bot.file_store.store import FileStore
from bot.services import vault
from bot.services.reports import files
from bot.services.unit import MakeUnit
from db import wholeness
from db.models import File, Report

_READ_AT_ONCE = 100
_KEPT = (
    select(File, Report.ref)
    .outerjoin(Report, Report.data_key_id == File.data_key_id)
    .where(File.status.in_(files.KEPT))
    .order_by(File.id)
    .limit(_READ_AT_ONCE)
)


@dataclass(frozen=True, slots=True)
class LostFile:
    """File missing in the store, or of another length. `ref` is its report's, None for a draft's."""

    id: str
    ref: str | None
    absent: bool


async def lost_files(read: MakeUnit, store: FileStore) -> Sequence[LostFile]:
    """Compare all kept files with the store, in small transactions. Raises OSError for an unreachable store."""
    found = await _compared(read, store)
    # A second look clears files that came or went meanwhile.
    return await _compared(read, store, {one.id for one in found}) if found else found


async def _compared(read: MakeUnit, store: FileStore, only: Collection[str] = ()) -> Sequence[LostFile]:
    ids, lengths, lost, after = array("Q"), array("Q"), list[LostFile](), ""
    async for some in store.lengths():
        ids.extend(_number(file_id) for file_id, _ in some)
        lengths.extend(length for _, length in some)

    def fits(place: str, length: int, is_exact: bool) -> bool | None:
        at = bisect_left(ids, _number(place))
        if at == len(ids) or ids[at] != _number(place):
            return None
        return lengths[at] == length or (lengths[at] > length and not is_exact)

    while True:
        async with read() as unit:
            rows = (await unit.session.execute(_KEPT.where(File.id > after))).all()
            await vault.open_keys(unit, (file.data_key_id for file, _ in rows), lenient=True)
            for file, ref in rows:
                found = [fits(*place) for place in files.kept_places(unit, file)]
                if not all(found) and (not only or file.id in only):
                    lost.append(LostFile(file.id, ref, None in found))
        if len(rows) < _READ_AT_ONCE:
            return lost
        after = rows[-1][0].id


def _number(file_id: str) -> int:
    return int(file_id[:16], 16)


async def require_whole(url: str, *seconds: float) -> None:
    """Raise SettingsError if a SQLite file is damaged. `seconds` limits the check."""
    if found := await asyncio.to_thread(wholeness.faults, url, *seconds):
        raise SettingsError(database_faults.damaged("; ".join(found)))
