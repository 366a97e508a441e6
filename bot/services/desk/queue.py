"""The queue: reports nobody holds, urgent first, then the oldest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.errors import Refusal
from bot.services.desk import claims
from bot.services.reports.states import Status
from bot.services.unit import Unit
from db.models import Moderator, Report

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue. `counts` says how many reports are new, those whose claim is over included, and how many
    are held."""

    reports: Sequence[Report]
    counts: Mapping[Status, int]

    @property
    def waiting(self) -> int:
        """How many reports wait in all."""
        return self.counts[Status.NEW]


async def queue(unit: Unit, limit: int = 10, offset: int = 0) -> Queue:
    """A page of the queue, with three queries."""
    return Queue(await _waiting(unit, limit, offset), await counts(unit))


def age(unit: Unit, report: Report) -> int:
    """The hours since a report was submitted."""
    return max(0, unit.hour - report.submitted_hour)


async def counts(unit: Unit) -> Mapping[Status, int]:
    """How many reports wait and how many are held. Two queries, which the queue's index answers: their cost does not
    grow with the closed reports."""
    open_ = Report.status.in_((Status.NEW, Status.CLAIMED))
    number, new = [
        await unit.session.scalar(select(func.count()).select_from(Report).where(condition)) or 0
        for condition in (open_, claims.waiting(unit))
    ]
    return {Status.NEW: new, Status.CLAIMED: number - new}


async def claim_next(unit: Unit, moderator: Moderator) -> Report | None:
    """Claim the first report of the queue; None when it is empty. One that somebody else takes at the same moment is
    passed over."""
    for report in await _waiting(unit, _TRIES, 0):
        try:
            await claims.claim(unit, moderator, report)
        except Refusal:
            continue
        return report
    return None


async def _waiting(unit: Unit, limit: int, offset: int) -> Sequence[Report]:
    order = (Report.urgent.desc(), Report.submitted_hour, Report.id)
    query = select(Report).where(claims.waiting(unit)).order_by(*order).limit(limit).offset(offset)
    return (await unit.session.scalars(query)).all()
