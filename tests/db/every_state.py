"""Rows of every state for whatever tables a database has, at any revision: made from the tables themselves, so that a table
or a column that comes later has rows too."""

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    insert,
    select,
)

from bot.form.answers import FileKind
from bot.services.desk.sharing import SharingState
from bot.services.desk.team import ADMIN, MODERATOR
from bot.services.keeping.clocks import ClockState
from bot.services.reports import files
from bot.services.reports.states import Status, VersionState
from bot.services.sent_messages import Stay
from bot.services.unit import REPORT_FORM, REVIEW_FORM
from bot.services.vault import DOOMED
from db.models import SentMessage

ROLES = (ADMIN, MODERATOR)
STATES: Mapping[str, Sequence[object]] = {
    "reports.status": tuple(Status),
    "public_versions.state": tuple(VersionState),
    "files.status": (files.PENDING, files.CLEANED, files.STORED, files.FAILED, DOOMED),
    "files.kind": tuple(FileKind),
    "drafts.kind": (REPORT_FORM, REVIEW_FORM),
    "moderators.role": ROLES,
    "invites.role": ROLES,
    "sharing_requests.state": tuple(SharingState),
    "outbox.stay": tuple(int(stay) for stay in Stay),
    "sent_messages.minute": (SentMessage.NO_MINUTE, SentMessage.UNTIL_SEEN, 29_000_000),
    "sent_messages.hour": (SentMessage.FREE_HOUR, 480_000),
    "marks.value": tuple(ClockState),
    "data_keys.wrapped": tuple(b"\x02k1" + bytes([number]) * 60 for number in range(8)),
    "data_keys.ring": ("k1",),
}
"""What the program stores in columns that tell a state; any other column gets values of its type."""
OF_DAYS = 2
"""Data keys that are kept for the days, and are nobody else's."""

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def tables_of(connection: Connection) -> Sequence[Table]:
    """The tables that are there now, parents first, but Alembic's."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def fill(connection: Connection) -> None:
    """Put rows into each table that has none: each state twice, once with every second column that may be null, once with the
    others."""
    for table in tables_of(connection):
        if connection.scalar(select(1).select_from(table).limit(1)) is None:
            longest = max(
                (len(STATES.get(f"{table}.{column.name}", ())) for column in table.columns), default=0
            )
            numbers = range(2 * max(longest, 3))
            parents = {
                column.name: _parents(connection, column) for column in table.columns if column.foreign_keys
            }
            connection.execute(
                insert(table), [_row(table, number, len(numbers) // 2, parents) for number in numbers]
            )


def _parents(connection: Connection, column: Column[Any]) -> Sequence[object]:
    (key,) = column.foreign_keys
    found = connection.scalars(select(key.column).order_by(key.column)).all()
    if key.column.table.name != "data_keys":
        return found
    return found[:OF_DAYS] if column.table.name == "day_keys" else found[OF_DAYS:]


def _row(
    table: Table, number: int, half: int, parents: Mapping[str, Sequence[object]]
) -> Mapping[str, object]:
    row: dict[str, object] = {}
    for place, column in enumerate(table.columns):
        if column.nullable and (place + number // half) % 2:
            row[column.name] = None
        elif column.name in parents:
            row[column.name] = parents[column.name][number % len(parents[column.name])]
        else:
            states = STATES.get(f"{table}.{column.name}", ())
            row[column.name] = states[number % len(states)] if states else _value(column, number, place)
    return row


def _value(column: Column[Any], number: int, place: int) -> object:
    match column.type:
        case Boolean():
            return bool((number + place) % 2)
        case BigInteger():
            return 2**40 + number
        case Integer():
            return 1_000 + number
        case LargeBinary():
            return sha256(f"{column}{number}".encode()).digest()
    return f"{number}{column.name}"[: getattr(column.type, "length", None)]


def snapshot(connection: Connection) -> Rows:
    """All rows of all tables."""
    return {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for table in tables_of(connection)
    }


def lost(before: Rows, after: Rows) -> set[str]:
    """What was there before and is not any more: tables, columns (`table.column`), and rows that are gone or changed in the columns that
    are left (`rows of table`)."""
    found = set()
    for name, rows in before.items():
        if name not in after:
            found.add(name)
            continue
        had = set(*islice(rows, 1))
        left = had & set(*islice(after[name], 1)) if after[name] else had
        found |= {f"{name}.{column}" for column in had - left}
        if _counted(rows, left) - _counted(after[name], left):
            found.add(f"rows of {name}")
    return found


def _counted(rows: Sequence[Mapping[str, Any]], columns: set[str]) -> Counter[str]:
    return Counter(repr([row[name] for name in sorted(columns)]) for row in rows)
