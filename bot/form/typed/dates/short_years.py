"""Two digits behind a month: `апрель 24` may be the 24th or the year 2024, `в апреле 24` is the year, `April 24` the day.

Which of them is usual depends on the language, so the language files say it.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import cache

from bot.form.typed.dates.months import month_text, text_of
from bot.form.typed.dates.partial_dates import century, month
from bot.form.typed.normalization import normalized
from bot.form.typed.vocabulary import Match, PhrasePattern
from bot.languages import MONTHS, expression, languages

LIKELY_YEARS = 10
"""How many years back people still tell of a year by two digits."""

_LAST_DAY = 31
_BEHIND = PhrasePattern(
    r"(?P<in>{dates.in_month.before} )?\b(?P<month>[^\W\d_]+)\.?,? (?P<number>\d\d)(?P<nth>-?{ordinals.endings}\b)?"
    # Neither more numbers nor a word that says what the number is.
    r"(?![\w:]|,? \d| ?(?:[.,/-]|{periods.till}|{periods.and}) ?\d"
    r"|-?{dates.year_endings}|[ .]*{dates.short_year}(?!\w)| (?:{dates.days}|{from_today.day})(?!\w))"
)
_MONTH_BEFORE = PhrasePattern(
    r"(?<![\d.,-])(?<!\d )\b([^\W\d_]+)\.?(?: ?- ?| {periods.till} | {periods.and} )$"
)
# `11/23` may be written the American way.
_SLASH = re.compile(r"(\d{1,2})/(\d\d)")
_WORD = re.compile(r" ([^\W\d_]+)")
# A day or a year before the month leaves the two digits no choice.
_NUMBER_BEFORE = re.compile(r"\d[^\W\d_]{0,4}(?:[ .,]*|-)$|\d{4}[^-]{0,12}$")


def wordings(words: str, today: date) -> tuple[str, ...]:
    """The plain words with the number behind a month as a year, and as a day, the likeliest first; the words alone if
    they leave no doubt."""
    if found := _SLASH.fullmatch(words):
        place, number = int(found[1]), int(found[2])
        if 1 <= place <= 12 < number <= _LAST_DAY:
            as_day = f"{number}.{place}"
            return (f"{place}.{century(number)}", as_day) if _may_be_year(place, number, today) else (as_day,)
    doubtful = [found for found in _BEHIND.finditer(words) if _is_in_doubt(found, today)]
    if not doubtful:
        return (words,)
    as_years = _replaced(words, doubtful, _year)
    if any(found["in"] and not found["nth"] for found in doubtful):
        return (as_years,)
    as_days = _replaced(words, doubtful, _day)
    is_year = all(
        century(int(one["number"])) > today.year - LIKELY_YEARS and not one["nth"] for one in doubtful
    )
    return (as_years, as_days) if is_year else (as_days, as_years)


def _is_in_doubt(found: Match, today: date) -> bool:
    place, following = month(found["month"]), _WORD.match(found.string, found.end())
    if (
        place is None
        or _NUMBER_BEFORE.search(found.string[: found.start()])
        or (following and month(following[1]))
    ):
        return False
    if not found["in"] and (found["nth"] or (_day_follows(found["month"]) and not _ends_months(found))):
        return False
    number = int(found["number"])
    return 1 <= number <= _LAST_DAY and _may_be_year(place, number, today)


def _may_be_year(place: int, number: int, today: date) -> bool:
    """Whether the month has come in the year of these two digits."""
    return month_text(century(number), place) <= text_of(today)


def _ends_months(found: Match) -> bool:
    """Whether another month without a day comes before it: `April to May 24`."""
    before = _MONTH_BEFORE.search(found.string[: found.start()])
    return before is not None and month(before[1]) is not None


def _replaced(words: str, doubtful: list[Match], written: Callable[[Match], str]) -> str:
    for found in reversed(doubtful):
        words = f"{words[: found.start('month')]}{written(found)}{words[found.end() :]}"
    return words


def _year(found: Match) -> str:
    return f"{found['month']} {century(int(found['number']))}"


def _day(found: Match) -> str:
    return f"{int(found['number'])} {found['month']}"


@cache
def _day_follows(word: str) -> bool:
    """Whether a month is named in a language in which the day usually stands behind it."""
    return any(
        re.fullmatch(expression(normalized(phrase)), word)
        for one in languages()
        if one.month_first
        for section in ("months", "short_months")
        for name in MONTHS
        for phrase in one.phrases.get(f"{section}.{name}", ())
    )
