"""Seasons, halves and quarters of years, as their first and last month: `летом 2024`, `2022 жылдың көктемінде`.

Texts are folded. A winter takes the December of the year before it.
"""

import re

from bot.form.typed.months import FIRST_YEAR, LAST_YEAR
from bot.form.typed.partial_dates import Parts, meaningful, without_year_words
from bot.form.typed.vocabulary import Grammar


def _named(key: str, number: int = 0) -> Grammar:
    return Grammar(rf"\b{{parts_of_year.{key}}}(?!\w)", number=str(number))


_PARTS = (
    (12, 2, _named("winter")),
    (3, 5, _named("spring")),
    (6, 8, _named("summer")),
    (9, 11, _named("autumn")),
    *((6 * half - 5, 6 * half, _named("half", half)) for half in (1, 2)),
    *((3 * quarter - 2, 3 * quarter, _named("quarter", quarter)) for quarter in (1, 2, 3, 4)),
)
_ORDINAL = Grammar(r"(?<=[1-4])-?{dates.year_endings}\b|(?<=[1-4])-(?=[^\W\d_])")
"""What stands between a number and its word: `3-й квартал`, `3-тоқсан`."""
_TWO_YEARS = re.compile(r"\b(\d{4}) ?[-/] ?(\d{4}|\d{2})\b")


def span(text: str) -> tuple[Parts, Parts] | None:
    """The first and last month of the part of a year that a text names; None if it names none."""
    plain = re.sub(" +", " ", _ORDINAL.sub(" ", without_year_words(text)))
    found = next(((first, last, one) for first, last, one in _PARTS if one.search(plain)), None)
    if found is None:
        return None
    first, last, pattern = found
    rest = pattern.sub(" ", plain, count=1)
    years = _TWO_YEARS.search(rest)
    if years is not None:
        return _winter_of(years, rest) if first > last else None
    year = _year(rest)
    if year is None:
        # Only a season says enough without its year.
        return None if meaningful(rest) or first % 3 else (Parts(None, first), Parts(None, last))
    return Parts(year - (first > last), first), Parts(year, last)


def other_winter(text: str) -> str | None:
    """The text of a winter of one year, such as `зимой 2023`, as that of the winter that begins in it."""
    found = span(text)
    year = found[1].year if found else None
    if found is None or year is None or found[0].month != 12 or _TWO_YEARS.search(text):
        return None
    return text.replace(str(year), f"{year}-{year + 1}")


def _winter_of(years: re.Match[str], rest: str) -> tuple[Parts, Parts] | None:
    first, last = int(years[1]), int(years[2])
    follows = last in {first + 1, (first + 1) % 100}
    if not follows or meaningful(_TWO_YEARS.sub(" ", rest)) or not FIRST_YEAR <= first < LAST_YEAR:
        return None
    return Parts(first, 12), Parts(first + 1, 2)


def _year(rest: str) -> int | None:
    tokens = meaningful(rest)
    is_year = len(tokens) == 1 and re.fullmatch(r"\d{4}", tokens[0]) is not None
    return int(tokens[0]) if is_year and FIRST_YEAR <= int(tokens[0]) <= LAST_YEAR else None
