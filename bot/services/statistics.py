"""Statistics: how many approved reports there are, those counted that never become a row."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from bot.services import exporting
from bot.services.exporting import COUNT, PUBLISH, SHARE, Ask
from bot.services.unit import Unit
from db.models import PublicVersion, Report

FEWEST = 3
"""A smaller number is not told for a category, a region or a month: it could point at a person."""
Counts = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Approved reports: rows of the public export, those shared only encrypted, those only counted, and all
    of them by the reporter's category, region and month. None stands for fewer than FEWEST."""

    rows: int
    shared: int
    counted: int
    by_category: Counts
    by_region: Counts
    by_month: Counts


async def statistics(unit: Unit, ask: Ask) -> Statistics:
    """The statistics of the reports approved in a time; one query, nothing is opened."""
    query = (
        select(Report.consent_use, Report.category, Report.region, Report.date_start)
        .join(PublicVersion, PublicVersion.report_id == Report.id)
        .where(*exporting.approved(ask, unit.settings.zone))
    )
    found = (await unit.session.execute(query)).all()
    by_consent = Counter(consent for consent, *_ in found)
    return Statistics(
        rows=by_consent[PUBLISH],
        shared=by_consent[SHARE],
        counted=by_consent[COUNT],
        by_category=_told(category for _, category, _, _ in found),
        by_region=_told(region for _, _, region, _ in found),
        by_month=_told(start[:7] if start else None for *_, start in found),
    )


def _told(values: Iterable[str | None]) -> Counts:
    counted = Counter(value or "unknown" for value in values)
    return {value: number if number >= FEWEST else None for value, number in sorted(counted.items())}
