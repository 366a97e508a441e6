"""The ids of a chat's messages, kept sealed for as long as Telegram lets a bot delete them, so that a chat can be
cleared and what showed a report taken back.

Whoever has the database file alone must not read from it which chat sent which report. So nothing here keeps an order:
rows are slots that are made in advance (see `message_slots`). After a submission a chat's rows are dealt out anew, filled up with
decoys, so that their number does not tell how long its report is. PostgreSQL keeps old versions of rows in the order in
which they were written: there only ids and numbers tell nothing.

What moderators are shown goes within minutes (see `shown`), so its rows alone hold minutes.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from sqlalchemy import ColumnElement, and_, func, or_, select

from bot.services import message_slots, shown, slot_supply, vault
from bot.services.message_slots import DECOY, TABLE, UNKNOWN, Row
from bot.services.unit import MINUTES_AN_HOUR, Noted, Unit
from db.models import SentMessage, ShownChat

BUCKET = 64
"""After a submission a chat has a multiple of so many rows."""
_GOES_IN_MINUTES = TABLE.c.minute > SentMessage.UNTIL_SEEN


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
    answer was lost. `leaves_none`: nothing that goes within minutes stands there any more."""

    ids: list[int] = field(default_factory=list)
    doubtful: bool = False
    leaves_none: bool = False


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
    note(unit, chat_hash, UNKNOWN, report_id, stay)


async def write(unit: Unit) -> None:
    """Write what was noted, and the chats to be scattered. Whoever commits a unit calls it before."""
    noted, unit.noted = _merged(unit.noted), []
    acted, unit.acted = unit.acted, set()
    scattered, unit.scattered = unit.scattered, {}
    await shown.touch(unit, acted | {one.chat_hash for one in noted if one.stay == Stay.MINUTES})
    rows = [_row(unit, one) for one in noted]
    await slot_supply.fill(unit, [*rows, *(await _scattered(unit, scattered, rows))])


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
    rows = await message_slots.taken(unit, [chat_hash])
    if rows:
        vault.note_erasure(unit)
    oldest = unit.hour - unit.settings.message_hours
    return _opened(unit, [row for row in rows if row.hour >= oldest])


async def known(unit: Unit, chat_hash: bytes) -> Collection[int]:
    """The ids of all messages that are kept of a chat. Its rows are read and opened, so it is for what is rarely asked."""
    rows = await message_slots.standing(unit, [chat_hash])
    return set(_opened(unit, rows).ids)


async def take_of_report(
    unit: Unit, report_id: str, chat_hashes: Collection[bytes], *, whole: bool = True
) -> dict[bytes, Taken]:
    """The messages that showed a report in these chats; they are forgotten with this transaction. Without `whole` those
    that told of it unasked stay."""
    await write(unit)
    where = [TABLE.c.report_id == report_id]
    if not whole:
        where.append(TABLE.c.minute != SentMessage.UNTIL_SEEN)
    rows = await message_slots.taken(unit, chat_hashes, *where)
    return {chat: _opened(unit, [row for row in rows if row.chat_hash == chat]) for chat in _chats(rows)}


async def take_shown(unit: Unit, chat: ShownChat) -> Taken:
    """The messages of a moderator's chat whose minutes are over; they are forgotten with this transaction. When its
    moderator does nothing there all goes, and with it what was certainly seen."""
    await write(unit)
    in_chat, minute, since = [chat.chat_hash], TABLE.c.minute, None
    if shown.is_idle(unit, chat):
        seen = and_(minute == SentMessage.UNTIL_SEEN, TABLE.c.hour < chat.touched // MINUTES_AN_HOUR)
        rows = await message_slots.taken(unit, in_chat, or_(_GOES_IN_MINUTES, seen))
        await shown.forget(unit, chat.chat_hash)
    else:
        over = or_(minute <= shown.oldest(unit), minute > shown.newest(unit))
        rows = await message_slots.taken(unit, in_chat, _GOES_IN_MINUTES, over)
        (left,) = await message_slots.standing_in(unit, in_chat)
        since = await unit.session.scalar(select(func.min(minute)).where(*left, _GOES_IN_MINUTES))
        chat.since = chat.touched if since is None else since
    if rows:
        vault.note_erasure(unit)
    return replace(_opened(unit, rows), leaves_none=since is None)


async def hasten(unit: Unit, chat_hash: bytes) -> None:
    """What stands in a chat goes within minutes from now on, since it is a moderator's."""
    taken = await take(unit, chat_hash)
    for message_id in taken.ids:
        note(unit, chat_hash, message_id, stay=Stay.MINUTES)
    if taken.doubtful:
        note_doubt(unit, chat_hash, stay=Stay.MINUTES)


def scatter(unit: Unit, chat_hash: bytes, *, reached: bool = False) -> None:
    """Write a chat's rows anew when the unit ends, with new decoys up to the next multiple of BUCKET, one bucket at least: a chat
    that does so again has as many rows as before. `reached`: a message has reached it since that nobody may tell it by; it has one
    row more then, as any chat has that was answered last."""
    unit.scattered[chat_hash] = reached


async def _scattered(unit: Unit, chats: Mapping[bytes, bool], new: Sequence[Row]) -> Sequence[Row]:
    """The rows of these chats, whose slots are freed, with decoys for all that each has with the `new` ones."""
    if not chats:
        return []
    taken = await message_slots.taken(unit, chats)
    kept = [
        message_slots.sealed_anew(unit, row) for row in taken if message_slots.number_of(unit, row) != DECOY
    ]
    numbers = Counter(row.chat_hash for row in (*kept, *new))
    lacking = {chat: _lacking(numbers[chat] - reached) for chat, reached in chats.items()}
    decoys = [_row(unit, Noted(chat, DECOY)) for chat, number in lacking.items() for _ in range(number)]
    return [*kept, *decoys]


def _lacking(number: int) -> int:
    """How many rows are missing to the next multiple of BUCKET."""
    return -number % BUCKET if number > 0 else BUCKET - number


async def unseen(unit: Unit, limit: int) -> Sequence[bytes]:
    """At most so many chats in which something told unasked was not seen and can soon not be deleted any more."""
    query = select(TABLE.c.chat_hash).where(_is_unseen_for_long(unit)).distinct().limit(limit)
    return (await unit.session.scalars(query)).all()


async def note_unseen(unit: Unit, chat_hashes: Collection[bytes]) -> int:
    """Remember chats that `unseen` has found; how many."""
    for chat_hash in chat_hashes:
        shown.end(unit, None, chat_hash)
    return len(chat_hashes)


async def take_unseen(unit: Unit, chat_hash: bytes) -> Taken:
    """What `unseen` found in a chat; it is forgotten with this transaction."""
    return _opened(unit, await message_slots.taken(unit, [chat_hash], _is_unseen_for_long(unit)))


def _is_unseen_for_long(unit: Unit) -> ColumnElement[bool]:
    last = unit.hour - unit.settings.message_hours  # an hour later `forget_old` would forget it
    return and_(TABLE.c.minute == SentMessage.UNTIL_SEEN, TABLE.c.hour <= last)


async def old(unit: Unit, limit: int) -> Sequence[int]:
    """At most so many slots of messages that are too old to be deleted. What was to go within minutes is not among them before
    its moderator was told. It reads all slots, which have no index, so it is not for a unit that writes."""
    query = select(TABLE.c.id).where(~message_slots.IS_FREE, *_is_old(unit)).limit(limit)
    return (await unit.session.scalars(query)).all()


def _is_old(unit: Unit) -> Sequence[ColumnElement[bool]]:
    return TABLE.c.hour < unit.hour - unit.settings.message_hours, ~_GOES_IN_MINUTES


async def forget_old(unit: Unit, slots: Collection[int]) -> int:
    """Free those of these slots whose messages are too old; how many."""
    forgotten = len(await message_slots.taken(unit, None, TABLE.c.id.in_(slots), *_is_old(unit)))
    if forgotten:
        vault.note_erasure(unit)
    return forgotten


def _chats(rows: Sequence[Row]) -> Collection[bytes]:
    return dict.fromkeys(row.chat_hash for row in rows)


def _row(unit: Unit, noted: Noted) -> Row:
    minute = _minute(unit, noted.stay)
    return message_slots.sealed(unit, noted.chat_hash, noted.message_id, noted.report_id, minute)


def _minute(unit: Unit, stay: int) -> int:
    if stay == Stay.MINUTES:
        return unit.minute
    return SentMessage.UNTIL_SEEN if stay == Stay.UNTIL_SEEN else SentMessage.NO_MINUTE


def _opened(unit: Unit, rows: Sequence[Row]) -> Taken:
    """What rows say."""
    taken = Taken()
    for row in rows:
        number = message_slots.number_of(unit, row)
        if number > 0:
            taken.ids.append(number)
        taken.doubtful |= number == UNKNOWN
    taken.ids = sorted(set(taken.ids))
    return taken
