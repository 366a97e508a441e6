"""The events of a year, counted by month, region and category.

What is counted is what is public: the month, region and main violation of the approved version, as exact as moderators let it be.
Reports that may only be shared or only be counted are in the numbers too, and nothing else of them is."""

from collections import Counter
from dataclasses import dataclass, field

from bot.services.export.rows.records import Record
from bot.services.export.rows.table import ExportTable
from bot.services.export.versions.selection import Period, approved_versions
from bot.services.reports.consent import Consent
from bot.services.unit import REPORT_FORM, REVIEW_FORM, Unit

_COUNTED_KINDS = frozenset({None, "incident", "pattern"})
"""Laws, proceedings against officials and good news are no events that happened to people."""
UNDATED = "-"
"""The month of an event of which no more than the year is known."""


@dataclass(slots=True)
class Tally:
    """How many events of a year there are by month (`01` to `12`, or UNDATED), region and category (the group of the main
    violation; blank for none)."""

    months: Counter[str] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """All events."""
        return self.months.total()

    def add(self, record: Record, month: str) -> None:
        """Count one."""
        self.months[month] += 1
        self.regions[record["region"] or ""] += 1
        self.categories[(record["violation_primary"] or "").partition(".")[0]] += 1


async def tally(unit: Unit, year: int) -> Tally:
    """The events that began in a year, each once however many reports tell of it. Opens every approved version."""
    table, found = ExportTable(unit.forms[REVIEW_FORM], unit.forms[REPORT_FORM], unit.settings.zone), Tally()
    async for version in approved_versions(unit, Period(), frozenset(Consent)):
        if not version.belonging.counts:
            continue
        record = table.record(version)
        begun = month_of(record)
        if record["kind"] in _COUNTED_KINDS and begun is not None and begun[0] == f"{year:04}":
            found.add(record, begun[1])
    return found


def month_of(record: Record) -> tuple[str, str] | None:
    """The year and month in which an event began, or ended where no beginning is known; UNDATED for the month that is not known,
    None where not even the year is."""
    date = record["date_start"] or record["date_end"]
    return (date[:4], date[5:7] or UNDATED) if date else None
