"""One date in a text, as far as given: `8 марта`, `2024 жылғы наурыз`, `March 8, 2024`, `08.03.24`. Short names
of months are often words (`там`, there), so they count only beside a number."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache

from bot.form.typed.intervals import FIRST_YEAR, LAST_YEAR, month_text, text_of
from bot.form.typed.phrases import MONTH_WORDS, Match, PhrasePattern, known_words, normalized, one_of, slot
from bot.languages import MONTHS, WEEKDAYS, expression, languages

_MONTH, _SHORT_MONTH = PhrasePattern(one_of("months", MONTHS)), PhrasePattern(one_of("short_months", MONTHS))
_WEEKDAY = PhrasePattern(one_of("weekdays", WEEKDAYS))

# `5-го`, `5-інде`, `5th`
_ORDINAL = PhrasePattern(r"(\d)-?{ordinals.endings}\b")
_BARE_DAY = PhrasePattern("{dates.bare_day}", number=r"(\d{1,2})")
_ON = PhrasePattern("^{dates.on.before} | {dates.on.after}$")
# `2022 года`, `2022-го г.`, `2022ж.`; behind two digits only at the end: `05.01.22 г.`
_YEAR_WORD = PhrasePattern(
    r"(?<=\d{4})(?:-?{dates.year_endings})?[ -]*{dates.year}(?!\w)|(?<=\d)[ .]*{dates.short_year}\.?$"
)
# `январь 22 года` is a year, `январь 22` a day, `5 дней 22 года назад` neither.
_SHORT_YEAR = PhrasePattern(
    r"(?<=[^\W\d_] )(\d{2})(?:-?{dates.year_endings})? ?{dates.short_year}\.?(?! {from_today.ago.after})(?!\w)"
)
# The same separator twice: `05.01-2022` is something else. 03.24 has no month 24, so it is March of a year.
_NUMERIC = (
    re.compile(r"(?P<year>(?!0)\d{4})([./\- ])(?P<month>0?\d|1[0-2])\2(?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{1,2})([.,/\-  ])(?P<month>\d{1,2})\2(?P<year>\d{4}|\d{2})"),
    re.compile(r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})"),
    re.compile(r"(?P<year>(?!0)\d{4})(?:[./\-](?P<month>\d{1,2}))?"),
    re.compile(r"(?P<month>\d{1,2})[./\-](?P<year>(?!0)\d{4})"),
    re.compile(r"(?P<day>\d{1,2})[./](?P<month>0?\d|1[0-2])"),
    re.compile(r"(?P<month>\d{1,2})[./](?P<year>\d\d)"),
)
# `8-9 марта`, `8 и 9 марта`, but not `8 марта 24`.
_DIGITS_AND_DASH, _SHORT_TOGETHER = re.compile(r"\d\s*-\s*\d"), re.compile(r"\b\d{1,3} \d{1,3}\b")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\s.,\-/'’«»\"()]")

_LONGEST_KEPT = 32
"""Longest word that is cached, in letters. Longer ones would fill the memory."""

_LAST_DAY = 31
_BEHIND = PhrasePattern(
    r"(?P<in>{dates.in_month.before} )?\b(?P<month>[^\W\d_]+)\.?,? (?P<number>\d\d)(?P<nth>-?{ordinals.endings}\b)?"
    # Not before more numbers or a word that explains the number.
    r"(?![\w:]|,? \d| ?(?:[.,/-]|{periods.till}|{periods.and}) ?\d"
    r"|-?{dates.year_endings}|[ .]*{dates.short_year}(?!\w)| (?:{dates.days}|{from_today.day})(?!\w))"
)
# Another month without a day precedes: `April to May 24`.
_MONTH_BEFORE = PhrasePattern(
    r"(?<![\d.,-])(?<!\d )\b([^\W\d_]+)\.?(?: ?- ?| {periods.till} | {periods.and} )$"
)
# `11/23` may be American.
_SLASH = re.compile(r"(\d{1,2})/(\d\d)")
_WORD = re.compile(r" ([^\W\d_]+)")
# A day or a year before the month makes the two digits unambiguous.
_NUMBER_BEFORE = re.compile(r"\d[^\W\d_]{0,4}(?:[ .,]*|-)$|\d{4}[^-]{0,12}$")


@dataclass(frozen=True, slots=True)
class DateParts:
    """Given parts of a date. The month may not have the day."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def is_later_than(self, other: "DateParts") -> bool:
        return (self.month or 0) > (other.month or 0)

    def in_year_before(self, end: "DateParts", year: int) -> "DateParts":
        """Add a missing year: the last in which these parts precede an end in `year`."""
        return self if self.year is not None else replace(self, year=year - self.is_later_than(end))


def month(word: str, short: bool = True) -> int | None:
    """The month (1 to 12) of a name, with `short` also of its short name."""
    return _month(word, short) if len(word) <= _LONGEST_KEPT else _month.__wrapped__(word, short)


def weekday(word: str) -> int | None:
    """The weekday (1 Monday to 7 Sunday) of a name."""
    return _weekday(word) if len(word) <= _LONGEST_KEPT else _weekday.__wrapped__(word)


@lru_cache(maxsize=4096)
def _month(word: str, short: bool) -> int | None:
    if word in MONTH_WORDS:
        return MONTH_WORDS.index(word) + 1
    return _place(_MONTH, MONTHS, word) or (_place(_SHORT_MONTH, MONTHS, word) if short else None)


@lru_cache(maxsize=4096)
def _weekday(word: str) -> int | None:
    return _place(_WEEKDAY, WEEKDAYS, word)


def _place(pattern: PhrasePattern, names: tuple[str, ...], word: str) -> int | None:
    found = pattern.fullmatch(word)
    return names.index(str(found.lastgroup)) + 1 if found else None


def read(text: str) -> DateParts | None:
    """Parts of the one date in a text. None if there is none or more than one."""
    text = without_year_words(text)
    if re.search(r"\d", text):
        text = " ".join(word for word in text.split() if not weekday(word.strip(".,")))
    text = _ON.sub("", text.strip(" .,"))
    bare = slot(_BARE_DAY.fullmatch(text))
    if bare and 1 <= int(bare) <= 31:
        return DateParts(day=int(bare))
    text = _ORDINAL.sub(r"\1 ", text).strip()
    return _numeric(text) if re.fullmatch(r"[\d.,/\- ]+", text) else _worded(text)


def without_year_words(text: str) -> str:
    """Write two-digit years in full, without words for "year"."""
    return _YEAR_WORD.sub("", _SHORT_YEAR.sub(lambda found: str(century(int(found[1]))), text))


def meaningful(text: str) -> list[str]:
    """Numbers and words of a text that may tell a date."""
    noise = known_words("dates.noise")
    return [token for token in _TOKEN.findall(without_year_words(text)) if token not in noise]


def century(year: int) -> int:
    if year >= 100:
        return year
    return 2000 + year if year <= 50 else 1900 + year


def _numeric(text: str) -> DateParts | None:
    found = next(filter(None, (pattern.fullmatch(text) for pattern in _NUMERIC)), None)
    if found is None:
        return None
    given = {name: int(number) for name, number in found.groupdict().items() if number}
    year, month, day = map(given.get, ("year", "month", "day"))
    # 3/25/2024 can only be American.
    if month is not None and day is not None and month > 12 >= day:
        month, day = day, month
    return _checked(None if year is None else century(year), month, day)


def _checked(year: int | None, month: int | None, day: int | None) -> DateParts | None:
    limits = ((year, FIRST_YEAR, LAST_YEAR), (month, 1, 12), (day, 1, 31))
    fits = all(number is None or least <= number <= most for number, least, most in limits)
    return DateParts(year, month, day) if fits else None


def _worded(text: str) -> DateParts | None:
    tokens = meaningful(text)
    numbers = [token for token in tokens if token.isdecimal()]
    months = [number for token in tokens if (number := month(token, short=bool(numbers)))]
    rest = [token for token in tokens if not token.isdecimal() and not month(token) and not weekday(token)]
    if not months and len(tokens) == 1 and re.fullmatch(r"\d{4}", tokens[0]):
        return _checked(int(tokens[0]), None, None)
    if rest or len(months) != 1 or len(numbers) > 2:
        return None
    if _DIGITS_AND_DASH.search(text) or _SHORT_TOGETHER.search(" ".join(tokens)):
        return None
    year, day = _year_and_day(numbers, tokens)
    if len(numbers) != (year is not None) + (day is not None):
        return None
    return _checked(year, months[0], day)


def _year_and_day(numbers: list[str], tokens: list[str]) -> tuple[int | None, int | None]:
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if len(days) == 2:
        return century(int(days[1])), int(days[0])
    if len(days) == 1 and int(days[0]) > 31 and tokens[-1] == days[0]:
        return century(int(days[0])), None
    return (int(years[0]) if len(years) == 1 else None), (int(days[0]) if days else None)


def wordings(words: str, today: date) -> tuple[str, ...]:
    """The words with the number after a month as a year, and as a day, the likeliest first."""
    if found := _SLASH.fullmatch(words):
        place, number = int(found[1]), int(found[2])
        if 1 <= place <= 12 < number <= _LAST_DAY:
            as_day = f"{number}.{place}"
            return (f"{place}.{century(number)}", as_day) if _may_be_year(place, number, today) else (as_day,)
    doubtful = [found for found in _BEHIND.finditer(words) if _is_in_doubt(found, today)]
    if not doubtful:
        return (words,)
    as_years = _replaced(words, doubtful, lambda one: f"{one['month']} {century(int(one['number']))}")
    if any(found["in"] and not found["nth"] for found in doubtful):
        return (as_years,)
    as_days = _replaced(words, doubtful, lambda one: f"{int(one['number'])} {one['month']}")
    is_year = all(century(int(one["number"])) > today.year - 10 and not one["nth"] for one in doubtful)
    return (as_years, as_days) if is_year else (as_days, as_years)


def _is_in_doubt(found: Match, today: date) -> bool:
    place, following = month(found["month"]), _WORD.match(found.string, found.end())
    if (
        place is None
        or _NUMBER_BEFORE.search(found.string[: found.start()])
        or (following and month(following[1]))
    ):
        return False
    before = _MONTH_BEFORE.search(found.string[: found.start()])
    ends_months = before is not None and month(before[1]) is not None
    if not found["in"] and (found["nth"] or (_day_follows(found["month"]) and not ends_months)):
        return False
    number = int(found["number"])
    return 1 <= number <= _LAST_DAY and _may_be_year(place, number, today)


def _may_be_year(place: int, number: int, today: date) -> bool:
    return month_text(century(number), place) <= text_of(today)


def _replaced(words: str, doubtful: list[Match], written: Callable[[Match], str]) -> str:
    for found in reversed(doubtful):
        words = f"{words[: found.start('month')]}{written(found)}{words[found.end() :]}"
    return words


@cache
def _day_follows(word: str) -> bool:
    return any(
        re.fullmatch(expression(normalized(phrase)), word)
        for one in languages()
        if one.month_first
        for section in ("months", "short_months")
        for name in MONTHS
        for phrase in one.phrases.get(f"{section}.{name}", ())
    )
