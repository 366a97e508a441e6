"""The ids of a chat's messages, kept sealed for as long as Telegram lets a bot delete them, so that a chat can be
cleared and what showed a report taken back.

Whoever has the database file alone must not read from it which chat sent which report. So nothing here keeps an order:
rows are slots, made in advance, taken at random and overwritten in place (see `SentMessage`); when slots get scarce their
number doubles and everything is dealt out anew, and so it is when the ring's key has a name of another length: a row that grew
would be moved within its page. After a submission a chat's rows are dealt out anew too, filled up with
decoys, so that their number does not tell how long its report is. PostgreSQL keeps old versions of rows in the order in
which they were written: there only ids and numbers tell nothing.
"""

import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text, update

from bot.safety.sealing import UnsealError
from bot.services import vault
from bot.services.ring_sealed import RingSealed
from bot.services.unit import Unit
from db.models import SentMessage

FEWEST_SLOTS = 512
BUCKET = 64
"""After a submission a chat has a multiple of so many rows."""
_MOST_AT_ONCE = 2000
"""Slots looked for by one query: a database takes some 32,000 parameters."""
_DECOY, _UNKNOWN = 0, -1
_BYTES = 8
_RANDOM = secrets.SystemRandom()
_TABLE: Any = SentMessage.__table__
_IS_FREE = _TABLE.c.chat_hash == SentMessage.FREE_CHAT
_FILL = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("slot"))
    .values({name: bindparam(f"new_{name}") for name in ("chat_hash", "message", "report_id", "hour")})
)
_LOOK = """
    SELECT slot.id, whole.size FROM (SELECT max(id) AS size FROM sent_messages) AS whole
    CROSS JOIN {draws} CROSS JOIN sent_messages AS slot
    WHERE slot.id = 1 + {draw} % whole.size AND slot.chat_hash = :free AND length(slot.message) = :length
"""
"""Free ones among the slots that are drawn by numbers without an end, and how many slots there are."""
_LOOK_ON_SQLITE = text(_LOOK.format(draws="json_each(:draws) AS drawn", draw="drawn.value"))
_LOOK_ON_POSTGRESQL = text(
    # Locked, since another process may look for slots too; SQLite has one writer.
    _LOOK.format(draws="unnest(CAST(:draws AS bigint[])) AS drawn", draw="drawn")
    + "FOR UPDATE OF slot SKIP LOCKED"
)


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


def note(unit: Unit, chat_hash: bytes, message_id: int, report_id: str | None = None) -> None:
    """Keep a message's id; `report_id` is the report that it shows. It is written when the unit ends."""
    unit.noted.append((chat_hash, message_id, report_id))


def note_doubt(unit: Unit, chat_hash: bytes, report_id: str | None = None) -> None:
    """Keep that a message may stand in a chat under an id that nobody knows."""
    note(unit, chat_hash, _UNKNOWN, report_id)


async def write(unit: Unit) -> None:
    """Write what was noted. Whoever commits a unit calls it before."""
    noted, unit.noted = unit.noted, []
    await _fill(unit, [_sealed(unit, chat, number, report) for chat, number, report in noted])


async def take(unit: Unit, chat_hash: bytes) -> Taken:
    """The messages of a chat that can still be deleted; they are forgotten with this transaction."""
    await write(unit)
    rows = await _taken(unit, _TABLE.c.chat_hash == chat_hash)
    if rows:
        vault.note_erasure(unit)
    oldest = unit.hour - unit.settings.message_hours
    return _opened(unit, [row for row in rows if row.hour >= oldest])


async def take_of_report(unit: Unit, report_id: str, chat_hashes: Collection[bytes]) -> dict[bytes, Taken]:
    """The messages that showed a report in these chats; they are forgotten with this transaction."""
    await write(unit)
    rows = await _taken(unit, _TABLE.c.report_id == report_id, _TABLE.c.chat_hash.in_(chat_hashes))
    return {chat: _opened(unit, [row for row in rows if row.chat_hash == chat]) for chat in _chats(rows)}


async def scatter(unit: Unit, chat_hash: bytes) -> None:
    """Write a chat's rows anew, with decoys up to the next multiple of BUCKET."""
    await write(unit)
    rows = [_sealed_anew(unit, row) for row in await _taken(unit, _TABLE.c.chat_hash == chat_hash)]
    decoys = [_sealed(unit, chat_hash, _DECOY, None) for _ in range(-len(rows) % BUCKET)]
    await _fill(unit, [*rows, *decoys])


async def forget_old(unit: Unit) -> int:
    """Free the slots of messages that are too old to be deleted; how many."""
    over = _TABLE.c.hour < unit.hour - unit.settings.message_hours
    forgotten = len(await _taken(unit, over))
    if forgotten:
        vault.note_erasure(unit)
    return forgotten


def _chats(rows: Sequence[_Row]) -> Collection[bytes]:
    return dict.fromkeys(row.chat_hash for row in rows)


def _place(chat_hash: bytes, report_id: str) -> str:
    """A message's id opens only as one of its chat and its report."""
    return f"sent_messages.message:{chat_hash.hex()}:{report_id}"


RING_SEALED = RingSealed(SentMessage.message, lambda row: _place(row.chat_hash, row.report_id))


def _sealed(unit: Unit, chat_hash: bytes, number: int, report_id: str | None) -> _Row:
    report = report_id or SentMessage.NO_REPORT
    plain = number.to_bytes(_BYTES, "big", signed=True)
    message = unit.safe.ring.seal(plain, _place(chat_hash, report))
    return _Row(chat_hash, message, report, unit.hour)


def _sealed_anew(unit: Unit, row: _Row) -> _Row:
    """The same, as long as whatever is sealed now; a row that no key opens stays as it is."""
    ring, place = unit.safe.ring, _place(row.chat_hash, row.report_id)
    try:
        return replace(row, message=ring.seal(ring.unseal(row.message, place), place))
    except UnsealError:
        return row


def _opened(unit: Unit, rows: Sequence[_Row]) -> Taken:
    """What rows say; one whose key has left the ring says that something may be there."""
    taken = Taken()
    for row in rows:
        try:
            plain = unit.safe.ring.unseal(row.message, _place(row.chat_hash, row.report_id))
            number = int.from_bytes(plain, "big", signed=True)
        except UnsealError:
            number = _UNKNOWN
        if number > 0:
            taken.ids.append(number)
        taken.doubtful |= number == _UNKNOWN
    taken.ids = sorted(set(taken.ids))
    return taken


async def _taken(unit: Unit, *where: Any) -> list[_Row]:
    """Rows, whose slots are freed and overwritten."""
    columns = (_TABLE.c[name] for name in ("chat_hash", "message", "report_id", "hour"))
    query = select(*columns, _TABLE.c.id).where(~_IS_FREE, *where)
    found = (await unit.session.execute(query)).all()
    free = _free(unit)
    slots = [_filled(slot, free) for *_, slot in found]
    if slots:
        await (await unit.session.connection()).execute(_FILL, slots)
    return [_Row(*row) for *row, _ in found]


def _free(unit: Unit) -> _Row:
    """What a free slot holds: as many bytes as one that is taken."""
    size = len(_sealed(unit, SentMessage.FREE_CHAT, _DECOY, None).message)
    return _Row(SentMessage.FREE_CHAT, bytes(size), SentMessage.NO_REPORT, SentMessage.FREE_HOUR)


def _filled(slot: int, row: _Row) -> dict[str, object]:
    return {
        "slot": slot,
        "new_chat_hash": row.chat_hash,
        "new_message": row.message,
        "new_report_id": row.report_id,
        "new_hour": row.hour,
    }


async def _fill(unit: Unit, rows: Sequence[_Row]) -> None:
    for start in range(0, len(rows), _MOST_AT_ONCE):
        part = rows[start : start + _MOST_AT_ONCE]
        slots = await _free_slots(unit, len(part))
        filled = [_filled(slot, row) for slot, row in zip(slots, part, strict=True)]
        await (await unit.session.connection()).execute(_FILL, filled)


async def _free_slots(unit: Unit, wanted: int) -> Sequence[int]:
    """So many free slots, any as likely as any other."""
    draws = [_RANDOM.getrandbits(62) for _ in range(4 * wanted + 32)]
    length, connection = len(_free(unit).message), await unit.session.connection()
    while True:
        on_sqlite = connection.dialect.name == "sqlite"
        drawn = {
            "draws": json.dumps(draws) if on_sqlite else draws,
            "free": SentMessage.FREE_CHAT,
            "length": length,
        }
        found = (await connection.execute(_LOOK_ON_SQLITE if on_sqlite else _LOOK_ON_POSTGRESQL, drawn)).all()
        free = list({row.id for row in found})
        looked_at = len({draw % found[0].size for draw in draws}) if found else 0
        if len(free) >= wanted and 3 * len(free) >= looked_at:
            return _RANDOM.sample(free, wanted)
        await _grow(unit)


async def _grow(unit: Unit) -> None:
    """Twice as many slots, over which all rows are dealt out anew: the older half would tell which rows are older."""
    if unit.session.get_bind().dialect.name == "postgresql":
        await unit.session.execute(text("LOCK TABLE sent_messages IN EXCLUSIVE MODE"))
    size = await unit.session.scalar(select(func.max(_TABLE.c.id))) or 0
    rows, free = [_sealed_anew(unit, row) for row in await _taken(unit)], _free(unit)
    names = ("chat_hash", "message", "report_id", "hour")
    empty = {name: getattr(free, name) for name in names}
    await unit.session.execute(update(_TABLE).values(empty))
    grown = max(2 * size, FEWEST_SLOTS)
    made = [{"id": slot, **empty} for slot in range(size + 1, grown + 1)]
    await unit.session.execute(insert(_TABLE), made)
    slots = _RANDOM.sample(range(1, grown + 1), len(rows))
    filled = [_filled(slot, row) for slot, row in zip(slots, rows, strict=True)]
    if filled:
        await (await unit.session.connection()).execute(_FILL, filled)
