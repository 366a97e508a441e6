"""Data keys: made, opened, renamed and destroyed. A value sealed by a destroyed key is lost for good."""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, undefer

from bot import json_text
from bot.errors import Refusal
from bot.safety.sealing import SecretKey, UnsealError, new_key, ready
from bot.store.unit import UnitOfWork
from db.engine import destroy_keys, overwrite_keys
from db.models import DataKey, Erasure, File, unpadded

DOOMED = "doomed"


class InArchive(Refusal):
    """Refusal of what needs a key in the sealed archive, of the report with this reference."""

    def __init__(self, ref: str = "?") -> None:
        super().__init__("archive.sealed", {"ref": ref})


def new_id() -> str:
    return uuid.uuid4().hex


def make_key(unit: UnitOfWork) -> str:
    """Make a data key and return its id. Its row joins the session before rows that refer to it."""
    key, key_id = new_key(), new_id()
    add_key(unit, key_id, key)
    unit.keys[key_id] = key
    return key_id


def add_key(unit: UnitOfWork, key_id: str, key: SecretKey) -> None:
    """Add a data key under its id, without opening it."""
    ring = unit.safe.ring
    wrapped = ring.seal(key, _place(key_id))
    unit.session.add(DataKey(id=key_id, wrapped=wrapped, ring=ring.current, hour=unit.hour))


def _place(key_id: str, sealed_to: str | None = None) -> str:
    """Context of a slot. That of an archived key holds another key, which must never be taken for it."""
    return f"data_keys.wrapped:{key_id}" if sealed_to is None else f"data_keys.envelope_key:{key_id}"


async def open_keys(
    unit: UnitOfWork, key_ids: Iterable[str | None], *, lenient: bool = False, ref: str = "?"
) -> None:
    """Open these keys with one query. Unless `lenient`, a lacking one raises UnsealError, an archived one InArchive for `ref`."""
    wanted = {key_id for key_id in key_ids if key_id} - unit.keys.keys()
    if not wanted:
        return
    for row in await unit.session.scalars(select(DataKey).where(DataKey.id.in_(wanted))):
        if row.sealed_to is None:
            with suppress(UnsealError) if lenient else nullcontext():
                unit.keys[row.id] = _unwrapped(unit, row)
        elif not lenient:
            raise InArchive(ref)


async def is_archived(unit: UnitOfWork, key_id: str | None) -> bool:
    """Whether a key is in the sealed archive."""
    return await unit.session.scalar(select(DataKey.sealed_to).where(DataKey.id == key_id)) is not None


def open_slots(unit: UnitOfWork, contents: Mapping[str, bytes]) -> None:
    """Open keys from the contents of their slots, by key id. Those that the ring does not open, and archived ones, are skipped."""
    for key_id, content in contents.items():
        if key_id not in unit.keys:
            with suppress(UnsealError):
                wrapped = unpadded(content)
                unit.keys[key_id] = ready(SecretKey(unit.safe.ring.unseal(wrapped, _place(key_id))))


def _unwrapped(unit: UnitOfWork, row: DataKey) -> SecretKey:
    """Key in a row's slot: the data key, or that of its envelope."""
    return SecretKey(unit.safe.ring.unseal(row.wrapped, _place(row.id, row.sealed_to)))


def opens(unit: UnitOfWork, row: DataKey) -> bool:
    with suppress(UnsealError):
        return bool(_unwrapped(unit, row))
    return False


def wrapped_anew(unit: UnitOfWork, row: DataKey) -> bytes | None:
    with suppress(UnsealError):
        return unit.safe.ring.seal(_unwrapped(unit, row), _place(row.id, row.sealed_to))
    return None


async def exchange(unit: UnitOfWork, sealed: Mapping[str, bytes], sealed_to: str) -> None:
    """Put envelopes, by key id, in place of data keys, which are archived then, or of earlier envelopes.

    Each lies under a new key in the slot, whose end destroys it even where the disk or the log keeps the bytes.
    """
    slots = list[tuple[DataKey, bytes]]()
    for row in await _locked(unit, sealed):
        outer = new_key()
        row.envelope = unit.safe.ring.scheme.seal(outer, sealed[row.id], _envelope_context(row.id))
        row.sealed_to = sealed_to
        slots.append((row, unit.safe.ring.seal(outer, _place(row.id, sealed_to))))
    await _overwrite(unit, slots)


async def envelopes(
    unit: UnitOfWork, key_ids: Collection[str], *, lenient: bool = False
) -> Mapping[str, bytes]:
    """Envelopes of archived keys, by key id. Others are left out. A damaged one raises UnsealError, or is blank if `lenient`."""
    query = select(DataKey).where(DataKey.id.in_(key_ids), DataKey.sealed_to.is_not(None))
    rows = (await unit.session.scalars(query.options(undefer(DataKey.envelope)))).all()
    found = {row.id: b"" for row in rows}
    for row in rows:
        with suppress(UnsealError) if lenient else nullcontext():
            key, context = _unwrapped(unit, row), _envelope_context(row.id)
            found[row.id] = unit.safe.ring.scheme.unseal(key, row.envelope or b"", context)
    return found


async def bring_back(unit: UnitOfWork, keys: Mapping[str, SecretKey]) -> None:
    """Take archived data keys back into the ring, and open them. The caller has proved that they are the right ones."""
    slots = list[tuple[DataKey, bytes]]()
    for row in await _locked(unit, keys):
        row.envelope = row.sealed_to = None
        slots.append((row, unit.safe.ring.seal(keys[row.id], _place(row.id))))
        unit.keys[row.id] = keys[row.id]
    await _overwrite(unit, slots)


async def _overwrite(unit: UnitOfWork, slots: Sequence[tuple[DataKey, bytes]]) -> None:
    await overwrite_keys(unit.session, slots, unit.safe.ring.current)
    note_erasure(unit)
    # One flush of changed and new keys may insert rows that refer to the new ones first.
    await unit.session.flush()


async def _locked(unit: UnitOfWork, key_ids: Collection[str]) -> Sequence[DataKey]:
    query = select(DataKey).where(DataKey.id.in_(key_ids)).with_for_update(of=DataKey)
    return (await unit.session.scalars(query.execution_options(populate_existing=True))).all()


def _envelope_context(key_id: str) -> str:
    return f"data_keys.envelope:{key_id}"


def seal(unit: UnitOfWork, key_id: str, value: Any, context: str, *, filled_to: int = 1) -> bytes:
    """Seal a JSON value for a context such as `reports.content:<id>`.

    `filled_to` pads the length to a multiple of bytes, so that it does not tell which rows belong together.
    """
    written = json_text.dumped(value)
    written += b" " * (-len(written) % filled_to)
    return unit.safe.ring.scheme.seal(unit.keys[key_id], written, context)


def unseal(unit: UnitOfWork, key_id: str, sealed: bytes, context: str) -> Any:
    """Inverse of `seal`. Raises UnsealError, or KeyError when the key is not open or was destroyed."""
    return json_text.loaded(unit.safe.ring.scheme.unseal(unit.keys[key_id], sealed, context))


async def destroy(unit: UnitOfWork, key_ids: Collection[str | None]) -> None:
    """Destroy these keys and mark their files for removal. Old bytes stay in SQLite's write-ahead log until it is emptied after the
    commit (`Work.finish_erasures`), in PostgreSQL's until it recycles them."""
    doomed = {key_id for key_id in key_ids if key_id}
    if not doomed:
        return
    # A pending row that refers to a doomed key must exist to lose its reference.
    await unit.session.flush()
    # Files before keys: deleting a key empties `data_key_id`, by which its files are found.
    await unit.session.execute(
        update(File).where(File.data_key_id.in_(doomed)).values(status=DOOMED, meta=b"")
    )
    await destroy_keys(unit.session, doomed)
    for key_id in doomed:
        unit.keys.pop(key_id, None)
    unit.filed = unit.destroyed = True
    note_erasure(unit)


def note_erasure(unit: UnitOfWork) -> None:
    """Have the write-ahead log emptied after the commit."""
    if not unit.erased:
        unit.session.add(Erasure(hour=unit.hour))
        unit.erased = True


class _Renamed(list[str]):
    """Former ids of keys that this unit renamed."""


async def rename(unit: UnitOfWork, key_id: str) -> str:
    """Give an open data key and its files another id and slot. What the file job seals meanwhile opens under the new id."""
    key, new = unit.keys[key_id], new_id()
    add_key(unit, new, key)
    await unit.session.flush()  # files can only refer to an existing row
    await unit.session.execute(update(File).where(File.data_key_id == key_id).values(data_key_id=new))
    unit.state(_Renamed).append(key_id)
    unit.keys[new] = unit.keys.pop(key_id)
    note_erasure(unit)
    return new


async def write(unit: UnitOfWork) -> None:
    """Overwrite the slots of all renamed keys, before the commit."""
    await destroy_keys(unit.session, unit.state(_Renamed))


@dataclass(frozen=True, slots=True)
class RingSealed:
    """Column with values of `RingSeal.seal`. `context` gives a row's context. Its table has one primary key."""

    column: InstrumentedAttribute[bytes] | InstrumentedAttribute[bytes | None]
    context: Callable[[Any], str]
