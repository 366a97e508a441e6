"""Proofs of rows: an attacker who writes to the database without a key makes no row that is read.

Rows that decide who sees what are authenticated (`Proved`). Reads of whole rows skip one with a
wrong proof and note it for the administrators. A select of columns asks `fits` itself. The key derives from the lookup key. When that is lost, `keys prove` proves
the rows again. References to data keys have a tag of their own, since a cascade may empty them.
"""

import hmac
import logging
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, inspect, select
from sqlalchemy.engine import Result, Row
from sqlalchemy.event import listens_for
from sqlalchemy.orm import ORMExecuteState, QueryContext

from bot.safety.pseudonym import Purpose
from bot.store.unit import AS_STORED, SAFE, Safe, UnitOfWork
from db.engine import KeySession
from db.models import Base, DataKey, Moderator, Proved

log = logging.getLogger(__name__)
AT_ONCE = 200
_TAG = 16
_LEFT_OUT, _AS_STORED, _WRITTEN = "left out", "read though they do not fit", "members written"


def tables() -> Sequence[type[Proved]]:
    return [one.class_ for one in Base.registry.mappers if issubclass(one.class_, Proved)]


def name_of(table: type[Proved]) -> str:
    return str(inspect(table).local_table.name)


@cache
def _columns(table: type[Proved]) -> tuple[Sequence[Column[Any]], Sequence[Column[Any]]]:
    made: Any = inspect(table).local_table
    chosen = [*made.primary_key, *(made.columns[name] for name in table.DECIDING)]
    keys = [one for one in chosen if one.references(DataKey.__table__.c.id)]
    return [one for one in chosen if one not in keys], keys


def _plain(column: Column[Any], row: Any) -> str | int | bytes | None:
    value = getattr(row, column.name)
    if value is None and column.default is not None:  # a new row
        value = getattr(column.default, "arg", None)
    if isinstance(value, str):
        return str.__str__(value)
    return int(value) if isinstance(value, int) else value


def proof(safe: Safe, table: type[Proved], row: Any) -> bytes:
    """Proof of a row as it stands: a tag for each part, cut to 128 bits."""
    first, keys = _columns(table)  # type: ignore[arg-type] # a class can be hashed
    # `ascii` keeps different values apart, in all versions of Python.
    said = ascii((name_of(table), [(one.name, _plain(one, row)) for one in first]))
    linked = [ascii((said, key_id)) for one in keys if (key_id := _plain(one, row)) is not None]
    return b"".join(safe.pseudonyms.of(Purpose.ROW, part)[:_TAG] for part in (said, *linked))


def fits(safe: Safe, table: type[Proved], row: Any) -> bool:
    """Whether a row, or columns read from it, has its proof."""
    made = proof(safe, table, row)
    return hmac.compare_digest(made, (row.row_mac or b"")[: len(made)])


def note(safe: Safe, table: type[Proved]) -> None:
    """Note that the bot did not write a row as it stands."""
    if name_of(table) not in safe.foreign:
        log.error("a row of %s was not written by the bot: it is not read", name_of(table))
        safe.foreign.add(name_of(table))


def trust(unit: UnitOfWork, *rows: Proved) -> None:
    """Prove rows with a wrong proof as they stand. The operator or an invitation vouches for them."""
    for row in rows:
        unit.session.info.get(_AS_STORED, set()).discard(row)
        row.row_mac = proof(unit.safe, type(row), row)


@listens_for(KeySession, "before_flush")
def _prove(session: KeySession, _context: object, _instances: object) -> None:
    safe: Safe | None = session.info.get(SAFE)
    known = session.info.get(_AS_STORED, ())  # a change does not make such a row trustworthy
    for row in (*session.new, *session.dirty):
        if not isinstance(row, Proved) or safe is None or row in known:
            continue
        if row in session.new or session.is_modified(row):
            row.row_mac = proof(safe, type(row), row)
            if isinstance(row, Moderator):
                session.info.setdefault(_WRITTEN, []).append(row)


def remember(safe: Safe, rows: Iterable[Moderator]) -> None:
    """Remember the entries that gave these members rights, so that no earlier row of theirs is read."""
    for row in rows:
        safe.entries[row.id] = max(row.entry, safe.entries.get(row.id, 0))


@listens_for(KeySession, "after_commit")
def _remember(session: KeySession) -> None:
    if SAFE in session.info:
        remember(session.info[SAFE], session.info.pop(_WRITTEN, ()))


@listens_for(Proved, "load", propagate=True)
def _loaded(row: Proved, context: QueryContext) -> None:
    info = context.session.info
    safe: Safe | None = info.get(SAFE)
    if safe is None:
        return
    is_older = isinstance(row, Moderator) and row.entry < safe.entries.get(row.id, 0)
    if fits(safe, type(row), row) and not is_older and getattr(row, "is_newest", True):
        return
    if AS_STORED in info or AS_STORED in context.query.get_execution_options():
        info.setdefault(_AS_STORED, set()).add(row)
    else:
        info.setdefault(_LEFT_OUT, set()).add(row)
        note(safe, type(row))


@listens_for(Proved, "refresh", propagate=True)
def _refreshed(row: Proved, context: QueryContext | None, names: Sequence[str] | None) -> None:
    if context is not None and (names is None or "row_mac" in names):
        _loaded(row, context)


@listens_for(KeySession, "do_orm_execute")
def _leave_out(state: ORMExecuteState) -> Result[Any] | None:
    if not state.is_select or not any(issubclass(one.class_, Proved) for one in state.all_mappers):
        return None
    found = state.invoke_statement().freeze()
    foreign = state.session.info.pop(_LEFT_OUT, ())
    if foreign:
        found.data = [row for row in found.data if not foreign & {*(row if isinstance(row, Row) else [row])}]
        for row in foreign:
            state.session.expunge(row)
    return found()


async def look_at_all(unit: UnitOfWork) -> None:
    """Check every row, and note tables with one that does not fit."""
    for table in tables():
        rows: Any = select(inspect(table).local_table).execution_options(yield_per=AT_ONCE)
        async for row in await unit.session.stream(rows):
            if not fits(unit.safe, table, row):
                note(unit.safe, table)


async def prove_next(unit: UnitOfWork, table: type[Proved]) -> int:
    """Prove at most AT_ONCE rows without a proof. Returns how many."""
    unit.session.info[AS_STORED] = True
    query = select(table).where(table.row_mac.is_(None)).limit(AT_ONCE).with_for_update(of=table)
    rows = (await unit.session.scalars(query)).all()
    trust(unit, *rows)
    return len(rows)
