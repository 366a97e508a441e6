"""What each sender has asked of the bot on a day, as it is kept: sealed under the key of the day, in buckets.

A row for each sender would tell whoever has the file alone the order in which people first wrote, and how much: both lead to
their reports, which lie there in an order and have sizes. So a sender's counts stand in the bucket of the hash's first byte,
whose row is made before anybody writes and overwritten where it is, by as many bytes as long as it holds few senders."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.safety.keys import SecretKey
from bot.safety.sealing import AES_GCM, Scheme, UnsealError
from bot.services.unit import Unit
from db.bulk import Bulk
from db.models import SenderBucket, WaitingUpdate

BUCKETS = 256
AT_LEAST = 16
"""Senders that a bucket has room for before it grows by as many."""
_LENGTH = struct.Struct(">H")
_ENTRY = struct.Struct(">16sIHH??")
_HASH = 16
"""Bytes of a sender's hash that are kept."""
_MOST = 0xFFFF
_TABLE: Any = SenderBucket.__table__
_READ = (
    select(_TABLE.c.number, _TABLE.c.content, exists(select(WaitingUpdate.id)).label("anybody"))
    .where(_TABLE.c.number.in_(bindparam("numbers", expanding=True)))
    .order_by(_TABLE.c.number)
    .with_for_update(of=_TABLE)
)
"""In the order of the numbers, so that two who want the same buckets do not wait for each other."""
_OVERWRITE = Bulk(
    update(_TABLE).where(_TABLE.c.number == bindparam("bucket")).values(content=bindparam("new_content")),
    ("bucket", "new_content"),
)


@dataclass(slots=True)
class Counts:
    """A sender's day so far: updates, reports begun, codes guessed wrong, whether a form is open, and whether one who is blocked was
    told so."""

    updates: int = 0
    reports: int = 0
    guesses: int = 0
    in_report: bool = False
    told_blocked: bool = False


@dataclass(slots=True)
class Buckets:
    """The buckets of some senders, open. `anybody_waits`: some update of somebody waits for its turn."""

    key: SecretKey = field(repr=False)
    opened: dict[int, dict[bytes, Counts]] = field(default_factory=dict)
    anybody_waits: bool = False

    def of(self, sender: bytes) -> Counts:
        """What is kept of a sender; a change of it is kept by `write`."""
        return self.opened[sender[0]].setdefault(sender[:_HASH], Counts())


async def read(unit: Unit, key: SecretKey, senders: Iterable[bytes]) -> Buckets:
    """The buckets of these senders under the key of the day, with one query; nobody else writes them until the unit ends.
    Those of an earlier day do not open, and are empty."""
    numbers = {sender[0] for sender in senders}
    connection = await unit.session.connection()
    rows = (await connection.execute(_READ, {"numbers": list(numbers)})).all()
    if len(rows) < len(numbers):
        await _make(unit)
        rows = (await connection.execute(_READ, {"numbers": list(numbers)})).all()
    opened = {row.number: _opened(unit.safe.ring.scheme, key, row.number, row.content) for row in rows}
    return Buckets(key, opened, any(row.anybody for row in rows))


async def write(unit: Unit, buckets: Buckets) -> None:
    """Keep what was changed, with one statement."""
    scheme = unit.safe.ring.scheme
    rows = [
        {"bucket": number, "new_content": _sealed(scheme, buckets.key, number, counts)}
        for number, counts in buckets.opened.items()
    ]
    await _OVERWRITE.run(await unit.session.connection(), rows)


async def empty(unit: Unit) -> None:
    """Overwrite all that was counted; `vault.note_erasure` is the caller's."""
    await unit.session.execute(update(_TABLE).values(content=bytes(_SIZE)))


async def _make(unit: Unit) -> None:
    on_postgresql = unit.session.get_bind().dialect.name == "postgresql"
    insert = (postgresql if on_postgresql else sqlite).insert(_TABLE)
    rows = [{"number": number, "content": bytes(_SIZE)} for number in range(BUCKETS)]
    await unit.session.execute(insert.on_conflict_do_nothing(), rows)


def _place(number: int) -> str:
    return f"sender_buckets.content:{number}"


def _sealed(scheme: Scheme, key: SecretKey, number: int, counts: Mapping[bytes, Counts]) -> bytes:
    """In the order of the hashes, which is none of time."""
    entries = [
        _ENTRY.pack(
            sender,
            one.updates,
            min(one.reports, _MOST),
            min(one.guesses, _MOST),
            one.in_report,
            one.told_blocked,
        )
        for sender, one in sorted(counts.items())
    ]
    room = AT_LEAST * max(1, -(-len(entries) // AT_LEAST)) * _ENTRY.size
    plain = _LENGTH.pack(len(entries)) + b"".join(entries).ljust(room, b"\0")
    return scheme.seal(key, plain, _place(number))


def _opened(scheme: Scheme, key: SecretKey, number: int, content: bytes) -> dict[bytes, Counts]:
    try:
        plain = scheme.unseal(key, content, _place(number))
    except UnsealError:
        return {}
    (length,) = _LENGTH.unpack_from(plain)
    found = {}
    for at in range(length):
        sender, *counted = _ENTRY.unpack_from(plain, _LENGTH.size + at * _ENTRY.size)
        found[sender] = Counts(*counted)
    return found


_SIZE = len(_sealed(AES_GCM, SecretKey(bytes(32)), 0, {}))
"""Bytes of a bucket with few senders in it, or none."""
