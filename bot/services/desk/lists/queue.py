"""Pages of lists, and the next report to claim. A page begins at a cursor (`walking`), so its cost does not
depend on the length."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, or_, select

from bot.errors import Refusal
from bot.services.desk import claims
from bot.services.desk.lists.filters import QUEUE, Filter
from bot.services.desk.lists.walking import Place, walk, walk_of
from bot.services.reports import approvals
from bot.services.unit import Unit
from db.bulk import evened
from db.models import Approval, File, Incident, Moderator, Report

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Page:
    """Page of a list.

    - `before`, `after`: cursors of the neighbouring pages, None at an end.
    - `unread`: the page is not full, but a further search may find more.
    - `moved`: the wanted rows are gone, so this is the first page.
    """

    reports: Sequence[Report]
    before: Place | None = None
    after: Place | None = None
    unread: bool = False
    moved: bool = False


async def page(
    unit: Unit,
    wanted: Filter,
    holder: Moderator | None,
    limit: int,
    place: Place | None = None,
    *,
    back: bool = False,
) -> Page:
    """Page after a cursor, or before it with `back`. The first page without a cursor, or where none is left
    on that side."""
    way = walk_of(unit, wanted, holder)
    stretch = await walk(unit, way, limit + 1, place, back=back)
    found, stopped = stretch.found, stretch.stopped
    more = len(found) > limit
    if place is not None and way.besides and not (back or found or stopped):
        return Page((), before=place)  # the rest of the list holds none
    if place is not None and stopped is None and (not found or (back and not more)):
        first = await page(unit, wanted, holder, limit)
        return replace(first, moved=not found)
    shown = found[:limit][::-1] if back else found[:limit]
    reports = await reports_of(unit, [report_id for report_id, _ in shown])
    onward = shown[0 if back else -1][1] if more else stopped
    behind = (shown[-1 if back else 0][1] if shown else place) if place is not None else None
    before, after = (onward, behind) if back else (behind, onward)
    return Page(reports, before, after, unread=stopped is not None and not back)


async def reports_of(unit: Unit, ids: Sequence[str]) -> list[Report]:
    if not ids:
        return []
    found = await unit.session.scalars(select(Report).where(Report.id.in_(evened(ids))))
    by_id = {report.id: report for report in found}
    return [by_id[one] for one in ids if one in by_id]


async def file_counts(unit: Unit, reports: Collection[Report]) -> Mapping[str, int]:
    keys = {report.data_key_id: report.id for report in reports if report.data_key_id}
    if not keys:
        return {}
    query = select(File.data_key_id, func.count()).where(File.data_key_id.in_(evened(keys)))
    rows = await unit.session.execute(query.group_by(File.data_key_id))
    return {keys[key_id]: number for key_id, number in rows if key_id}


async def holders(unit: Unit, reports: Collection[Report]) -> Mapping[str, str]:
    ids = {report.moderator_id for report in reports if report.moderator_id}
    if not ids:
        return {}
    query = select(Moderator.id, Moderator.alias).where(Moderator.id.in_(evened(ids)))
    return {row.id: row.alias for row in await unit.session.execute(query)}


async def incidents(unit: Unit, reports: Collection[Report]) -> Mapping[str, str]:
    ids = {report.incident_id for report in reports if report.incident_id}
    if not ids:
        return {}
    query = select(Incident.id, Incident.ref).where(Incident.id.in_(evened(ids)))
    return {row.id: row.ref for row in await unit.session.execute(query)}


async def approval_counts(unit: Unit, reports: Collection[Report]) -> Mapping[str, int]:
    return {key: len(some) for key, some in (await approvals.standing(unit, reports)).items() if some}


async def by_reference(unit: Unit, typed: str) -> Report | None:
    return await unit.session.scalar(select(Report).where(Report.ref == claims.read_reference(typed)))


def age(unit: Unit, report: Report) -> int:
    return max(0, unit.hour - report.submitted_hour)


async def claim_next(unit: Unit, moderator: Moderator) -> Report | None:
    """Claim the first report of the queue, or return None. Skips reports just claimed, and those approved by
    this moderator."""
    way = walk_of(unit, QUEUE, moderator)
    stale = Report.id.in_(evened(await approvals.stale_of(unit, moderator)))
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
