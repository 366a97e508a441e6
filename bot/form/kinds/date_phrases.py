"""Dates as phrases: as exact as they are known, in numbers or with the month's name."""

from bot.form.answers import Precision, When
from bot.form.screen import Key, Phrase, Said


def when_phrase(when: When, in_words: bool = False) -> Phrase:
    """A date, as exact as it is; days in numbers or with the month's name."""
    if when.precision is Precision.UNKNOWN or (when.start is None and not when.ongoing):
        return Key("flow.date.unknown")
    name = spelled_phrase if in_words else date_phrase
    if when.ongoing:
        return Key("flow.date.since", {"start": name(when.start)}) if when.start else Key("flow.date.ongoing")
    start = name(str(when.start))
    if when.end is None or when.end == when.start:
        return start
    return Key("flow.date.period", {"start": start, "end": name(when.end)})


def date_phrase(date: str) -> Phrase:
    """A day as `dd.mm.yyyy`, a month by its name, a year."""
    match date.split("-"):
        case [year, month, day]:
            return Said(f"{day}.{month}.{year}")
        case [year, month]:
            return month_phrase(int(year), int(month))
    return Key("flow.year", {"year": date})


def spelled_phrase(date: str) -> Phrase:
    """As `date_phrase`, but a day with its month's name: nobody can take the day for the month."""
    match date.split("-"):
        case [year, month, day]:
            return Key(f"flow.day.{int(month)}", {"day": str(int(day)), "year": year})
    return date_phrase(date)


def month_phrase(year: int, month: int) -> Phrase:
    """A month with its year."""
    return Key(f"flow.month.{month}", {"year": str(year)})
