"""Dates as people type them on a phone, in Kazakh, Russian and English.

`parse` understands days, months, years and periods; a date without a year is the last such date, or the next
one when `ahead` is set. It reads day before month, as is usual in Kazakhstan.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.form.answers import Precision, When
from bot.form.folding import fold
from bot.form.months import last_day, month_text, text_of
from bot.form.partial_dates import Parts, read
from bot.form.relative_dates import UNKNOWN, relative

LONGEST = 120
"""No date is longer than this many characters; longer texts are not looked at."""


@dataclass(frozen=True, slots=True)
class NoSuchDay:
    """What was understood of a date that no calendar has, such as 31 April."""

    day: int
    month: int
    year: int | None = None


Parsed = When | NoSuchDay | None

_DASH = re.compile(r"\s*[‐‑‒–—−]\s*")
_SPACES = re.compile(r"\s+")
_SINCE = re.compile(r"^(?:с|со|начиная с|since|from) (.+)$|^(.+?)(?:дан|ден|тан|тен|нан|нен)? (?:бери|бастап)$")
_UNTIL_NOW = re.compile(
    r"[ ,]*(?:и )?(?:-\s*)?(?:по (?:сей день|настоящее время|сейчас)|до (?:сих пор|сегодняшнего дня)|"
    r"(?:until|till|to) (?:now|this day)|ongoing|казирге (?:дейин|шейин)|осы кунге дейин|н\.?\s?в\.?)$"
)
_FROM = re.compile(r"^(?:с|со|от|from|between|период с|в период с) ")
_TILL = re.compile(r" (?:по|до|to|till|until|and|through|бастап) |\s*-\s*")
_ABLATIVE = re.compile(r"(\w)-?(?:дан|ден|тан|тен|нан|нен)\b")
_KAZAKH_END = re.compile(r" (?:дейин|шейин|аралыгында|арасында)$")
_MONTH_FIRST = re.compile(r"\b([a-z]+) (\d{1,2})(?:st|nd|rd|th)?\s*(?:-|to)\s*(\d{1,2})(?:st|nd|rd|th)?\b(?!\.)")


def parse(text: str, today: date, ahead: bool = False) -> Parsed:
    """What a text says of a date, seen from `today`; None if it says nothing that can be understood."""
    if len(text) > LONGEST:
        return None
    words = _SPACES.sub(" ", _DASH.sub(" - ", fold(text))).strip(" .,!;")
    if words in UNKNOWN:
        return When(Precision.UNKNOWN)
    found = relative(words, today)
    if found is not None:
        return found
    one = read(words)
    if one is not None:
        return _resolve(one, today, ahead)
    return _period(words, today, ahead)


def _period(words: str, today: date, ahead: bool) -> Parsed:
    begun = _UNTIL_NOW.sub("", words)
    since = _SINCE.match(begun)
    if since or begun != words:
        start = _point(since[1] or since[2] if since else begun, today)
        if start is not None:
            return _ongoing(start, today)
    for left, right in _halves(words):
        ends = _both(_point(left, today), _point(right, today))
        if ends is not None:
            return _range(*ends, today, ahead)
    return None


def _point(words: str, today: date) -> Parts | None:
    """One end of a period; a bare day of the month is enough here."""
    words = words.strip(" .,")
    found = relative(words, today)
    if found is not None:
        return _parts_of(found)
    return Parts(day=int(words)) if re.fullmatch(r"0?[1-9]|[12]\d|3[01]", words) else read(words)


def _parts_of(when: When) -> Parts | None:
    if when.precision is Precision.RANGE or when.start is None:
        return None
    numbers = [int(number) for number in when.start.split("-")]
    return Parts(*numbers)


def _halves(words: str) -> list[tuple[str, str]]:
    """All ways to see a start and an end in a text."""
    plain = _KAZAKH_END.sub("", _FROM.sub("", words))
    if plain != words and " - " not in plain:
        plain = _ABLATIVE.sub(r"\1 - ", plain, count=1)
    plain = _MONTH_FIRST.sub(r"\2 - \3 \1", plain)
    return [(plain[: match.start()], plain[match.end() :]) for match in _TILL.finditer(plain)]


def _both(start: Parts | None, end: Parts | None) -> tuple[Parts, Parts] | None:
    """Both ends, each completed by what the other says: `1 - 5 March 2024`, `1 March 2024 - 5`."""
    if start is None or end is None:
        return None
    if end.month is None and end.year is None:
        end = replace(end, month=start.month, year=start.year)
    if start.month is None and start.year is None:
        start = replace(start, month=end.month, year=end.year)
    # A day needs its month: `1 - 2024` says nothing.
    if (start.day and not start.month) or (end.day and not end.month):
        return None
    later = (end.month or 0, end.day or 0) < (start.month or 0, start.day or 0)
    if start.year is None and end.year is not None:
        start = replace(start, year=end.year - later)
    if end.year is None and start.year is not None:
        end = replace(end, year=start.year + later)
    return start, end


def _range(start: Parts, end: Parts, today: date, ahead: bool) -> Parsed:
    last = _resolve(end, today, ahead)
    if not isinstance(last, When) or last.start is None:
        return last
    if start.year is None:
        year = int(last.start[:4])
        later = (end.month or 0, end.day or 0) < (start.month or 0, start.day or 0)
        start = replace(start, year=year - later)
    first = _resolve(start, today, ahead)
    if not isinstance(first, When) or first.start is None:
        return first
    return between(first.start, last.start)


def between(start: str, end: str) -> When | None:
    """The period from a day, month or year to another; None if it would end before it begins."""
    if len(start) == 4:
        start = f"{start}-01"
    if len(end) == 4:
        end = f"{end}-12"
    if text_of(last_day(end)) < start:
        return None
    if start == end:
        return When(Precision.DAY, start, end) if len(start) == 10 else When(Precision.MONTH, start)
    return When(Precision.RANGE, start, end)


def _ongoing(start: Parts, today: date) -> Parsed:
    first = _resolve(start, today, ahead=False)
    if not isinstance(first, When) or first.start is None:
        return first
    begun = f"{first.start}-01" if len(first.start) == 4 else first.start
    return When(Precision.RANGE, begun, None, ongoing=True)


def _resolve(parts: Parts, today: date, ahead: bool) -> Parsed:
    """The date that parts stand for; without a year the nearest past one, or the nearest to come."""
    if parts.month is None:
        if parts.day is not None:
            return _day_of_month(parts.day, today, ahead)
        return When(Precision.YEAR, str(parts.year)) if parts.year else None
    if parts.day is None:
        return When(Precision.MONTH, _month(parts.month, parts.year, today, ahead))
    if parts.year is not None:
        return _day(parts.year, parts.month, parts.day)
    # 29 February may be eight years away.
    for distance in range(9):
        year = today.year + (distance if ahead else -distance)
        found = _day(year, parts.month, parts.day)
        if isinstance(found, When) and _on_side(str(found.start), today, ahead):
            return found
    return NoSuchDay(parts.day, parts.month)


def _on_side(day: str, today: date, ahead: bool) -> bool:
    return day >= text_of(today) if ahead else day <= text_of(today)


def _day(year: int, month: int, day: int) -> When | NoSuchDay:
    if not 1 <= day <= last_day(month_text(year, month)).day:
        return NoSuchDay(day, month, year)
    text = f"{month_text(year, month)}-{day:02}"
    return When(Precision.DAY, text, text)


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
            return When(Precision.DAY, text_of(found), text_of(found))
    return None
