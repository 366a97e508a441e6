"""Statistics: how many approved reports there are, also of those that never become a row."""

from dataclasses import dataclass

from sqlalchemy import func, select

from bot.services.export.versions.selection import Period, approved_in
from bot.services.reports.consent import Consent
from bot.services.unit import Unit
from db.models import PublicVersion, Report

FEWEST_TOLD = 5
"""A number of reports or events that is under this stands in nothing that is published: it could point to somebody."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Approved reports: rows of the public export, those shared only under encryption, those only counted. `events` counts the rows,
    those of one incident once."""

    rows: int
    shared: int
    counted: int
    events: int = 0


_event = func.coalesce(Report.incident_id, Report.id)
"""What tells the events of reports apart: the incident, or the report that belongs to none."""


async def statistics(unit: Unit, period: Period) -> Statistics:
    """The statistics of a period; one query, nothing is decrypted. It looks at every public version of the period: whoever has
    no time for that asks `number_of` before."""
    query = (
        select(Report.consent_use, func.count(), func.count(func.distinct(_event)))
        .join(PublicVersion, PublicVersion.report_id == Report.id)
        .where(*approved_in(period, unit.settings.zone))
        .group_by(Report.consent_use)
    )
    rows = (await unit.session.execute(query)).all()
    found = {consent: int(number) for consent, number, _ in rows}
    events = {consent: int(number) for consent, _, number in rows}
    return Statistics(
        rows=found.get(Consent.PUBLISH, 0),
        shared=found.get(Consent.SHARE, 0),
        counted=found.get(Consent.COUNT, 0),
        events=events.get(Consent.PUBLISH, 0),
    )
