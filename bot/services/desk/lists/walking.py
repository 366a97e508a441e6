"""Reading of lists along an index. Conditions that it does not hold are tested on MOST_READ rows at most,
after which the moderator may search on."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, TextClause, and_, literal, select, text, true, tuple_

from bot.services.desk import claims
from bot.services.desk.lists.filters import DECIDED, Filter, Scope
from bot.services.reports.states import Status
from bot.services.unit import HOURS_A_DAY, Unit
from db.bulk import inline
from db.models import IN_QUEUE, IS_ASKED, IS_DECIDED, IS_HELD, IS_SENT, Moderator, Report

MOST_READ = 200
_PLACE = re.compile(r"([01])-([0-9]{1,8})-([0-9A-Z]{1,16})")
Condition = ColumnElement[bool] | TextClause


@dataclass(frozen=True, slots=True)
class Place:
    """Cursor in a list, valid even if its report has left. `at` is an hour, or in a list by days YYYYMMDD
    with zeros for unknown parts."""

    urgent: bool
    at: int
    ref: str

    @classmethod
    def read(cls, typed: str) -> "Place | None":
        """Inverse of `str`, None for any other text."""
        found = _PLACE.fullmatch(typed)
        return cls(found[1] == "1", int(found[2]), found[3]) if found else None

    def __str__(self) -> str:
        """Code of at most 27 characters, for a button."""
        return f"{int(self.urgent)}-{self.at}-{self.ref}"


@dataclass(frozen=True, slots=True)
class Walk:
    """Walk along an index.

    - `within`: conditions of the index.
    - `since`: conditions on `by` other than equality.
    - `besides`: conditions tested row by row.
    - `urgent`: values in order, before `by`.
    """

    within: tuple[Condition, ...]
    by: Any
    since: tuple[ColumnElement[bool], ...] = ()
    besides: tuple[ColumnElement[bool], ...] = ()
    urgent: tuple[bool, ...] = ()
    down: bool = False

    @property
    def fits(self) -> ColumnElement[bool]:
        return and_(true(), *self.besides)


@dataclass(slots=True)
class Stretch:
    """Report ids with cursors, and where the walk stopped early, if it did."""

    found: list[tuple[str, Place]] = field(default_factory=list)
    stopped: Place | None = None


def walk_of(unit: Unit, wanted: Filter, holder: Moderator | None) -> Walk:
    """Walk for a filter of the moderator `holder`."""
    within: tuple[Condition, ...]
    facets = {Report.category: wanted.category, Report.region: wanted.region}
    equal = tuple(column == code for column, code in facets.items() if code)
    if wanted.dated:
        besides = (
            *equal,
            *_scope(unit, wanted, holder),
            *_urgency(wanted),
            *_asked(wanted),
            *_age(unit, wanted),
        )
        return Walk((), Report.date_start, _days(wanted), besides, down=True)
    if wanted.scope in DECIDED:
        within = (
            text(IS_DECIDED),
            *_scope(unit, wanted, holder),
            *equal[:1],
        )  # the other one is tested row by row
        besides = (*equal[1:], *_urgency(wanted), *_asked(wanted), *_age(unit, wanted))
        return Walk(within, Report.closed_hour, (), besides, down=True)
    if wanted.scope is Scope.ALL:
        besides = (*_urgency(wanted), *_asked(wanted))
        return Walk((text(IS_SENT), *equal), Report.submitted_hour, _age(unit, wanted), besides, down=True)
    urgent = (True,) if wanted.urgent else (True, False)
    if wanted.scope in {Scope.HELD, Scope.MINE}:  # few, found by holder
        within = (text(IS_HELD), *_scope(unit, wanted, holder))
        besides = (*equal, *_asked(wanted))
        return Walk(within, Report.submitted_hour, _age(unit, wanted), besides, urgent)
    if wanted.scope is Scope.ASIDE:  # reports set aside have a waiting question
        within, besides = (text(IS_ASKED), *equal), _scope(unit, wanted, holder)
        return Walk(within, Report.submitted_hour, _age(unit, wanted), besides, urgent)
    base: tuple[Condition, ...] = (text(IS_ASKED if wanted.asked else IN_QUEUE),)
    if wanted.scope is Scope.WAITING:
        base = (*base, claims.waiting(unit) if wanted.asked else claims.unheld(unit))
    return Walk((*base, *equal), Report.submitted_hour, _age(unit, wanted), (), urgent)


def _scope(unit: Unit, wanted: Filter, holder: Moderator | None) -> tuple[ColumnElement[bool], ...]:
    held = claims.held(unit)
    match wanted.scope:
        case Scope.WAITING:
            return (claims.waiting(unit),)
        case Scope.OPEN:
            undecided = (Status.NEW, Status.CLAIMED, *([Status.NEEDS_INFO] if wanted.asked else []))
            return (Report.status.in_(undecided),)
        case Scope.HELD:
            return (held,)
        case Scope.MINE:
            return held, Report.moderator_id == (holder.id if holder is not None else "")
        case Scope.ASIDE:
            return (Report.status == Status.NEEDS_INFO,)
        case Scope.APPROVED:
            return (Report.status == Status.APPROVED,)
        case Scope.REJECTED:
            return (Report.status == Status.REJECTED,)
        case Scope.ALL:
            return ()


def _urgency(wanted: Filter) -> tuple[ColumnElement[bool], ...]:
    return (Report.urgent.is_(True),) if wanted.urgent else ()


def _asked(wanted: Filter) -> tuple[ColumnElement[bool], ...]:
    return (Report.waits.is_(True),) if wanted.asked else ()


def _age(unit: Unit, wanted: Filter) -> tuple[ColumnElement[bool], ...]:
    return (Report.submitted_hour <= unit.hour - wanted.older * HOURS_A_DAY,) if wanted.older else ()


def _days(wanted: Filter) -> tuple[ColumnElement[bool], ...]:
    """A month or year counts from its first day."""
    since = () if wanted.since is None else (Report.date_start >= _least(wanted.since),)
    return since if wanted.until is None else (*since, Report.date_start <= wanted.until.isoformat())


def _least(day: date) -> str:
    if day.day > 1:
        return day.isoformat()
    return f"{day:%Y-%m}" if day.month > 1 else f"{day:%Y}"


async def walk(
    unit: Unit, way: Walk, limit: int, place: Place | None = None, *, back: bool = False
) -> Stretch:
    """At most `limit` reports after a cursor, or before it, nearest first."""
    made, left = Stretch(), MOST_READ
    most = inline(
        MOST_READ + 1 if way.besides else limit
    )  # a constant, since each number would make another statement
    for urgent in _parts(way, place, back=back):
        rows = (await unit.session.execute(_part(way, urgent, place, back=back).limit(most))).all()
        for row in rows[:left]:
            at = Place(bool(row.urgent), _number(row.at), row.ref)
            if row.fits:
                made.found.append((row.id, at))
            if len(made.found) == limit:
                return made
        if way.besides and len(rows) > left:
            made.stopped = at
            return made
        left -= len(rows)
    return made


def _parts(way: Walk, place: Place | None, *, back: bool) -> Iterator[bool | None]:
    parts: Sequence[bool] = way.urgent[::-1] if back else way.urgent
    if place is not None and place.urgent in parts:
        parts = parts[parts.index(place.urgent) :]
    yield from parts or (None,)


def _part(way: Walk, urgent: bool | None, place: Place | None, *, back: bool) -> Select[Any]:
    order = way.by, Report.ref
    # A constant, since a column would have to be looked up in the row.
    flag = literal(bool(urgent)).label("urgent")
    query = select(Report.id, flag, way.by.label("at"), Report.ref, way.fits.label("fits"))
    query = query.where(*way.within, *way.since)
    if urgent is not None:
        query = query.where(Report.urgent if urgent else ~Report.urgent)
    down = way.down != back
    if place is not None and place.urgent == bool(urgent):
        here, there = tuple_(*order), (_stored(way, place.at), place.ref)
        query = query.where(here < there if down else here > there)
    return query.order_by(*(one.desc() for one in order)) if down else query.order_by(*order)


def _stored(way: Walk, at: int) -> int | str:
    if way.by is not Report.date_start:
        return at
    digits = f"{at:08}"
    return "-".join(part for part in (digits[:4], digits[4:6], digits[6:]) if part != "00")


def _number(at: int | str) -> int:
    return at if isinstance(at, int) else int(at.replace("-", "").ljust(8, "0"))
