"""Daily allowances of each sender, kept sealed in buckets under the key of the day."""

import hmac
import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.safety.sealing import AES_GCM, Scheme, SecretKey, UnsealError, ready
from bot.store import vault
from bot.store.unit import UnitOfWork
from db.engine import Bulk, padded_to_power_of_two
from db.models import DayKey, SenderBucket, WaitingUpdate

BUCKETS = 256
AT_LEAST = 16
"""Senders that fit into a bucket before it grows by as many."""
_LOCK = 0x6B756461
_MOST_DAYS_LATE = 1
"""Days after which a key is replaced although updates wait. These may then overtake each other."""
_LENGTH = struct.Struct(">H")
_ENTRY = struct.Struct(">16sIHH??I??")
_HASH = 16
_MOST = 0xFFFF
_TABLE: Any = SenderBucket.__table__
FEW = 10
"""Updates of a day after which a person is no newcomer: what waits of them rests, as of those in the middle of a report."""
IS_NEW = and_(~WaitingUpdate.in_report, WaitingUpdate.number <= FEW)
_WAIT = (
    exists(select(WaitingUpdate.id)).label("anybody"),
    exists(select(WaitingUpdate.id).where(IS_NEW)).label("newcomers"),
)
_NUMBERED = _TABLE.c.number.in_(bindparam("numbers", expanding=True))
_READ = select(_TABLE.c.number, _TABLE.c.content, *_WAIT).where(_NUMBERED)
_BUCKETS = select(_TABLE.c.number, _TABLE.c.content).where(_NUMBERED)
_READ_LOCKED = _BUCKETS.order_by(_TABLE.c.number).with_for_update()
"""Locks buckets in order, which avoids deadlocks."""
_OVERWRITE = Bulk(
    update(_TABLE).where(_TABLE.c.number == bindparam("bucket")).values(content=bindparam("new_content")),
    ("bucket", "new_content"),
)


@dataclass(slots=True)
class Allowance:
    """Counts of a sender's day.

    - `sender`: hash under the key of the day. A bucket holds half of it.
    - `updates`: with those of this batch.
    - `guesses`: wrong receipt codes.
    - `in_report`: a form was open after the batch before, or the sender is a moderator.
    - `inside`: updates that came `in_report`.
    - `told_blocked`, `told_enough`: the sender was told of the block, or of writing too much outside a
      report.
    - `told_waiting`: the sender was told that others wait before them.
    - `waits`: an earlier update of the sender still waits.
    - `open_now`: new value of `in_report`, or None if unchanged.
    """

    sender: bytes
    updates: int = 0
    reports: int = 0
    guesses: int = 0
    in_report: bool = False
    told_blocked: bool = False
    inside: int = 0
    told_enough: bool = False
    told_waiting: bool = False
    waits: bool = False
    open_now: bool | None = None

    def outside(self, number: int) -> int:
        """Position, from 1, of the day's `number`th update among those outside a report."""
        return max(0, number - self.inside)


@dataclass(slots=True)
class _Counts:
    """Counts of this unit's senders, the key of their day, and the buckets that were read."""

    noted: dict[bytes, Allowance] = field(default_factory=dict)
    key: SecretKey | None = field(default=None, repr=False)
    buckets: dict[int, dict[bytes, Allowance]] = field(default_factory=dict)


async def _read(
    unit: UnitOfWork, key: SecretKey, chats: Mapping[bytes, int]
) -> tuple[Mapping[int, Allowance], bool, bool]:
    """Allowances by chat, whether any update waits, and one of a newcomer. Buckets under another key count as empty."""
    numbers = {sender[0] for sender in chats}
    connection = await unit.session.connection()
    rows = (await connection.execute(_READ, {"numbers": padded_to_power_of_two(numbers)})).all()
    if len(rows) < len(numbers):
        insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(_TABLE)
        empty = [{"number": number, "content": bytes(_SIZE)} for number in range(BUCKETS)]
        await connection.execute(insert.on_conflict_do_nothing(), empty)
        rows = (await connection.execute(_READ, {"numbers": padded_to_power_of_two(numbers)})).all()
    buckets = _open(unit, key, rows)
    found = {
        chat_id: replace(buckets[sender[0]].get(sender[:_HASH], Allowance(sender)), sender=sender)
        for sender, chat_id in chats.items()
    }
    return found, any(row.anybody for row in rows), any(row.newcomers for row in rows)


def _place(number: int) -> str:
    # Today's counts of an older version have entries of another length. Under another context they do not open, and start again.
    return f"sender_buckets.content:3:{number}"


def _sealed(scheme: Scheme, key: SecretKey, number: int, counts: Mapping[bytes, Allowance]) -> bytes:
    entries = []
    for sender, one in sorted(counts.items()):
        asked = one.updates, min(one.reports, _MOST), min(one.guesses, _MOST), one.in_report
        told = one.told_blocked, one.inside, one.told_enough, one.told_waiting
        entries.append(_ENTRY.pack(sender, *asked, *told))
    room = AT_LEAST * max(1, -(-len(entries) // AT_LEAST)) * _ENTRY.size
    plain = _LENGTH.pack(len(entries)) + b"".join(entries).ljust(room, b"\0")
    return scheme.seal(key, plain, _place(number))


def _open(unit: UnitOfWork, key: SecretKey, rows: Iterable[Any]) -> Mapping[int, dict[bytes, Allowance]]:
    scheme, buckets = unit.safe.ring.scheme, unit.state(_Counts).buckets
    for row in rows:
        buckets[row.number] = bucket = {}
        with suppress(UnsealError):
            plain = scheme.unseal(key, row.content, _place(row.number))
            (length,) = _LENGTH.unpack_from(plain)
            entries = (_ENTRY.unpack_from(plain, _LENGTH.size + at * _ENTRY.size) for at in range(length))
            bucket.update({entry[0]: Allowance(*entry) for entry in entries})
    return buckets


_SIZE = len(_sealed(AES_GCM, SecretKey(bytes(32)), 0, {}))


@dataclass(frozen=True, slots=True)
class SenderLimits:
    """Senders of a batch by chat. `newcomers_wait`: an update of a newcomer waits, who has no open report and wrote little."""

    by_chat: Mapping[int, Allowance]
    newcomers_wait: bool = False


async def count(unit: UnitOfWork, updates: Mapping[int, int]) -> SenderLimits:
    """Count updates per chat, with one query. `write` keeps the counts."""
    if not updates:
        return SenderLimits({})
    key, chats = await _senders(unit, updates)
    found, anybody_waits, newcomers_wait = await _read(unit, key, chats)
    waiting = set[bytes]()
    if anybody_waits:
        query = select(WaitingUpdate.sender).where(WaitingUpdate.sender.in_(chats)).distinct()
        waiting.update(await unit.session.scalars(query))
    for chat_id, allowance in found.items():
        allowance.waits = allowance.sender in waiting
        allowance.updates += updates[chat_id]
        allowance.inside += updates[chat_id] if allowance.in_report else 0
        note(unit, allowance)
    return SenderLimits(found, newcomers_wait)


async def of(unit: UnitOfWork, chat_ids: Collection[int]) -> SenderLimits:
    """Senders of these chats, as counted when their updates began to wait."""
    found, *_ = await _read(unit, *await _senders(unit, chat_ids))
    return SenderLimits(found)


async def _senders(unit: UnitOfWork, chat_ids: Iterable[int]) -> tuple[SecretKey, Mapping[bytes, int]]:
    """Key of the day, and chats by the HMAC-SHA256 (RFC 2104) of their ids under it."""
    unit.state(_Counts).key = key = await day_key(unit)
    return key, {hmac.digest(key, str(chat_id).encode(), "sha256"): chat_id for chat_id in chat_ids}


def note(unit: UnitOfWork, allowance: Allowance) -> None:
    """Have changed counts written at the end of this unit."""
    unit.state(_Counts).noted[allowance.sender] = allowance


async def note_reports_open(unit: UnitOfWork, crowd: SenderLimits) -> None:
    """Keep whether a form is open, if this changed, for waiting updates too, so that they stay in order."""
    changed = [one for one in crowd.by_chat.values() if one.open_now is not None]
    if changed:
        await unit.session.flush()  # updates that wait since this batch
    for value in {one.open_now for one in changed}:
        of_value = [one for one in changed if one.open_now is value]
        for one in of_value:
            one.in_report = bool(value)
            note(unit, one)
        theirs = WaitingUpdate.sender.in_([one.sender for one in of_value])
        waiting = update(WaitingUpdate).where(theirs).values(in_report=value)
        await unit.session.execute(waiting.execution_options(synchronize_session=False))


async def write(unit: UnitOfWork) -> None:
    """Write the counts last before a commit. PostgreSQL locks and reads buckets again, as other replicas may change them."""
    counts = unit.state(_Counts)
    noted, counts.noted = counts.noted, {}
    if not noted:
        return
    key, numbers = counts.key or await day_key(unit), sorted({sender[0] for sender in noted})
    connection = await unit.session.connection()
    if connection.dialect.name == "postgresql" or not counts.buckets.keys() >= set(numbers):
        rows = await connection.execute(_READ_LOCKED, {"numbers": padded_to_power_of_two(numbers)})
        _open(unit, key, rows)
    for sender, allowance in noted.items():
        counts.buckets[sender[0]][sender[:_HASH]] = allowance
    scheme, buckets = unit.safe.ring.scheme, counts.buckets
    written = [{"bucket": one, "new_content": _sealed(scheme, key, one, buckets[one])} for one in numbers]
    await _OVERWRITE.run(connection, written)


async def over(unit: UnitOfWork, limit: int) -> Sequence[int]:
    """At most `limit` past days that still have a key."""
    return (await unit.session.scalars(select(DayKey.day).where(DayKey.day < unit.day).limit(limit))).all()


async def forget(unit: UnitOfWork) -> int:
    """Destroy the keys and counts of past days. With updates waiting a key stays for a day more."""
    kept, today = await _usable(unit), unit.day
    first = today if kept is None else min(today, kept.day)
    over = (await unit.session.scalars(select(DayKey).where(DayKey.day < first))).all()
    if over:
        if kept is None:  # else today's counts belong to this key
            unit.state(_Counts).buckets.clear()
            await unit.session.execute(update(_TABLE).values(content=bytes(_SIZE)))
        await unit.session.execute(delete(DayKey).where(DayKey.day < first))
        await vault.destroy(unit, [row.data_key_id for row in over])
        vault.note_erasure(unit)
    return len(over)


async def day_key(unit: UnitOfWork) -> SecretKey:
    """Key for the day's hashes."""
    today = unit.day
    if today in unit.safe.day_keys:
        return unit.safe.day_keys[today]
    newest = await _usable(unit)
    if newest is None:
        if unit.session.get_bind().dialect.name == "postgresql":  # another replica may make one
            await unit.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        newest = await _usable(unit)
    if newest is None:
        return await _make(unit, today)
    await vault.open_keys(unit, [newest.data_key_id], lenient=True)
    key = unit.keys.get(newest.data_key_id or "")
    if key is None:  # its key has left the ring: no sender is recognised by it
        await unit.session.delete(newest)
        await unit.session.flush()
        return await _make(unit, newest.day)
    if newest.day == today:
        unit.safe.day_keys.clear()
        unit.safe.day_keys[today] = key = ready(key)
    return key


async def _usable(unit: UnitOfWork) -> DayKey | None:
    """Newest key if today's, of a clock put back, or, with updates waiting, yesterday's."""
    newest: DayKey | None = await unit.session.scalar(select(DayKey).order_by(DayKey.day.desc()).limit(1))
    if newest is None or newest.day >= unit.day:
        return newest
    waiting = await unit.session.scalar(select(exists(select(WaitingUpdate.id))))
    return newest if waiting and unit.day - newest.day <= _MOST_DAYS_LATE else None


async def _make(unit: UnitOfWork, day: int) -> SecretKey:
    key_id = vault.make_key(unit)
    await unit.session.flush()
    unit.session.add(DayKey(day=day, data_key_id=key_id))
    await unit.session.flush()
    return unit.keys[key_id]
