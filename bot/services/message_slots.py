"""The slots in which the ids of messages stand: made in advance, taken at random within a shelf (see `shelves`), and overwritten in
place. `sent_messages` says what for.

When slots get scarce there comes one shelf more, and the rows of the shelf that parts are dealt out anew over both: rows that stayed
would tell that they are older. So are those of a shelf when the ring's key has a name of another length: a row that grew would
be moved within its page. What is read, written and held at a time is never more than a shelf."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    bindparam,
    func,
    insert,
    literal,
    select,
    text,
    union_all,
    update,
)

from bot.safety.sealing import UnsealError
from bot.services import shelves
from bot.services.ring_sealed import RingSealed
from bot.services.unit import Unit
from db.bulk import Bulk
from db.models import SentMessage

FEWEST_SLOTS = 512
_MOST_AT_ONCE = 2000
"""Slots looked for by one query: more than a batch fills in which thirty people send their reports."""
_MOST_SHELVES = 100
"""Chats whose shelves are looked at by one query: SQLite takes 500 at most."""
_SPARE = 32
"""Slots that are looked at beside those that are needed: shared by the chats of a batch."""
_SAMPLE, _LARGE_SAMPLE = 64, 256
"""Slots that are looked at by each batch to see how many are taken, and by one to which these seem many."""
_MANY, SCARCE = 0.25, 0.2
"""Parts of these samples that are taken, beyond which they seem many, and there comes a shelf more, or as many as what is
written fills to that part. Shelves that have parted are
half as full as those that have not, and some have twice as many rows as others of their kind: so few have to be taken in all."""
DECOY, UNKNOWN = 0, -1
"""In place of the id of a message: there is none, and nobody knows it."""
_BYTES = 8
TABLE: Any = SentMessage.__table__
IS_FREE = TABLE.c.chat_hash == SentMessage.FREE_CHAT
_COLUMNS = ("chat_hash", "message", "report_id", "hour", "minute")
_FILL = Bulk(
    update(TABLE)
    .where(TABLE.c.id == bindparam("slot"))
    .values({name: bindparam(f"new_{name}") for name in _COLUMNS}),
    ("slot", *(f"new_{name}" for name in _COLUMNS)),
)
_LOOK_ON_SQLITE = text(f"""
    SELECT slot.id, whole.size FROM {shelves.WHOLE} AS whole
    CROSS JOIN json_each(:draws) AS drawn CROSS JOIN sent_messages AS slot
    WHERE slot.id = {shelves.DRAWN.format(draw="drawn.value")} AND slot.chat_hash = :free AND length(slot.message) = :length
""")  # noqa: S608 - numbers and names of ours
"""Free ones among the slots that are drawn (`shelves.draw`), and how many slots there are."""
_LOOK_ON_POSTGRESQL = text(f"""
    SELECT slot.id, whole.size FROM {shelves.WHOLE} AS whole CROSS JOIN sent_messages AS slot
    WHERE slot.id = ANY (ARRAY(
        SELECT {shelves.DRAWN.format(draw="drawn")} FROM {shelves.WHOLE} AS whole
        CROSS JOIN unnest(CAST(:draws AS bigint[])) AS drawn
    )) AND slot.chat_hash = :free AND length(slot.message) = :length
    FOR UPDATE OF slot SKIP LOCKED
""")  # noqa: S608 - the same
"""The same by an array, which is looked up in the index: joined with the draws the whole table would be read for each of them.
Locked, since another process may look for slots too; SQLite has one writer."""


@dataclass(frozen=True, slots=True)
class Row:
    """What fills a slot."""

    chat_hash: bytes
    message: bytes
    report_id: str
    hour: int
    minute: int


def _place(chat_hash: bytes, report_id: str) -> str:
    """A message's id opens only as one of its chat and its report."""
    return f"sent_messages.message:{chat_hash.hex()}:{report_id}"


RING_SEALED = RingSealed(SentMessage.message, lambda row: _place(row.chat_hash, row.report_id))


def sealed(unit: Unit, chat_hash: bytes, message_id: int, report_id: str | None, minute: int) -> Row:
    """A row that says which message stands in a chat; `minute` as in `SentMessage`."""
    report = report_id or SentMessage.NO_REPORT
    message = unit.safe.ring.seal(message_id.to_bytes(_BYTES, "big", signed=True), _place(chat_hash, report))
    return Row(chat_hash, message, report, unit.hour, minute)


def sealed_anew(unit: Unit, row: Row) -> Row:
    """The same, as long as whatever is sealed now; a row that no key opens stays as it is."""
    ring, place = unit.safe.ring, _place(row.chat_hash, row.report_id)
    try:
        return replace(row, message=ring.seal(ring.unseal(row.message, place), place))
    except UnsealError:
        return row


def number_of(unit: Unit, row: Row) -> int:
    """What a row says; one whose key has left the ring says that something may be there."""
    try:
        plain = unit.safe.ring.unseal(row.message, _place(row.chat_hash, row.report_id))
    except UnsealError:
        return UNKNOWN
    return int.from_bytes(plain, "big", signed=True)


async def taken(unit: Unit, chats: Collection[bytes] | None, *where: Any) -> list[Row]:
    """Rows, of these chats or of all, whose slots are freed and overwritten."""
    columns: Any = select(*(TABLE.c[name] for name in (*_COLUMNS, "id")))
    found: list[Any] = []
    if chats is None:
        found += (await unit.session.execute(columns.where(~IS_FREE, *where).with_for_update())).all()
    else:
        queries = [columns.where(*of_chat, *where) for of_chat in await standing_in(unit, chats)]
        for start in range(0, len(queries), _MOST_SHELVES):
            together = union_all(*queries[start : start + _MOST_SHELVES])
            found += (await unit.session.execute(together)).all()
    free = _free(unit)
    slots = [_filled(slot, free) for *_, slot in found]
    await _FILL.run(await unit.session.connection(), slots)
    return [Row(*row) for *row, _ in found]


async def standing_in(unit: Unit, chats: Collection[bytes]) -> Sequence[tuple[ColumnElement[bool], ...]]:
    """The SQL conditions that a slot has a row of one of these chats, to be asked for one after the other: by shelf, and together
    those that may stand anywhere. Until the transaction ends no row is dealt another slot."""
    if not chats:
        return []
    size, anywhere = await shelves.spilled(unit, chats)
    of_chats = [(shelves.shelf_of(chat, size), chat) for chat in chats if chat not in anywhere]
    on_shelves = [(_stands_on(shelf), TABLE.c.chat_hash == chat) for shelf, chat in of_chats]
    return [*on_shelves, *([(TABLE.c.chat_hash.in_(anywhere),)] if anywhere else [])]


def _stands_on(shelf: range) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = TABLE.c.id.between(shelf.start, shelf.stop - 1)
    return condition


def _free(unit: Unit) -> Row:
    """What a free slot holds: as many bytes as one that is taken."""
    size = len(sealed(unit, SentMessage.FREE_CHAT, DECOY, None, SentMessage.NO_MINUTE).message)
    return Row(
        SentMessage.FREE_CHAT,
        bytes(size),
        SentMessage.NO_REPORT,
        SentMessage.FREE_HOUR,
        SentMessage.NO_MINUTE,
    )


def _filled(slot: int, row: Row) -> dict[str, object]:
    return {"slot": slot} | {f"new_{name}": getattr(row, name) for name in _COLUMNS}


async def fill(unit: Unit, rows: Sequence[Row]) -> None:
    """Write rows into free slots."""
    for start in range(0, len(rows), _MOST_AT_ONCE):
        part = rows[start : start + _MOST_AT_ONCE]
        slots = await _free_slots(unit, [row.chat_hash for row in part])
        filled = [_filled(slot, row) for slot, row in zip(slots, part, strict=True)]
        await _FILL.run(await unit.session.connection(), filled)


async def _free_slots(unit: Unit, chats: Sequence[bytes]) -> Sequence[int]:
    """A free slot for a row of each of these chats, any of its shelf as likely as any other."""
    numbers = Counter(chats)
    draws = [
        shelves.draw(chat)
        for chat, number in numbers.items()
        for _ in range(4 * number + max(_SPARE // 4, _SPARE // len(numbers)))
    ]
    elsewhere = [shelves.draw_anywhere() for _ in range(_SAMPLE)]
    may_grow = 1 + int(len(chats) / (SCARCE * shelves.SHELF))
    while True:
        free, size = await _looked_at(unit, [*draws, *elsewhere])
        if may_grow and _seem_scarce(free, elsewhere, size) and await _are_scarce(unit):
            may_grow -= 1
            await grow(unit)
            continue
        room = shelves.Room.of(free, {shelves.drawn(one, size) for one in draws} if size else (), size)
        if not room.lacks(chats) or await _has_room(unit, room, chats):
            return room.given(chats)
        await grow(unit)


def _seem_scarce(free: Collection[int], elsewhere: Sequence[int], size: int) -> bool:
    """Whether so many of the slots that were looked at for nobody are taken that it is worth while to look at more."""
    if size < shelves.SHELF:
        return False
    taken = sum(shelves.drawn(one, size) not in free for one in elsewhere)
    return taken > _MANY * len(elsewhere)


async def _are_scarce(unit: Unit) -> bool:
    """Whether more than SCARCE of all slots are taken, by a sample: a chat that comes finds room on its shelf then, though it
    may be twice as full as others and some are by chance."""
    draws = [shelves.draw_anywhere() for _ in range(_LARGE_SAMPLE)]
    free, size = await _looked_at(unit, draws)
    looked_at = {shelves.drawn(one, size) for one in draws}
    return len(looked_at) - len(free) > SCARCE * len(looked_at)


async def _looked_at(unit: Unit, draws: Sequence[int]) -> tuple[Collection[int], int]:
    """The free ones of the slots that these numbers say, and how many slots there are."""
    connection = await unit.session.connection()
    on_sqlite = connection.dialect.name == "sqlite"
    drawn = {
        "draws": json.dumps(draws) if on_sqlite else draws,
        "free": SentMessage.FREE_CHAT,
        "length": len(_free(unit).message),
    }
    found = (await connection.execute(_LOOK_ON_SQLITE if on_sqlite else _LOOK_ON_POSTGRESQL, drawn)).all()
    return {slot for slot, _ in found}, found[0].size if found else await shelves.size(unit)


async def _has_room(unit: Unit, room: shelves.Room, chats: Sequence[bytes]) -> bool:
    """Whether shelves of which few free slots were drawn have room all the same, or one chat is so many rows that more slots would
    give it none: its rows go anywhere then. Of few slots more are made rather."""
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
    """The free slots of a shelf, and how many rows of each chat are there. Where some are of another length all are dealt out
    anew."""
    rows = select(TABLE.c.id, TABLE.c.chat_hash, func.length(TABLE.c.message)).where(_stands_on(shelf))
    fits = len(_free(unit).message)
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
    """Whether a third of some slots that are looked at are free, and enough for a row of each of these chats: those whose shelves
    are without room may go there."""
    draws = [shelves.draw_anywhere() for _ in range(8 * len(chats) + _SPARE)]
    free, size = await _looked_at(unit, draws)
    if len(free) < len(chats) or 3 * len(free) < len({shelves.drawn(one, size) for one in draws}):
        return False
    room.spill(list(free))
    await shelves.note_spilled(unit, [chat for chat in chats if shelves.shelf_of(chat, size) in without])
    return True


async def grow(unit: Unit) -> None:
    """Twice as many slots while they are no more than a shelf, then a shelf more. The rows of the shelf that parts, and no others,
    are dealt out anew: what stayed in older slots would be older."""
    await _lock(unit)
    size = await shelves.size(unit)
    grown, parting = shelves.after(size) or FEWEST_SLOTS, shelves.parting(size)
    rows = await _emptied(unit, parting)
    await unit.session.execute(_made(size + 1, grown, _empty(unit)))
    await _deal(unit, rows, grown, [parting, shelves.last(grown)])


async def _lock(unit: Unit) -> None:
    """Wait for whoever has looked for slots or for rows, and let nobody else until the transaction ends. Of several who wait for
    each other PostgreSQL ends all but one, who are done again."""
    if unit.session.get_bind().dialect.name == "postgresql":
        await unit.session.execute(text("LOCK TABLE sent_messages IN EXCLUSIVE MODE"))


async def _emptied(unit: Unit, shelf: range) -> Sequence[Row]:
    """The rows of a shelf, as long as whatever is sealed now; all its slots are free then."""
    columns = [TABLE.c[name] for name in _COLUMNS]
    found = (await unit.session.execute(select(*columns).where(~IS_FREE, _stands_on(shelf)))).all()
    fits = len(_free(unit).message)
    await unit.session.execute(update(TABLE).where(_stands_on(shelf)).values(_empty(unit)))
    rows = [Row(*row) for row in found]
    return [row if len(row.message) == fits else sealed_anew(unit, row) for row in rows]


def _empty(unit: Unit) -> Mapping[str, object]:
    free = _free(unit)
    return {name: getattr(free, name) for name in _COLUMNS}


async def _deal(unit: Unit, rows: Sequence[Row], size: int, places: Sequence[range]) -> None:
    """Put rows on these shelves, of which all slots are free, now that there are so many slots."""
    slots = shelves.dealt([row.chat_hash for row in rows], size, places)
    filled = [_filled(slot, row) for slot, row in zip(slots, rows, strict=True)]
    await _FILL.run(await unit.session.connection(), filled)


def _made(first: int, last: int, empty: Mapping[str, object]) -> Insert:
    """Slots with these numbers, counted by the database."""
    counted = select(literal(first).label("id")).cte("made", recursive=True)
    counted = counted.union_all(select(counted.c.id + 1).where(counted.c.id < last))
    values = (literal(value, TABLE.c[name].type) for name, value in empty.items())
    return insert(TABLE).from_select(["id", *empty], select(counted.c.id, *values))


async def tidied(unit: Unit, limit: int) -> Sequence[tuple[str, str]]:
    """At most so many marks that rows stand on no shelf of theirs, of which none do any more. It may read all slots, so it is not
    for a unit that writes."""
    marks = await shelves.marks(unit)
    if not marks:
        return []
    size, untidy = await unit.session.scalar(shelves.LAST) or 0, set[bytes]()
    for start in range(1, size + 1, shelves.SHELF):
        stands_here = _stands_on(range(start, start + shelves.SHELF))
        rows = await unit.session.execute(select(TABLE.c.id, TABLE.c.chat_hash).where(~IS_FREE, stands_here))
        untidy.update(shelves.untidy(((row.id, row.chat_hash) for row in rows), size))
    needed = {shelves.mark_of(chat) for chat in untidy} | ({shelves.EVERYBODY} if untidy else set())
    return [mark for mark in marks.items() if mark[0] not in needed][:limit]
