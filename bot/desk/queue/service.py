"""Filters of lists in a form that fits a button, pages of a list and the next report to take, read along an index and
counted up to a limit."""

import base64
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    text,
    true,
    tuple_,
)

from bot.errors import Refusal
from bot.reports import approvals, claims
from bot.reports.states import Status
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from db.engine import inline, padded_to_power_of_two
from db.models import IN_QUEUE, IS_ASKED, IS_DECIDED, IS_HELD, IS_SENT, Approval, File, Moderator, Report

CATEGORY, REGION = "category", "region"
_CODE = re.compile(r"([a-z])((?:[A-Z][0-9a-z]*)*)")
_PART = re.compile(r"([A-Z])([0-9a-z]*)")
_FIRST_DAY, _DIGITS = date(1900, 1, 1), 4
_FIELDS = {
    "C": CATEGORY, "R": REGION, "U": "urgent", "A": "asked", "V": "voted",
    "O": "older", "S": "since", "T": "until",
}  # fmt: skip
"""Fields of a filter by their letters in a code."""


class ReportScope(StrEnum):
    """Reports of a list. Values stand in sent buttons and never change their meaning."""

    WAITING = "w"
    """New, or with an expired claim."""
    HELD = "h"
    """Held by any moderator."""
    MINE = "m"
    """Held by the moderator who asks."""
    OPEN = "o"
    """Undecided, held or not. With `asked` also those set aside."""
    ASIDE = "s"
    """Set aside until their reporters answer."""
    APPROVED = "a"
    REJECTED = "r"
    ALL = "x"


TOGGLES = ("urgent", "asked", "voted")
"""Conditions of a filter that are on or off, by their texts `moderator.filter.<name>`."""
DECIDED = frozenset({ReportScope.APPROVED, ReportScope.REJECTED})
UNDECIDED = (ReportScope.WAITING, ReportScope.MINE, ReportScope.HELD, ReportScope.OPEN, ReportScope.ASIDE)


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions of a list.

    - `category`, `region`: codes, '' for any.
    - `asked`: a question waits for an answer.
    - `voted`: approved by some, and more approvals are needed.
    - `older`: least age in days.
    - `since`, `until`: first and last day of the event's beginning.
    """

    scope: ReportScope = ReportScope.WAITING
    category: str = ""
    region: str = ""
    urgent: bool = False
    asked: bool = False
    older: int = 0
    since: date | None = None
    until: date | None = None
    voted: bool = False

    def changed(self, **changes: Any) -> "Filter":
        return replace(self, **changes)

    @property
    def dated(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def narrowed(self) -> bool:
        return self != Filter(self.scope)

    def __str__(self) -> str:
        """Code of at most 26 characters, read by `read_filter`."""
        wanted = ((tag, getattr(self, name)) for tag, name in _FIELDS.items())
        return self.scope.value + "".join(f"{tag}{_written(value)}" for tag, value in wanted if value)


QUEUE, HELD = Filter(), Filter(ReportScope.HELD)
ASKED = Filter(ReportScope.OPEN, asked=True)
"""Undecided reports with a question that waits for an answer."""
VOTED = Filter(voted=True)
"""Waiting reports that need one more approval, or several."""


def read_filter(unit: UnitOfWork, code: str) -> Filter | None:
    """Filter of a button's code. None if invalid, or if the form no longer has the choice."""
    found = _CODE.fullmatch(code)
    if found is None or found[1] not in set(ReportScope):
        return None
    changes = {_FIELDS.get(tag, ""): _value(unit, tag, value) for tag, value in _PART.findall(found[2])}
    if None in changes.values():
        return None
    return Filter(ReportScope(found[1])).changed(**changes)


def _value(unit: UnitOfWork, tag: str, value: str) -> str | bool | int | date | None:
    match tag:
        case "C" | "R":
            codes = unit.report_forms.labels(_FIELDS[tag])
            return next((name for name in codes if mark(name) == value), None)
        case "U" | "A" | "V":
            return True
        case "O" | "S" | "T" if value and len(value) <= _DIGITS:
            number = int(value, 36)
            return number if tag == "O" else _FIRST_DAY + timedelta(days=number)  # at most the year 6498
    return None


def mark(code: str) -> str:
    """Four characters for a choice's name, distinct within a form."""
    return base64.b32encode(hashlib.sha256(code.encode()).digest())[:_DIGITS].decode().lower()


def _written(value: str | bool | int | date) -> str:
    if isinstance(value, str):
        return mark(value)
    if value is True:
        return ""
    number = (value - _FIRST_DAY).days if isinstance(value, date) else min(value, 999)
    digits = ""
    while number or not digits:
        number, last = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[last] + digits
    return digits


MOST_READ = 200
_PLACE = re.compile(r"([01])-([0-9]{1,8})-([0-9A-Z]{1,16})")
Condition = ColumnElement[bool] | TextClause


@dataclass(frozen=True, slots=True)
class ListCursor:
    """Cursor in a list, valid even if its report has left. `at` is an hour, or a day YYYYMMDD with zeros for unknown parts."""

    urgent: bool
    at: int
    ref: str

    @classmethod
    def read(cls, typed: str) -> "ListCursor | None":
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


def walk_of(unit: UnitOfWork, wanted: Filter, holder: Moderator | None) -> Walk:
    """Walk for a filter of the moderator `holder`."""
    facets = {Report.category: wanted.category, Report.region: wanted.region}
    equal = tuple(column == code for column, code in facets.items() if code)
    scope = _scope(unit, wanted, holder)
    urgency = (Report.urgent.is_(True),) if wanted.urgent else ()
    voted = (Report.approvals > 0,) if wanted.voted else ()
    marked = (Report.waits.is_(True), *voted) if wanted.asked else voted
    age = (Report.submitted_hour <= unit.hour - wanted.older * HOURS_A_DAY,) if wanted.older else ()
    if wanted.dated:
        besides = (*equal, *scope, *urgency, *marked, *age)
        return Walk((), Report.date_start, tuple(_days(wanted)), besides, down=True)
    if wanted.scope in DECIDED:
        # One facet is in the index, the other one is tested row by row.
        within: tuple[Condition, ...] = (text(IS_DECIDED), *scope, *equal[:1])
        return Walk(within, Report.closed_hour, (), (*equal[1:], *urgency, *marked, *age), down=True)
    by = Report.submitted_hour
    if wanted.scope is ReportScope.ALL:
        return Walk((text(IS_SENT), *equal), by, age, (*urgency, *marked), down=True)
    order = (True,) if wanted.urgent else (True, False)
    if wanted.scope in {ReportScope.HELD, ReportScope.MINE}:  # few, found by holder
        return Walk((text(IS_HELD), *scope), by, age, (*equal, *marked), order)
    if wanted.scope is ReportScope.ASIDE:  # reports set aside have a waiting question
        return Walk((text(IS_ASKED), *equal), by, age, (*scope, *voted), order)
    base: tuple[Condition, ...] = (text(IS_ASKED if wanted.asked else IN_QUEUE),)
    if wanted.scope is ReportScope.WAITING:
        base = (*base, claims.waiting(unit) if wanted.asked else claims.unheld(unit))
    return Walk((*base, *equal), by, age, voted, order)


def _scope(unit: UnitOfWork, wanted: Filter, holder: Moderator | None) -> tuple[ColumnElement[bool], ...]:
    held = claims.held(unit)
    undecided = (Status.NEW, Status.CLAIMED, *([Status.NEEDS_INFO] if wanted.asked else []))
    conditions: Mapping[ReportScope, tuple[ColumnElement[bool], ...]] = {
        ReportScope.WAITING: (claims.waiting(unit),),
        ReportScope.OPEN: (Report.status.in_(undecided),),
        ReportScope.HELD: (held,),
        ReportScope.MINE: (held, Report.moderator_id == (holder.id if holder is not None else "")),
        ReportScope.ASIDE: (Report.status == Status.NEEDS_INFO,),
        ReportScope.APPROVED: (Report.status == Status.APPROVED,),
        ReportScope.REJECTED: (Report.status == Status.REJECTED,),
        ReportScope.ALL: (),
    }
    return conditions[wanted.scope]


def _days(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if (day := wanted.since) is not None:  # a month or year counts from its first day
        month = f"{day:%Y-%m}" if day.month > 1 else f"{day:%Y}"
        yield Report.date_start >= (day.isoformat() if day.day > 1 else month)
    if wanted.until is not None:
        yield Report.date_start <= wanted.until.isoformat()


async def walk(
    unit: UnitOfWork, way: Walk, limit: int, place: ListCursor | None = None, *, back: bool = False
) -> tuple[Sequence[tuple[str, ListCursor]], ListCursor | None]:
    """At most `limit` ids after a cursor, or before it, nearest first, with cursors, and where the walk stopped early."""
    found, left = list[tuple[str, ListCursor]](), MOST_READ
    # A constant, since each number would make another statement.
    most = inline(MOST_READ + 1 if way.besides else limit)
    for urgent in _parts(way, place, back=back):
        rows = (await unit.session.execute(_part(way, urgent, place, back=back).limit(most))).all()
        for row in rows[:left]:
            number = row.at if isinstance(row.at, int) else int(row.at.replace("-", "").ljust(8, "0"))
            at = ListCursor(bool(row.urgent), number, row.ref)
            if row.fits:
                found.append((row.id, at))
            if len(found) == limit:
                return found, None
        if way.besides and len(rows) > left:
            return found, at
        left -= len(rows)
    return found, None


def _parts(way: Walk, place: ListCursor | None, *, back: bool) -> Iterator[bool | None]:
    parts: Sequence[bool] = way.urgent[::-1] if back else way.urgent
    if place is not None and place.urgent in parts:
        parts = parts[parts.index(place.urgent) :]
    yield from parts or (None,)


def _part(way: Walk, urgent: bool | None, place: ListCursor | None, *, back: bool) -> Select[Any]:
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


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Page of a list.

    - `before`, `after`: cursors of the neighbouring pages, None at an end.
    - `unread`: the page is not full, but a further search may find more.
    - `moved`: the wanted rows are gone, so this is the first page.
    """

    reports: Sequence[Report]
    before: ListCursor | None = None
    after: ListCursor | None = None
    unread: bool = False
    moved: bool = False


async def page(
    unit: UnitOfWork,
    wanted: Filter,
    holder: Moderator | None,
    limit: int,
    place: ListCursor | None = None,
    *,
    back: bool = False,
) -> QueuePage:
    """Page after a cursor, or before it with `back`; the first page if there is none."""
    way = walk_of(unit, wanted, holder)
    found, stopped = await walk(unit, way, limit + 1, place, back=back)
    more = len(found) > limit
    if place is not None and way.besides and not (back or found or stopped):
        return QueuePage((), before=place)  # the rest of the list holds none
    if place is not None and stopped is None and (not found or (back and not more)):
        first = await page(unit, wanted, holder, limit)
        return replace(first, moved=not found)
    shown = found[:limit][::-1] if back else found[:limit]
    reports = await reports_of(unit, [report_id for report_id, _ in shown])
    onward = shown[0 if back else -1][1] if more else stopped
    behind = (shown[-1 if back else 0][1] if shown else place) if place is not None else None
    before, after = (onward, behind) if back else (behind, onward)
    return QueuePage(reports, before, after, unread=stopped is not None and not back)


async def reports_of(unit: UnitOfWork, ids: Sequence[str]) -> list[Report]:
    if not ids:
        return []
    found = await unit.session.scalars(select(Report).where(Report.id.in_(padded_to_power_of_two(ids))))
    by_id = {report.id: report for report in found}
    return [by_id[one] for one in ids if one in by_id]


async def file_counts(unit: UnitOfWork, reports: Collection[Report]) -> Mapping[str, int]:
    keys = {report.data_key_id: report.id for report in reports if report.data_key_id}
    if not keys:
        return {}
    query = select(File.data_key_id, func.count()).where(File.data_key_id.in_(padded_to_power_of_two(keys)))
    rows = await unit.session.execute(query.group_by(File.data_key_id))
    return {keys[key_id]: number for key_id, number in rows if key_id}


async def names(unit: UnitOfWork, name: Any, ids: Iterable[str | None]) -> Mapping[str, str]:
    """Names in a column of these rows, by id."""
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    query = select(name.class_.id, name).where(name.class_.id.in_(padded_to_power_of_two(wanted)))
    return {row[0]: row[1] for row in await unit.session.execute(query)}


async def by_reference(unit: UnitOfWork, typed: str) -> Report | None:
    return await unit.session.scalar(select(Report).where(Report.ref == claims.read_reference(typed)))


async def claim_next(unit: UnitOfWork, moderator: Moderator) -> Report | None:
    """Claim the first report of the queue that this moderator has not approved, or return None."""
    way = walk_of(unit, QUEUE, moderator)
    stale = Report.id.in_(padded_to_power_of_two(await approvals.stale_of(unit, moderator)))
    mine = Approval.report_id == Report.id, Approval.moderator_id == moderator.id
    approved = select(Approval.version_id).where(*mine).exists()
    way = replace(way, within=(*way.within, or_(Report.approvals == 0, ~approved, stale)))
    found, _ = await walk(unit, way, 5)
    for report in await reports_of(unit, [report_id for report_id, _ in found]):
        with suppress(Refusal):
            await claims.claim(unit, moderator, report)
            return report
    return None


MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Count:
    """Number of reports, or at least this many (`more`)."""

    least: int
    more: bool = False

    @property
    def none(self) -> bool:
        return self.least == 0 and not self.more

    def __str__(self) -> str:
        if self.more:
            return f"{self.least}+" if self.least else ""
        return str(self.least)


async def numbers(unit: UnitOfWork, filters: Sequence[Filter], holder: Moderator | None) -> list[Count]:
    if not filters:
        return []
    counted = [_counted(walk_of(unit, one, holder)).label(f"n{place}") for place, one in enumerate(filters)]
    row = (await unit.session.execute(select(*counted))).one()
    # A negative number is a lower bound, encoded by `_counted`.
    return [
        Count(min(-1 - n if n < 0 else n, MOST_COUNTED - 1), more=n < 0 or n >= MOST_COUNTED)
        for n in map(int, row)
    ]


def _counted(way: Walk) -> ColumnElement[int]:
    fits = case((way.fits, 1), else_=0).label("fits") if way.besides else literal(1)
    most = inline(MOST_READ if way.besides else MOST_COUNTED)
    some = _some(way).with_only_columns(fits, maintain_column_froms=True).limit(most).subquery()
    if not way.besides:
        return select(func.count()).select_from(some).scalar_subquery()
    found = func.coalesce(func.sum(some.c.fits), 0)
    told = case((func.count() >= MOST_READ, -1 - found), else_=found)
    return select(told).select_from(some).scalar_subquery()


def _some(way: Walk) -> Select[Any]:
    rows, order = select(Report).where(*way.within, *way.since), [way.by, Report.ref]
    if len(way.urgent) == 1:
        rows = rows.where(Report.urgent if way.urgent[0] else ~Report.urgent)
    elif way.urgent and way.since:  # two ranges of hours, in no order
        return rows.where(Report.urgent.in_([True, False]))
    elif way.urgent:
        order.insert(0, Report.urgent)
    return rows.order_by(*(one.desc() for one in order) if way.down else order)
