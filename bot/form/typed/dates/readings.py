"""All dates that an ambiguous text may mean."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from bot.form.answers import Precision, When
from bot.form.typed.dates.intervals import exactly, is_date, last_day, month_text, text_of
from bot.form.typed.dates.parsing import LONGEST_DATE, NoSuchDay, meant, resolved
from bot.form.typed.dates.partial_dates import DateParts, read, weekday, wordings
from bot.form.typed.dates.periods import both, bound
from bot.form.typed.dates.plain_words import plain, without_part_of_day
from bot.form.typed.dates.relative_dates import is_last, other_wording
from bot.form.typed.dates.weekends import earlier_weekend
from bot.form.typed.respelling import respelled
from bot.form.typed.vocabulary import PhrasePattern

SOON = timedelta(31)
"""How far ahead a date without a year is offered beside the last one."""

YEARS_BACK = 10
"""Years back to search for a day on the weekday beside it."""

_OR = PhrasePattern(",? {dates.or} ")

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
    return ways[0] or _either(words, today)


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
