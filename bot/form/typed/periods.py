"""Both ends of a period in a folded text: `1 - 5 марта`, `с ноября по январь`, `наурыздан мамырға дейін`."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise

from bot.form.answers import Precision
from bot.form.typed.months import last_day, month_text
from bot.form.typed.partial_dates import Parts, month, read, without_year_words
from bot.form.typed.relative_dates import other_wording, relative
from bot.form.typed.seasons import span
from bot.form.typed.vocabulary import MONTH_WORDS, Grammar, Match, slot

Ends = tuple[Parts, Parts]

_SINCE = Grammar("{periods.since}")
_STILL = "(?:- |{periods.and} |{periods.still} )*"
_UNTIL_NOW = Grammar(
    rf"(?:{{periods.from_endings}}?[ ,]+{_STILL}(?:{{periods.goes_on}}|{{periods.until_now}})| ?- ?{{periods.now}})+$"
)
_GOING_ON = Grammar("^{periods.goes_on} (?={periods.since.before} )")
_FROM = Grammar("^{periods.from.before} ")
# A year may follow what ends a period: `5 қаңтардан 7 қаңтарға дейін 2022`.
_BEFORE_YEAR = r"(?= \d{4}$|$)"
_BETWEEN = Grammar(rf"^{{periods.between.before}} | {{periods.between.after}}{_BEFORE_YEAR}")
_TILL = Grammar(r" {periods.till} | ?- ?|(?<=\d{4})/(?=\d{4}$)")
_AND = Grammar(",? {periods.and} | ?, ?")
_STARTING = Grammar("{periods.from_endings} {periods.from_words} ")
_ABLATIVE = Grammar(r"(\w)-?{periods.from_endings} ")
_TILL_WORD = Grammar(f" {{periods.till_words}}{_BEFORE_YEAR}")
_DAYS = Grammar(f" {{dates.days}}{_BEFORE_YEAR}")
_YEAR_FIRST = re.compile(r"^(\d{4})[ ,]+(\d{1,2}\b.*[^\W\d_].*|[^\W\d_].*)$")
_NUMBER = r"\d{1,2}{ordinals.endings}?"
# `March 5, 6 and 7, 2022`: two or more days, none of which begins a date in digits.
_MONTH_FIRST = Grammar(
    rf"\b([^\W\d_]+)\.? ({_NUMBER}(?:(?:,? {{periods.and}} |, | ?- ?| {{periods.till}} ){_NUMBER}\b(?![\d.]|-\w))+),?"
)
_WORD = re.compile(r" ?([^\W\d_]+)")
_SHORT = re.compile(r"\b([^\W\d_]{3,5})\b\.?")
_DAY = re.compile(r"0?[1-9]|[12]\d|3[01]")


def started(text: str, today: date) -> Parts | None:
    """When something began that still goes on, if that is what the text says."""
    begun = _UNTIL_NOW.sub("", _GOING_ON.sub("", text))
    since = slot(_SINCE.fullmatch(begun))
    if since is None and begun == text:
        return None
    return _point(since or begun, today, 0)


def ends_in(text: str, today: date) -> Iterator[Ends]:
    """All ways to see a start and an end in a text."""
    part = span(text)
    if part is not None:
        yield part
    is_between = _BETWEEN.search(text) is not None
    plain = _plain(text)
    for match in _TILL.finditer(plain):
        yield from _pair(plain[: match.start()], plain[match.end() :], today)
    if is_between:
        for match in _AND.finditer(plain):
            yield from _pair(plain[: match.start()], plain[match.end() :], today)
    else:
        yield from _listed(_AND.split(plain), today)


def both(start: Parts, end: Parts) -> Ends | None:
    """Both ends, each completed by what the other says; None if a day stays without its month."""
    if end.month is None and end.year is None:
        end = replace(end, month=start.month, year=start.year)
    if start.month is None and start.year is None:
        start = replace(start, month=end.month, year=end.year)
    if (start.day and not start.month) or (end.day and not end.month):
        return None
    if end.year is not None:
        start = start.in_year_before(end, end.year)
    elif start.year is not None:
        end = replace(end, year=start.year + start.is_later_than(end))
    return start, end


def _plain(text: str) -> str:
    """The text with a dash between the ends where Kazakh has its endings, the year behind, days before months."""
    plain = _STARTING.sub(" - ", _TILL_WORD.sub("", _BETWEEN.sub("", _FROM.sub("", text))))
    if _TILL_WORD.search(text) and " - " not in plain:
        plain = _ABLATIVE.sub(r"\1 - ", plain, count=1)
    plain = _in_full(_MONTH_FIRST.sub(_days_first, _DAYS.sub("", without_year_words(plain))))
    first = _YEAR_FIRST.fullmatch(plain)
    return f"{first[2]} {first[1]}" if first and not re.search(r"\d{4}", first[2]) else plain


def _days_first(found: Match) -> str:
    """Days before their month, but for those of the month that follows: `5 января 1–3 декабря`."""
    following = _WORD.match(found.string, found.end())
    is_swapped = month(found[1]) and not (following and month(following[1]))
    return f"{found[2]} {found[1]}" if is_swapped else found[0]


def _in_full(text: str) -> str:
    """The text with short names of months written out: without a number beside them they name none."""
    if not re.search(r"\d", text):
        return text
    return _SHORT.sub(lambda found: MONTH_WORDS[place - 1] if (place := month(found[1])) else found[0], text)


def _pair(left: str, right: str, today: date) -> Iterator[Ends]:
    start, end = _point(left, today, 0), _point(right, today, 1)
    if start is not None and end is not None:
        yield start, end


def _listed(pieces: list[str], today: date) -> Iterator[Ends]:
    """The first and last of days, months or years told one by one, if none between them is left out."""
    points = [point for piece in pieces if (point := _point(piece, today, 0)) is not None]
    if len(pieces) > 1 and len(points) == len(pieces) and all(_follow(*two) for two in pairwise(points)):
        yield points[0], points[-1]


def _follow(one: Parts, other: Parts) -> bool:
    """Whether one comes right after the other."""
    if one.day is not None and other.day is not None:
        if other.day == 1 and one.month is not None:
            last = last_day(month_text(2023, one.month)).day
            return one.day >= last and other.month == one.month % 12 + 1
        return other.day == one.day + 1 and (None in {one.month, other.month} or one.month == other.month)
    if one.day is None and other.day is None and one.month is not None and other.month is not None:
        return other.month == one.month % 12 + 1
    return one.month is other.month is None and other.year == (one.year or 0) + 1


def _point(text: str, today: date, side: int) -> Parts | None:
    """One end of a period, of a season its first or last month; a bare day of the month is enough here, and
    what may mean two dates is none."""
    text = text.strip(" .,")
    if other_wording(text, today) is not None:
        return None
    found = relative(text, today)
    if found is not None:
        exact = found.start is not None and found.precision is not Precision.RANGE
        return Parts(*(int(number) for number in str(found.start).split("-"))) if exact else None
    if _DAY.fullmatch(text):
        return Parts(day=int(text))
    part = span(text)
    return read(text) if part is None else part[side]
