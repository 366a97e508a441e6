"""Candidates: reports that a report may repeat or belong with."""

from collections.abc import Sequence

from sqlalchemy import select, text

from bot.services.desk import claims
from bot.services.reports.states import UNDECIDED, Status
from bot.services.unit import Unit
from db.models import IS_DATED, Moderator, Report

MOST = 8


async def candidates(unit: Unit, moderator: Moderator, report: Report) -> Sequence[Report]:
    """At most MOST other undecided or approved reports: of equal region and first day, then those that the
    moderator holds."""
    found = list(await _of_same_day(unit, report))
    held = await claims.held_by(unit, moderator)
    others = {one.id: one for one in (*found, *held) if one.id != report.id}
    return list(others.values())[:MOST]


async def _of_same_day(unit: Unit, report: Report) -> Sequence[Report]:
    if report.region is None or report.date_start is None:
        return ()
    query = select(Report).where(
        text(IS_DATED),
        Report.region == report.region,
        Report.date_start == report.date_start,
        Report.status.in_((*UNDECIDED, Status.APPROVED)),
    )
    return (await unit.session.scalars(query.order_by(Report.ref).limit(MOST + 1))).all()
