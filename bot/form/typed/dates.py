"""Parser of typed dates and periods in any language. Days come before months, as is usual in Kazakhstan. Without
a year it is the last such date, or the next one with `ahead`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import chain, islice

from bot.form.answers import Precision, When
from bot.form.typed import periods
from bot.form.typed.intervals import (
    around,
    between,
    exactly,
    is_date,
    last_day,
    month_text,
    since,
    text_of,
    until,
)
from bot.form.typed.partial_dates import DateParts, century, month, read, weekday, wordings
from bot.form.typed.phrases import NIGHT_BEFORE, PhrasePattern, Token, forms, phrases, respelled, slot
from bot.form.typed.relative_dates import (
    PartOfMonth,
    earlier_weekend,
    is_last,
    other_wording,
    part_of_month,
    relative,
    span,
)
from bot.languages import languages

LONGEST_DATE = 120

_UNKNOWN, _ONGOING = PhrasePattern("{dates.unknown}"), PhrasePattern("{periods.ongoing}")
_HOLIDAY = PhrasePattern("(?:{dates.on.before} )*{dates.holiday}")
# `на март` is a plan for March, not a date. `на Наурыз` is the holiday.
_DAY_ONLY = PhrasePattern(r"{dates.day_only.before} [^\d]+")
_NIGHT_BEFORE = PhrasePattern(f"{NIGHT_BEFORE} (.+)|{{dates.night_before}}", slot="(.+)")
# `4 қаңтардан 5 қаңтарға қараған түні` names both days of the night, and is a period.
_BOTH_DAYS = PhrasePattern(r" {periods.till} |{periods.from_endings} | - |\d-\d")

SOON = timedelta(31)
"""How far ahead a date without a year is offered beside the last one."""

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
    read = _plain_words(text, today)
    ways = (_meant(wordings(words, today)[0], is_rough, today, ahead) for words, is_rough in read)
    return next((way for way in ways if way), None)


def _plain_words(text: str, today: date) -> Iterator[tuple[str, bool]]:
    if len(text) <= LONGEST_DATE:
        yield from (periods.plain(written, today) for written in chain((text,), respelled(text)))


def _meant(words: str, is_rough: bool, today: date, ahead: bool = False) -> Parsed:
    found = _read(words, today, ahead)
    day = _day_in(found) if is_rough else None
    return around(day, 1, today) if day else found


def _day_in(found: Parsed) -> date | None:
    if isinstance(found, When) and found.precision is Precision.DAY:
        return date.fromisoformat(str(found.start))
    return None


def _read(words: str, today: date, ahead: bool) -> Parsed:
    morning = slot(_NIGHT_BEFORE.fullmatch(words))
    if morning is None or _BOTH_DAYS.search(morning):
        return _read_date(periods.without_part_of_day(words), today, ahead)
    # Both days of the night before a day: `в ночь на 5 января`.
    found = _read(morning, today, ahead)
    last = _day_in(found)
    if last is None:
        return None if isinstance(found, When) else found
    evening = text_of(last - timedelta(1))
    return between(evening, text_of(last)) if is_date(evening) else found


def _read_date(words: str, today: date, ahead: bool) -> Parsed:
    if _UNKNOWN.fullmatch(words):
        return When(Precision.UNKNOWN)
    if _ONGOING.fullmatch(words):
        return When(Precision.RANGE, ongoing=True)
    found = relative(words, today) or _named(words, today, ahead)
    if found is not None:
        return found
    start = periods.started_by_ending(words, today)
    if start is not None:
        return _from(start, today)
    season = span(words)
    part = None if season else part_of_month(words)
    one = None if season else read(words)
    if part is not None and (month := _month_around(part, today, ahead)) is not None:
        return _on_its_weekday(one, part, today, ahead) or part.of(month)
    if one is not None:
        return None if one.day is None and _DAY_ONLY.fullmatch(words) else _when(one, today, ahead)
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
    match read(part.rest):
        case DateParts(year, int(month), None):
            return _month(month, year, today, ahead)
    return None


def _on_its_weekday(one: DateParts | None, part: PartOfMonth, today: date, ahead: bool) -> Parsed:
    """`March 3 Tuesday` as a day, if the 3rd is a Tuesday."""
    found = _when(one, today, ahead) if one is not None and part.follows_month else None
    day = _day_in(found)
    return found if day and day.isoweekday() == weekday(part.name) else None


def _said_twice(words: str, today: date, ahead: bool) -> Parsed:
    """A day named twice (`вчера, 24 ноября`), or with its holiday."""
    first, _, second = words.partition(", ")
    if not second or ", " in second:
        return None
    if _HOLIDAY.fullmatch(first):
        first, second = second, first
    found = _read_date(first, today, ahead)
    if _day_in(found) is None:
        return None
    return found if _HOLIDAY.fullmatch(second) or found == _read_date(second, today, ahead) else None


def _period(words: str, today: date, ahead: bool) -> Parsed:
    for start, ongoing in ((periods.begun(words, today), False), (periods.started(words, today), True)):
        if start is not None:
            return _from(start, today, ongoing)
    end = periods.ended(words, today)
    if end is not None:
        last = resolved(end, today, ahead)
        return until(last, today) if isinstance(last, str) else last
    for left, right in periods.ends_in(words, today):
        ends = periods.both(left, right)
        if ends is not None:
            return _range(*ends, today, ahead)
    return None


def _from(start: DateParts, today: date, ongoing: bool = True) -> Parsed:
    first = resolved(start, today)
    return since(first, ongoing) if isinstance(first, str) else first


def _range(start: DateParts, end: DateParts, today: date, ahead: bool) -> Parsed:
    last = resolved(end, today, ahead)
    if not isinstance(last, str):
        return last
    first = resolved(start.in_year_before(end, int(last[:4])), today, ahead)
    return between(first, last) if isinstance(first, str) else first


def _when(parts: DateParts, today: date, ahead: bool) -> Parsed:
    found = resolved(parts, today, ahead)
    return exactly(found) if isinstance(found, str) else found


def resolved(parts: DateParts, today: date, ahead: bool = False) -> str | NoSuchDay | None:
    """The date of these parts in text form, without a year the last or (`ahead`) the next."""
    if parts.month is None:
        if parts.day is not None:
            near = (today + timedelta(number if ahead else -number) for number in range(63))
            return next((text_of(day) for day in near if day.day == parts.day), None)
        # A number far beyond this year is more likely a time of day or a typing error.
        return str(parts.year) if parts.year is not None and parts.year <= today.year + 10 else None
    if parts.day is None:
        return _month(parts.month, parts.year, today, ahead)
    if parts.year is not None:
        return _day(parts.year, parts.month, parts.day)
    # 29 February may be eight years away.
    years = (today.year + (distance if ahead else -distance) for distance in range(9))
    days = (_day(year, parts.month, parts.day) for year in years)
    now = text_of(today)
    fitting = (day for day in days if isinstance(day, str) and (day >= now if ahead else day <= now))
    return next(fitting, NoSuchDay(parts.day, parts.month))


def _day(year: int, month: int, day: int) -> str | NoSuchDay:
    whole = month_text(year, month)
    return f"{whole}-{day:02}" if 1 <= day <= last_day(whole).day else NoSuchDay(day, month, year)


def _month(month: int, year: int | None, today: date, ahead: bool) -> str:
    is_over, is_to_come = month < today.month, month > today.month
    return month_text(year or today.year + (ahead and is_over) - (not ahead and is_to_come), month)


Readings = tuple[When, ...] | NoSuchDay | None


def readings(text: str, today: date) -> Readings:
    """Dates that a text may mean, the likeliest first."""
    ways = (_readings(words, is_rough, today) for words, is_rough in _plain_words(text, today))
    return next((way for way in ways if way), None)


def one_end(text: str, today: date, is_last: bool) -> str | None:
    """One end of a period from vague words: `летом`, `в начале мая`."""
    words, _ = periods.plain(text[:LONGEST_DATE], today)
    parts = periods.bound(periods.without_part_of_day(words), today, int(is_last))
    found = resolved(parts, today) if parts is not None else None
    return found if isinstance(found, str) else None


def parse_begun(text: str, today: date) -> When | None:
    """The meaning of a text that must have begun, if that differs: "this weekend" as the last one."""
    words, _ = periods.plain(text[:LONGEST_DATE], today)
    return earlier_weekend(periods.without_part_of_day(words), today)


def _readings(words: str, is_rough: bool, today: date) -> Readings:
    ways = [way for wording in wordings(words, today) for way in _ways(wording, is_rough, today)]
    found = tuple(dict.fromkeys(way for way in ways if isinstance(way, When)))
    if found:
        return _by_weekday(words, found)
    if isinstance(ways[0], NoSuchDay):
        return ways[0]
    return _either(words, today) or _either(_days_first(words), today)


def _days_first(words: str) -> str:
    """Days named behind their month, before it: `январь 22, числа 7 или 8`."""
    found = _DAYS_LAST.fullmatch(words)
    if found is None:
        return words
    year = str(century(int(found["year"]))) if found["year"] else ""
    return " ".join(filter(None, (found["days"], found["month"], year)))


def _ways(words: str, is_rough: bool, today: date) -> Iterator[Parsed]:
    first = _meant(words, is_rough, today)
    yield first
    if not isinstance(first, When):
        return
    dated = periods.without_part_of_day(words)
    if wording := other_wording(dated, today):
        yield _meant(wording, is_rough, today)
    coming = None if is_last(dated) else _meant(words, is_rough, today, ahead=True)
    if isinstance(coming, When) and (coming.start or coming.end):
        start, end = str(coming.start or coming.end), last_day(str(coming.end or coming.start))
        if start <= text_of(today + SOON) and end <= today + 4 * SOON:
            yield coming


def _by_weekday(words: str, found: tuple[When, ...]) -> tuple[When, ...]:
    """Those of the dates on the weekday beside them. Without any, also the day in another year in which it
    fell on that weekday: Friday, 5 April may be that of 2024."""
    named = {place for word in words.replace(",", " ").split() if (place := weekday(word))}
    fitting = tuple(one for one in found if (day := _day_in(one)) and day.isoweekday() in named)
    match read(words) if named and not fitting else None:
        case DateParts(None, int(month), int(number)):
            latest = int(str(found[0].start)[:4])
            years = range(latest - 1, latest - 11, -1)
            days = (f"{month_text(year, month)}-{number:02}" for year in years)
            others = (day for day in days if is_date(day) and date.fromisoformat(day).isoweekday() in named)
            return (*found, *map(exactly, islice(others, 1)))
    return fitting or found


def _either(words: str, today: date) -> tuple[When, ...] | None:
    """Two dates joined by "or": `5 или 6 марта`, `May or June 2023`."""
    pieces = _OR.split(periods.without_part_of_day(words))
    # A date with two ends, such as a season, is not completed by another.
    named = [
        end if (end := periods.bound(piece, today, 0)) == periods.bound(piece, today, 1) else None
        for piece in pieces
    ]
    match named:
        case [DateParts() as first, DateParts(month=None, day=None, year=int(year))] if first.month:
            ends = first, replace(first, year=year)
        case [DateParts() as first, DateParts() as second] if (
            completed := periods.both(first, second)
        ) is not None:
            ends = completed
        case _:
            return None
    found = [when for parts in ends if isinstance(when := _when(parts, today, ahead=False), When)]
    return tuple(found) if len(set(found)) == 2 else None


_ANCHORS = (
    "parts_of_year named_dates from_today.today from_today.also_today from_today.last_night from_today.ago "
    "from_today.other_day from_today.yesterday from_today.day_before_yesterday from_today.three_days_ago "
    "from_today.last_week from_today.week_before_last from_today.last_month from_today.month_before_last "
    "from_today.last_year from_today.year_before_last from_today.weekend from_today.last_weekend"
)
_OTHERS = "months numbers numbers_of_units ordinals units from_today dates periods time_of_day"
"""Sections and keys of the words that tell a date, and of those that only go on one."""
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
    """Dates that a text tells, each by as many words as possible. Only the first words like dates are read."""
    in_digits = {found.start() for found in _IN_DIGITS.finditer(text)}
    anchors = [
        token.start in in_digits
        or bool(month(token.word, short=_beside_a_day(tokens, at)) or weekday(token.word))
        or _tells(token.word, _ANCHORS)
        for at, token in enumerate(tokens)
    ]
    for first, last in islice(_runs(text, tokens, anchors), _MOST_RUNS):
        found = _longest(text, tokens, (first, last), anchors, today)
        if found is not None:
            yield found


def _beside_a_day(tokens: Sequence[Token], at: int) -> bool:
    """Whether a number of a day stands beside, so that a short name is that of a month: `22 jan`."""
    return any(_DAY.fullmatch(one.word) for one in (*tokens[max(at - 1, 0) : at], *tokens[at + 1 : at + 2]))


def _runs(text: str, tokens: Sequence[Token], anchors: Sequence[bool]) -> Iterator[tuple[int, int]]:
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
        found = _readings(*periods.plain(told, today), today)
        if isinstance(found, tuple) and not _takes_day_for_year(told, found[0]):
            is_year_alone = first == last and tokens[first].word.isdecimal()
            before = [tokens[one] for one in range(max(run[0], first - 2), first)]
            goes_on = any(
                _DAY.match(one.word)
                for one in before
                if one in before[-1:] or one.clause == tokens[first].clause
            )
            return None if is_year_alone or goes_on else Dated(found, first, last)
    return None


def _takes_day_for_year(told: str, when: When) -> bool:
    """Whether the year was read from a number of one digit, or from one with an ending: `мамырдың 20-сы`."""
    days = {int(found[1]) for found in _NOT_A_YEAR.finditer(told)}
    return bool(when.start) and int(str(when.start)[2:4]) in days and str(when.start)[:4] not in told


@cache
def _told_by(sections: str) -> tuple[frozenset[str], tuple[str, ...]]:
    keys = {key for one in languages() for key in one.phrases}
    named = (key for key in keys if not {key, key.partition(".")[0]}.isdisjoint(sections.split()))
    every = (form for key in named for phrase in phrases(key) for form in forms(phrase))
    told = {word for form in every for word in re.findall(r"[^\W\d_]+~?", form)}
    stems = (word[:-1] for word in told if len(word) > 3 and word[-1] == "~")
    return frozenset(word for word in told if word[-1] != "~"), tuple(stems)


def _tells(word: str, sections: str) -> bool:
    whole, stems = _told_by(sections)
    return word in whole or word.startswith(stems)
