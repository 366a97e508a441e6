"""Parts of a date made whole: without a year the nearest past date is meant, or the nearest to come."""

from dataclasses import dataclass
from datetime import date, timedelta

from bot.form.answers import Precision, When
from bot.form.typed.months import last_day, month_text, text_of
from bot.form.typed.partial_dates import Parts

MOST_AHEAD = 10
"""A year alone lies no more years ahead than this."""


@dataclass(frozen=True, slots=True)
class NoSuchDay:
    """What was understood of a date that no calendar has, such as 31 April."""

    day: int
    month: int
    year: int | None = None


def resolve(parts: Parts, today: date, ahead: bool) -> When | NoSuchDay | None:
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
