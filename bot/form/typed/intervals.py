"""Periods and their text form (ISO 8601-2)."""

import calendar
import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from bot.form.answers import Precision, When
from bot.form.typed.amounts import any_of, values_of_units
from bot.form.typed.phrases import PhrasePattern, one_of, slot

FIRST_YEAR, LAST_YEAR = 1900, 2100

_PRECISIONS = {4: Precision.YEAR, 7: Precision.MONTH, 10: Precision.DAY}
OPEN = ".."
"""An open end of a period."""


def text_of(day: date) -> str:
    return day.isoformat()[:10]


def month_text(year: int, month: int) -> str:
    return f"{year:04}-{month:02}"


def is_date(text: str) -> bool:
    """Whether a text is a valid `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    if (
        not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text, re.ASCII)
        or not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR
    ):
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


def of_number(number: int) -> str:
    """Month of `number_of`, limited to the allowed years."""
    held = min(max(number, FIRST_YEAR * 12), LAST_YEAR * 12 + 11)
    return month_text(held // 12, held % 12 + 1)


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


def since(start: str, ongoing: bool = True) -> When:
    """A period without an end. If it is not ongoing, it ended at an unknown date."""
    return When(Precision.RANGE, first_of(start), ongoing=ongoing)


def until(end: str, today: date) -> When:
    """A period that began at an unknown date. The current year ends with the current month."""
    over = text_of(today)[:7]
    return When(Precision.RANGE, end=over if end == over[:4] else _last_of(end))


def first_of(text: str) -> str:
    """First month of a year, else the month or day itself."""
    return f"{text}-01" if len(text) == 4 else text


def _last_of(text: str) -> str:
    return f"{text}-12" if len(text) == 4 else text


def coarsened(when: When, precision: str) -> When:
    """A date no finer than `day`, `month` or `year`. A range within one of these becomes it."""
    length = next(length for length, known in _PRECISIONS.items() if known == precision)
    start, end = (one and one[:length] for one in (when.start, when.end))
    if (start, end) == (when.start, when.end):
        return when
    is_one = start and (start == end or when.precision is not Precision.RANGE)
    return exactly(start) if start and is_one else replace(when, start=start, end=end)


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


_AGO, _LATER = PhrasePattern("{from_today.ago}"), PhrasePattern("{from_today.later}")
_UNITS = ("day", "week", "month", "half_year", "year")
# `days ago` does not say how many.
_COUNTED_UNIT = PhrasePattern("{units.counted}")
_VAGUE = {
    ("few", "day"): ("day", 2, 7),
    ("few", "week"): ("day", 14, 35),
    ("few", "month"): ("month", 2, 5),
    ("few", "year"): ("year", 2, 5),
    ("couple", "day"): ("day", 2, 3),
    ("couple", "week"): ("day", 10, 17),
    ("couple", "month"): ("month", 2, 3),
    ("couple", "year"): ("year", 2, 3),
}


def distant(text: str, today: date) -> When | None:
    """The date at a distance from today, as precise as the text."""
    for pattern, sign in ((_AGO, -1), (_LATER, 1)):
        counted = slot(pattern.fullmatch(text))
        distance = _distance(counted) if counted else None
        if distance is not None:
            when = _at(*distance, sign, today)
            ends = (when.start, when.end or when.start) if when else ()
            return when if all(is_date(str(end)) for end in ends) else None
    return None


def around(day: date, days: int, today: date) -> When:
    """A period around a day, without future days if the day is past."""
    last = day + timedelta(days)
    return span_of(day - timedelta(days), min(last, today) if day <= today else last)


def span_of(start: date, end: date) -> When:
    return between(text_of(start), text_of(end)) or exactly(text_of(start))


@cache
def _counted() -> tuple[PhrasePattern, ...]:
    """`3 days`, `2-3 days`, `a few days`, and with the number last, `дня 2-3`, `a day or two`."""
    number = rf"(?:\d{{1,3}}|{any_of(values_of_units())})"
    either = r"(?: ?- ?| {from_today.either} )"
    unit = one_of("units", _UNITS)
    return (
        PhrasePattern(
            rf"(?P<least>{number})?(?: (?P<about>{{from_today.nearly}}))? ?\b{unit}(?P<rough>{{from_today.nearly}})?"
        ),
        PhrasePattern(rf"(?P<least>{number}){either}(?P<most>{number}) ?\b{unit}(?:{{from_today.nearly}})?"),
        PhrasePattern(rf"{one_of('from_today', ('few', 'couple'))} ?\b{unit}"),
        PhrasePattern(rf"{unit} (?P<rough>(?P<least>{number}))(?:{either}(?P<most>{number}))?"),
        PhrasePattern(rf"(?:{number} )?{unit}{either}(?P<most>{number})"),
    )


def _distance(counted: str) -> tuple[str, int, int] | None:
    """A unit, and its least and greatest number."""
    found = next(filter(None, (pattern.fullmatch(counted) for pattern in _counted())), None)
    if found is None:
        return None
    groups = found.groupdict()
    unit = next(name for name in _UNITS if groups.get(name))
    if vague := next((name for name in ("few", "couple") if groups.get(name)), None):
        return _VAGUE.get((vague, unit))
    least, most = (_number(groups.get(name)) for name in ("least", "most"))
    if least is None and most is None and _COUNTED_UNIT.fullmatch(groups[unit]):
        return None
    if least is not None and most is not None and most <= least:
        return None
    is_rough = bool(groups.get("about") or groups.get("rough"))
    return _counted_distance(unit, least or 1, most, is_rough)


def _number(said: str | None) -> int | None:
    return None if not said else int(said) if said.isdecimal() else values_of_units()[said]


def _counted_distance(unit: str, least: int, most: int | None, is_rough: bool) -> tuple[str, int, int]:
    greatest = least if most is None else most
    if unit == "week":
        return "day", least * 7 - 3, greatest * 7 + 3
    if unit == "day" and most is None and (is_rough or least > 6):
        extra = max(1, least // 10)
        return unit, least - extra, least + extra
    if unit == "half_year":
        return "month", least * 6, greatest * 6
    return unit, least, greatest


def _at(unit: str, least: int, most: int, sign: int, today: date) -> When | None:
    first, last = sorted((sign * least, sign * most))
    if unit == "day":
        return span_of(today + timedelta(first), today + timedelta(last))
    if unit == "year":
        start, end = str(today.year + first), str(today.year + last)
        return exactly(start) if start == end else between(start, end)
    numbers = (number_of(text_of(today)) + months for months in (first, last))
    return between(*(month_text(number // 12, number % 12 + 1) for number in numbers))
