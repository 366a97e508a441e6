"""Parts of a month: `начало марта`, `the first week of March`, `сәуірдің соңғы аптасы`, `the second Monday
of May`.

The beginning and the middle have ten days, the end has the rest. Weeks begin on the 1st, 8th, 15th and 22nd.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.form.answers import When
from bot.form.typed.dates.distances import span_of
from bot.form.typed.dates.intervals import exactly, last_day, text_of
from bot.form.typed.dates.partial_dates import month, weekday
from bot.form.typed.vocabulary import PhrasePattern, one_of

THIRDS = {"early": 1, "middle": 2, "late": 3}
"""Beginning, middle and end of a month or year, by key."""
_SIZES = {"half_of_month": 15, "third_of_month": 10, "week_of_month": 7}
_NAMES = ("last_week", "last_weekend", "first_weekend", "weekend_of_month", *_SIZES, "tens", *THIRDS)
_SATURDAY = 6
_MONTH = 31
# `1-ая неделя`, `3-й понедельник`
_ORDINAL = PhrasePattern(r"(?<=\b\d)-?{ordinals.endings}(?= )|(?<=\b\d)-(?=[^\W\d_])")
_PART = PhrasePattern(rf"(?<!\w){one_of('dates', _NAMES)}(?!\w)", number=r"(?:[1-5]|[12]0)")
_NUMBER = re.compile(r"\d+")
_WEEKDAY = PhrasePattern(r"(?<![\w.,-])(?:(?P<number>[1-5])|{dates.last_of_month}) (?P<day>[^\W\d_]+)")


@dataclass(frozen=True, slots=True)
class PartOfMonth:
    """A part, by its key in the language files or its weekday, and its number. `rest` should name the month."""

    name: str
    number: int
    rest: str
    follows_month: bool = False

    def of(self, whole: str) -> When | None:
        """Days of this part of a month `YYYY-MM`. None if it has no such part."""
        first, last = date.fromisoformat(f"{whole}-01"), last_day(whole)
        match self.name:
            case "first_weekend":
                return PartOfMonth("weekend_of_month", 1, self.rest).of(whole)
            case "last_week":
                return span_of(last - timedelta(6), last)
            case "tens":
                return _days(first, last, self.number, self.number + 9)
            case "last_weekend" | "weekend_of_month":
                saturday = _on(first, last, _SATURDAY, self.number)
                return span_of(saturday, saturday + timedelta(1)) if saturday else None
        if place := weekday(self.name):
            day = _on(first, last, place, self.number)
            return exactly(text_of(day)) if day else None
        number = THIRDS.get(self.name, self.number)
        size = _SIZES.get(self.name, 10)
        is_rest = size > 7 and number == _MONTH // size
        return _days(first, last, (number - 1) * size + 1, _MONTH if is_rest else number * size)


def part_of_month(text: str) -> PartOfMonth | None:
    """The one part of a month in a text, which may name no month."""
    plain = _ORDINAL.sub("", text)
    parts = list(_PART.finditer(plain))
    if len(parts) > 1:
        return None
    found = parts[0] if parts else None
    name = str(found.lastgroup) if found else ""
    if found is None:
        found = next((one for one in _WEEKDAY.finditer(plain) if weekday(one["day"])), None)
        name = found["day"] if found else ""
    if found is None:
        return None
    number = _NUMBER.search(found[0])
    before, after = plain[: found.start()].split(), plain[found.end() :]
    follows_month = bool(before and month(before[-1].strip(".,")))
    rest = " ".join((*before, after.strip(" -"))).strip(" ,")
    return PartOfMonth(name, int(number[0]) if number else 0, rest, follows_month)


def _days(first: date, last: date, start: int, end: int) -> When | None:
    return (
        span_of(first.replace(day=start), first.replace(day=min(end, last.day)))
        if start <= last.day
        else None
    )


def _on(first: date, last: date, place: int, number: int) -> date | None:
    if number == 0:
        return last - timedelta((last.isoweekday() - place) % 7)
    found = first + timedelta((place - first.isoweekday()) % 7 + 7 * (number - 1))
    return found if found <= last else None
