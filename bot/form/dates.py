"""Dates as people type them on a phone, in Kazakh, Russian and English.

`parse` understands days, months, years and periods; a date without a year is the last such date, or the next
one when `ahead` is set. It reads day before month, as is usual in Kazakhstan.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.form.answers import Precision, When
from bot.form.folding import fold
from bot.form.months import last_day, month_text, text_of
from bot.form.partial_dates import Parts, read
from bot.form.periods import both, ends_in, started
from bot.form.relative_dates import ONGOING, UNKNOWN, relative

LONGEST = 120
"""Texts of more characters than this are no dates and are not looked at."""

MOST_AHEAD = 10
"""A year alone lies no more years ahead than this."""


@dataclass(frozen=True, slots=True)
class NoSuchDay:
    """What was understood of a date that no calendar has, such as 31 April."""

    day: int
    month: int
    year: int | None = None


Parsed = When | NoSuchDay | None

_DASH = re.compile(r"\s*[‐‑‒–—−]\s*")
_SPACES = re.compile(r"\s+")
_LATIN = re.compile(r"\bc\b")
"""The Latin letter that looks like a Russian preposition."""
_ROUGHLY = re.compile(
    r"^(?:примерно|приблизительно|около|где-то|шамамен|around|about|roughly|approximately) "
)


def parse(text: str, today: date, ahead: bool = False) -> Parsed:
    """What a text says of a date, seen from `today`; None if it says nothing that can be understood."""
    if len(text) > LONGEST:
        return None
    words = _LATIN.sub("с", _SPACES.sub(" ", _DASH.sub(" - ", fold(text))).strip(" .,!;"))
    exact = _ROUGHLY.sub("", words)
    found = _read(exact, today, ahead)
    if exact != words and isinstance(found, When) and found.precision is Precision.DAY:
        return When(Precision.MONTH, str(found.start)[:7])
    return found


def _read(words: str, today: date, ahead: bool) -> Parsed:
    if words in UNKNOWN:
        return When(Precision.UNKNOWN)
    if words in ONGOING:
        return When(Precision.RANGE, ongoing=True)
    found = relative(words, today)
    if found is not None:
        return found
    one = read(words)
    return _period(words, today, ahead) if one is None else _resolve(one, today, ahead)


def between(start: str, end: str) -> When | None:
    """The period from a day, month or year to another, years as their first and last month; None if it
    would end before it begins."""
    first = f"{start}-01" if len(start) == 4 else start
    last = f"{end}-12" if len(end) == 4 else end
    if text_of(last_day(last)) < first:
        return None
    if first == last:
        return When(Precision.DAY, first, last) if len(first) == 10 else When(Precision.MONTH, first)
    return When(Precision.RANGE, first, last)


def _period(words: str, today: date, ahead: bool) -> Parsed:
    since = started(words, today)
    if since is not None:
        return _ongoing(since, today)
    for left, right in ends_in(words, today):
        ends = both(left, right)
        if ends is not None:
            return _range(*ends, today, ahead)
    return None


def _ongoing(start: Parts, today: date) -> Parsed:
    first = _resolve(start, today, ahead=False)
    if not isinstance(first, When) or first.start is None:
        return first
    begun = f"{first.start}-01" if len(first.start) == 4 else first.start
    return When(Precision.RANGE, begun, ongoing=True)


def _range(start: Parts, end: Parts, today: date, ahead: bool) -> Parsed:
    last = _resolve(end, today, ahead)
    if not isinstance(last, When) or last.start is None:
        return last
    first = _resolve(start.in_year_before(end, int(last.start[:4])), today, ahead)
    if not isinstance(first, When) or first.start is None:
        return first
    return between(first.start, last.start)


def _resolve(parts: Parts, today: date, ahead: bool) -> Parsed:
    """The date that parts stand for; without a year the nearest past one, or the nearest to come."""
    if parts.month is None:
        if parts.day is not None:
            return _day_of_month(parts.day, today, ahead)
        # A number far beyond this year is rather a time of day or a mistake.
        near = parts.year is not None and parts.year <= today.year + MOST_AHEAD
        return When(Precision.YEAR, str(parts.year)) if near else None
    if parts.day is None:
        return When(Precision.MONTH, _month(parts.month, parts.year, today, ahead))
    if parts.year is not None:
        return _day(parts.year, parts.month, parts.day)
    return _day_of_year(parts.month, parts.day, today, ahead)


def _day_of_year(month: int, day: int, today: date, ahead: bool) -> When | NoSuchDay:
    # 29 February may be eight years away.
    for distance in range(9):
        found = _day(today.year + (distance if ahead else -distance), month, day)
        if isinstance(found, When):
            text = str(found.start)
            if text >= text_of(today) if ahead else text <= text_of(today):
                return found
    return NoSuchDay(day, month)


def _day(year: int, month: int, day: int) -> When | NoSuchDay:
    if not 1 <= day <= last_day(month_text(year, month)).day:
        return NoSuchDay(day, month, year)
    text = f"{month_text(year, month)}-{day:02}"
    return When(Precision.DAY, text, text)


def _month(month: int, year: int | None, today: date, ahead: bool) -> str:
    if year is None:
        year = today.year
        if ahead and month < today.month:
            year += 1
        if not ahead and month > today.month:
            year -= 1
    return month_text(year, month)


def _day_of_month(day: int, today: date, ahead: bool) -> When | None:
    for distance in range(63):
        found = today + timedelta(distance if ahead else -distance)
        if found.day == day:
            return When(Precision.DAY, text_of(found), text_of(found))
    return None
