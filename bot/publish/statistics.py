"""Counts of reports from indexes alone, with delays, places and the span of time they cover."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select, text

from bot.form.markup import plain_words
from bot.form.model import Choice, Form
from bot.form.xlsform.sheets import language_code
from bot.reports import claims
from bot.reports.states import Status
from bot.store.unit import HOURS_A_DAY, SECONDS_AN_HOUR, UnitOfWork
from db.models import IN_QUEUE, IS_SENT, IS_SET_ASIDE, Report

BANDS: Sequence[int] = tuple(days * HOURS_A_DAY for days in (1, 3, 7, 14, 30))
"""Upper ends of the bands of `Delays.bands` in hours. The last band is open."""

PERIODS = 12


@dataclass(frozen=True, slots=True)
class Delays:
    """Numbers of reports by whole hours taken."""

    counts: Mapping[int, int] = field(default_factory=dict)

    def __add__(self, other: "Delays") -> "Delays":
        return Delays(Counter(self.counts) + Counter(other.counts))

    @property
    def number(self) -> int:
        return sum(self.counts.values())

    @property
    def longest(self) -> int:
        return max(self.counts, default=0)

    def within(self, tenths: int) -> int:
        """Hours within which that many tenths were done: 5 is the median. Nearest rank, 0 for none."""
        needed, passed = -(-self.number * tenths // 10), 0
        for hours, count in sorted(self.counts.items()):
            passed += count
            if passed >= needed:
                return hours
        return 0

    @property
    def bands(self) -> Sequence[int]:
        found = [0] * (len(BANDS) + 1)
        for hours, count in self.counts.items():
            found[sum(hours >= end for end in BANDS)] += count
        return found


class PeriodLength(StrEnum):
    WEEKS = "weeks"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Span:
    """Periods by their first days, oldest first. The last ends `today`. Days are those of `zone`."""

    step: PeriodLength
    days: Sequence[date]
    today: date
    zone: ZoneInfo

    @classmethod
    def until(cls, now: datetime, step: PeriodLength, zone: ZoneInfo) -> "Span":
        today = now.astimezone(zone).date()
        if step is PeriodLength.WEEKS:
            monday = today - timedelta(days=today.weekday())
            days = [monday - timedelta(weeks=back) for back in range(PERIODS)]
        else:
            number = today.year * 12 + today.month - 1
            months = range(number, number - PERIODS, -1)
            days = [date(month // 12, month % 12 + 1, 1) for month in months]
        return cls(step, days[::-1], today, zone)

    @property
    def hours(self) -> Sequence[int]:
        """Hour, as stored, in which each period begins. One that contains midnight belongs to the day before."""
        return [first_hour(day, self.zone) for day in self.days]


def first_hour(day: date, zone: ZoneInfo) -> int:
    """First whole hour of a day, in hours since 1970-01-01 UTC. Rounded up: a zone may be half an hour off."""
    return -(-int(datetime.combine(day, time(), zone).timestamp()) // SECONDS_AN_HOUR)


class Standing(StrEnum):
    """Status of a report as counted. OVER: withdrawn or expired without a decision."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    OVER = "over"


STANDINGS: Mapping[Status, Standing] = {
    Status.NEW: Standing.WAITING, Status.CLAIMED: Standing.WAITING, Status.UNDOABLE: Standing.WAITING,
    Status.NEEDS_INFO: Standing.WAITING, Status.APPROVED: Standing.APPROVED,
    Status.REJECTED: Standing.REJECTED, Status.WITHDRAWN: Standing.OVER, Status.EXPIRED: Standing.OVER,
}  # fmt: skip
COUNTED = (Standing.APPROVED, Standing.WAITING)
"""Standings counted by category and region, which reports that are over lack, and rejected ones may have made up."""
Counts = Mapping[Standing, int]


@dataclass(frozen=True, slots=True)
class Undecided:
    """Reports without a decision: delays of urgent and other ones, numbers in the queue, claimed and set aside."""

    urgent: Delays
    others: Delays
    queued: int
    held: int
    aside: int

    @property
    def number(self) -> int:
        return self.urgent.number + self.others.number

    @property
    def oldest(self) -> int:
        return max(self.urgent.longest, self.others.longest)


@dataclass(frozen=True, slots=True)
class Figures:
    """Reports of a span by period, category and region, as reporters told them, delays of decisions, and reports undecided."""

    span: Span
    periods: Sequence[Counts]
    categories: Mapping[str, Counts]
    regions: Mapping[str, Counts]
    approved_after: Delays
    rejected_after: Delays
    undecided: Undecided

    @property
    def total(self) -> Counts:
        return {one: sum(period.get(one, 0) for period in self.periods) for one in Standing}


async def figures(unit: UnitOfWork, step: PeriodLength) -> Figures:
    """Count the last weeks or months, in six queries."""
    span = Span.until(unit.now, step, unit.settings.zone)
    ends = enumerate(span.hours[1:])
    number = case(*((Report.submitted_hour < hour, place) for place, hour in ends), else_=PERIODS - 1)
    counted = await _counted(unit, span, number, frozenset(Standing))
    periods = [counted.get(place, {}) for place in range(PERIODS)]
    categories = await _counted(unit, span, Report.category, COUNTED)
    regions = await _counted(unit, span, Report.region, COUNTED)
    decided = await _decided(unit, span)
    return Figures(span, periods, categories, regions, *decided, await _undecided(unit))


async def _counted(
    unit: UnitOfWork, span: Span, key: Any, standings: Collection[Standing]
) -> Mapping[Any, Counts]:
    sent = text(IS_SENT), Report.submitted_hour >= span.hours[0]
    query = select(key, Report.status, func.count()).where(*sent).group_by(key, Report.status)
    found: dict[Any, Counter[Standing]] = {}
    for one, status, count in (await unit.session.execute(query)).all():
        standing = STANDINGS[Status(status)]
        if standing in standings:
            found.setdefault("" if one is None else one, Counter())[standing] += count
    return found


async def _decided(unit: UnitOfWork, span: Span) -> tuple[Delays, Delays]:
    """Decisions of the span. Reports that were submitted long before it were reopened, and are not searched for."""
    took = Report.closed_hour - Report.submitted_hour
    earliest = span.hours[0] - unit.settings.report_days * HOURS_A_DAY
    query = select(Report.status, took, func.count()).where(
        text(IS_SENT),
        Report.submitted_hour >= earliest,
        Report.closed_hour >= span.hours[0],
        Report.status.in_((Status.APPROVED, Status.REJECTED)),
    )
    found = _delays((await unit.session.execute(query.group_by(Report.status, took))).all())
    return found.get(Status.APPROVED, Delays()), found.get(Status.REJECTED, Delays())


async def _undecided(unit: UnitOfWork) -> Undecided:
    age, held = unit.hour - Report.submitted_hour, case((claims.held(unit), 1), else_=0)
    query = select(Report.urgent, age, func.count(), func.sum(held)).group_by(Report.urgent, age)
    in_queue = (await unit.session.execute(query.where(text(IN_QUEUE)))).all()
    aside = (await unit.session.execute(query.where(text(IS_SET_ASIDE)))).all()
    found = _delays([(urgent, hours, count) for urgent, hours, count, _ in (*in_queue, *aside)])
    urgent, others = (found.get(is_urgent, Delays()) for is_urgent in (True, False))
    waiting, taken = (sum(row[at] for row in in_queue) for at in (2, 3))
    return Undecided(urgent, others, waiting - taken, taken, sum(row[2] for row in aside))


def _delays(rows: Iterable[Any]) -> Mapping[Any, Delays]:
    found: dict[Any, Counter[int]] = {}
    for of, hours, count in rows:
        found.setdefault(of, Counter())[max(0, hours)] += count  # a clock may have been set back
    return {of: Delays(counts) for of, counts in found.items()}


def choices_of(form: Form, role: str) -> Mapping[str, Choice]:
    question = form.by_role.get(role)
    return {one.name: one for one in question.choices} if question is not None else {}


def has_tile(choice: Choice) -> bool:
    return bool(choice.columns.get("tile_column") and choice.columns.get("tile_row"))


def short_name(choice: Choice, language: str) -> str:
    short = ((column, words) for column, words in choice.columns.items() if column.startswith("short::"))
    own = next((words for column, words in short if language_code(column) == language), "")
    return own or plain_words(choice.label.get(language) or next(iter(choice.label.values()), choice.name))
