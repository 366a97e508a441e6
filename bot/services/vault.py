"""Data keys: made, opened and destroyed. What a destroyed key sealed is gone for good."""

import json
import uuid
from collections.abc import Collection, Iterable
from contextlib import nullcontext, suppress
from typing import Any

from sqlalchemy import delete, select, update

from bot.safety import sealing
from bot.safety.keys import SecretKey, new_key
from bot.safety.sealing import UnsealError
from bot.services.unit import Unit
from db.models import DataKey, Erasure, File


def new_id() -> str:
    """A random id of 32 hexadecimal digits."""
    return uuid.uuid4().hex


def make_key(unit: Unit) -> str:
    """Make a data key; its id. Its row is added to the session before what refers to it."""
    key, key_id = new_key(), new_id()
    wrapped = unit.safe.ring.seal(key, f"data_keys.wrapped:{key_id}")
    unit.session.add(DataKey(id=key_id, wrapped=wrapped, hour=unit.hour))
    unit.keys[key_id] = key
    return key_id


async def open_keys(unit: Unit, key_ids: Iterable[str | None], *, lenient: bool = False) -> None:
    """Open these keys with one query, so that `seal` and `unseal` need none. One that does not open raises
    UnsealError; with `lenient` it is left out, as if it were destroyed."""
    wanted = {key_id for key_id in key_ids if key_id} - unit.keys.keys()
    if not wanted:
        return
    for row in await unit.session.scalars(select(DataKey).where(DataKey.id.in_(wanted))):
        with suppress(UnsealError) if lenient else nullcontext():
            unit.keys[row.id] = _unwrapped(unit, row)


def _unwrapped(unit: Unit, row: DataKey) -> SecretKey:
    return SecretKey(unit.safe.ring.unseal(row.wrapped, f"data_keys.wrapped:{row.id}"))


def opens(unit: Unit, row: DataKey) -> bool:
    """Whether a key of the ring opens this data key."""
    try:
        _unwrapped(unit, row)
    except UnsealError:
        return False
    return True


def seal(unit: Unit, key_id: str, value: Any, place: str) -> bytes:
    """A JSON value sealed under an open data key, for a place such as `reports.content:<id>`."""
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return sealing.seal(unit.keys[key_id], plain, place)


def unseal(unit: Unit, key_id: str, sealed: bytes, place: str) -> Any:
    """The inverse of `seal`; raises UnsealError, or KeyError when the key is not open or destroyed."""
    return json.loads(sealing.unseal(unit.keys[key_id], sealed, place))


async def destroy(unit: Unit, key_ids: Collection[str | None]) -> None:
    """Destroy these keys and mark their files for removal from the store.

    The rows are deleted with this transaction; the write-ahead log is emptied after the commit, again
    and again until it is done (the erasure row is the reminder).
    """
    doomed = {key_id for key_id in key_ids if key_id}
    if not doomed:
        return
    await unit.session.flush()
    await unit.session.execute(
        update(File).where(File.data_key_id.in_(doomed)).values(status="doomed", meta=b"")
    )
    await unit.session.execute(delete(DataKey).where(DataKey.id.in_(doomed)))
    for key_id in doomed:
        unit.keys.pop(key_id, None)
    unit.filed = True
    note_erasure(unit)


def note_erasure(unit: Unit) -> None:
    """Something was deleted that must not be found in the write-ahead log either: it is emptied after the
    commit."""
    if not unit.erased:
        unit.session.add(Erasure(hour=unit.hour))
        unit.erased = True


async def rename(unit: Unit, key_id: str) -> str:
    """Give an open data key another id, with its files: whoever saw the old one finds nothing by it."""
    new = new_id()
    wrapped = unit.safe.ring.seal(unit.keys[key_id], f"data_keys.wrapped:{new}")
    unit.session.add(DataKey(id=new, wrapped=wrapped, hour=unit.hour))
    await unit.session.flush()
    await unit.session.execute(update(File).where(File.data_key_id == key_id).values(data_key_id=new))
    await unit.session.execute(delete(DataKey).where(DataKey.id == key_id))
    unit.keys[new] = unit.keys.pop(key_id)
    note_erasure(unit)
    return new
