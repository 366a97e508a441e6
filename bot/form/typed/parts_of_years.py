"""Seasons, halves and quarters of years, as their first and last month: `летом 2024`, `2022 жылдың көктемінде`.

Words are folded. A winter takes the December of the year before it.
"""

import re

from bot.form.typed.months import FIRST_YEAR, LAST_YEAR
from bot.form.typed.partial_dates import Parts, meaningful, without_year_words

_NAMES = (
    (12, 2, r"зим(?:а|ы|у|ой|е|ою)|кыс(?:та|ы|ында|ынын|тын|тан|ынан)?|winter"),
    (3, 5, r"весн(?:а|ы|у|ой|е)|коктем[а-я]{0,6}|spring"),
    (6, 8, r"лет(?:о|а|у|ом|е)|жаз(?:да|ы|ында|ынын|дын|дан|ынан)?|summer"),
    (9, 11, r"осен(?:ь|и|ью)|куз(?:де|и|инде|инин|дин|ден|инен)?|autumn|fall"),
    (1, 6, r"1 (?:полугоди[еяюи]м?|половин\w+|жарты\w*|half)"),
    (7, 12, r"2 (?:полугоди[еяюи]м?|половин\w+|жарты\w*|half)"),
    (1, 3, r"(?:1 (?:квартал\w{0,2}|токсан\w*|quarter)|q1)"),
    (4, 6, r"(?:2 (?:квартал\w{0,2}|токсан\w*|quarter)|q2)"),
    (7, 9, r"(?:3 (?:квартал\w{0,2}|токсан\w*|quarter)|q3)"),
    (10, 12, r"(?:4 (?:квартал\w{0,2}|токсан\w*|quarter)|q4)"),
)
_PATTERNS = tuple((first, last, re.compile(rf"\b(?:{names})\b")) for first, last, names in _NAMES)
_HYPHEN = re.compile(r"(?<=[1-4])-?(?:й|м|го|ши|шы)\b|(?<=[1-4])-(?=токсан|квартал)")
_TWO_YEARS = re.compile(r"\b(\d{4}) ?[-/] ?(\d{4}|\d{2})\b")


def span(words: str) -> tuple[Parts, Parts] | None:
    """The first and last month of the part of a year that the words name; None if they name none."""
    plain = re.sub(" +", " ", _HYPHEN.sub(" ", without_year_words(words)))
    found = next(((first, last, one) for first, last, one in _PATTERNS if one.search(plain)), None)
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


def other_winter(words: str) -> str | None:
    """The words of a winter of one year, such as `зимой 2023`, as those of the winter that begins in it."""
    found = span(words)
    year = found[1].year if found else None
    if found is None or year is None or found[0].month != 12 or _TWO_YEARS.search(words):
        return None
    return words.replace(str(year), f"{year}-{year + 1}")


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
