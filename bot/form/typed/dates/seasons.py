"""Seasons, halves and quarters of years, as their first and last month: `летом 2024`, `2022 жылдың көктемінде`.

Texts are normalized. A winter takes the December of the year before it.
"""

import re

from bot.form.typed.dates.months import FIRST_YEAR, LAST_YEAR
from bot.form.typed.dates.partial_dates import DateParts, meaningful, without_year_words
from bot.form.typed.vocabulary import Match, PhrasePattern, one_of

_SEASONS = {"winter": (12, 2), "spring": (3, 5), "summer": (6, 8), "autumn": (9, 11)}
_SIZES = {"half": 6, "quarter": 3}
_PART = PhrasePattern(rf"\b{one_of('parts_of_year', (*_SEASONS, *_SIZES))}(?!\w)", number="[1-4]")
_SPACES = re.compile(" +")
_YEAR = re.compile(r"\d{4}")
_NUMBER = re.compile("[1-4]")
_ORDINAL = PhrasePattern(r"(?<=[1-4])-?{dates.year_endings}\b|(?<=[1-4])-(?=[^\W\d_])")
"""What comes between a number and its noun: `3-й квартал`, `3-тоқсан`."""
_TWO_YEARS = re.compile(r"\b(\d{4}) ?[-/] ?(\d{4}|\d{2})\b")


def span(text: str) -> tuple[DateParts, DateParts] | None:
    """The first and last month of the season, half or quarter that a text names; None if it names none."""
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
        # Only a season says enough without its year.
        return None if meaningful(rest) or first % 3 else (DateParts(None, first), DateParts(None, last))
    return DateParts(year - (first > last), first), DateParts(year, last)


def _months_of(found: Match) -> tuple[int, int] | None:
    """The numbers of its first and last month; None for a third half."""
    name, number = str(found.lastgroup), _NUMBER.search(found[0])
    if number is None:
        return _SEASONS[name]
    last = int(number[0]) * _SIZES[name]
    return (last - _SIZES[name] + 1, last) if last <= 12 else None


def other_winter(text: str) -> str | None:
    """A winter named by one year, such as `зимой 2023`, as the winter that begins in it; None for anything else."""
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
