"""Pages of a list and the next report to take, read along an index and counted up to a limit."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
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

from bot.desk.queue.filters import DECIDED, QUEUE, Filter, ReportScope
from bot.errors import Refusal
from bot.reports import approvals, claims
from bot.reports.states import Status
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from db.engine import inline, padded_to_power_of_two
from db.models import (
    IN_QUEUE,
    IS_ASKED,
    IS_DECIDED,
    IS_HELD,
    IS_SENT,
    Approval,
    File,
    Incident,
    Moderator,
    Report,
)

MOST_READ = 200
_PLACE = re.compile(r"([01])-([0-9]{1,8})-([0-9A-Z]{1,16})")
Condition = ColumnElement[bool] | TextClause


@dataclass(frozen=True, slots=True)
class ListCursor:
    """Cursor in a list, valid even if its report has left. `at` is an hour, or in a list by days YYYYMMDD
    with zeros for unknown parts."""

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


@dataclass(slots=True)
class PageScan:
    """Report ids with cursors, and where the walk stopped early, if it did."""

    found: list[tuple[str, ListCursor]] = field(default_factory=list)
    stopped: ListCursor | None = None


def walk_of(unit: UnitOfWork, wanted: Filter, holder: Moderator | None) -> Walk:
    """Walk for a filter of the moderator `holder`."""
    within: tuple[Condition, ...]
    facets = {Report.category: wanted.category, Report.region: wanted.region}
    equal = tuple(column == code for column, code in facets.items() if code)
    if wanted.dated:
        besides = (
            *equal,
            *_scope(unit, wanted, holder),
            *_urgency(wanted),
            *_marked(wanted),
            *_age(unit, wanted),
        )
        return Walk((), Report.date_start, _days(wanted), besides, down=True)
    if wanted.scope in DECIDED:
        within = (
            text(IS_DECIDED),
            *_scope(unit, wanted, holder),
            *equal[:1],
        )  # the other one is tested row by row
        besides = (*equal[1:], *_urgency(wanted), *_marked(wanted), *_age(unit, wanted))
        return Walk(within, Report.closed_hour, (), besides, down=True)
    if wanted.scope is ReportScope.ALL:
        besides = (*_urgency(wanted), *_marked(wanted))
        return Walk((text(IS_SENT), *equal), Report.submitted_hour, _age(unit, wanted), besides, down=True)
    urgent = (True,) if wanted.urgent else (True, False)
    if wanted.scope in {ReportScope.HELD, ReportScope.MINE}:  # few, found by holder
        within = (text(IS_HELD), *_scope(unit, wanted, holder))
        besides = (*equal, *_marked(wanted))
        return Walk(within, Report.submitted_hour, _age(unit, wanted), besides, urgent)
    if wanted.scope is ReportScope.ASIDE:  # reports set aside have a waiting question
        within = (text(IS_ASKED), *equal)
        besides = (*_scope(unit, wanted, holder), *_voted(wanted))
        return Walk(within, Report.submitted_hour, _age(unit, wanted), besides, urgent)
    base: tuple[Condition, ...] = (text(IS_ASKED if wanted.asked else IN_QUEUE),)
    if wanted.scope is ReportScope.WAITING:
        base = (*base, claims.waiting(unit) if wanted.asked else claims.unheld(unit))
    return Walk((*base, *equal), Report.submitted_hour, _age(unit, wanted), _voted(wanted), urgent)


def _scope(unit: UnitOfWork, wanted: Filter, holder: Moderator | None) -> tuple[ColumnElement[bool], ...]:
    held = claims.held(unit)
    match wanted.scope:
        case ReportScope.WAITING:
            return (claims.waiting(unit),)
        case ReportScope.OPEN:
            undecided = (Status.NEW, Status.CLAIMED, *([Status.NEEDS_INFO] if wanted.asked else []))
            return (Report.status.in_(undecided),)
        case ReportScope.HELD:
            return (held,)
        case ReportScope.MINE:
            return held, Report.moderator_id == (holder.id if holder is not None else "")
        case ReportScope.ASIDE:
            return (Report.status == Status.NEEDS_INFO,)
        case ReportScope.APPROVED:
            return (Report.status == Status.APPROVED,)
        case ReportScope.REJECTED:
            return (Report.status == Status.REJECTED,)
        case ReportScope.ALL:
            return ()


def _urgency(wanted: Filter) -> tuple[ColumnElement[bool], ...]:
    return (Report.urgent.is_(True),) if wanted.urgent else ()


def _marked(wanted: Filter) -> tuple[ColumnElement[bool], ...]:
    return (*((Report.waits.is_(True),) if wanted.asked else ()), *_voted(wanted))


def _voted(wanted: Filter) -> tuple[ColumnElement[bool], ...]:
    return (Report.approvals > 0,) if wanted.voted else ()


def _age(unit: UnitOfWork, wanted: Filter) -> tuple[ColumnElement[bool], ...]:
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
    unit: UnitOfWork, way: Walk, limit: int, place: ListCursor | None = None, *, back: bool = False
) -> PageScan:
    """At most `limit` reports after a cursor, or before it, nearest first."""
    made, left = PageScan(), MOST_READ
    most = inline(
        MOST_READ + 1 if way.besides else limit
    )  # a constant, since each number would make another statement
    for urgent in _parts(way, place, back=back):
        rows = (await unit.session.execute(_part(way, urgent, place, back=back).limit(most))).all()
        for row in rows[:left]:
            at = ListCursor(bool(row.urgent), _number(row.at), row.ref)
            if row.fits:
                made.found.append((row.id, at))
            if len(made.found) == limit:
                return made
        if way.besides and len(rows) > left:
            made.stopped = at
            return made
        left -= len(rows)
    return made


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


def _number(at: int | str) -> int:
    return at if isinstance(at, int) else int(at.replace("-", "").ljust(8, "0"))


_TRIES = 5


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
    """Page after a cursor, or before it with `back`. The first page without a cursor, or where none is left
    on that side."""
    way = walk_of(unit, wanted, holder)
    stretch = await walk(unit, way, limit + 1, place, back=back)
    found, stopped = stretch.found, stretch.stopped
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


async def holders(unit: UnitOfWork, reports: Collection[Report]) -> Mapping[str, str]:
    ids = {report.moderator_id for report in reports if report.moderator_id}
    if not ids:
        return {}
    query = select(Moderator.id, Moderator.alias).where(Moderator.id.in_(padded_to_power_of_two(ids)))
    return {row.id: row.alias for row in await unit.session.execute(query)}


async def incidents(unit: UnitOfWork, reports: Collection[Report]) -> Mapping[str, str]:
    ids = {report.incident_id for report in reports if report.incident_id}
    if not ids:
        return {}
    query = select(Incident.id, Incident.ref).where(Incident.id.in_(padded_to_power_of_two(ids)))
    return {row.id: row.ref for row in await unit.session.execute(query)}


async def by_reference(unit: UnitOfWork, typed: str) -> Report | None:
    return await unit.session.scalar(select(Report).where(Report.ref == claims.read_reference(typed)))


def age(unit: UnitOfWork, report: Report) -> int:
    return max(0, unit.hour - report.submitted_hour)


async def claim_next(unit: UnitOfWork, moderator: Moderator) -> Report | None:
    """Claim the first report of the queue, or return None. Skips reports just claimed, and those approved by
    this moderator."""
    way = walk_of(unit, QUEUE, moderator)
    stale = Report.id.in_(padded_to_power_of_two(await approvals.stale_of(unit, moderator)))
    way = replace(way, within=(*way.within, or_(Report.approvals == 0, ~_approved_by(moderator), stale)))
    found = (await walk(unit, way, _TRIES)).found
    for report in await reports_of(unit, [report_id for report_id, _ in found]):
        try:
            await claims.claim(unit, moderator, report)
        except Refusal:
            continue
        return report
    return None


def _approved_by(moderator: Moderator) -> ColumnElement[bool]:
    mine = Approval.report_id == Report.id, Approval.moderator_id == moderator.id
    return select(Approval.version_id).where(*mine).exists()


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
    return [_counting_number(int(value)) for value in row]


def _counting_number(value: int) -> Count:
    if value < 0:  # a lower bound, encoded by `_looked_up`
        return Count(min(-1 - value, MOST_COUNTED - 1), more=True)
    return Count(min(value, MOST_COUNTED - 1), more=value >= MOST_COUNTED)


def _counted(way: Walk) -> ColumnElement[int]:
    some = _some(way)
    if way.besides:
        return _looked_up(way, some)
    few = (
        some.with_only_columns(literal(1), maintain_column_froms=True).limit(inline(MOST_COUNTED)).subquery()
    )
    return select(func.count()).select_from(few).scalar_subquery()


def _some(way: Walk) -> Select[Any]:
    rows, order = select(Report).where(*way.within, *way.since), [way.by, Report.ref]
    if len(way.urgent) == 1:
        rows = rows.where(Report.urgent if way.urgent[0] else ~Report.urgent)
    elif way.urgent and way.since:  # two ranges of hours, in no order
        return rows.where(Report.urgent.in_([True, False]))
    elif way.urgent:
        order.insert(0, Report.urgent)
    return rows.order_by(*(one.desc() for one in order) if way.down else order)


def _looked_up(way: Walk, rows: Select[Any]) -> ColumnElement[int]:
    fits = case((way.fits, 1), else_=0).label("fits")
    some = rows.with_only_columns(fits, maintain_column_froms=True).limit(inline(MOST_READ)).subquery()
    found = func.coalesce(func.sum(some.c.fits), 0)
    told = case((func.count() >= MOST_READ, -1 - found), else_=found)
    return select(told).select_from(some).scalar_subquery()
