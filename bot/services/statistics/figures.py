"""The figures: counts of reports by what stands in the clear, each from an index that holds all that it asks for.

What was sent before the span is not looked at, and of what waits no more than a range of the queue's index. It takes as long as
the reports of the span are many: whoever asks leaves the batch for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select, text

from bot.form.model import Choice, Form
from bot.form.xlsform.lists import language_code
from bot.services.desk import claims
from bot.services.reports.states import Status
from bot.services.unit import HOURS_A_DAY, SECONDS_AN_HOUR, Unit
from db.models import IN_QUEUE, IS_SENT, IS_SET_ASIDE, Report

BANDS: Sequence[int] = tuple(days * HOURS_A_DAY for days in (1, 3, 7, 14, 30))
"""Where the bands of `Delays.bands` end, in hours; the last has no end."""


@dataclass(frozen=True, slots=True)
class Delays:
    """How many reports took so many whole hours."""

    counts: Mapping[int, int] = field(default_factory=dict)

    def __add__(self, other: "Delays") -> "Delays":
        """Both together."""
        hours = self.counts.keys() | other.counts.keys()
        return Delays({one: self.counts.get(one, 0) + other.counts.get(one, 0) for one in hours})

    @property
    def number(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def longest(self) -> int:
        """The hours of the one that took longest; 0 for none."""
        return max(self.counts, default=0)

    def within(self, tenths: int) -> int:
        """The least number of hours within which so many tenths of them were done (the nearest rank, without interpolation):
        5 is the median; 0 for none."""
        needed, passed = -(-self.number * tenths // 10), 0
        for hours, count in sorted(self.counts.items()):
            passed += count
            if passed >= needed:
                return hours
        return 0

    @property
    def bands(self) -> Sequence[int]:
        """How many took less than each of BANDS and not less than the one before; the last are the rest."""
        found = [0] * (len(BANDS) + 1)
        for hours, count in self.counts.items():
            found[sum(hours >= end for end in BANDS)] += count
        return found


PERIODS = 12
_MONTHS = 12


class Step(StrEnum):
    """How long one of the periods is."""

    WEEKS = "weeks"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Span:
    """Periods by their first days, the oldest first; the last goes on until `today`. Days and midnights are those of `zone`."""

    step: Step
    days: Sequence[date]
    today: date
    zone: ZoneInfo

    @classmethod
    def until(cls, now: datetime, step: Step, zone: ZoneInfo) -> "Span":
        """The last PERIODS weeks, which begin on Mondays, or months."""
        today = now.astimezone(zone).date()
        if step is Step.WEEKS:
            monday = today - timedelta(days=today.weekday())
            days = [monday - timedelta(weeks=back) for back in range(PERIODS)]
        else:
            number = today.year * _MONTHS + today.month - 1
            days = [
                date((number - back) // _MONTHS, (number - back) % _MONTHS + 1, 1) for back in range(PERIODS)
            ]
        return cls(step, days[::-1], today, zone)

    @property
    def hours(self) -> Sequence[int]:
        """The hour in which each period begins, as hours are stored. A midnight within an hour belongs to the day before."""
        return [
            -(-int(datetime.combine(day, time(), self.zone).timestamp()) // SECONDS_AN_HOUR)
            for day in self.days
        ]


class Standing(StrEnum):
    """Where a report stands, as far as it is counted apart. What is over ended without a decision: it was withdrawn, or its time
    was."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    OVER = "over"


STANDINGS: Mapping[Status, Standing] = {
    Status.NEW: Standing.WAITING, Status.CLAIMED: Standing.WAITING, Status.UNDOABLE: Standing.WAITING,
    Status.NEEDS_INFO: Standing.WAITING, Status.APPROVED: Standing.APPROVED,
    Status.REJECTED: Standing.REJECTED, Status.WITHDRAWN: Standing.OVER, Status.EXPIRED: Standing.OVER,
}  # fmt: skip
"""All states of a report."""
COUNTED = (Standing.APPROVED, Standing.WAITING)
"""The standings that are counted by category and region: what was rejected may be made up, and what is over has neither."""
Counts = Mapping[Standing, int]


@dataclass(frozen=True, slots=True)
class Undecided:
    """Reports that have no decision now, whenever they were sent: urgent ones and others by their ages, and how many are in the
    queue, in a moderator's hands, and set aside."""

    urgent: Delays
    others: Delays
    queued: int
    held: int
    aside: int

    @property
    def number(self) -> int:
        """All of them."""
        return self.urgent.number + self.others.number

    @property
    def oldest(self) -> int:
        """Hours since the oldest was sent."""
        return max(self.urgent.longest, self.others.longest)


@dataclass(frozen=True, slots=True)
class Figures:
    """Reports of a span by period, by category and by region, all by the code that their reporters chose, blank for none; how
    soon those were decided that were decided in it; and what is undecided now."""

    span: Span
    periods: Sequence[Counts]
    categories: Mapping[str, Counts]
    regions: Mapping[str, Counts]
    approved_after: Delays
    rejected_after: Delays
    undecided: Undecided

    @property
    def total(self) -> Counts:
        """All reports of the span."""
        return {one: sum(period.get(one, 0) for period in self.periods) for one in Standing}


async def figures(unit: Unit, step: Step) -> Figures:
    """The figures of the last weeks or months; six queries."""
    span = Span.until(unit.now, step, unit.settings.zone)
    approved_after, rejected_after = await _decided(unit, span)
    return Figures(
        span,
        await _periods(unit, span),
        await _by(unit, span, Report.category),
        await _by(unit, span, Report.region),
        approved_after,
        rejected_after,
        await _undecided(unit),
    )


async def _periods(unit: Unit, span: Span) -> Sequence[Counts]:
    first, *others = span.hours
    number = case(
        *((Report.submitted_hour < hour, place) for place, hour in enumerate(others)), else_=len(others)
    )
    query = (
        select(number, Report.status, func.count())
        .where(text(IS_SENT), Report.submitted_hour >= first)
        .group_by(number, Report.status)
    )
    found: list[dict[Standing, int]] = [{} for _ in span.days]
    for place, status, count in (await unit.session.execute(query)).all():
        _add(found[place], status, count)
    return found


async def _by(unit: Unit, span: Span, column: Any) -> Mapping[str, Counts]:
    query = select(column, Report.status, func.count()).where(
        text(IS_SENT), Report.submitted_hour >= span.hours[0]
    )
    found: dict[str, dict[Standing, int]] = {}
    for code, status, count in (await unit.session.execute(query.group_by(column, Report.status))).all():
        if STANDINGS[Status(status)] in COUNTED:
            _add(found.setdefault(code or "", {}), status, count)
    return found


def _add(counts: dict[Standing, int], status: str, count: int) -> None:
    standing = STANDINGS[Status(status)]
    counts[standing] = counts.get(standing, 0) + count


async def _decided(unit: Unit, span: Span) -> tuple[Delays, Delays]:
    """Approvals and rejections of the span. One that was sent longer before it than a report waits was reopened, and is not
    looked for."""
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


async def _undecided(unit: Unit) -> Undecided:
    age, held = unit.hour - Report.submitted_hour, case((claims.held(unit), 1), else_=0)
    query = select(Report.urgent, age, func.count(), func.sum(held)).group_by(Report.urgent, age)
    in_queue = (await unit.session.execute(query.where(text(IN_QUEUE)))).all()
    aside = (await unit.session.execute(query.where(text(IS_SET_ASIDE)))).all()
    found = _delays([(urgent, hours, count) for urgent, hours, count, _ in (*in_queue, *aside)])
    taken = sum(row[3] for row in in_queue)
    return Undecided(
        found.get(True, Delays()),
        found.get(False, Delays()),
        queued=sum(row[2] for row in in_queue) - taken,
        held=taken,
        aside=sum(row[2] for row in aside),
    )


def _delays(rows: Iterable[Any]) -> Mapping[Any, Delays]:
    """Delays of rows of a key, hours and a count, by the key."""
    found: dict[Any, dict[int, int]] = {}
    for of, hours, count in rows:
        counts, took = found.setdefault(of, {}), max(0, hours)  # a clock may have been put back
        counts[took] = counts.get(took, 0) + count
    return {of: Delays(counts) for of, counts in found.items()}


_SHORT = "short::"
"""How the columns of short names begin; a language follows, as in the columns of labels."""


def choices_of(form: Form, role: str) -> Mapping[str, Choice]:
    """The choices of the question with a role by their codes; none where the form has no such question."""
    question = form.by_role.get(role)
    return {one.name: one for one in question.choices} if question is not None else {}


def has_tile(choice: Choice) -> bool:
    """Whether a region has its place on the map."""
    return bool(choice.columns.get("tile_column") and choice.columns.get("tile_row"))


def short_name(choice: Choice, language: str) -> str:
    """The name that fits on a tile; of a list without such names in a language the label."""
    columns = choice.columns.items()
    own = (
        words for column, words in columns if column.startswith(_SHORT) and language_code(column) == language
    )
    return next(own, "") or choice.label.get(language) or next(iter(choice.label.values()), choice.name)
