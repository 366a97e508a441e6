"""Stored counts of each sender's day, sealed under the key of the day, in buckets by the hash's first byte.

With a row a sender, the database file alone would tell when people first wrote and how much, which leads to
their reports. Buckets are made in advance and overwritten in place, at a constant size while they hold few
senders.
"""

import struct
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.safety.keys import SecretKey
from bot.safety.sealing import AES_GCM, Scheme, UnsealError
from bot.services.unit import SenderDay, Unit
from db.bulk import Bulk, evened
from db.models import SenderBucket, WaitingUpdate

BUCKETS = 256
AT_LEAST = 16
"""Senders that fit into a bucket before it grows by as many."""
_LENGTH = struct.Struct(">H")
_ENTRY = struct.Struct(">16sIHH??I?")
_HASH = 16
_MOST = 0xFFFF
_TABLE: Any = SenderBucket.__table__
_READ = select(_TABLE.c.number, _TABLE.c.content, exists(select(WaitingUpdate.id)).label("anybody")).where(
    _TABLE.c.number.in_(bindparam("numbers", expanding=True))
)
_LOCK = (
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


async def read(
    unit: Unit, key: SecretKey, senders: Collection[bytes]
) -> tuple[Mapping[bytes, SenderDay], bool]:
    """Counts of these senders, and whether any sender's update waits. Buckets under an earlier day's key
    count as empty."""
    numbers = {sender[0] for sender in senders}
    connection = await unit.session.connection()
    rows = (await connection.execute(_READ, {"numbers": evened(numbers)})).all()
    if len(rows) < len(numbers):
        await _make(unit)
        rows = (await connection.execute(_READ, {"numbers": evened(numbers)})).all()
    _open(unit, key, rows)
    found = {sender: unit.buckets[sender[0]].get(sender[:_HASH], SenderDay()) for sender in senders}
    return found, any(row.anybody for row in rows)


async def write(unit: Unit, key: SecretKey, days: Mapping[bytes, SenderDay]) -> None:
    """Write the counts of these senders.

    Another replica may have changed the buckets, so PostgreSQL locks them, and they are read again. Call this
    last in a unit, since others wait for the lock.
    """
    numbers = sorted({sender[0] for sender in days})
    connection = await unit.session.connection()
    if connection.dialect.name == "postgresql" or not unit.buckets.keys() >= set(numbers):
        _open(unit, key, (await connection.execute(_LOCK, {"numbers": evened(numbers)})).all())
    for sender, day in days.items():
        unit.buckets[sender[0]][sender[:_HASH]] = day
    scheme = unit.safe.ring.scheme
    rows = [
        {"bucket": number, "new_content": _sealed(scheme, key, number, unit.buckets[number])}
        for number in numbers
    ]
    await _OVERWRITE.run(connection, rows)


async def empty(unit: Unit) -> None:
    """Overwrite all counts. The caller calls `vault.note_erasure`."""
    unit.buckets.clear()
    await unit.session.execute(update(_TABLE).values(content=bytes(_SIZE)))


async def _make(unit: Unit) -> None:
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


def _open(unit: Unit, key: SecretKey, rows: Iterable[Any]) -> None:
    scheme = unit.safe.ring.scheme
    unit.buckets.update({row.number: _opened(scheme, key, row.number, row.content) for row in rows})


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
