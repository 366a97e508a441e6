"""Rows of every state for whatever tables a database has, at any revision: made from the tables themselves, so that a table
or a column that comes later has rows too."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Inspector,
    Integer,
    LargeBinary,
    String,
    column,
    insert,
    inspect,
    text,
)
from sqlalchemy import table as sa_table
from sqlalchemy.engine.interfaces import ReflectedColumn

from bot.desk.forms.service import FormState
from bot.desk.people.service import ROLES
from bot.desk.sharing.service import SharingState
from bot.form.answers import FileKind
from bot.reports.states import Status, VersionState
from bot.store import files
from bot.store.clocks import ClockState
from bot.store.sent_messages import Stay
from bot.store.unit import QUESTION_FORM, REPLY_FORM, REPORT_FORM, REVIEW_FORM, TRIAL_FORM
from bot.store.vault import DOOMED
from db.models import SentMessage

STATES: Mapping[str, Sequence[object]] = {
    "reports.status": tuple(Status),
    "public_versions.state": tuple(VersionState),
    "files.status": (files.PENDING, files.CLEANED, files.STORED, files.FAILED, DOOMED),
    "files.kind": tuple(FileKind),
    "drafts.kind": (REPORT_FORM, REVIEW_FORM, REPLY_FORM, QUESTION_FORM, TRIAL_FORM),
    "moderators.role": ROLES,
    "invites.role": ROLES,
    "sharing_requests.state": tuple(SharingState),
    "installed_forms.state": tuple(FormState),
    "outbox.stay": tuple(int(stay) for stay in Stay),
    "sent_messages.minute": (SentMessage.NO_MINUTE, SentMessage.UNTIL_SEEN, 29_000_000),
    "sent_messages.hour": (SentMessage.FREE_HOUR, 480_000),
    "marks.value": tuple(ClockState),
    "data_keys.wrapped": tuple(b"\x02k1" + bytes([number]) * 60 for number in range(8)),
    "data_keys.ring": ("k1",),
    "data_keys.sealed_to": ("0a1b2c3d", "0a1b2c3d 4e5f6071"),
}
"""What the program stores in columns that tell a state; any other column gets values of its type."""
OF_DAYS = 2
"""Data keys that are kept for the days, and are nobody else's."""

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def snapshot(connection: Connection) -> Rows:
    """All rows of all tables but Alembic's."""
    found = {}
    for name in sorted(set(inspect(connection).get_table_names()) - {"alembic_version"}):
        rows = connection.execute(text(f"SELECT * FROM {name}"))  # noqa: S608 - names of ours
        found[name] = list(map(dict, rows.mappings()))
    return found


def fill(connection: Connection, found: Rows) -> None:
    """Put rows into each table that `found` shows without any: each state twice, once with every second column that may be null,
    once with the others."""
    if all(found.values()):
        return
    looking = inspect(connection)
    for name, _ in looking.get_sorted_table_and_fkc_names():  # parents first
        if name is None or name not in found or found[name]:
            continue
        shape = _shape(looking, name)
        half = max(3, *(len(STATES.get(f"{name}.{one['name']}", ())) for one in shape.columns))
        keys = {child: _keys(connection, name, *parent) for child, parent in shape.parents.items()}
        rows = [_row(name, shape, number, half, keys) for number in range(2 * half)]
        columns = (column(one["name"], one["type"]) for one in shape.columns)
        connection.execute(insert(sa_table(name, *columns)), rows)


@dataclass(frozen=True)
class _Shape:
    columns: Sequence[ReflectedColumn]
    parents: Mapping[str, tuple[str, str]]
    """The table and column that a column refers to."""


def _shape(looking: Inspector, name: str) -> _Shape:
    parents = {
        key["constrained_columns"][0]: (key["referred_table"], key["referred_columns"][0])
        for key in looking.get_foreign_keys(name)
    }
    return _Shape(looking.get_columns(name), parents)


def _keys(connection: Connection, child: str, parent: str, key: str) -> Sequence[object]:
    found = connection.scalars(text(f"SELECT {key} FROM {parent} ORDER BY {key}")).all()  # noqa: S608 - names of ours
    if parent != "data_keys":
        return found
    return found[:OF_DAYS] if child == "day_keys" else found[OF_DAYS:]


def _row(
    name: str, shape: _Shape, number: int, half: int, keys: Mapping[str, Sequence[object]]
) -> Mapping[str, object]:
    row: dict[str, object] = {}
    for place, one in enumerate(shape.columns):
        own = one["name"]
        if one["nullable"] and (place + number // half) % 2:
            row[own] = None
        elif own in keys:
            row[own] = keys[own][number % len(keys[own])]
        else:
            states = STATES.get(f"{name}.{own}", ())
            row[own] = states[number % len(states)] if states else _value(one, number, place)
    return row


def _value(one: ReflectedColumn, number: int, place: int) -> object:
    match one["type"]:
        case Boolean():
            return bool((number + place) % 2)
        case BigInteger():
            return 2**40 + number
        case Integer():
            return 10_000 + number
        case LargeBinary():
            return sha256(f"{one['name']}{number}".encode()).digest()
        case String(length=length):
            return f"{number}{one['name']}"[:length]
    raise AssertionError(one)


def lost(before: Rows, after: Rows) -> set[str]:
    """What was there before and is not any more: tables, columns (`table.column`), and rows that are gone or changed in the columns that
    are left (`rows of table`)."""
    found = set()
    for name, rows in before.items():
        if name not in after:
            found.add(name)
            continue
        had: set[str] = set(*islice(rows, 1))
        left = had & set(*islice(after[name], 1)) if after[name] else had
        found |= {f"{name}.{column}" for column in had - left}
        if _counted(rows, left) - _counted(after[name], left):
            found.add(f"rows of {name}")
    return found


def _counted(rows: Sequence[Mapping[str, Any]], columns: set[str]) -> Counter[str]:
    return Counter(repr([row[name] for name in sorted(columns)]) for row in rows)
