"""Periods and their text form (ISO 8601-2)."""

import calendar
import re
from datetime import date

from bot.form.answers import Precision, When

FIRST_YEAR, LAST_YEAR = 1900, 2100

_SHAPE = re.compile(r"\d{4}(-\d{2}){0,2}", re.ASCII)


def text_of(day: date) -> str:
    return day.isoformat()[:10]


def month_text(year: int, month: int) -> str:
    return f"{year:04}-{month:02}"


def is_date(text: str) -> bool:
    """Whether a text is a valid `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    if not _SHAPE.fullmatch(text) or not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        return False
    try:
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        return False
    return True


def last_day(text: str) -> date:
    numbers = [int(number) for number in text.split("-")]
    year, month = numbers[0], numbers[1] if len(numbers) > 1 else 12
    day = numbers[2] if len(numbers) > 2 else calendar.monthrange(year, month)[1]
    return date(year, month, day)


def number_of(text: str) -> int:
    """Months from year 0 to the month of a date."""
    return int(text[:4]) * 12 + (int(text[5:7]) if len(text) > 4 else 1) - 1


def of_number(number: int) -> tuple[int, int]:
    """Year and month of `number_of`, limited to the allowed years."""
    held = min(max(number, FIRST_YEAR * 12), LAST_YEAR * 12 + 11)
    return held // 12, held % 12 + 1


def weeks(year: int, month: int) -> list[list[int]]:
    """Weeks of a month, Monday first, with 0 for days of other months."""
    return calendar.Calendar(firstweekday=0).monthdayscalendar(year, month)


_PRECISIONS = {4: Precision.YEAR, 7: Precision.MONTH, 10: Precision.DAY}
OPEN = ".."
"""An open end of a period."""


def exactly(text: str) -> When:
    precision = _PRECISIONS[len(text)]
    return When(precision, text, text if precision is Precision.DAY else None)


def between(start: str, end: str) -> When | None:
    """The period between two dates, years as months. None if it ends before it begins."""
    first, last = first_of(start), _last_of(end)
    if text_of(last_day(last)) < first:
        return None
    if first == last:
        return When(Precision.DAY, first, last) if len(first) == 10 else When(Precision.MONTH, first)
    return When(Precision.RANGE, first, last)


def since(start: str) -> When:
    """An ongoing period."""
    return When(Precision.RANGE, first_of(start), ongoing=True)


def of_unknown_end(start: str) -> When:
    """A period that ended at an unknown date."""
    return When(Precision.RANGE, first_of(start))


def until(end: str, today: date) -> When:
    """A period that began at an unknown date. The current year ends with the current month."""
    over = text_of(today)[:7]
    return When(Precision.RANGE, end=over if end == over[:4] else _last_of(end))


def first_of(text: str) -> str:
    """First month of a year, else the month or day itself."""
    return f"{text}-01" if len(text) == 4 else text


def _last_of(text: str) -> str:
    return f"{text}-12" if len(text) == 4 else text


def interval(when: When) -> str | None:
    """Format a date (ISO 8601-2): `2024-04`, `2024-04-01/2024-04-12`, `2024-04/..` if ongoing, `../2024-04`
    with an unknown start, `2024-04/` with an unknown end."""
    if when.precision is Precision.UNKNOWN or (when.start is None and when.end is None):
        return None
    if when.precision is Precision.RANGE and when.end is None:
        return f"{when.start}/{OPEN if when.ongoing else ''}"
    if when.start is None:
        return f"{OPEN}/{when.end}"
    return when.start if when.end in {None, when.start} else f"{when.start}/{when.end}"


def of_interval(text: str) -> When | None:
    """Inverse of `interval`. Accepts `start/end` even for a single date, as earlier versions stored it."""
    start, slash, end = text.partition("/")
    if not slash:
        return exactly(start)
    if start == OPEN:
        return When(Precision.RANGE, end=end)
    if end in {"", OPEN}:
        return When(Precision.RANGE, start, ongoing=end == OPEN)
    return between(start, end)
