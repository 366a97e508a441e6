"""Dates as phrases, no more exact than they are known."""

from collections.abc import Callable

from bot.form.answers import Precision, When
from bot.form.screen import Key, Phrase, Said

_DAY = len("YYYY-MM-DD")


def when_phrase(when: When, in_words: bool = False) -> Phrase:
    """A date as a phrase, with days in numbers or with the month's name."""
    name = spelled_phrase if in_words else date_phrase
    match when:
        case When(Precision.RANGE, str(start), str(end)) if in_words and len(start) == len(end) == _DAY:
            return _spelled_period(start, end)
        case When(Precision.RANGE):
            return _period(when, name)
        case When(Precision.UNKNOWN) | When(start=None):
            return Key("flow.date.unknown")
    return name(str(when.start))


def _period(when: When, name: Callable[[str], Phrase]) -> Phrase:
    if when.start and when.end:
        return Key("flow.date.period", {"start": name(when.start), "end": name(when.end)})
    if when.start:
        return Key(f"flow.date.{'since' if when.ongoing else 'from'}", {"start": name(when.start)})
    if when.end:
        return Key("flow.date.until", {"end": name(when.end)})
    return Key(f"flow.date.{'ongoing' if when.ongoing else 'unknown'}")


def _spelled_period(start: str, end: str) -> Phrase:
    """Two days, a shared month named once: `8–14 November 2026`."""
    if start[:7] != end[:7]:
        return Key("flow.date.period", {"start": spelled_phrase(start), "end": spelled_phrase(end)})
    days = f"{int(start[8:])}–{int(end[8:])}"
    return Key(f"flow.day.{int(start[5:7])}", {"day": days, "year": start[:4]})


def date_phrase(date: str) -> Phrase:
    """A day as `dd.mm.yyyy`, a month by its name, or a year."""
    match date.split("-"):
        case [year, month, day]:
            return Said(f"{day}.{month}.{year}")
        case [year, month]:
            return month_phrase(int(year), int(month))
    return Key("flow.year", {"year": date})


def spelled_phrase(date: str) -> Phrase:
    """A date with the month's name, so that day and month cannot be confused."""
    match date.split("-"):
        case [year, month, day]:
            return Key(f"flow.day.{int(month)}", {"day": str(int(day)), "year": year})
    return date_phrase(date)


def month_phrase(year: int, month: int) -> Phrase:
    return Key(f"flow.month.{month}", {"year": str(year)})
