"""Statistics: how many approved reports there are, also of those that never become a row."""

from dataclasses import dataclass

from sqlalchemy import func, select

from bot.services.export.selection import Consent, Period, approved_in
from bot.services.unit import Unit
from db.models import PublicVersion, Report


@dataclass(frozen=True, slots=True)
class Statistics:
    """Approved reports: rows of the public export, those shared only under encryption, those only counted."""

    rows: int
    shared: int
    counted: int


async def statistics(unit: Unit, period: Period) -> Statistics:
    """The statistics of a period; one query, nothing is decrypted. It looks at every public version of the period: whoever has
    no time for that asks `number_of` before."""
    query = (
        select(Report.consent_use, func.count())
        .join(PublicVersion, PublicVersion.report_id == Report.id)
        .where(*approved_in(period, unit.settings.zone))
        .group_by(Report.consent_use)
    )
    found = {consent: int(number) for consent, number in (await unit.session.execute(query)).all()}
    return Statistics(
        rows=found.get(Consent.PUBLISH, 0),
        shared=found.get(Consent.SHARE, 0),
        counted=found.get(Consent.COUNT, 0),
    )
