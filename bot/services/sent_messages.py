"""Sealed ids of a chat's messages, kept as long as Telegram lets a bot delete them.

The database file alone must not tell which chat sent which report. So rows are slots made in advance (see
`message_slots`), in no order. After a submission a chat's rows get new slots and decoys, so that their number
does not tell the report's length. PostgreSQL keeps old versions of rows in order, so there only ids and
numbers are hidden. Only rows of messages that go within minutes (see `shown`) hold minutes.
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
"""A chat's rows after a submission are a multiple of this."""
_GOES_IN_MINUTES = TABLE.c.minute > SentMessage.UNTIL_SEEN


class Stay(IntEnum):
    """How long a message stays: until the chat is cleared, until the chat's moderator has acted in a later
    hour, or for minutes. NOTHING: there is no message."""

    DAYS = 0
    UNTIL_SEEN = 1
    MINUTES = 2
    NOTHING = 3


@dataclass(slots=True)
class Taken:
    """Deletable messages of a chat. `doubtful`: more may stand there under unknown ids, since an answer of
    Telegram was lost. `leaves_none`: no message that goes within minutes is left."""

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
    """Remember a message when the unit ends, and the report that it shows. Of two notes of one message the
    more particular one counts."""
    unit.noted.append(Noted(chat_hash, message_id, report_id, stay))


def note_doubt(unit: Unit, chat_hash: bytes, report_id: str | None = None, stay: int = Stay.DAYS) -> None:
    note(unit, chat_hash, UNKNOWN, report_id, stay)


async def write(unit: Unit) -> None:
    """Write the notes and scatter the chats. Call before a commit."""
    noted, unit.noted = _merged(unit.noted), []
    acted, unit.acted = unit.acted, set()
    scattered, unit.scattered = unit.scattered, {}
    await shown.touch(unit, acted | {one.chat_hash for one in noted if one.stay == Stay.MINUTES})
    rows = [_row(unit, one) for one in noted]
    await slot_supply.fill(unit, [*rows, *(await _scattered(unit, scattered, rows))])


def _merged(noted: Sequence[Noted]) -> list[Noted]:
    """Each message once. Unknown ids may differ and stay apart."""
    merged: dict[object, Noted] = {}
    for place, one in enumerate(noted):
        key = (one.chat_hash, one.message_id if one.message_id > 0 else -place - 1)
        before = merged.get(key, one)
        merged[key] = replace(
            one, report_id=one.report_id or before.report_id, stay=max(one.stay, before.stay)
        )
    return list(merged.values())


async def take(unit: Unit, chat_hash: bytes) -> Taken:
    """Messages of a chat that can still be deleted. Forgets them."""
    await write(unit)
    rows = await message_slots.taken(unit, [chat_hash])
    if rows:
        vault.note_erasure(unit)
    oldest = unit.hour - unit.settings.message_hours
    return _opened(unit, [row for row in rows if row.hour >= oldest])


async def known(unit: Unit, chat_hash: bytes) -> Collection[int]:
    """Ids of all messages kept of a chat. Decrypts rows, so it is for rare use."""
    rows = await message_slots.standing(unit, [chat_hash])
    return set(_opened(unit, rows).ids)


async def take_of_report(
    unit: Unit, report_id: str, chat_hashes: Collection[bytes], *, whole: bool = True
) -> dict[bytes, Taken]:
    """Messages of a report in these chats, without unasked notices unless `whole`. Forgets them."""
    await write(unit)
    where = [TABLE.c.report_id == report_id]
    if not whole:
        where.append(TABLE.c.minute != SentMessage.UNTIL_SEEN)
    rows = await message_slots.taken(unit, chat_hashes, *where)
    return {chat: _opened(unit, [row for row in rows if row.chat_hash == chat]) for chat in _chats(rows)}


async def take_shown(unit: Unit, chat: ShownChat) -> Taken:
    """Messages of a moderator's chat past their minutes. In an idle chat all go, with notices that were
    certainly seen. Forgets them."""
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
    """Let a chat's messages go within minutes from now on, since it is a moderator's."""
    taken = await take(unit, chat_hash)
    for message_id in taken.ids:
        note(unit, chat_hash, message_id, stay=Stay.MINUTES)
    if taken.doubtful:
        note_doubt(unit, chat_hash, stay=Stay.MINUTES)


def scatter(unit: Unit, chat_hash: bytes, *, reached: bool = False) -> None:
    """Give a chat's rows new slots when the unit ends, with decoys up to a multiple of BUCKET.

    `reached`: a message has arrived since. Its row is added, as in any chat that was answered last, so that
    it stays unnoticed.
    """
    unit.scattered[chat_hash] = reached


async def _scattered(unit: Unit, chats: Mapping[bytes, bool], new: Sequence[Row]) -> Sequence[Row]:
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
    return -number % BUCKET if number > 0 else BUCKET - number


async def unseen(unit: Unit, limit: int) -> Sequence[bytes]:
    """At most `limit` chats with an unseen notice that soon can no longer be deleted."""
    query = select(TABLE.c.chat_hash).where(_is_unseen_for_long(unit)).distinct().limit(limit)
    return (await unit.session.scalars(query)).all()


async def note_unseen(unit: Unit, chat_hashes: Collection[bytes]) -> int:
    for chat_hash in chat_hashes:
        shown.end(unit, None, chat_hash)
    return len(chat_hashes)


async def take_unseen(unit: Unit, chat_hash: bytes) -> Taken:
    return _opened(unit, await message_slots.taken(unit, [chat_hash], _is_unseen_for_long(unit)))


def _is_unseen_for_long(unit: Unit) -> ColumnElement[bool]:
    last = unit.hour - unit.settings.message_hours  # one hour before `forget_old` forgets it
    return and_(TABLE.c.minute == SentMessage.UNTIL_SEEN, TABLE.c.hour <= last)


async def old(unit: Unit, limit: int) -> Sequence[int]:
    """At most `limit` slots of messages too old to be deleted, except those left to `shown`. Reads all
    slots, so it is not for a writing unit."""
    query = select(TABLE.c.id).where(~message_slots.IS_FREE, *_is_old(unit)).limit(limit)
    return (await unit.session.scalars(query)).all()


def _is_old(unit: Unit) -> Sequence[ColumnElement[bool]]:
    return TABLE.c.hour < unit.hour - unit.settings.message_hours, ~_GOES_IN_MINUTES


async def forget_old(unit: Unit, slots: Collection[int]) -> int:
    """Free those of these slots whose messages are too old."""
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
    taken = Taken()
    for row in rows:
        number = message_slots.number_of(unit, row)
        if number > 0:
            taken.ids.append(number)
        taken.doubtful |= number == UNKNOWN
    taken.ids = sorted(set(taken.ids))
    return taken
