"""Both ends of a period in folded words: `1 - 5 марта`, `с ноября по январь`, `наурыздан мамырға дейін`."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise

from bot.form.answers import Precision
from bot.form.typed.ambiguous_dates import other_wording
from bot.form.typed.months import last_day, month_text
from bot.form.typed.names_of_days import MONTH_NAMES, month
from bot.form.typed.partial_dates import Parts, read, without_year_words
from bot.form.typed.parts_of_years import span
from bot.form.typed.relative_dates import relative

Ends = tuple[Parts, Parts]

_SINCE = re.compile(
    r"(?:с|со|начиная с|since|from|starting|beginning|(?:начало|басталуы|began):) (.+)|(.+?)(?:дан|ден|тан|тен|нан|нен)? (?:бери|бастап)"
)
_GOES_ON = r"продолжается|длится|идет|жалгасуда|жалгасып (?:жатыр|келеди)|(?:still |is )*(?:ongoing|going on|continuing)"
_NOW = (
    r"(?:сей|сегодняшний|этот) день|настоящее время|настоящего времени|сих пор|сегодняшнего дня|сейчас|"
    r"наст\. ?(?:время|вр\.?)|н\.? ?в\.?|this day|now|the present|present"
)
_UNTIL_NOW = re.compile(
    rf"(?:[ ,]+(?:- |и |and |все еще |до сих пор |али )*(?:{_GOES_ON})(?: до сих пор)?|"
    rf"[ ,]+(?:- |и )*(?:по|до|until|till|to|up to) (?:{_NOW})|(?: ?- ?)(?:{_NOW}|казир|осы уакыт)|"
    r"(?:дан|ден|тан|тен|нан|нен)? (?:казирги уакытка|казирге|осы кунге|осы уакытка|бугинге|бугинги кунге) (?:дейин|шейин)|"
    r" and on|,? onwards?)+$"
)
_GOING_ON = re.compile(rf"^(?:{_GOES_ON}) (?=с |со |since |from )")
_FROM = re.compile(r"^(?:за )?(?:период |во? период )?(?:с|со|от|from) ")
_BETWEEN = re.compile(r"^(?:в период )?(?:между|between) | (?:аралыгында|арасында)(?= \d{4}$|$)")
_TILL = re.compile(r" (?:по|до|на|to|till|until|through) | ?- ?|(?<=\d{4})/(?=\d{4}$)")
_AND = re.compile(r",? (?:и|жане|мен|бен|пен|and) | ?, ?")
_STARTING = re.compile(r"(?:дан|ден|тан|тен|нан|нен) бастап ")
_ABLATIVE = re.compile(r"(\w)-?(?:дан|ден|тан|тен|нан|нен) ")
_KAZAKH_END = re.compile(r" (?:дейин|шейин|караган)(?= \d{4}$|$)")
_YEAR_FIRST = re.compile(r"^(\d{4})[ ,]+(\d{1,2}\b.*[^\W\d_].*|[^\W\d_].*)$")
_MONTH_FIRST = re.compile(
    r"\b([a-z]+)\.? (\d{1,2}(?:st|nd|rd|th)?(?:(?:,? and |, | ?- ?| to )\d{1,2}(?:st|nd|rd|th)?\b(?![\d.]))+),?"
)
_SHORT = re.compile(r"\b([^\W\d_]{3,5})\b\.?")
_DAYS = re.compile(r" (?:кундери(?:нде)?|числа)(?= \d{4}$|$)")
_DAY = re.compile(r"0?[1-9]|[12]\d|3[01]")


def started(words: str, today: date) -> Parts | None:
    """When something began that still goes on, if that is what the words say."""
    begun = _UNTIL_NOW.sub("", _GOING_ON.sub("", words))
    since = _SINCE.fullmatch(begun)
    if since is None and begun == words:
        return None
    return _point(since[1] or since[2], today, 0) if since else _point(begun, today, 0)


def ends_in(words: str, today: date) -> Iterator[Ends]:
    """All ways to see a start and an end in the words."""
    part = span(words)
    if part is not None:
        yield part
    is_between = _BETWEEN.search(words) is not None
    plain = _plain(words)
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


def _plain(words: str) -> str:
    """The words with a dash between the ends where Kazakh has its endings, the year behind, days before months."""
    plain = _STARTING.sub(" - ", _KAZAKH_END.sub("", _BETWEEN.sub("", _FROM.sub("", words))))
    if _KAZAKH_END.search(words) and " - " not in plain:
        plain = _ABLATIVE.sub(r"\1 - ", plain, count=1)
    plain = _in_full(_MONTH_FIRST.sub(r"\2 \1", _DAYS.sub("", without_year_words(plain))))
    first = _YEAR_FIRST.fullmatch(plain)
    return f"{first[2]} {first[1]}" if first and not re.search(r"\d{4}", first[2]) else plain


def _in_full(words: str) -> str:
    """The words with short names of months written out: without a number beside them they name none."""
    if not re.search(r"\d", words):
        return words
    return _SHORT.sub(lambda found: MONTH_NAMES[place - 1] if (place := month(found[1])) else found[0], words)


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


def _point(words: str, today: date, side: int) -> Parts | None:
    """One end of a period, of a season its first or last month; a bare day of the month is enough here, and
    what may mean two dates is none."""
    words = words.strip(" .,")
    if other_wording(words, today) is not None:
        return None
    found = relative(words, today)
    if found is not None:
        exact = found.start is not None and found.precision is not Precision.RANGE
        return Parts(*(int(number) for number in str(found.start).split("-"))) if exact else None
    if _DAY.fullmatch(words):
        return Parts(day=int(words))
    part = span(words)
    return read(words) if part is None else part[side]
