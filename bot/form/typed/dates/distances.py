"""Distances in time: `3 дня назад`, `a couple of weeks ago`, `екі-үш күн бұрын`.

Few people count exactly: days are exact up to six, and weeks, months and years only as exact as their unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from bot.form.answers import When
from bot.form.typed.amounts import any_of, values_of_units
from bot.form.typed.dates.intervals import between, exactly, is_date, month_text, number_of, text_of
from bot.form.typed.vocabulary import PhrasePattern, one_of, slot

EXACT_DAYS = 6


@dataclass(frozen=True, slots=True)
class Distance:
    """Least and greatest number of a unit. `around` adds days at both ends."""

    unit: str
    least: int
    most: int
    around: int = 0


_AGO, _LATER = PhrasePattern("{from_today.ago}"), PhrasePattern("{from_today.later}")
_UNITS = ("day", "week", "month", "half_year", "year")
# `days ago` does not say how many.
_COUNTED_UNIT = PhrasePattern("{units.counted}")
_MONTHS = {"month": 1, "half_year": 6}
_VAGUE: Mapping[str, Mapping[str, Distance]] = {
    "few": {
        "day": Distance("day", 2, 7),
        "week": Distance("day", 14, 35),
        "month": Distance("month", 2, 5),
        "year": Distance("year", 2, 5),
    },
    "couple": {
        "day": Distance("day", 2, 3),
        "week": Distance("day", 10, 17),
        "month": Distance("month", 2, 3),
        "year": Distance("year", 2, 3),
    },
}


def distant(text: str, today: date) -> When | None:
    """The date at a distance from today, as precise as the text."""
    for pattern, sign in ((_AGO, -1), (_LATER, 1)):
        counted = slot(pattern.fullmatch(text))
        distance = _distance(counted) if counted else None
        if distance is not None:
            when = _at(distance, sign, today)
            return (
                when if when and is_date(str(when.start)) and is_date(str(when.end or when.start)) else None
            )
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
        PhrasePattern(rf"{one_of('from_today', _VAGUE)} ?\b{unit}"),
        PhrasePattern(rf"{unit} (?P<rough>(?P<least>{number}))(?:{either}(?P<most>{number}))?"),
        PhrasePattern(rf"(?:{number} )?{unit}{either}(?P<most>{number})"),
    )


def _distance(counted: str) -> Distance | None:
    found = next(filter(None, (pattern.fullmatch(counted) for pattern in _counted())), None)
    if found is None:
        return None
    groups = found.groupdict()
    unit = next(name for name in _UNITS if groups.get(name))
    vague = next((name for name in _VAGUE if groups.get(name)), None)
    if vague is not None:
        return _VAGUE[vague].get(unit)
    least, most = (_number(groups.get(name)) for name in ("least", "most"))
    if least is None and most is None and _COUNTED_UNIT.fullmatch(groups[unit]):
        return None
    if least is not None and most is not None and most <= least:
        return None
    return _counted_distance(
        unit, least or 1, most, is_rough=bool(groups.get("about") or groups.get("rough"))
    )


def _number(said: str | None) -> int | None:
    return None if not said else int(said) if said.isdecimal() else values_of_units()[said]


def _counted_distance(unit: str, least: int, most: int | None, is_rough: bool) -> Distance:
    greatest = least if most is None else most
    if unit == "week":
        return Distance("day", least * 7, greatest * 7, 3)
    if unit == "day" and most is None and (is_rough or least > EXACT_DAYS):
        return Distance("day", least, least, max(1, least // 10))
    months = _MONTHS.get(unit)
    return Distance("month", least * months, greatest * months) if months else Distance(unit, least, greatest)


def _at(distance: Distance, sign: int, today: date) -> When | None:
    first, last = sorted((sign * distance.least, sign * distance.most))
    match distance.unit:
        case "day":
            return span_of(
                today + timedelta(first - distance.around), today + timedelta(last + distance.around)
            )
        case "year":
            start, end = str(today.year + first), str(today.year + last)
            return exactly(start) if start == end else between(start, end)
    numbers = (number_of(text_of(today)) + months for months in (first, last))
    start, end = (month_text(number // 12, number % 12 + 1) for number in numbers)
    return between(start, end)
