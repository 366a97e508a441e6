"""Statistics: how many approved reports there are, those counted that never become a row."""

from dataclasses import dataclass

from sqlalchemy import func, select

from bot.services.export import exporting
from bot.services.export.exporting import COUNT, PUBLISH, SHARE, Ask
from bot.services.unit import Unit
from db.models import PublicVersion, Report


@dataclass(frozen=True, slots=True)
class Statistics:
    """Approved reports: rows of the public export, those shared only encrypted, those only counted."""

    rows: int
    shared: int
    counted: int


async def statistics(unit: Unit, ask: Ask) -> Statistics:
    """The statistics of the reports approved in a time; one query, nothing is opened."""
    query = (
        select(Report.consent_use, func.count())
        .join(PublicVersion, PublicVersion.report_id == Report.id)
        .where(*exporting.approved(ask, unit.settings.zone))
        .group_by(Report.consent_use)
    )
    found = {consent: int(number) for consent, number in (await unit.session.execute(query)).all()}
    return Statistics(rows=found.get(PUBLISH, 0), shared=found.get(SHARE, 0), counted=found.get(COUNT, 0))
