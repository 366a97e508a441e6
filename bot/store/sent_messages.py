"""Sealed ids of a chat's messages, kept as long as Telegram lets a bot delete them.

The database file alone must not tell which chat sent which report. So rows are slots made in advance (see
`message_slots`), in no order. After a submission a chat's rows get new slots and decoys, so that their number
does not tell the report's length. PostgreSQL keeps old versions of rows in order, so there only ids and
numbers are hidden. Only rows of messages that go within minutes (`Stay.MINUTES`) hold minutes.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import IntEnum

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, text, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from bot.store import message_slots, vault
from bot.store.message_slots import DECOY, EVERYBODY, IS_FREE, LAST, SHELF, TABLE, UNKNOWN, SlotContent
from bot.store.unit import MINUTES_AN_HOUR, UnitOfWork
from db.models import Mark, SentMessage, ShownChat, TakeBack

MESSAGE_HOURS = 47
"""Time for which ids of messages are kept for deletion, in whole hours. Telegram allows 48 (deleteMessage)."""
MOST_AT_ONCE = 100
_IS_OF_REPLIES = and_(TakeBack.report_id.is_(None), TakeBack.chat_hash.is_(None))
_AHEAD = 2
"""Minutes that another process's clock may be ahead. A later date comes from a clock that was put back."""
BUCKET = 64
"""A chat's rows after a submission are a multiple of this."""
_MOST_REWRITTEN = 16 * SHELF
"""Slots up to which PostgreSQL's file is written anew, for which everyone waits."""
_LOOSE_BYTES = 1024
"""Bytes of the file for each slot beyond which it is: a slot with all its dead rows takes some 200 to 500."""
_GOES_IN_MINUTES = TABLE.c.minute > SentMessage.UNTIL_SEEN


@dataclass(frozen=True, slots=True)
class _Noted:
    """Message to remember, the report that it shows, and one of `Stay`."""

    chat_hash: bytes
    message_id: int
    report_id: str | None = None
    stay: int = 0


@dataclass(slots=True)
class _Pending:
    """Work for the end of this unit.

    - `ended`: reports that must leave moderators' chats.
    - `acted`: chats of moderators who acted.
    - `scattered`: chats whose rows get new slots.
    """

    noted: dict[tuple[bytes, int], _Noted] = field(default_factory=dict)
    ended: list[str | None] = field(default_factory=list)
    acted: set[bytes] = field(default_factory=set)
    scattered: dict[bytes, bool] = field(default_factory=dict)


async def touch(unit: UnitOfWork, chat_hashes: Collection[bytes]) -> None:
    """Record that moderators acted in these chats, or were shown messages there."""
    if not chat_hashes:
        return
    rows = [{"chat_hash": one, "since": unit.minute, "touched": unit.minute} for one in sorted(chat_hashes)]
    on_postgresql = unit.session.get_bind().dialect.name == "postgresql"
    added = (postgresql if on_postgresql else sqlite).insert(ShownChat).values(rows)
    now = {"touched": added.excluded.touched}
    await unit.session.execute(added.on_conflict_do_update(index_elements=[ShownChat.chat_hash], set_=now))


async def due(unit: UnitOfWork) -> Sequence[ShownChat]:
    return (await unit.session.scalars(select(ShownChat).where(_is_due(unit)))).all()


def _is_due(unit: UnitOfWork) -> ColumnElement[bool]:
    is_idle = ShownChat.touched < unit.minute - unit.settings.idle_minutes
    is_over = ShownChat.since <= unit.minute - unit.settings.shown_minutes
    newest = unit.minute + _AHEAD
    return or_(is_idle, is_over, ShownChat.touched > newest, ShownChat.since > newest)


async def forget(unit: UnitOfWork, chat_hash: bytes) -> None:
    """Record that a chat has no more messages that go within minutes."""
    await unit.session.execute(delete(ShownChat).where(ShownChat.chat_hash == chat_hash))


def end(
    unit: UnitOfWork, report_id: str | None, chat_hash: bytes | None = None, *, whole: bool = False
) -> None:
    """Remember that a report's messages must leave one chat, or all, with `whole` unasked notices too.
    Without a report the chat is cleared if `whole`, else rid of notices unseen for days."""
    reminder = TakeBack(id=vault.new_id(), report_id=report_id, chat_hash=chat_hash, whole=whole)
    unit.session.add(reminder)
    unit.state(_Pending).ended.append(report_id)


def end_replies(unit: UnitOfWork) -> None:
    """Remember that replies about a deleted report may be open in unknown chats."""
    unit.session.add(TakeBack(id=vault.new_id(), report_id=None, chat_hash=None, whole=True))


async def take_replies_ended(unit: UnitOfWork) -> bool:
    """Take the reminder of `end_replies`, and return whether there was one."""
    await unit.session.flush()
    done = await unit.session.execute(delete(TakeBack).where(_IS_OF_REPLIES))
    return bool(getattr(done, "rowcount", 0))


def ended_now(unit: UnitOfWork) -> Sequence[str | None]:
    """Reports for which this unit called `end`."""
    return unit.state(_Pending).ended


def note_act(unit: UnitOfWork, chat_hash: bytes) -> None:
    """Remember that a moderator acted in this chat."""
    unit.state(_Pending).acted.add(chat_hash)


async def ended(unit: UnitOfWork) -> Sequence[TakeBack]:
    """Take all reminders of this unit and of earlier ones."""
    unit.state(_Pending).ended.clear()
    await unit.session.flush()
    found = (await unit.session.scalars(select(TakeBack).where(~_IS_OF_REPLIES).limit(MOST_AT_ONCE))).all()
    gone = delete(TakeBack).where(TakeBack.id.in_([one.id for one in found])).returning(TakeBack.id)
    taken = set(await unit.session.scalars(gone.execution_options(synchronize_session=False)))
    for one in found:
        unit.session.expunge(one)
    return [one for one in found if one.id in taken]


async def is_anything_due(unit: UnitOfWork) -> bool:
    query = select(or_(exists(select(TakeBack.id)), exists(select(ShownChat.chat_hash).where(_is_due(unit)))))
    return bool(await unit.session.scalar(query))


class Stay(IntEnum):
    """How long a message stays: until a clearing, until its moderator acted in a later hour, or minutes. NOTHING: none."""

    DAYS = 0
    UNTIL_SEEN = 1
    MINUTES = 2
    NOTHING = 3


@dataclass(slots=True)
class DeletableMessages:
    """Deletable messages of a chat. `doubtful`: more may stand there under unknown ids, since an answer of
    Telegram was lost. `leaves_none`: no message that goes within minutes is left."""

    ids: list[int] = field(default_factory=list)
    doubtful: bool = False
    leaves_none: bool = False


def note(
    unit: UnitOfWork,
    chat_hash: bytes,
    message_id: int,
    report_id: str | None = None,
    stay: int = Stay.DAYS,
) -> None:
    """Remember a message, and the report that it shows. Of two notes of one message the more particular one counts."""
    noted = unit.state(_Pending).noted
    # Unknown ids may differ and stay apart.
    key = chat_hash, message_id if message_id > 0 else -len(noted) - 1
    before = noted.get(key, _Noted(chat_hash, message_id))
    noted[key] = replace(before, report_id=report_id or before.report_id, stay=max(stay, before.stay))


def note_doubt(
    unit: UnitOfWork, chat_hash: bytes, report_id: str | None = None, stay: int = Stay.DAYS
) -> None:
    note(unit, chat_hash, UNKNOWN, report_id, stay)


async def write(unit: UnitOfWork) -> None:
    """Write the notes and scatter the chats. Call before a commit."""
    pending = unit.state(_Pending)
    noted = pending.noted.values()
    await touch(unit, pending.acted | {one.chat_hash for one in noted if one.stay == Stay.MINUTES})
    rows = [_row(unit, one) for one in noted]
    await message_slots.fill(unit, [*rows, *(await _scattered(unit, pending.scattered, rows))])
    pending.noted, pending.acted, pending.scattered = {}, set(), {}


async def take(unit: UnitOfWork, chat_hash: bytes) -> DeletableMessages:
    """Messages of a chat that can still be deleted. Forgets them."""
    await write(unit)
    rows = await message_slots.taken(unit, [chat_hash])
    if rows:
        vault.note_erasure(unit)
    oldest = unit.hour - MESSAGE_HOURS
    return _opened(unit, [row for row in rows if row.hour >= oldest])


async def known(unit: UnitOfWork, chat_hash: bytes) -> Collection[int]:
    """Ids of all messages kept of a chat. Decrypts rows, so it is for rare use."""
    rows = await message_slots.standing(unit, [chat_hash])
    return set(_opened(unit, rows).ids)


async def take_of_report(
    unit: UnitOfWork, report_id: str, chat_hashes: Collection[bytes], *, whole: bool = True
) -> dict[bytes, DeletableMessages]:
    """Messages of a report in these chats, without unasked notices unless `whole`. Forgets them."""
    await write(unit)
    where = [TABLE.c.report_id == report_id]
    if not whole:
        where.append(TABLE.c.minute != SentMessage.UNTIL_SEEN)
    rows = await message_slots.taken(unit, chat_hashes, *where)
    chats = dict.fromkeys(row.chat_hash for row in rows)
    return {chat: _opened(unit, [row for row in rows if row.chat_hash == chat]) for chat in chats}


async def take_shown(unit: UnitOfWork, chat: ShownChat) -> DeletableMessages:
    """Take a moderator's messages past their minutes. In an idle chat all go, with notices surely seen."""
    await write(unit)
    in_chat, minute, since = [chat.chat_hash], TABLE.c.minute, None
    newest, settings = unit.minute + _AHEAD, unit.settings
    if not unit.minute - settings.idle_minutes <= chat.touched <= newest:
        seen = and_(minute == SentMessage.UNTIL_SEEN, TABLE.c.hour < chat.touched // MINUTES_AN_HOUR)
        rows = await message_slots.taken(unit, in_chat, or_(_GOES_IN_MINUTES, seen))
        await forget(unit, chat.chat_hash)
    else:
        over = or_(minute <= unit.minute - settings.shown_minutes, minute > newest)
        rows = await message_slots.taken(unit, in_chat, _GOES_IN_MINUTES, over)
        (left,) = await message_slots.standing_in(unit, in_chat)
        since = await unit.session.scalar(select(func.min(minute)).where(*left, _GOES_IN_MINUTES))
        chat.since = chat.touched if since is None else since
    if rows:
        vault.note_erasure(unit)
    return replace(_opened(unit, rows), leaves_none=since is None)


async def hasten(unit: UnitOfWork, chat_hash: bytes) -> None:
    """Let a chat's messages go within minutes from now on, since it is a moderator's."""
    taken = await take(unit, chat_hash)
    for message_id in taken.ids:
        note(unit, chat_hash, message_id, stay=Stay.MINUTES)
    if taken.doubtful:
        note_doubt(unit, chat_hash, stay=Stay.MINUTES)


def scatter(unit: UnitOfWork, chat_hash: bytes, *, reached: bool = False) -> None:
    """Give a chat's rows new slots when the unit ends, with decoys up to a multiple of BUCKET. `reached`: a message
    has arrived since. Its row is added, as in any chat that was answered last, so that it stays unnoticed."""
    unit.state(_Pending).scattered[chat_hash] = reached


async def _scattered(
    unit: UnitOfWork, chats: Mapping[bytes, bool], new: Sequence[SlotContent]
) -> Sequence[SlotContent]:
    if not chats:
        return []
    taken = await message_slots.taken(unit, chats)
    kept = [
        message_slots.sealed_anew(unit, row) for row in taken if message_slots.number_of(unit, row) != DECOY
    ]
    numbers = Counter(row.chat_hash for row in (*kept, *new))
    for chat, reached in chats.items():
        number = numbers[chat] - reached
        lacking = -number % BUCKET if number > 0 else BUCKET - number
        kept += [_row(unit, _Noted(chat, DECOY)) for _ in range(lacking)]
    return kept


async def unseen(unit: UnitOfWork, limit: int) -> Sequence[bytes]:
    """At most `limit` chats with an unseen notice that soon can no longer be deleted."""
    query = select(TABLE.c.chat_hash).where(_is_unseen_for_long(unit)).distinct().limit(limit)
    return (await unit.session.scalars(query)).all()


async def note_unseen(unit: UnitOfWork, chat_hashes: Collection[bytes]) -> int:
    for chat_hash in chat_hashes:
        end(unit, None, chat_hash)
    return len(chat_hashes)


async def take_unseen(unit: UnitOfWork, chat_hash: bytes) -> DeletableMessages:
    return _opened(unit, await message_slots.taken(unit, [chat_hash], _is_unseen_for_long(unit)))


def _is_unseen_for_long(unit: UnitOfWork) -> ColumnElement[bool]:
    last = unit.hour - MESSAGE_HOURS  # one hour before `forget_old` forgets it
    return and_(TABLE.c.minute == SentMessage.UNTIL_SEEN, TABLE.c.hour <= last)


async def old(unit: UnitOfWork, limit: int) -> Sequence[int]:
    """At most `limit` slots of messages too old to delete. Reads all slots: not for a writing unit."""
    query = select(TABLE.c.id).where(~IS_FREE, *_is_old(unit)).limit(limit)
    return (await unit.session.scalars(query)).all()


def _is_old(unit: UnitOfWork) -> Sequence[ColumnElement[bool]]:
    return TABLE.c.hour < unit.hour - MESSAGE_HOURS, ~_GOES_IN_MINUTES


async def forget_old(unit: UnitOfWork, slots: Collection[int]) -> int:
    """Free those of these slots whose messages are too old."""
    forgotten = len(await message_slots.taken(unit, None, TABLE.c.id.in_(slots), *_is_old(unit)))
    if forgotten:
        vault.note_erasure(unit)
    return forgotten


def _row(unit: UnitOfWork, noted: _Noted) -> SlotContent:
    minutes = {Stay.MINUTES: unit.minute, Stay.UNTIL_SEEN: SentMessage.UNTIL_SEEN}
    minute = minutes.get(Stay(noted.stay), SentMessage.NO_MINUTE)
    return message_slots.sealed(unit, noted.chat_hash, noted.message_id, noted.report_id, minute)


def _opened(unit: UnitOfWork, rows: Sequence[SlotContent]) -> DeletableMessages:
    numbers = {message_slots.number_of(unit, row) for row in rows}
    return DeletableMessages(sorted(one for one in numbers if one > 0), doubtful=UNKNOWN in numbers)


async def tidied(unit: UnitOfWork, limit: int) -> Sequence[tuple[str, str]]:
    """At most `limit` marks that no spilled row needs. May read all slots: not for a writing unit."""
    marks = await message_slots.marks(unit)
    if not marks:
        return []
    size, untidy = await unit.session.scalar(LAST) or 0, set[bytes]()
    for start in range(1, size + 1, SHELF):
        stands_here = message_slots.stands_on(range(start, start + SHELF))
        rows = await unit.session.execute(select(TABLE.c.id, TABLE.c.chat_hash).where(~IS_FREE, stands_here))
        untidy.update(chat for slot, chat in rows if slot not in message_slots.shelf_of(chat, size))
    needed = {message_slots.mark_of(chat) for chat in untidy} | ({EVERYBODY} if untidy else set())
    return [mark for mark in marks.items() if mark[0] not in needed][:limit]


async def forget_spilled(unit: UnitOfWork, over: Collection[tuple[str, str]]) -> int:
    """Delete these marks, name and value. A mark with another value stays: rows were spilled since."""
    gone = delete(Mark).where(tuple_(Mark.name, Mark.value).in_(over))
    done = await unit.session.execute(gone.execution_options(synchronize_session="fetch"))
    return int(getattr(done, "rowcount", 0))


async def loose(unit: UnitOfWork, limit: int) -> Sequence[int]:
    """A key for `tighten`, if a crowd left PostgreSQL's file mostly empty: VACUUM gives back only its end."""
    if message_slots.dialect(unit) == "sqlite":
        return ()
    size = await unit.session.scalar(LAST) or 0
    held = await unit.session.scalar(text("SELECT pg_table_size('sent_messages')")) or 0
    return range(min(limit, 0 < size <= _MOST_REWRITTEN and held > _LOOSE_BYTES * size))


async def tighten(unit: UnitOfWork, _found: Sequence[int]) -> int:
    """Write all slots into a new file, unless a reader is in the way. Nothing is destroyed, so the number is 0."""
    with suppress(DBAPIError):
        async with unit.session.begin_nested():
            await unit.session.execute(text("SET LOCAL lock_timeout = '100ms'"))
            await unit.session.execute(text("CLUSTER sent_messages USING pk_sent_messages"))
    return 0
