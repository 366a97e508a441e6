"""A day, month or year with parts left unsaid, and the answers made of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.form.answers import Precision, When
from bot.form.screen import Key

FIRST_YEAR = 1900
YEARS_AHEAD = 2
UNKNOWN = When(Precision.UNKNOWN)
ONGOING = When(Precision.RANGE, ongoing=True)


class Misread(Exception):  # noqa: N818 - it is what happened to the text
    """A text is a date by its form, but not a possible one; `notice` says so kindly."""

    def __init__(self, notice: Key) -> None:
        super().__init__(notice.key)
        self.notice = notice


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, month or year; what was not said is None. The numbers need not be possible yet."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


def of_day(day: date) -> Moment:
    """The day as a moment."""
    return Moment(day.year, day.month, day.day)


def iso(moment: Moment, today: date) -> str:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`. Without a year: the last such day or month not after today.

    Raises Misread when there is no such day or the year is out of reach.
    """
    if moment.month is not None and not 1 <= moment.month <= 12:
        raise Misread(Key("dates.no_such_day"))
    if moment.year is None:
        moment = replace(moment, year=_last_year(moment, today))
    year = moment.year or today.year
    last = today.year + YEARS_AHEAD
    if not FIRST_YEAR <= year <= last:
        raise Misread(Key("dates.year_out_of_reach", {"first": str(FIRST_YEAR), "last": str(last)}))
    if moment.month is None:
        return f"{year:04}"
    if moment.day is None:
        return f"{year:04}-{moment.month:02}"
    if _possible(year, moment.month, moment.day) is None:
        raise Misread(Key("dates.no_such_day"))
    return f"{year:04}-{moment.month:02}-{moment.day:02}"


def _last_year(moment: Moment, today: date) -> int:
    for year in range(today.year, today.year - 9, -1):
        first = _possible(year, moment.month or 1, moment.day or 1)
        if first is not None and first <= today:
            return year
    raise Misread(Key("dates.no_such_day"))


def _possible(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def at(text: str) -> When:
    """The answer for one `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    match len(text):
        case 4:
            return When(Precision.YEAR, text)
        case 7:
            return When(Precision.MONTH, text)
    return When(Precision.DAY, text, text)


def since(start: str) -> When:
    """Something that began then and still goes on."""
    return When(Precision.RANGE, start, ongoing=True)


def span(start: str, end: str) -> When:
    """A period, both ends included; years become their first and last month, equal ends one date.

    Raises Misread when the end lies before the start.
    """
    if start == end:
        return at(start)
    start = f"{start}-01" if len(start) == 4 else start
    end = f"{end}-12" if len(end) == 4 else end
    if last_day(end) < first_day(start):
        raise Misread(Key("dates.end_before_start"))
    return When(Precision.RANGE, start, end)


def first_day(text: str) -> date:
    """The first day of a `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    return date.fromisoformat(text + "-01-01"[len(text) - 4 :] if len(text) < 10 else text)


def last_day(text: str) -> date:
    """The last day of a `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    first = first_day(text)
    match len(text):
        case 4:
            return date(first.year, 12, 31)
        case 7:
            return month_of(month_index(first) + 1) - timedelta(days=1)
    return first


def month_index(day: date) -> int:
    """The months since the year 0, so that months can be counted."""
    return day.year * 12 + day.month - 1


def month_of(index: int) -> date:
    """The first day of the month with this `month_index`."""
    return date(index // 12, index % 12 + 1, 1)


def days_of(month: date) -> Iterator[date]:
    """Every day of the month that begins with this day."""
    day = month
    while day.month == month.month:
        yield day
        day += timedelta(days=1)
