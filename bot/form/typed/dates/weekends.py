"""Weekends, and seasons, halves and quarters of a year."""

import re
from datetime import date, timedelta

from bot.form.answers import When
from bot.form.typed.dates.distances import span_of
from bot.form.typed.dates.intervals import FIRST_YEAR, LAST_YEAR, text_of
from bot.form.typed.dates.partial_dates import DateParts, meaningful, without_year_words
from bot.form.typed.vocabulary import Match, PhrasePattern, one_of

_SATURDAY, _WEEK = 6, 7
_WEEKENDS = (
    "weekend_before_last",
    "last_weekend",
    "this_weekend",
    "coming_weekend",
    "next_weekend",
    "weekend",
)
_WEEKEND = PhrasePattern(rf"(?:{{dates.on.before}} )*{one_of('from_today', _WEEKENDS)}")


def weekend(text: str, today: date) -> When | None:
    """The weekend that a text names, by default the last one."""
    name = _named(text)
    return None if name is None else _beginning(_saturday(name, today))


def earlier_weekend(text: str, today: date) -> When | None:
    """ "This weekend" as one that has begun."""
    if _named(text) != "this_weekend":
        return None
    return _beginning(_saturday("weekend", today))


def other_weekend(text: str, today: date) -> str | None:
    """Plain words for "next weekend" as the one after this week's."""
    if _named(text) != "next_weekend" or today.isoweekday() >= _SATURDAY:
        return None
    saturday = _saturday("next_weekend", today) + timedelta(_WEEK)
    return f"{text_of(saturday)} - {text_of(saturday + timedelta(1))}"


def _named(text: str) -> str | None:
    found = _WEEKEND.fullmatch(text)
    return str(found.lastgroup) if found else None


def _saturday(name: str, today: date) -> date:
    this = today + timedelta(_SATURDAY - today.isoweekday())
    has_come = this <= today
    match name:
        case "weekend_before_last":
            return this - timedelta(2 * _WEEK)
        case "last_weekend":
            return this - timedelta(_WEEK)
        case "next_weekend" | "coming_weekend":
            return this + timedelta(_WEEK * has_come)
        case "weekend":
            return this - timedelta(_WEEK * (not has_come))
    return this


def _beginning(saturday: date) -> When:
    return span_of(saturday, saturday + timedelta(1))


_SEASONS = {"winter": (12, 2), "spring": (3, 5), "summer": (6, 8), "autumn": (9, 11)}
_SIZES = {"half": 6, "quarter": 3}
_PART = PhrasePattern(rf"\b{one_of('parts_of_year', (*_SEASONS, *_SIZES))}(?!\w)", number="[1-4]")
_SPACES = re.compile(" +")
_YEAR = re.compile(r"\d{4}")
_NUMBER = re.compile("[1-4]")
_ORDINAL = PhrasePattern(r"(?<=[1-4])-?(?:{dates.year_endings}|{ordinals.endings})\b|(?<=[1-4])-(?=[^\W\d_])")
_TWO_YEARS = re.compile(r"\b(\d{4}) ?[-/] ?(\d{4}|\d{2})\b")


def span(text: str) -> tuple[DateParts, DateParts] | None:
    """First and last month of the season, half or quarter in a text."""
    plain = _SPACES.sub(" ", _ORDINAL.sub(" ", without_year_words(text)))
    found = _PART.search(plain)
    months = _months_of(found) if found else None
    if found is None or months is None:
        return None
    first, last = months
    rest = f"{plain[: found.start()]} {plain[found.end() :]}"
    years = _TWO_YEARS.search(rest)
    if years is not None:
        return _winter_of(years, rest) if first > last else None
    year = _year(rest)
    if year is None:
        # Only a season is clear without its year.
        return None if meaningful(rest) or first % 3 else (DateParts(None, first), DateParts(None, last))
    return DateParts(year - (first > last), first), DateParts(year, last)


def _months_of(found: Match) -> tuple[int, int] | None:
    name, number = str(found.lastgroup), _NUMBER.search(found[0])
    if number is None:
        return _SEASONS[name]
    last = int(number[0]) * _SIZES[name]
    return (last - _SIZES[name] + 1, last) if last <= 12 else None


def other_winter(text: str) -> str | None:
    """A winter named by one year (`зимой 2023`) as the one that begins in it."""
    found = span(text)
    year = found[1].year if found else None
    if found is None or year is None or found[0].month != 12 or _TWO_YEARS.search(text):
        return None
    return text.replace(str(year), f"{year}-{year + 1}")


def _winter_of(years: Match, rest: str) -> tuple[DateParts, DateParts] | None:
    first, last = int(years[1]), int(years[2])
    follows = last in {first + 1, (first + 1) % 100}
    if not follows or meaningful(_TWO_YEARS.sub(" ", rest)) or not FIRST_YEAR <= first < LAST_YEAR:
        return None
    return DateParts(first, 12), DateParts(first + 1, 2)


def _year(rest: str) -> int | None:
    tokens = meaningful(rest)
    is_year = len(tokens) == 1 and _YEAR.fullmatch(tokens[0]) is not None
    return int(tokens[0]) if is_year and FIRST_YEAR <= int(tokens[0]) <= LAST_YEAR else None
