"""Parser of typed dates and periods in any language.

Without a year it is the last such date, or the next one with `ahead`. Days come before months, as is usual in
Kazakhstan.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import islice

from bot.form.answers import Precision, When
from bot.form.typed.dates.intervals import (
    around,
    between,
    exactly,
    is_date,
    last_day,
    month_text,
    of_unknown_end,
    since,
    text_of,
    until,
)
from bot.form.typed.dates.partial_dates import DateParts, century, month, read, weekday, wordings
from bot.form.typed.dates.periods import (
    begun,
    both,
    bound,
    ended,
    ends_in,
    plain,
    started,
    started_by_ending,
    without_part_of_day,
)
from bot.form.typed.dates.relative_dates import (
    PartOfMonth,
    earlier_weekend,
    is_last,
    other_wording,
    part_of_month,
    relative,
    span,
)
from bot.form.typed.phrases import NIGHT_BEFORE, PhrasePattern, Token, forms, phrases, slot
from bot.form.typed.respelling import respelled
from bot.languages import languages

LONGEST_DATE = 120

MOST_AHEAD = 10
"""Limit of years ahead for a year alone."""

_UNKNOWN, _ONGOING = PhrasePattern("{dates.unknown}"), PhrasePattern("{periods.ongoing}")
_HOLIDAY = PhrasePattern("(?:{dates.on.before} )*{dates.holiday}")
# `на март` is a plan for March, not a date. `на Наурыз` is the holiday.
_DAY_ONLY = PhrasePattern(r"{dates.day_only.before} [^\d]+")
_NIGHT_BEFORE = PhrasePattern(f"{NIGHT_BEFORE} (.+)|{{dates.night_before}}", slot="(.+)")
# `4 қаңтардан 5 қаңтарға қараған түні` names both days of the night, and is a period.
_BOTH_DAYS = PhrasePattern(r" {periods.till} |{periods.from_endings} | - |\d-\d")

SOON = timedelta(31)
"""How far ahead a date without a year is offered beside the last one."""

YEARS_BACK = 10
"""Years back to search for a day on the weekday beside it."""

_OR = PhrasePattern(",? {dates.or} ")
_DAYS_LAST = PhrasePattern(
    r"(?:(?P<month>.*[^\W\d_])(?: (?P<year>\d{4}|\d\d))?(?:,? {dates.days}|,)|{dates.days}) (?P<days>(?:[^\W\d_]+ )?\d.*)"
)


@dataclass(frozen=True, slots=True)
class NoSuchDay:
    """A day that does not exist, such as 31 April."""

    day: int
    month: int
    year: int | None = None


Parsed = When | NoSuchDay | None


def parse(text: str, today: date, ahead: bool = False) -> Parsed:
    """The date that a text means on `today`."""
    if len(text) > LONGEST_DATE:
        return None
    for written in (text, *respelled(text)):
        words, is_rough = plain(written, today)
        found = meant(wordings(words, today)[0], is_rough, today, ahead)
        if found is not None:
            return found
    return None


def meant(words: str, is_rough: bool, today: date, ahead: bool = False) -> Parsed:
    """The date that plain words mean. `is_rough`: it is approximate."""
    found = _read(words, today, ahead)
    if is_rough and isinstance(found, When) and found.precision is Precision.DAY:
        return around(date.fromisoformat(str(found.start)), 1, today)
    return found


def _read(words: str, today: date, ahead: bool) -> Parsed:
    morning = slot(_NIGHT_BEFORE.fullmatch(words))
    if morning is not None and not _BOTH_DAYS.search(morning):
        return _night(_read(morning, today, ahead))
    return _read_date(without_part_of_day(words), today, ahead)


def _night(morning: Parsed) -> Parsed:
    """Both days of the night before a day: `в ночь на 5 января`."""
    if not isinstance(morning, When):
        return morning
    if morning.precision is not Precision.DAY:
        return None
    last = date.fromisoformat(str(morning.start))
    evening = text_of(last - timedelta(1))
    return between(evening, text_of(last)) if is_date(evening) else morning


def _read_date(words: str, today: date, ahead: bool) -> Parsed:
    if _UNKNOWN.fullmatch(words):
        return When(Precision.UNKNOWN)
    if _ONGOING.fullmatch(words):
        return When(Precision.RANGE, ongoing=True)
    found = relative(words, today) or _named(words, today, ahead)
    if found is not None:
        return found
    start = started_by_ending(words, today)
    if start is not None:
        return _from(start, since, today)
    season = span(words)
    part = None if season else part_of_month(words)
    one = None if season else read(words)
    month = None if part is None else _month_around(part, today, ahead)
    if part is not None and month is not None:
        return _on_its_weekday(one, part, today, ahead) or part.of(month)
    if one is not None:
        return None if one.day is None and _DAY_ONLY.fullmatch(words) else resolved(one, today, ahead)
    return _said_twice(words, today, ahead) or _period(words, today, ahead)


def _named(words: str, today: date, ahead: bool) -> Parsed:
    """A holiday, or an event that is called by its month."""
    found = _named_dates().fullmatch(words)
    if found is None:
        return None
    digits = str(found.lastgroup)[1:]
    if len(digits) == len("YYYYMM"):
        return exactly(f"{digits[:4]}-{digits[4:]}")
    start, end = (DateParts(None, int(ends[:2]), int(ends[2:])) for ends in (digits[:4], digits[4:]))
    return _range(start, end, today, ahead)


@cache
def _named_dates() -> PhrasePattern:
    keys = sorted({key for one in languages() for key in one.phrases if key.startswith("named_dates.")})
    ways = "|".join(f"(?P<n{key.partition('.')[2]}>{{{key}}})" for key in keys)
    return PhrasePattern(f"(?:{{dates.on.before}} )*?(?:{ways})")


def _month_around(part: PartOfMonth, today: date, ahead: bool) -> str | None:
    month = read(part.rest)
    if month is None or month.month is None or month.day is not None:
        return None
    found = resolved(month, today, ahead)
    return found.start if isinstance(found, When) else None


def _on_its_weekday(one: DateParts | None, part: PartOfMonth, today: date, ahead: bool) -> When | None:
    """`March 3 Tuesday` as a day, if the 3rd is a Tuesday."""
    found = resolved(one, today, ahead) if one is not None and part.follows_month else None
    if not isinstance(found, When) or found.precision is not Precision.DAY:
        return None
    return found if date.fromisoformat(str(found.start)).isoweekday() == weekday(part.name) else None


def _said_twice(words: str, today: date, ahead: bool) -> Parsed:
    """A day named twice (`вчера, 24 ноября`), or with its holiday."""
    first, _, second = words.partition(", ")
    if not second or ", " in second:
        return None
    if _HOLIDAY.fullmatch(first):
        first, second = second, first
    found = _read_date(first, today, ahead)
    if _HOLIDAY.fullmatch(second):
        return found if isinstance(found, When) and found.precision is Precision.DAY else None
    same = isinstance(found, When) and found.precision is Precision.DAY
    return found if same and found == _read_date(second, today, ahead) else None


def _period(words: str, today: date, ahead: bool) -> Parsed:
    for start, made in ((begun(words, today), of_unknown_end), (started(words, today), since)):
        if start is not None:
            return _from(start, made, today)
    end = ended(words, today)
    if end is not None:
        last = resolved(end, today, ahead)
        return until(last.start, today) if isinstance(last, When) and last.start is not None else last
    for left, right in ends_in(words, today):
        ends = both(left, right)
        if ends is not None:
            return _range(*ends, today, ahead)
    return None


def _from(start: DateParts, made: Callable[[str], When], today: date) -> Parsed:
    first = resolved(start, today, ahead=False)
    if not isinstance(first, When) or first.start is None:
        return first
    return made(first.start)


def _range(start: DateParts, end: DateParts, today: date, ahead: bool) -> Parsed:
    last = resolved(end, today, ahead)
    if not isinstance(last, When) or last.start is None:
        return last
    first = resolved(start.in_year_before(end, int(last.start[:4])), today, ahead)
    if not isinstance(first, When) or first.start is None:
        return first
    return between(first.start, last.start)


def resolved(parts: DateParts, today: date, ahead: bool = False) -> When | NoSuchDay | None:
    """The date of these parts, without a year the last or (`ahead`) the next."""
    if parts.month is None:
        if parts.day is not None:
            return _day_of_month(parts.day, today, ahead)
        # A number far beyond this year is more likely a time of day or a typing error.
        near = parts.year is not None and parts.year <= today.year + MOST_AHEAD
        return When(Precision.YEAR, str(parts.year)) if near else None
    if parts.day is None:
        return When(Precision.MONTH, _month(parts.month, parts.year, today, ahead))
    if parts.year is not None:
        return _day(parts.year, parts.month, parts.day)
    return _day_of_year(parts.month, parts.day, today, ahead)


def _day_of_year(month: int, day: int, today: date, ahead: bool) -> When | NoSuchDay:
    # 29 February may be eight years away.
    for distance in range(9):
        found = _day(today.year + (distance if ahead else -distance), month, day)
        if isinstance(found, When):
            text = str(found.start)
            if text >= text_of(today) if ahead else text <= text_of(today):
                return found
    return NoSuchDay(day, month)


def _day(year: int, month: int, day: int) -> When | NoSuchDay:
    if not 1 <= day <= last_day(month_text(year, month)).day:
        return NoSuchDay(day, month, year)
    return exactly(f"{month_text(year, month)}-{day:02}")


def _month(month: int, year: int | None, today: date, ahead: bool) -> str:
    if year is None:
        year = today.year
        if ahead and month < today.month:
            year += 1
        if not ahead and month > today.month:
            year -= 1
    return month_text(year, month)


def _day_of_month(day: int, today: date, ahead: bool) -> When | None:
    for distance in range(63):
        found = today + timedelta(distance if ahead else -distance)
        if found.day == day:
            return exactly(text_of(found))
    return None


Readings = tuple[When, ...] | NoSuchDay | None


def readings(text: str, today: date) -> Readings:
    """Dates that a text may mean, the likeliest first."""
    if len(text) > LONGEST_DATE:
        return None
    for written in (text, *respelled(text)):
        found = _readings(*plain(written, today), today)
        if found is not None:
            return found
    return None


def one_end(text: str, today: date, is_last: bool) -> str | None:
    """One end of a period from vague words: `летом`, `в начале мая`."""
    words, _ = plain(text[:LONGEST_DATE], today)
    parts = bound(without_part_of_day(words), today, int(is_last))
    found = resolved(parts, today) if parts is not None else None
    return found.start if isinstance(found, When) else None


def parse_begun(text: str, today: date) -> When | None:
    """The meaning of a text that must have begun, if that differs: "this weekend" as the last one."""
    words, _ = plain(text[:LONGEST_DATE], today)
    return earlier_weekend(without_part_of_day(words), today)


def _readings(words: str, is_rough: bool, today: date) -> Readings:
    ways = [_ways(wording, is_rough, today) for wording in wordings(words, today)]
    found = tuple(dict.fromkeys(when for way in ways if isinstance(way, tuple) for when in way))
    if found:
        return _on_named_day(words, found) or (*found, *_in_another_year(words, found))
    return ways[0] or _either(words, today) or _either(_days_first(words), today)


def _days_first(words: str) -> str:
    """Days named behind their month, before it: `январь 22, числа 7 или 8`."""
    found = _DAYS_LAST.fullmatch(words)
    if found is None:
        return words
    year = str(century(int(found["year"]))) if found["year"] else ""
    return " ".join(filter(None, (found["days"], found["month"], year)))


def _ways(words: str, is_rough: bool, today: date) -> Readings:
    first = meant(words, is_rough, today)
    return (first, *_others(words, is_rough, today)) if isinstance(first, When) else first


def _others(words: str, is_rough: bool, today: date) -> Iterator[When]:
    dated = without_part_of_day(words)
    wording = other_wording(dated, today)
    other = meant(wording, is_rough, today) if wording else None
    if isinstance(other, When):
        yield other
    coming = None if is_last(dated) else meant(words, is_rough, today, ahead=True)
    if isinstance(coming, When) and (coming.start or coming.end) and _is_near(coming, today):
        yield coming


def _is_near(coming: When, today: date) -> bool:
    start, end = str(coming.start or coming.end), last_day(str(coming.end or coming.start))
    return start <= text_of(today + SOON) and end <= today + 4 * SOON


def _on_named_day(words: str, found: tuple[When, ...]) -> tuple[When, ...]:
    named = _weekdays_in(words)
    days = (one for one in found if one.precision is Precision.DAY)
    return tuple(one for one in days if date.fromisoformat(str(one.start)).isoweekday() in named)


def _weekdays_in(words: str) -> set[int]:
    return {place for word in words.replace(",", " ").split() if (place := weekday(word))}


def _in_another_year(words: str, found: tuple[When, ...]) -> tuple[When, ...]:
    """The day in another year in which it fell on the weekday beside it: Friday, 5 April may be that of
    2024."""
    named, parts = _weekdays_in(words), read(words)
    if not named or parts is None or parts.day is None or parts.month is None or parts.year is not None:
        return ()
    latest = int(str(found[0].start)[:4])
    years = range(latest - 1, latest - 1 - YEARS_BACK, -1)
    days = [f"{month_text(year, parts.month)}-{parts.day:02}" for year in years]
    fitting = (day for day in days if is_date(day) and date.fromisoformat(day).isoweekday() in named)
    return tuple(map(exactly, fitting))[:1]


def _either(words: str, today: date) -> tuple[When, ...] | None:
    """Two dates joined by "or": `5 или 6 марта`, `May or June 2023`."""
    pieces = _OR.split(without_part_of_day(words))
    # A date with two ends, such as a season, is not completed by another.
    named = [end if (end := bound(piece, today, 0)) == bound(piece, today, 1) else None for piece in pieces]
    match named:
        case [DateParts() as first, DateParts(month=None, day=None, year=int(year))] if first.month:
            ends = first, replace(first, year=year)
        case [DateParts() as first, DateParts() as second] if (completed := both(first, second)) is not None:
            ends = completed
        case _:
            return None
    found = [when for parts in ends if isinstance(when := resolved(parts, today), When)]
    return tuple(found) if len(set(found)) == 2 else None


_ANCHORS = (
    *("parts_of_year", "named_dates"),
    *(
        "from_today.today",
        "from_today.also_today",
        "from_today.last_night",
        "from_today.ago",
        "from_today.other_day",
    ),
    *("from_today.yesterday", "from_today.day_before_yesterday", "from_today.three_days_ago"),
    *(
        "from_today.last_week",
        "from_today.week_before_last",
        "from_today.last_month",
        "from_today.month_before_last",
    ),
    *("from_today.last_year", "from_today.year_before_last", "from_today.weekend", "from_today.last_weekend"),
)
_OTHERS = (
    "months",
    "numbers",
    "numbers_of_units",
    "ordinals",
    "units",
    "from_today",
    "dates",
    "periods",
    "time_of_day",
)
_TOLD = re.compile(r"[^\W\d_]+~?")
_IN_DIGITS = re.compile(r"(?<![\d.])\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)(?![\d.])|(?:19|20)\d\d")
_APART = re.compile(r"[.!?;:…]\s|\n")
_NOT_A_YEAR = re.compile(r"(?<!\d)(\d(?!\d)|\d\d(?=-?[^\W\d_]))")
_DAY = re.compile(r"\d{1,2}(?!\d)")
_LONGEST_RUN, _MOST_RUNS, _MOST_TRIED = 10, 40, 30


@dataclass(frozen=True, slots=True)
class Dated:
    """Dates that words of a text may mean, the likeliest first, with its first and last token."""

    readings: tuple[When, ...]
    first: int
    last: int


def dates_in(text: str, tokens: Sequence[Token], today: date) -> Iterator[Dated]:
    """Dates that a text tells, each by as many words as possible. Only the first words that look like dates
    are read."""
    in_digits = {found.start() for found in _IN_DIGITS.finditer(text)}
    anchors = [token.start in in_digits or _is_anchor(token.word) for token in tokens]
    for first, last in islice(_runs(text, tokens, anchors), _MOST_RUNS):
        found = _longest(text, tokens, (first, last), anchors, today)
        if found is not None:
            yield found


def _runs(text: str, tokens: Sequence[Token], anchors: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and last tokens of stretches that may tell a date."""
    begun = 0
    for index, token in enumerate(tokens):
        is_told = anchors[index] or token.word[0].isdecimal() or _tells(token.word, _OTHERS)
        is_apart = index > begun and _APART.search(text, tokens[index - 1].end, token.start)
        if not is_told or is_apart or index - begun >= _LONGEST_RUN:
            if any(anchors[begun:index]):
                yield begun, index - 1
            begun = index if is_told else index + 1
    if any(anchors[begun:]):
        yield begun, len(tokens) - 1


def _longest(
    text: str, tokens: Sequence[Token], run: tuple[int, int], anchors: Sequence[bool], today: date
) -> Dated | None:
    ways = ((first, last) for first in range(run[0], run[1] + 1) for last in range(run[1], first - 1, -1))
    having = [(first, last) for first, last in ways if any(anchors[first : last + 1])]
    for first, last in sorted(having, key=lambda way: way[0] - way[1])[:_MOST_TRIED]:
        told = text[tokens[first].start : tokens[last].end]
        found = _readings(*plain(told, today), today)
        if isinstance(found, tuple) and not _takes_day_for_year(told, found[0]):
            is_year_alone = first == last and tokens[first].word.isdecimal()
            goes_on = any(_DAY.match(tokens[one].word) for one in range(max(run[0], first - 2), first))
            return None if is_year_alone or goes_on else Dated(found, first, last)
    return None


def _takes_day_for_year(told: str, when: When) -> bool:
    """Whether the year was read from a number of one digit, or from one with an ending: `мамырдың 20-сы`."""
    days = {int(found[1]) for found in _NOT_A_YEAR.finditer(told)}
    return bool(when.start) and int(str(when.start)[2:4]) in days and str(when.start)[:4] not in told


@cache
def _told_by(sections: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Words that tell dates, and beginnings of such words."""
    keys = {key for one in languages() for key in one.phrases}
    named = (key for key in keys if key in sections or key.partition(".")[0] in sections)
    told = {
        word
        for key in named
        for phrase in phrases(key)
        for form in forms(phrase)
        for word in _TOLD.findall(form)
    }
    return frozenset(word for word in told if word[-1] != "~"), tuple(
        word[:-1] for word in told if len(word) > 3 and word[-1] == "~"
    )


def _is_anchor(word: str) -> bool:
    return bool(month(word, short=False) or weekday(word)) or _tells(word, _ANCHORS)


def _tells(word: str, sections: tuple[str, ...]) -> bool:
    whole, stems = _told_by(sections)
    return word in whole or word.startswith(stems)
