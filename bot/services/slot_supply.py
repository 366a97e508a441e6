"""Supply of free slots for message ids.

When slots get scarce a shelf is added, and the rows of the parting shelf are dealt again over both. Rows that
stayed would be seen to be older. A shelf is also dealt again when the sealed length changes with the key's
name, since a longer row would move within its page.
"""

import json
import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Insert, func, insert, literal, select, text, update

from bot.services import message_slots, shelves
from bot.services.message_slots import COLUMNS, IS_FREE, TABLE, Row, stands_on
from bot.services.unit import Unit
from db.models import SentMessage

FEWEST_SLOTS = 512
_MOST_AT_ONCE = 2000
_SPARE = 32
_SAMPLE, _LARGE_SAMPLE = 64, 256
_MANY, SCARCE = 0.25, 0.2
"""Taken parts of samples beyond which shelves are added. An unparted shelf is twice as full as others."""
_SIZE = "(SELECT max(id) AS size FROM sent_messages)"
_TAKEN_ON_SQLITE = f"""(
    SELECT count(*) FROM {_SIZE} AS counted CROSS JOIN json_each(:sample) AS sampled CROSS JOIN sent_messages AS other
    WHERE other.id = 1 + sampled.value % counted.size AND other.chat_hash <> :free
)"""  # noqa: S608 - names of ours
_LOOK_ON_SQLITE = f"""
    SELECT slot.id, whole.size, {_TAKEN_ON_SQLITE} AS taken FROM {shelves.WHOLE} AS whole
    CROSS JOIN json_each(:draws) AS drawn CROSS JOIN sent_messages AS slot
    WHERE slot.id = {shelves.DRAWN.format(draw="drawn.value")} AND slot.chat_hash = :free AND length(slot.message) = :length
"""  # noqa: S608 - the same


_TAKEN_ON_POSTGRESQL = f"""(
    SELECT count(*) FROM sent_messages AS other WHERE other.chat_hash <> :free AND other.id = ANY (ARRAY(
        SELECT 1 + sampled % counted.size FROM {_SIZE} AS counted CROSS JOIN unnest(CAST(:sample AS bigint[])) AS sampled
    ))
)"""  # noqa: S608 - the same
_LOOK_ON_POSTGRESQL = f"""
    SELECT slot.id, whole.size, {_TAKEN_ON_POSTGRESQL} AS taken FROM {shelves.WHOLE} AS whole CROSS JOIN sent_messages AS slot
    WHERE slot.id = ANY (ARRAY(
        SELECT {shelves.DRAWN.format(draw="drawn")} FROM {shelves.WHOLE} AS whole
        CROSS JOIN unnest(CAST(:draws AS bigint[])) AS drawn
    )) AND slot.chat_hash = :free AND length(slot.message) = :length
    FOR UPDATE OF slot SKIP LOCKED
"""  # noqa: S608 - the same
"""PostgreSQL uses the index through an array. A join with the draws would read the table for each of them.
Rows are locked, since another process may look for slots too."""
_LOOK = {"sqlite": text(_LOOK_ON_SQLITE), "postgresql": text(_LOOK_ON_POSTGRESQL)}
_TAKEN = {"sqlite": text(f"SELECT {_TAKEN_ON_SQLITE}"), "postgresql": text(f"SELECT {_TAKEN_ON_POSTGRESQL}")}


@dataclass(frozen=True, slots=True)
class _Look:
    free: Collection[int]
    size: int
    taken: int


async def fill(unit: Unit, rows: Sequence[Row]) -> None:
    for start in range(0, len(rows), _MOST_AT_ONCE):
        part = rows[start : start + _MOST_AT_ONCE]
        await message_slots.put(unit, await _free_slots(unit, [row.chat_hash for row in part]), part)


async def _free_slots(unit: Unit, chats: Sequence[bytes]) -> Sequence[int]:
    numbers = Counter(chats)
    spare = max(_SPARE // 4, _SPARE // len(numbers))
    draws = shelves.draw({chat: 4 * number + spare for chat, number in numbers.items()})
    may_grow = 1 + int(len(chats) / (SCARCE * shelves.SHELF))
    while True:
        found = await _looked_at(unit, draws)
        if may_grow and await _are_scarce(unit, found):
            may_grow -= 1
            await grow(unit)
            continue
        room = shelves.Room.of(found.free, draws, found.size)
        if not room.lacks(chats) or await _has_room(unit, room, chats):
            return room.given(chats)
        await grow(unit)


async def _looked_at(unit: Unit, draws: Sequence[int]) -> _Look:
    looks = {**_sample(unit, _SAMPLE), "draws": _numbers(unit, draws)}
    looks["length"] = len(message_slots.free(unit).message)
    found = (await unit.session.execute(_LOOK[_dialect(unit)], looks)).all()
    if not found:
        return _Look((), await shelves.size(unit), 0)
    return _Look({row.id for row in found}, found[0].size, found[0].taken)


def _sample(unit: Unit, number: int) -> dict[str, object]:
    drawn = memoryview(secrets.token_bytes(4 * number)).cast("I").tolist()
    return {"sample": _numbers(unit, drawn), "free": SentMessage.FREE_CHAT}


def _numbers(unit: Unit, numbers: Sequence[int]) -> object:
    return json.dumps(numbers) if _dialect(unit) == "sqlite" else numbers


def _dialect(unit: Unit) -> str:
    return unit.session.get_bind().dialect.name


async def _are_scarce(unit: Unit, found: _Look) -> bool:
    if found.size < shelves.SHELF or found.taken <= _MANY * _SAMPLE:
        return False
    taken = await unit.session.scalar(_TAKEN[_dialect(unit)], _sample(unit, _LARGE_SAMPLE))
    return int(taken or 0) > SCARCE * _LARGE_SAMPLE


async def _has_room(unit: Unit, room: shelves.Room, chats: Sequence[bytes]) -> bool:
    """Whether shelves with few free slots drawn have room all the same, or are filled by one chat whose rows
    may then spill."""
    if room.slots < 2 * shelves.SHELF:
        return False
    crowded = set()
    for shelf in room.lacks(chats):
        free, of_chats = await _on(unit, shelf, room.slots)
        room.found(shelf, free)
        if shelves.is_crowded(of_chats + Counter(chats)):
            crowded.add(shelf)
    without = room.lacks(chats)
    if not without:
        return True
    return crowded.issuperset(without) and await _has_room_anywhere(unit, room, chats, without)


async def _on(unit: Unit, shelf: range, size: int) -> tuple[Sequence[int], Counter[bytes]]:
    """Free slots of a shelf, and the rows of each chat there. Deals the shelf again if lengths differ."""
    rows = select(TABLE.c.id, TABLE.c.chat_hash, func.length(TABLE.c.message)).where(stands_on(shelf))
    fits = len(message_slots.free(unit).message)
    while True:
        found = (await unit.session.execute(rows.with_for_update(skip_locked=True))).all()
        free = [(slot, length) for slot, chat, length in found if chat == SentMessage.FREE_CHAT]
        if all(length == fits for _, length in free):
            break
        await _lock(unit)
        await _deal(unit, await _emptied(unit, shelf), size, [shelf])
    of_chats = Counter(chat for _, chat, _ in found if chat != SentMessage.FREE_CHAT)
    return [slot for slot, _ in free], of_chats


async def _has_room_anywhere(
    unit: Unit, room: shelves.Room, chats: Sequence[bytes], without: Collection[range]
) -> bool:
    draws = shelves.draw_anywhere(8 * len(chats) + _SPARE)
    found = await _looked_at(unit, draws)
    looked_at = sum(map(len, shelves.drawn(draws, found.size).values()))
    if len(found.free) < max(len(chats), looked_at // 3):
        return False
    room.spill(list(found.free))
    await shelves.note_spilled(
        unit, [chat for chat in chats if shelves.shelf_of(chat, room.slots) in without]
    )
    return True


async def grow(unit: Unit) -> None:
    """Double the slots up to one shelf, then add a shelf. Only rows of the parting shelf are dealt again."""
    await _lock(unit)
    size = await shelves.size(unit)
    grown, parting = shelves.after(size) or FEWEST_SLOTS, shelves.parting(size)
    rows = await _emptied(unit, parting)
    await unit.session.execute(_made(size + 1, grown, _empty(unit)))
    await _deal(unit, rows, grown, [parting, shelves.last(grown)])


async def _lock(unit: Unit) -> None:
    """Wait for transactions that look for slots or rows, and shut out others. PostgreSQL ends all but one of
    a deadlock, whose batches are repeated."""
    if _dialect(unit) == "postgresql":
        await unit.session.execute(text("LOCK TABLE sent_messages IN EXCLUSIVE MODE"))


async def _emptied(unit: Unit, shelf: range) -> Sequence[Row]:
    columns = [TABLE.c[name] for name in COLUMNS]
    found = (await unit.session.execute(select(*columns).where(~IS_FREE, stands_on(shelf)))).all()
    fits = len(message_slots.free(unit).message)
    await unit.session.execute(update(TABLE).where(stands_on(shelf)).values(_empty(unit)))
    rows = [Row(*row) for row in found]
    return [row if len(row.message) == fits else message_slots.sealed_anew(unit, row) for row in rows]


def _empty(unit: Unit) -> Mapping[str, Any]:
    free = message_slots.free(unit)
    return {name: getattr(free, name) for name in COLUMNS}


async def _deal(unit: Unit, rows: Sequence[Row], size: int, places: Sequence[range]) -> None:
    await message_slots.put(unit, shelves.dealt([row.chat_hash for row in rows], size, places), rows)


def _made(first: int, last: int, empty: Mapping[str, Any]) -> Insert:
    counted = select(literal(first).label("id")).cte("made", recursive=True)
    counted = counted.union_all(select(counted.c.id + 1).where(counted.c.id < last))
    values = (literal(value, TABLE.c[name].type) for name, value in empty.items())
    return insert(TABLE).from_select(["id", *empty], select(counted.c.id, *values))
