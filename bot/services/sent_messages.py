"""The ids of a chat's messages, kept sealed for as long as Telegram lets a bot delete them, so that a chat can be
cleared and what showed a report taken back.

Whoever has the database file alone must not read from it which chat sent which report. So nothing here keeps an order:
rows are slots, made in advance, taken at random within a shelf that the chat's hash gives (see `shelves`) and overwritten in
place (see `SentMessage`); when slots get scarce their number doubles and everything is dealt out anew, and so it is when the ring's key has a name of another length: a row that grew
would be moved within its page. After a submission a chat's rows are dealt out anew too, filled up with
decoys, so that their number does not tell how long its report is. PostgreSQL keeps old versions of rows in the order in
which they were written: there only ids and numbers tell nothing.

What moderators are shown goes within minutes (see `shown`), so its rows alone hold minutes.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    and_,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    union_all,
    update,
)

from bot.safety.sealing import UnsealError
from bot.services import shelves, shown, vault
from bot.services.ring_sealed import RingSealed
from bot.services.unit import MINUTES_AN_HOUR, Noted, Unit
from db.bulk import Bulk
from db.models import SentMessage, ShownChat

FEWEST_SLOTS = 512
BUCKET = 64
"""After a submission a chat has a multiple of so many rows."""
_MOST_AT_ONCE = 2000
"""Slots looked for by one query: more than a batch fills in which thirty people send their reports."""
_MOST_SHELVES = 100
"""Chats whose shelves are looked at by one query: SQLite takes 500 at most."""
_SPARE = 32
"""Slots that are looked at beside those that are needed: shared by the chats of a batch."""
_DECOY, _UNKNOWN = 0, -1
_BYTES = 8
_TABLE: Any = SentMessage.__table__
_IS_FREE = _TABLE.c.chat_hash == SentMessage.FREE_CHAT
_GOES_IN_MINUTES = _TABLE.c.minute > SentMessage.UNTIL_SEEN
_COLUMNS = ("chat_hash", "message", "report_id", "hour", "minute")
_FILL = Bulk(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("slot"))
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


class Stay(IntEnum):
    """How long a message may stay in its chat: for DAYS, unless the chat is cleared; in a moderator's chat UNTIL_SEEN, that
    is, until its moderator has acted in a later hour, or for MINUTES. What shows NOTHING leaves none."""

    DAYS = 0
    UNTIL_SEEN = 1
    MINUTES = 2
    NOTHING = 3


@dataclass(slots=True)
class Taken:
    """Messages of a chat that can be deleted. `doubtful`: there may be others, whose ids nobody knows since Telegram's
    answer was lost."""

    ids: list[int] = field(default_factory=list)
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    """What fills a slot."""

    chat_hash: bytes
    message: bytes
    report_id: str
    hour: int
    minute: int


def note(
    unit: Unit,
    chat_hash: bytes,
    message_id: int,
    report_id: str | None = None,
    stay: int = Stay.DAYS,
) -> None:
    """Keep a message's id; `report_id` is the report that it shows. It is written when the unit ends. What is noted twice
    by a unit goes with the report, and after the time, of the more particular note."""
    unit.noted.append(Noted(chat_hash, message_id, report_id, stay))


def note_doubt(unit: Unit, chat_hash: bytes, report_id: str | None = None, stay: int = Stay.DAYS) -> None:
    """Keep that a message may stand in a chat under an id that nobody knows."""
    note(unit, chat_hash, _UNKNOWN, report_id, stay)


async def write(unit: Unit) -> None:
    """Write what was noted, and the chats to be scattered. Whoever commits a unit calls it before."""
    noted, unit.noted = _merged(unit.noted), []
    acted, unit.acted = unit.acted, set()
    scattered, unit.scattered = unit.scattered, set()
    await shown.touch(unit, acted | {one.chat_hash for one in noted if one.stay == Stay.MINUTES})
    rows = [_row(unit, one) for one in noted]
    await _fill(unit, [*rows, *(await _scattered(unit, scattered, rows))])


def _merged(noted: Sequence[Noted]) -> list[Noted]:
    """Each message once; nobody knows whether two whose ids are unknown are the same."""
    merged: dict[object, Noted] = {}
    for place, one in enumerate(noted):
        key = (one.chat_hash, one.message_id if one.message_id > 0 else -place - 1)
        before = merged.get(key, one)
        merged[key] = replace(
            one, report_id=one.report_id or before.report_id, stay=max(one.stay, before.stay)
        )
    return list(merged.values())


async def take(unit: Unit, chat_hash: bytes) -> Taken:
    """The messages of a chat that can still be deleted; they are forgotten with this transaction."""
    await write(unit)
    rows = await _taken(unit, [chat_hash])
    if rows:
        vault.note_erasure(unit)
    oldest = unit.hour - unit.settings.message_hours
    return _opened(unit, [row for row in rows if row.hour >= oldest])


async def take_of_report(
    unit: Unit, report_id: str, chat_hashes: Collection[bytes], *, whole: bool = True
) -> dict[bytes, Taken]:
    """The messages that showed a report in these chats; they are forgotten with this transaction. Without `whole` those
    that told of it unasked stay."""
    await write(unit)
    where = [_TABLE.c.report_id == report_id]
    if not whole:
        where.append(_TABLE.c.minute != SentMessage.UNTIL_SEEN)
    rows = await _taken(unit, chat_hashes, *where)
    return {chat: _opened(unit, [row for row in rows if row.chat_hash == chat]) for chat in _chats(rows)}


async def take_shown(unit: Unit, chat: ShownChat) -> Taken:
    """The messages of a moderator's chat whose minutes are over; they are forgotten with this transaction. When its
    moderator does nothing there all goes, and with it what was certainly seen."""
    await write(unit)
    in_chat, minute = [chat.chat_hash], _TABLE.c.minute
    if shown.is_idle(unit, chat):
        seen = and_(minute == SentMessage.UNTIL_SEEN, _TABLE.c.hour < chat.touched // MINUTES_AN_HOUR)
        rows = await _taken(unit, in_chat, or_(_GOES_IN_MINUTES, seen))
        await shown.forget(unit, chat.chat_hash)
    else:
        over = or_(minute <= shown.oldest(unit), minute > shown.newest(unit))
        rows = await _taken(unit, in_chat, _GOES_IN_MINUTES, over)
        (left,) = await _standing_in(unit, in_chat)
        since = await unit.session.scalar(select(func.min(minute)).where(*left, _GOES_IN_MINUTES))
        chat.since = chat.touched if since is None else since
    if rows:
        vault.note_erasure(unit)
    return _opened(unit, rows)


async def hasten(unit: Unit, chat_hash: bytes) -> None:
    """What stands in a chat goes within minutes from now on, since it is a moderator's."""
    taken = await take(unit, chat_hash)
    for message_id in taken.ids:
        note(unit, chat_hash, message_id, stay=Stay.MINUTES)
    if taken.doubtful:
        note_doubt(unit, chat_hash, stay=Stay.MINUTES)


def scatter(unit: Unit, chat_hash: bytes) -> None:
    """Write a chat's rows anew when the unit ends, with new decoys up to the next multiple of BUCKET, one bucket at least: a chat
    that does so again has as many rows as before."""
    unit.scattered.add(chat_hash)


async def _scattered(unit: Unit, chats: Collection[bytes], new: Sequence[_Row]) -> Sequence[_Row]:
    """The rows of these chats, whose slots are freed, with decoys for all that each has with the `new` ones."""
    if not chats:
        return []
    taken = await _taken(unit, chats)
    kept = [_sealed_anew(unit, row) for row in taken if _number(unit, row) != _DECOY]
    numbers = Counter(row.chat_hash for row in (*kept, *new))
    lacking = {chat: -numbers[chat] % BUCKET if numbers[chat] else BUCKET for chat in chats}
    decoys = [_row(unit, Noted(chat, _DECOY)) for chat, number in lacking.items() for _ in range(number)]
    return [*kept, *decoys]


async def unseen(unit: Unit, limit: int) -> Sequence[bytes]:
    """At most so many chats in which something told unasked was not seen and can soon not be deleted any more."""
    query = select(_TABLE.c.chat_hash).where(_is_unseen_for_long(unit)).distinct().limit(limit)
    return (await unit.session.scalars(query)).all()


async def note_unseen(unit: Unit, chat_hashes: Collection[bytes]) -> int:
    """Remember chats that `unseen` has found; how many."""
    for chat_hash in chat_hashes:
        shown.end(unit, None, chat_hash)
    return len(chat_hashes)


async def take_unseen(unit: Unit, chat_hash: bytes) -> Taken:
    """What `unseen` found in a chat; it is forgotten with this transaction."""
    return _opened(unit, await _taken(unit, [chat_hash], _is_unseen_for_long(unit)))


def _is_unseen_for_long(unit: Unit) -> ColumnElement[bool]:
    last = unit.hour - unit.settings.message_hours  # an hour later `forget_old` would forget it
    return and_(_TABLE.c.minute == SentMessage.UNTIL_SEEN, _TABLE.c.hour <= last)


async def old(unit: Unit, limit: int) -> Sequence[int]:
    """At most so many slots of messages that are too old to be deleted. What was to go within minutes is not among them before
    its moderator was told. It reads all slots, which have no index, so it is not for a unit that writes."""
    query = select(_TABLE.c.id).where(~_IS_FREE, *_is_old(unit)).limit(limit)
    return (await unit.session.scalars(query)).all()


def _is_old(unit: Unit) -> Sequence[ColumnElement[bool]]:
    return _TABLE.c.hour < unit.hour - unit.settings.message_hours, ~_GOES_IN_MINUTES


async def forget_old(unit: Unit, slots: Collection[int]) -> int:
    """Free those of these slots whose messages are too old; how many."""
    forgotten = len(await _taken(unit, None, _TABLE.c.id.in_(slots), *_is_old(unit)))
    if forgotten:
        vault.note_erasure(unit)
    return forgotten


def _chats(rows: Sequence[_Row]) -> Collection[bytes]:
    return dict.fromkeys(row.chat_hash for row in rows)


def _place(chat_hash: bytes, report_id: str) -> str:
    """A message's id opens only as one of its chat and its report."""
    return f"sent_messages.message:{chat_hash.hex()}:{report_id}"


RING_SEALED = RingSealed(SentMessage.message, lambda row: _place(row.chat_hash, row.report_id))


def _row(unit: Unit, noted: Noted) -> _Row:
    report = noted.report_id or SentMessage.NO_REPORT
    plain = noted.message_id.to_bytes(_BYTES, "big", signed=True)
    message = unit.safe.ring.seal(plain, _place(noted.chat_hash, report))
    return _Row(noted.chat_hash, message, report, unit.hour, _minute(unit, noted.stay))


def _minute(unit: Unit, stay: int) -> int:
    if stay == Stay.MINUTES:
        return unit.minute
    return SentMessage.UNTIL_SEEN if stay == Stay.UNTIL_SEEN else SentMessage.NO_MINUTE


def _sealed_anew(unit: Unit, row: _Row) -> _Row:
    """The same, as long as whatever is sealed now; a row that no key opens stays as it is."""
    ring, place = unit.safe.ring, _place(row.chat_hash, row.report_id)
    try:
        return replace(row, message=ring.seal(ring.unseal(row.message, place), place))
    except UnsealError:
        return row


def _number(unit: Unit, row: _Row) -> int:
    """What a row says; one whose key has left the ring says that something may be there."""
    try:
        plain = unit.safe.ring.unseal(row.message, _place(row.chat_hash, row.report_id))
    except UnsealError:
        return _UNKNOWN
    return int.from_bytes(plain, "big", signed=True)


def _opened(unit: Unit, rows: Sequence[_Row]) -> Taken:
    """What rows say."""
    taken = Taken()
    for row in rows:
        number = _number(unit, row)
        if number > 0:
            taken.ids.append(number)
        taken.doubtful |= number == _UNKNOWN
    taken.ids = sorted(set(taken.ids))
    return taken


async def _taken(unit: Unit, chats: Collection[bytes] | None, *where: Any) -> list[_Row]:
    """Rows, of these chats or of all, whose slots are freed and overwritten."""
    columns = [_TABLE.c[name] for name in (*_COLUMNS, "id")]
    of_chats = [(~_IS_FREE,)] if chats is None else await _standing_in(unit, chats)
    queries = [select(*columns).where(*conditions, *where) for conditions in of_chats]
    found: list[Any] = []
    for start in range(0, len(queries), _MOST_SHELVES):
        together = union_all(*queries[start : start + _MOST_SHELVES])
        found += (await unit.session.execute(together)).all()
    free = _free(unit)
    slots = [_filled(slot, free) for *_, slot in found]
    await _FILL.run(await unit.session.connection(), slots)
    return [_Row(*row) for *row, _ in found]


async def _standing_in(unit: Unit, chats: Collection[bytes]) -> Sequence[tuple[ColumnElement[bool], ...]]:
    """The SQL conditions that a slot has a row of one of these chats, to be asked for one after the other: by shelf, and together
    those that may stand anywhere."""
    anywhere = await shelves.spilled(unit, chats) if chats else ()
    on_shelves = [(shelves.holds(chat), _TABLE.c.chat_hash == chat) for chat in chats if chat not in anywhere]
    return [*on_shelves, *([(_TABLE.c.chat_hash.in_(anywhere),)] if anywhere else [])]


def _free(unit: Unit) -> _Row:
    """What a free slot holds: as many bytes as one that is taken."""
    size = len(_row(unit, Noted(SentMessage.FREE_CHAT, _DECOY)).message)
    return _Row(
        SentMessage.FREE_CHAT,
        bytes(size),
        SentMessage.NO_REPORT,
        SentMessage.FREE_HOUR,
        SentMessage.NO_MINUTE,
    )


def _filled(slot: int, row: _Row) -> dict[str, object]:
    return {"slot": slot} | {f"new_{name}": getattr(row, name) for name in _COLUMNS}


async def _fill(unit: Unit, rows: Sequence[_Row]) -> None:
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
    while True:
        free, size = await _looked_at(unit, draws)
        room = shelves.Room.of(free, {shelves.drawn(one, size) for one in draws} if size else (), size)
        if not room.lacks(chats) or await _has_room(unit, room, chats):
            return room.given(chats)
        await _grow(unit)


async def _looked_at(unit: Unit, draws: Sequence[int]) -> tuple[Sequence[int], int]:
    """The free ones of the slots that these numbers say, and how many slots there are."""
    connection = await unit.session.connection()
    on_sqlite = connection.dialect.name == "sqlite"
    drawn = {
        "draws": json.dumps(draws) if on_sqlite else draws,
        "free": SentMessage.FREE_CHAT,
        "length": len(_free(unit).message),
    }
    found = (await connection.execute(_LOOK_ON_SQLITE if on_sqlite else _LOOK_ON_POSTGRESQL, drawn)).all()
    size = found[0].size if found else await unit.session.scalar(select(func.max(_TABLE.c.id)))
    return list({row.id for row in found}), size or 0


async def _has_room(unit: Unit, room: shelves.Room, chats: Sequence[bytes]) -> bool:
    """Whether shelves of which few free slots were drawn have room all the same, or one chat is so many rows that more slots would
    give it none: its rows go anywhere then. Of few slots more are made rather."""
    if room.slots < 2 * shelves.SHELF:
        return False
    fits = func.length(_TABLE.c.message) == len(_free(unit).message)
    for shelf in room.lacks(chats):
        rows = select(_TABLE.c.id, _TABLE.c.chat_hash).where(_TABLE.c.id.between(shelf.start, shelf.stop - 1))
        found = (await unit.session.execute(rows.where(fits).with_for_update(skip_locked=True))).all()
        free = [slot for slot, chat in found if chat == SentMessage.FREE_CHAT]
        numbers = Counter(chat for _, chat in found if chat != SentMessage.FREE_CHAT) + Counter(chats)
        if not room.found(shelf, free) and not shelves.is_crowded(numbers):
            return False
    without = room.lacks(chats)
    if without:
        lacking = [chat for chat in chats if shelves.shelf_of(chat, room.slots) in without]
        anywhere = select(_TABLE.c.id).where(_IS_FREE, fits).with_for_update(skip_locked=True)
        if not room.spill(chats, (await unit.session.scalars(anywhere)).all()):
            return False
        await shelves.note_spilled(unit, lacking)
    return True


async def _grow(unit: Unit) -> None:
    """Twice as many slots, over which all rows are dealt out anew: the older half would tell which rows are older."""
    if unit.session.get_bind().dialect.name == "postgresql":
        await unit.session.execute(text("LOCK TABLE sent_messages IN EXCLUSIVE MODE"))
    size = await unit.session.scalar(select(func.max(_TABLE.c.id))) or 0
    rows, free = [_sealed_anew(unit, row) for row in await _taken(unit, None)], _free(unit)
    empty = {name: getattr(free, name) for name in _COLUMNS}
    await unit.session.execute(update(_TABLE).values(empty))
    grown = max(2 * size, FEWEST_SLOTS)
    await unit.session.execute(_made(size + 1, grown, empty))
    slots, untidy = shelves.dealt([row.chat_hash for row in rows], grown)
    filled = [_filled(slot, row) for slot, row in zip(slots, rows, strict=True)]
    await _FILL.run(await unit.session.connection(), filled)
    await shelves.forget_spilled(unit, list((await shelves.marks(unit)).items()))
    await shelves.note_spilled(unit, untidy)


def _made(first: int, last: int, empty: Mapping[str, object]) -> Insert:
    """Slots with these numbers, counted by the database: by far most of them are made while everybody waits."""
    counted = select(literal(first).label("id")).cte("made", recursive=True)
    counted = counted.union_all(select(counted.c.id + 1).where(counted.c.id < last))
    values = (literal(value, _TABLE.c[name].type) for name, value in empty.items())
    return insert(_TABLE).from_select(["id", *empty], select(counted.c.id, *values))


async def tidied(unit: Unit, limit: int) -> Sequence[tuple[str, str]]:
    """At most so many marks that rows stand on no shelf of theirs, of which none do any more. It may read all slots, so it is not
    for a unit that writes."""
    marks = await shelves.marks(unit)
    if not marks:
        return []
    size = await unit.session.scalar(select(func.max(_TABLE.c.id))) or 0
    rows = (await unit.session.execute(select(_TABLE.c.id, _TABLE.c.chat_hash).where(~_IS_FREE))).all()
    untidy = shelves.untidy(((row.id, row.chat_hash) for row in rows), size)
    needed = {shelves.mark_of(chat) for chat in untidy} | ({shelves.EVERYBODY} if untidy else set())
    return [mark for mark in marks.items() if mark[0] not in needed][:limit]
