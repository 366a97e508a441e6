"""Daily allowances of each sender, kept sealed in buckets under the key of the day."""

import hmac
import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.safety.sealing import AES_GCM, Scheme, SecretKey, UnsealError, ready
from bot.store import vault
from bot.store.unit import UnitOfWork
from db.engine import Bulk, padded_to_power_of_two
from db.models import DayKey, SenderBucket, WaitingUpdate

HOURS_A_DAY = 24
BUCKETS = 256
AT_LEAST = 16
"""Senders that fit into a bucket before it grows by as many."""
_LOCK = 0x6B756461
_MOST_DAYS_LATE = 1
"""Days after which a key is replaced although updates wait. These may then overtake each other."""
_LENGTH = struct.Struct(">H")
_ENTRY = struct.Struct(">16sIHH??I?")
_HASH = 16
_MOST = 0xFFFF
_TABLE: Any = SenderBucket.__table__
_READ = select(_TABLE.c.number, _TABLE.c.content, exists(select(WaitingUpdate.id)).label("anybody")).where(
    _TABLE.c.number.in_(bindparam("numbers", expanding=True))
)
_READ_LOCKED = (
    select(_TABLE.c.number, _TABLE.c.content)
    .where(_TABLE.c.number.in_(bindparam("numbers", expanding=True)))
    .order_by(_TABLE.c.number)
    .with_for_update()
)
"""Locks buckets in order, which avoids deadlocks."""
_OVERWRITE = Bulk(
    update(_TABLE).where(_TABLE.c.number == bindparam("bucket")).values(content=bindparam("new_content")),
    ("bucket", "new_content"),
)


@dataclass(slots=True)
class SenderDay:
    """Counts of one sender's day.

    - `guesses`: wrong receipt codes.
    - `in_report`: a form is open.
    - `inside`: updates that came inside a report.
    - `told_blocked`, `told_enough`: the sender was told of the block, or of writing too much outside a
      report.
    """

    updates: int = 0
    reports: int = 0
    guesses: int = 0
    in_report: bool = False
    told_blocked: bool = False
    inside: int = 0
    told_enough: bool = False


@dataclass(slots=True)
class _Counts:
    """Counts of this unit's senders, the key of their day, and the buckets that were read."""

    noted: dict[bytes, SenderDay] = field(default_factory=dict)
    key: SecretKey | None = field(default=None, repr=False)
    buckets: dict[int, dict[bytes, SenderDay]] = field(default_factory=dict)


async def read_counts(
    unit: UnitOfWork, key: SecretKey, senders: Collection[bytes]
) -> tuple[Mapping[bytes, SenderDay], bool]:
    """Counts of these senders, and whether any sender's update waits. Buckets under an earlier day's key
    count as empty."""
    numbers = {sender[0] for sender in senders}
    connection = await unit.session.connection()
    rows = (await connection.execute(_READ, {"numbers": padded_to_power_of_two(numbers)})).all()
    if len(rows) < len(numbers):
        await _make_buckets(unit)
        rows = (await connection.execute(_READ, {"numbers": padded_to_power_of_two(numbers)})).all()
    buckets = _open(unit, key, rows)
    found = {sender: buckets[sender[0]].get(sender[:_HASH], SenderDay()) for sender in senders}
    return found, any(row.anybody for row in rows)


async def write_counts(unit: UnitOfWork, key: SecretKey, days: Mapping[bytes, SenderDay]) -> None:
    """Write the counts of these senders.

    Another replica may have changed the buckets, so PostgreSQL locks them, and they are read again. Call this
    last in a unit, since others wait for the lock.
    """
    numbers = sorted({sender[0] for sender in days})
    connection, buckets = await unit.session.connection(), unit.state(_Counts).buckets
    if connection.dialect.name == "postgresql" or not buckets.keys() >= set(numbers):
        _open(
            unit,
            key,
            (await connection.execute(_READ_LOCKED, {"numbers": padded_to_power_of_two(numbers)})).all(),
        )
    for sender, day in days.items():
        buckets[sender[0]][sender[:_HASH]] = day
    scheme = unit.safe.ring.scheme
    rows = [
        {"bucket": number, "new_content": _sealed(scheme, key, number, buckets[number])} for number in numbers
    ]
    await _OVERWRITE.run(connection, rows)


async def empty_counts(unit: UnitOfWork) -> None:
    """Overwrite all counts. The caller calls `vault.note_erasure`."""
    unit.state(_Counts).buckets.clear()
    await unit.session.execute(update(_TABLE).values(content=bytes(_SIZE)))


async def _make_buckets(unit: UnitOfWork) -> None:
    on_postgresql = unit.session.get_bind().dialect.name == "postgresql"
    insert = (postgresql if on_postgresql else sqlite).insert(_TABLE)
    rows = [{"number": number, "content": bytes(_SIZE)} for number in range(BUCKETS)]
    await unit.session.execute(insert.on_conflict_do_nothing(), rows)


def _place(number: int) -> str:
    # Today's counts of an older version have entries of another length. Under another context they do not open, and start again.
    return f"sender_buckets.content:2:{number}"


def _sealed(scheme: Scheme, key: SecretKey, number: int, counts: Mapping[bytes, SenderDay]) -> bytes:
    entries = [
        _ENTRY.pack(
            sender,
            one.updates,
            min(one.reports, _MOST),
            min(one.guesses, _MOST),
            one.in_report,
            one.told_blocked,
            one.inside,
            one.told_enough,
        )
        for sender, one in sorted(counts.items())
    ]
    room = AT_LEAST * max(1, -(-len(entries) // AT_LEAST)) * _ENTRY.size
    plain = _LENGTH.pack(len(entries)) + b"".join(entries).ljust(room, b"\0")
    return scheme.seal(key, plain, _place(number))


def _open(unit: UnitOfWork, key: SecretKey, rows: Iterable[Any]) -> Mapping[int, dict[bytes, SenderDay]]:
    scheme, buckets = unit.safe.ring.scheme, unit.state(_Counts).buckets
    buckets.update({row.number: _opened(scheme, key, row.number, row.content) for row in rows})
    return buckets


def _opened(scheme: Scheme, key: SecretKey, number: int, content: bytes) -> dict[bytes, SenderDay]:
    try:
        plain = scheme.unseal(key, content, _place(number))
    except UnsealError:
        return {}
    (length,) = _LENGTH.unpack_from(plain)
    found = {}
    for at in range(length):
        sender, *counted = _ENTRY.unpack_from(plain, _LENGTH.size + at * _ENTRY.size)
        found[sender] = SenderDay(*counted)
    return found


_SIZE = len(_sealed(AES_GCM, SecretKey(bytes(32)), 0, {}))


@dataclass(slots=True)
class Allowance:
    """Counts of a sender's day.

    - `updates`: with those of this batch.
    - `in_report`: a form was open after the batch before, or the sender is a moderator.
    - `inside`: updates that came `in_report`.
    - `open_now`: new value of `in_report`, or None if unchanged.
    - `waits`: an earlier update of the sender still waits.
    """

    sender: bytes
    updates: int = 0
    reports: int = 0
    guesses: int = 0
    in_report: bool = False
    told_blocked: bool = False
    waits: bool = False
    open_now: bool | None = None
    inside: int = 0
    told_enough: bool = False

    def outside(self, number: int) -> int:
        """Position, from 1, of the day's `number`th update among those outside a report. Later updates
        inside a report lower it."""
        return max(0, number - self.inside)


@dataclass(frozen=True, slots=True)
class SenderLimits:
    """Senders of a batch by chat. `anybody_waits`: an update of any sender waits."""

    by_chat: Mapping[int, Allowance]
    anybody_waits: bool = False


async def count(unit: UnitOfWork, updates: Mapping[int, int]) -> SenderLimits:
    """Count updates per chat, with one query. `write` keeps the counts."""
    if not updates:
        return SenderLimits({})
    key, _ = await day_key(unit)
    unit.state(_Counts).key = key
    senders = {_sender(key, chat_id): chat_id for chat_id in updates}
    days, anybody_waits = await read_counts(unit, key, senders)
    waiting = await _waiting(unit, senders) if anybody_waits else frozenset()
    found = {}
    for sender, chat_id in senders.items():
        found[chat_id] = allowance = _allowance(sender, days[sender], waits=sender in waiting)
        allowance.updates += updates[chat_id]
        allowance.inside += updates[chat_id] if allowance.in_report else 0
        _note(unit, allowance)
    return SenderLimits(found, anybody_waits)


async def _waiting(unit: UnitOfWork, senders: Collection[bytes]) -> frozenset[bytes]:
    query = select(WaitingUpdate.sender).where(WaitingUpdate.sender.in_(senders)).distinct()
    return frozenset(await unit.session.scalars(query))


def _allowance(sender: bytes, day: SenderDay, *, waits: bool = False) -> Allowance:
    counted = day.updates, day.reports, day.guesses, day.in_report, day.told_blocked
    return Allowance(sender, *counted, waits, inside=day.inside, told_enough=day.told_enough)


def _note(unit: UnitOfWork, one: Allowance) -> None:
    counted = one.updates, one.reports, one.guesses, one.in_report, one.told_blocked
    unit.state(_Counts).noted[one.sender] = SenderDay(*counted, one.inside, one.told_enough)


async def of(unit: UnitOfWork, chat_ids: Collection[int]) -> SenderLimits:
    """Senders of these chats, as counted when their updates began to wait."""
    key, _ = await day_key(unit)
    unit.state(_Counts).key = key
    senders = {_sender(key, chat_id): chat_id for chat_id in chat_ids}
    days, _ = await read_counts(unit, key, senders)
    return SenderLimits({chat_id: _allowance(sender, days[sender]) for sender, chat_id in senders.items()})


def note_report(unit: UnitOfWork, allowance: Allowance) -> None:
    allowance.reports += 1
    _note(unit, allowance)


def note_guess(unit: UnitOfWork, allowance: Allowance) -> None:
    allowance.guesses += 1
    _note(unit, allowance)


def note_told_blocked(unit: UnitOfWork, allowance: Allowance) -> None:
    allowance.told_blocked = True
    _note(unit, allowance)


def note_told_enough(unit: UnitOfWork, allowance: Allowance) -> None:
    allowance.told_enough = True
    _note(unit, allowance)


async def note_reports_open(unit: UnitOfWork, crowd: SenderLimits) -> None:
    """Keep whether a form is open, where this batch changed that, for waiting updates too, so that these
    stay in order."""
    changed = [one for one in crowd.by_chat.values() if one.open_now is not None]
    if changed:
        await unit.session.flush()  # updates that wait since this batch
    for value in {one.open_now for one in changed}:
        of_value = [one for one in changed if one.open_now is value]
        for one in of_value:
            one.in_report = bool(value)
            _note(unit, one)
        theirs = WaitingUpdate.sender.in_([one.sender for one in of_value])
        waiting = update(WaitingUpdate).where(theirs).values(in_report=value)
        await unit.session.execute(waiting.execution_options(synchronize_session=False))


async def write(unit: UnitOfWork) -> None:
    """Write the counts as the last step before a commit. No other transaction may write counts of these
    senders meanwhile."""
    counts = unit.state(_Counts)
    noted, counts.noted = counts.noted, {}
    if noted:
        await write_counts(unit, counts.key or (await day_key(unit))[0], noted)


async def over(unit: UnitOfWork, limit: int) -> Sequence[int]:
    """At most `limit` past days that still have a key."""
    return (await unit.session.scalars(select(DayKey.day).where(DayKey.day < unit.day).limit(limit))).all()


async def forget(unit: UnitOfWork) -> int:
    """Destroy the keys of past days and their counts. A key with waiting updates stays a day longer, so that
    senders are not mixed up."""
    kept = await _newest(unit)
    today = unit.day
    first = today if kept is None or not await _still_good(unit, kept) else min(today, kept.day)
    over = (await unit.session.scalars(select(DayKey).where(DayKey.day < first))).all()
    if over:
        if kept is not None and kept.day < first:  # else today's counts belong to the newest key
            await empty_counts(unit)
        await unit.session.execute(delete(DayKey).where(DayKey.day < first))
        await vault.destroy(unit, [row.data_key_id for row in over])
        vault.note_erasure(unit)
    return len(over)


async def day_key(unit: UnitOfWork) -> tuple[SecretKey, int]:
    """Key for the day's hashes, and its day."""
    today = unit.day
    if today in unit.safe.day_keys:
        return unit.safe.day_keys[today], today
    newest = await _newest(unit)
    if newest is None or not await _still_good(unit, newest):
        await _lock_out_other_makers(unit)
        newest = await _newest(unit)
    if newest is None or not await _still_good(unit, newest):
        newest = await _make(unit, today)
        return unit.keys[str(newest.data_key_id)], today
    await vault.open_keys(unit, [newest.data_key_id], lenient=True)
    key = unit.keys.get(newest.data_key_id or "")
    if key is None:  # its key has left the ring: no sender is recognised by it
        await unit.session.delete(newest)
        await unit.session.flush()
        newest = await _make(unit, newest.day)
        return unit.keys[str(newest.data_key_id)], newest.day
    if newest.day == today:
        unit.safe.day_keys.clear()
        unit.safe.day_keys[today] = key = ready(key)
    return key, newest.day


async def _newest(unit: UnitOfWork) -> DayKey | None:
    found: DayKey | None = await unit.session.scalar(select(DayKey).order_by(DayKey.day.desc()).limit(1))
    return found


async def _still_good(unit: UnitOfWork, newest: DayKey) -> bool:
    """Whether the newest key is today's or, with updates waiting, yesterday's. A later day, from a clock
    that was put back, is good too."""
    age = unit.day - newest.day
    if age <= 0:
        return True
    waiting = await unit.session.scalar(select(exists(select(WaitingUpdate.id))))
    return age <= _MOST_DAYS_LATE and bool(waiting)


async def _lock_out_other_makers(unit: UnitOfWork) -> None:
    if unit.session.get_bind().dialect.name == "postgresql":
        await unit.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def _make(unit: UnitOfWork, day: int) -> DayKey:
    made = DayKey(day=day, data_key_id=vault.make_key(unit))
    await unit.session.flush()
    unit.session.add(made)
    await unit.session.flush()
    return made


def _sender(key: SecretKey, chat_id: int) -> bytes:
    """HMAC-SHA256 (RFC 2104) of a chat id under the key of the day."""
    return hmac.digest(key, str(chat_id).encode(), "sha256")
