"""Links of public records: their incident, its record that counts the people, and related cases."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import case, func, select, text

from bot.services.unit import Unit
from db.models import IS_IN_INCIDENT, Incident, PublicVersion, RelatedReport, Report


@dataclass(frozen=True, slots=True)
class Belonging:
    """Links of a record. `counts`: no record of its incident became public earlier, so its people count."""

    incident: str = ""
    counts: bool = True
    related: tuple[str, ...] = ()
    same_event: tuple[str, ...] = ()


NOWHERE = Belonging()


async def belonging(
    unit: Unit,
    incident_ids: Mapping[str, str | None],
    consents: Collection[str],
    related_to: Collection[str],
) -> Mapping[str, Belonging]:
    """Links of reports to reports with one of `consents`, by report id, in at most three queries.

    `incident_ids` maps reports to incidents. `related_to` are the reports with related cases.
    """
    incidents = await _incidents(unit, incident_ids, consents)
    related = await _related(unit, related_to, consents)
    found = {one: incidents.get(one, NOWHERE) for one in incident_ids}
    return found | {one: replace(found[one], related=tuple(sorted(refs))) for one, refs in related.items()}


async def _incidents(
    unit: Unit, report_ids: Mapping[str, str | None], consents: Collection[str]
) -> Mapping[str, Belonging]:
    """Incident of each report. The people of the record approved first count in every export, so that no
    person is counted in two exports."""
    mine = {incident for incident in report_ids.values() if incident is not None}
    if not mine:
        return {}
    first_hour = func.min(PublicVersion.approved_hour).label("hour")
    is_public = func.max(case((PublicVersion.current, 1), else_=0)).label("is_public")
    query = (
        select(Report.id, Report.ref.label("own"), Incident.ref, first_hour, is_public)
        .join(Incident, Incident.id == Report.incident_id)
        .outerjoin(PublicVersion, PublicVersion.report_id == Report.id)
        .where(text(f"reports.{IS_IN_INCIDENT}"), Report.incident_id.in_(mine))
        .where(Report.consent_use.in_(consents) | Report.id.in_(report_ids))
        .group_by(Report.id, Report.ref, Incident.ref)
    )
    rows = [row for row in await unit.session.execute(query) if row.is_public or row.id in report_ids]
    # A report without approval counts as approved now.
    places = {row.id: (unit.hour if row.hour is None else row.hour, row.id) for row in rows}
    first: dict[str, tuple[int, str]] = {}
    public: dict[str, set[str]] = {}
    for row in rows:
        first[row.ref] = min(first.get(row.ref, places[row.id]), places[row.id])
        public.setdefault(row.ref, set()).update([row.own] if row.is_public else [])
    return {
        row.id: Belonging(
            row.ref,
            places[row.id] == first[row.ref],
            same_event=tuple(sorted(public[row.ref] - {row.own})),
        )
        for row in rows
    }


async def _related(
    unit: Unit, report_ids: Collection[str], consents: Collection[str]
) -> Mapping[str, list[str]]:
    if not report_ids:
        return {}
    pairs = select(RelatedReport.report_id, RelatedReport.other_id).where(
        RelatedReport.report_id.in_(report_ids)
    )
    others: dict[str, list[str]] = {}
    for row in await unit.session.execute(pairs):
        others.setdefault(row.other_id, []).append(row.report_id)
    if not others:
        return {}
    # A query of its own: joined to the pairs, SQLite starts from all public versions.
    query = (
        select(Report.id, Report.ref)
        .join(PublicVersion, (PublicVersion.report_id == Report.id) & PublicVersion.current)
        .where(Report.id.in_(others), Report.consent_use.in_(consents))
    )
    found: dict[str, list[str]] = {}
    for row in await unit.session.execute(query):
        for report_id in others[row.id]:
            found.setdefault(report_id, []).append(row.ref)
    return found
