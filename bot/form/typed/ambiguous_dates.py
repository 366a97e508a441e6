"""Words for a date that people use for either of two: the wording that says the other one plainly."""

import re
from datetime import date

from bot.form.typed.names_of_days import month, weekday
from bot.form.typed.parts_of_years import other_winter, span

_LAST = re.compile(r"(?:(?:в|во|на|on|in|the) )*(?:прош\w+|прошедш\w+|минувш\w+|откен|кеткен|last|past) (.+)")
_NEXT = re.compile(r"(?:(?:в|во|на|on|the) )*(?:следующ\w+|келеси|келер|next) (.+)")
_KAZAKH_DAY = re.compile(r" (?:куни|кун)$")


def other_wording(words: str, today: date) -> str | None:
    """The second thing that folded words may mean, said plainly; None where they mean one thing.

    Last Tuesday said on a Wednesday may be yesterday or that of the week before, last spring that of this
    year or of the year before, the winter of 2023 the one that ends or the one that begins in it.
    """
    if found := _LAST.fullmatch(words):
        return _earlier(_KAZAKH_DAY.sub("", found[1]), today)
    if found := _NEXT.fullmatch(words):
        return _later(_KAZAKH_DAY.sub("", found[1]), today)
    return other_winter(words)


def _earlier(named: str, today: date) -> str | None:
    place = weekday(named)
    if place is not None:
        return f"{named} last week" if place < today.isoweekday() else None
    is_named = month(named, short=False) is not None or span(named) is not None
    return f"{named} {today.year - 1}" if is_named else None


def _later(named: str, today: date) -> str | None:
    place = weekday(named)
    return f"{named} next week" if place is not None and place > today.isoweekday() else None
