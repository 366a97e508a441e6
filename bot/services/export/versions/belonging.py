"""What a public record belongs with: its incident, of which one record counts the people, and public records of related cases."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import case, func, select, text

from bot.services.unit import Unit
from db.models import IS_IN_INCIDENT, Incident, PublicVersion, RelatedReport, Report


@dataclass(frozen=True, slots=True)
class Belonging:
    """The reference of a record's incident, blank for none; whether its people count, as those of no record of the same incident do
    that was public earlier; and the references of related cases that are public."""

    incident: str = ""
    counts: bool = True
    related: tuple[str, ...] = ()
    same_event: tuple[str, ...] = ()
    """The references of the incident's other records that are public."""


NOWHERE = Belonging()
"""Of a record that belongs with no other."""


async def belonging(
    unit: Unit,
    incident_ids: Mapping[str, str | None],
    consents: Collection[str],
    related_to: Collection[str],
) -> Mapping[str, Belonging]:
    """What the records of reports belong with, among those of reports with one of these consents alone: by the id of each report, that of its
    incident. `related_to` are those that any report is related to. Three queries at most, whatever their number, and none for what
    belongs with nothing."""
    incidents = await _incidents(unit, incident_ids, consents)
    related = await _related(unit, related_to, consents)
    found = {one: incidents.get(one, NOWHERE) for one in incident_ids}
    return found | {one: replace(found[one], related=tuple(sorted(refs))) for one, refs in related.items()}


async def _incidents(
    unit: Unit, report_ids: Mapping[str, str | None], consents: Collection[str]
) -> Mapping[str, Belonging]:
    """The incidents' references by report, whether the report's people count, and which others are public. Those of the record that was approved first do, its
    corrections included, whatever the period of an export: so nobody is in two of them."""
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
    # What is not approved yet would be so now.
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
    # By itself: joined to the pairs, SQLite begins with every public version there is.
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
