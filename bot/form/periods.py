"""Both ends of a period in folded words: `1 - 5 марта`, `с ноября по январь`, `наурыздан мамырға дейін`."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from bot.form.answers import Precision
from bot.form.partial_dates import Parts, read
from bot.form.relative_dates import relative

_SINCE = re.compile(
    r"(?:с|со|начиная с|since|from|starting) (.+)|(.+?)(?:дан|ден|тан|тен|нан|нен)? (?:бери|бастап)"
)
_UNTIL_NOW = re.compile(
    r"[ ,]*(?:- )?(?:и )?(?:по (?:сей день|настоящее время|сейчас|наст\. ?время)|до (?:сих пор|сегодняшнего дня)|"
    r"(?:until|till|to) (?:now|this day)|(?<=- )(?:сейчас|казир|now|present)|ongoing|продолжается|казирге (?:дейин|шейин)|осы кунге дейин|али жалгасып жатыр|жалгасуда|н\.? ?в\.?)$"
)
_FROM = re.compile(r"^(?:период с|в период с|с|со|от|между|from|between) ")
_TILL = re.compile(r" (?:по|до|и|to|till|until|and|through) | ?- ?")
_STARTING = re.compile(r"(?:дан|ден|тан|тен|нан|нен) бастап ")
_ABLATIVE = re.compile(r"(\w)-?(?:дан|ден|тан|тен|нан|нен) ")
_KAZAKH_END = re.compile(r" (?:дейин|шейин|аралыгында|арасында)$")
_MONTH_FIRST = re.compile(
    r"\b([a-z]+) (\d{1,2})(?:st|nd|rd|th)? ?(?:-|to) ?(\d{1,2})(?:st|nd|rd|th)?\b(?!\.)"
)
_DAY = re.compile(r"0?[1-9]|[12]\d|3[01]")


def started(words: str, today: date) -> Parts | None:
    """When something began that still goes on, if that is what the words say."""
    begun = _UNTIL_NOW.sub("", words)
    since = _SINCE.fullmatch(begun)
    if since is None and begun == words:
        return None
    return _point(since[1] or since[2], today) if since else _point(begun, today)


def ends_in(words: str, today: date) -> Iterator[tuple[Parts, Parts]]:
    """All ways to see a start and an end in the words."""
    plain = _STARTING.sub(" - ", _KAZAKH_END.sub("", _FROM.sub("", words)))
    if _KAZAKH_END.search(words) and " - " not in plain:
        plain = _ABLATIVE.sub(r"\1 - ", plain, count=1)
    plain = _MONTH_FIRST.sub(r"\2 - \3 \1", plain)
    for match in _TILL.finditer(plain):
        start, end = _point(plain[: match.start()], today), _point(plain[match.end() :], today)
        if start is not None and end is not None:
            yield start, end


def both(start: Parts, end: Parts) -> tuple[Parts, Parts] | None:
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


def _point(words: str, today: date) -> Parts | None:
    """One end of a period; a bare day of the month is enough here."""
    words = words.strip(" .,")
    found = relative(words, today)
    if found is not None:
        exact = found.start is not None and found.precision is not Precision.RANGE
        return Parts(*(int(number) for number in str(found.start).split("-"))) if exact else None
    return Parts(day=int(words)) if _DAY.fullmatch(words) else read(words)
