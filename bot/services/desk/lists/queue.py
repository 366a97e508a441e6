"""The queue: reports nobody holds, urgent first, then the oldest.

However many wait, a page costs what it shows: it begins at a place, not at a number, and no more are counted than
MOST_COUNTED."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, TextClause, func, or_, select, text, tuple_

from bot.errors import Refusal
from bot.services.desk import claims
from bot.services.reports.states import Status
from bot.services.unit import Unit
from db.models import IN_QUEUE, IS_ASKED, IS_CLAIMED, Approval, Moderator, Report

MOST_COUNTED = 1000
"""Of so many reports and more it is only said that they are so many."""
_TRIES = 5
_PLACE = re.compile(r"([01])-([0-9]{1,7})-([0-9A-Z]{1,16})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report stands in the queue, whether or not it still does."""

    urgent: bool
    hour: int
    ref: str

    @classmethod
    def of(cls, report: Report) -> "Place":
        """A report's."""
        return cls(report.urgent, report.submitted_hour, report.ref)

    @classmethod
    def read(cls, typed: str) -> "Place | None":
        """The inverse of `str`; None for anything that it never gave."""
        found = _PLACE.fullmatch(typed)
        return cls(found[1] == "1", int(found[2]), found[3]) if found else None

    def __str__(self) -> str:
        """In one word of at most 26 characters, fit for a button."""
        return f"{int(self.urgent)}-{self.hour}-{self.ref}"


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue. `counts` says how many reports are new, those whose claim is over included, and how many
    are held, each MOST_COUNTED at most; `asked`, of how many an answer is waited for. `before` and `after`: there are reports on either side of it. `moved`: what was to
    follow is gone, so that it is the first page."""

    reports: Sequence[Report]
    counts: Mapping[Status, int]
    asked: int = 0
    before: bool = False
    after: bool = False
    moved: bool = False

    @property
    def waiting(self) -> int:
        """How many reports wait in all, MOST_COUNTED at most."""
        return self.counts[Status.NEW]


async def queue(
    unit: Unit, limit: int = 10, place: Place | None = None, *, back: bool = False, asked: bool = False
) -> Queue:
    """The page that follows a place, with three queries, or the one that ends before it; without a place the first, and also
    where nothing is left on that side, or less than a page before it. With `asked` only reports that wait for an answer, whoever
    holds them."""
    found = await _walk(unit, limit + 1, place, back=back, asked=asked)
    more = len(found) > limit
    if place is not None and (not found or (back and not more)):
        first = await queue(unit, limit, asked=asked)
        return replace(first, moved=not found)
    numbers, waiting = await counts(unit)
    shown = found[:limit][::-1] if back else found[:limit]
    before, after = (more, True) if back else (place is not None, more)
    return Queue(shown, numbers, waiting, before=before, after=after)


def age(unit: Unit, report: Report) -> int:
    """The hours since a report was submitted."""
    return max(0, unit.hour - report.submitted_hour)


async def counts(unit: Unit) -> tuple[Mapping[Status, int], int]:
    """How many reports wait and how many are held, and how many wait for an answer, each MOST_COUNTED at most. One query, whose cost
    grows with none of them."""
    held = text(IS_CLAIMED), Report.claimed_until_hour > unit.hour
    asked = _number(MOST_COUNTED, text(IS_ASKED))
    query = select(_number(MOST_COUNTED, *held), _number(2 * MOST_COUNTED, text(IN_QUEUE)), asked)
    claimed, number, waiting = (await unit.session.execute(query)).one()
    return {Status.NEW: min(number - claimed, MOST_COUNTED), Status.CLAIMED: claimed}, waiting


def _number(most: int, *where: ColumnElement[bool] | TextClause) -> ColumnElement[int]:
    some = select(Report.urgent).where(*where).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


async def claim_next(unit: Unit, moderator: Moderator) -> Report | None:
    """Claim the first report of the queue; None when it is empty. One that somebody else takes at the same moment is
    passed over, and so is one that only others can approve, since this moderator does."""
    for report in await _walk(unit, _TRIES, without=moderator):
        try:
            await claims.claim(unit, moderator, report)
        except Refusal:
            continue
        return report
    return None


async def _walk(
    unit: Unit,
    limit: int,
    place: Place | None = None,
    *,
    back: bool = False,
    asked: bool = False,
    without: Moderator | None = None,
) -> Sequence[Report]:
    """The reports that follow a place, or come before it, the nearest in front; `without` those that a moderator approves already."""
    parts = [True, False] if not back else [False, True]
    if place is not None:
        parts = parts[parts.index(place.urgent) :]
    found: list[Report] = []
    for urgent in parts:
        if len(found) < limit:
            left = limit - len(found)
            found += await _part(unit, left, urgent, place, back=back, asked=asked, without=without)
    return found


async def _part(
    unit: Unit,
    limit: int,
    urgent: bool,
    place: Place | None,
    *,
    back: bool,
    asked: bool,
    without: Moderator | None,
) -> Sequence[Report]:
    """Those that are urgent, or those that are not. Each part is a range of the queue's index, or of that of what was asked."""
    order = Report.submitted_hour, Report.ref
    wanted = (text(IS_ASKED),) if asked else (text(IN_QUEUE), claims.waiting(unit))
    query = select(Report).where(*wanted, Report.urgent if urgent else ~Report.urgent)
    if without is not None:
        query = query.where(or_(Report.approvals == 0, ~_approved_by(without)))
    if place is not None and place.urgent == urgent:
        here, there = tuple_(*order), (place.hour, place.ref)
        query = query.where(here < there if back else here > there)
    query = query.order_by(*(one.desc() for one in order)) if back else query.order_by(*order)
    return (await unit.session.scalars(query.limit(limit))).all()


def _approved_by(moderator: Moderator) -> ColumnElement[bool]:
    mine = Approval.report_id == Report.id, Approval.moderator_id == moderator.id
    return select(Approval.version_id).where(*mine).exists()
