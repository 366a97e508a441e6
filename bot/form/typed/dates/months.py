"""Months and days as texts `YYYY-MM` and `YYYY-MM-DD`, and the grid of a month."""

import calendar
import re
from datetime import date

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""The years that a date may have."""

_SHAPE = re.compile(r"\d{4}(-\d{2}){0,2}", re.ASCII)


def text_of(day: date) -> str:
    """The day as `YYYY-MM-DD`."""
    return day.isoformat()[:10]


def month_text(year: int, month: int) -> str:
    """The month as `YYYY-MM`."""
    return f"{year:04}-{month:02}"


def is_date(text: str) -> bool:
    """Whether a text is `YYYY`, `YYYY-MM` or `YYYY-MM-DD` and stands in the calendar."""
    if not _SHAPE.fullmatch(text) or not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        return False
    try:
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        return False
    return True


def last_day(text: str) -> date:
    """The last day of a year, month or day."""
    numbers = [int(number) for number in text.split("-")]
    year, month = numbers[0], numbers[1] if len(numbers) > 1 else 12
    day = numbers[2] if len(numbers) > 2 else calendar.monthrange(year, month)[1]
    return date(year, month, day)


def number_of(text: str) -> int:
    """The months from year 0 to the month of `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    return int(text[:4]) * 12 + (int(text[5:7]) if len(text) > 4 else 1) - 1


def of_number(number: int) -> tuple[int, int]:
    """The year and month of such a number, held within the years that a date may have."""
    held = min(max(number, FIRST_YEAR * 12), LAST_YEAR * 12 + 11)
    return held // 12, held % 12 + 1


def weeks(year: int, month: int) -> list[list[int]]:
    """The days of a month by week, Monday first; 0 where the week reaches into another month."""
    return calendar.Calendar(firstweekday=0).monthdayscalendar(year, month)
