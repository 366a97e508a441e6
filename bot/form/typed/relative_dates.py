"""Dates told from today or by a part of a month, season or year: last Friday, the weekend, early May."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.form.answers import When
from bot.form.typed.intervals import FIRST_YEAR, LAST_YEAR, distant, exactly, last_day, span_of, text_of
from bot.form.typed.partial_dates import DateParts, meaningful, month, weekday, without_year_words
from bot.form.typed.phrases import TODAY, Match, PhrasePattern, one_of, slot

_SATURDAY = 6
_WEEKENDS = {
    "weekend_before_last": -2,
    "last_weekend": -1,
    "this_weekend": 0,
    "coming_weekend": 0,
    "next_weekend": 0,
    "weekend": -1,
}
"""Weekends by weeks from that of this week, one week later for those of `_LATER` if it has begun."""
_LATER = frozenset({"coming_weekend", "next_weekend", "weekend"})
_WEEKEND = PhrasePattern(rf"(?:{{dates.on.before}} )*{one_of('from_today', _WEEKENDS)}")

_SEASONS = {"winter": (12, 2), "spring": (3, 5), "summer": (6, 8), "autumn": (9, 11)}
_SIZES = {"half": 6, "quarter": 3}
_PART = PhrasePattern(rf"\b{one_of('parts_of_year', (*_SEASONS, *_SIZES))}(?!\w)", number="[1-4]")
_ORDINAL = PhrasePattern(r"(?<=[1-4])-?(?:{dates.year_endings}|{ordinals.endings})\b|(?<=[1-4])-(?=[^\W\d_])")
_TWO_YEARS = re.compile(r"\b(\d{4}) ?[-/] ?(\d{4}|\d{2})\b")

THIRDS = {"early": 1, "middle": 2, "late": 3}
"""Beginning, middle and end of a month or year, by key."""
_SIZES_IN_MONTH = {"half_of_month": 15, "third_of_month": 10, "week_of_month": 7}
_NAMES = ("last_week", "last_weekend", "first_weekend", "weekend_of_month", *_SIZES_IN_MONTH, "tens", *THIRDS)
_MONTH = 31
# `1-ая неделя`, `3-й понедельник`
_ORDINAL_ENDING = PhrasePattern(r"(?<=\b\d)-?{ordinals.endings}(?= )|(?<=\b\d)-(?=[^\W\d_])")
_PART_OF_MONTH = PhrasePattern(rf"(?<!\w){one_of('dates', _NAMES)}(?!\w)", number=r"(?:[1-5]|[12]0)")
_WEEKDAY = PhrasePattern(r"(?<![\w.,-])(?:(?P<number>[1-5])|{dates.last_of_month}) (?P<day>[^\W\d_]+)")

_DAYS = {
    "today": 0,
    "yesterday": -1,
    "day_before_yesterday": -2,
    "three_days_ago": -3,
    "tomorrow": 1,
    "day_after_tomorrow": 2,
}
_DAY = PhrasePattern(f"(?:{TODAY}|{one_of('from_today', _DAYS)})(?: {{from_today.day}})*")
_OTHER_DAY = PhrasePattern("{from_today.other_day}")

_ON = "(?:{dates.on.before} )*"
# A name is one word, but no preposition: `в среду на прошлой неделе`.
_NAME = r"(?!{dates.on.before}\b)[^\W\d_]+?"
_DAY_NAME = rf"(?P<day>{_NAME})(?: {{from_today.day}})?"
_WEEKS = {"week_before_last": -2, "last_week": -1, "this_week": 0, "next_week": 1}
_WEEK_PHRASE = PhrasePattern(
    rf"(?:{_ON}{_DAY_NAME} )?{_ON}{one_of('from_today', _WEEKS)}(?: {_ON}(?P<after>{_NAME})(?: {{from_today.day}})?)?"
)
_LAST_WEEKDAY = PhrasePattern(
    "(?:(?:{dates.on.before}|{from_today.last.before}|{from_today.most_recent.before}) )*"
    rf"{_DAY_NAME}(?: {{from_today.last.after}})?"
)
_THIS = PhrasePattern(f"{_ON}{{from_today.this}}(?: {{from_today.day}})?")
_NEXT = PhrasePattern(f"{_ON}{{from_today.next}}(?: {{from_today.day}})?")
_NEXT_OR_COMING = PhrasePattern(f"{_ON}(?:{{from_today.next}}|{{from_today.coming}})(?: {{from_today.day}})?")
_LAST = PhrasePattern(f"{_ON}{{from_today.last}}(?: {{from_today.day}})?")


def earlier_weekend(text: str, today: date) -> When | None:
    """ "This weekend" as one that has begun."""
    return _weekend("weekend", today) if _name_of_weekend(text) == "this_weekend" else None


def _name_of_weekend(text: str) -> str | None:
    found = _WEEKEND.fullmatch(text)
    return str(found.lastgroup) if found else None


def _weekend(name: str, today: date) -> When:
    has_begun = today.isoweekday() >= _SATURDAY
    weeks = _WEEKENDS[name] + (has_begun and name in _LATER)
    saturday = today + timedelta(_SATURDAY - today.isoweekday() + 7 * weeks)
    return span_of(saturday, saturday + timedelta(1))


def span(text: str) -> tuple[DateParts, DateParts] | None:
    """First and last month of the season, half or quarter in a text."""
    plain = re.sub(" +", " ", _ORDINAL.sub(" ", without_year_words(text)))
    found = _PART.search(plain)
    if found is None or (months := _months_of(found)) is None:
        return None
    first, last = months
    rest = f"{plain[: found.start()]} {plain[found.end() :]}"
    year = _end_year(rest, is_winter=first > last)
    if year is None:
        # Only a season is clear without its year.
        return None if meaningful(rest) or first % 3 else (DateParts(None, first), DateParts(None, last))
    return DateParts(year - (first > last), first), DateParts(year, last)


def _months_of(found: Match) -> tuple[int, int] | None:
    name, number = str(found.lastgroup), re.search("[1-4]", found[0])
    if number is None:
        return _SEASONS[name]
    last = int(number[0]) * _SIZES[name]
    return (last - _SIZES[name] + 1, last) if last <= 12 else None


def _other_winter(text: str) -> str | None:
    """A winter named by one year (`зимой 2023`) as the one that begins in it."""
    match span(text):
        case (DateParts(month=12), DateParts(year=int(year))) if not _TWO_YEARS.search(text):
            return text.replace(str(year), f"{year}-{year + 1}")
    return None


def _end_year(rest: str, is_winter: bool) -> int | None:
    """The year in which it ends. Only a winter has two, which follow each other."""
    years, tokens = _TWO_YEARS.search(rest), meaningful(_TWO_YEARS.sub(r" \1 ", rest))
    if (
        len(tokens) != 1
        or not re.fullmatch(r"\d{4}", tokens[0])
        or not FIRST_YEAR <= int(tokens[0]) <= LAST_YEAR
    ):
        return None
    end = int(tokens[0]) + (years is not None)
    is_one = years is None or (is_winter and int(years[2]) in {end, end % 100})
    return end if is_one and end <= LAST_YEAR else None


@dataclass(frozen=True, slots=True)
class PartOfMonth:
    """A part, by its key in the language files or its weekday, and its number. `rest` should name the month."""

    name: str
    number: int
    rest: str
    follows_month: bool = False

    def of(self, whole: str) -> When | None:
        """Days of this part of a month `YYYY-MM`. None if it has no such part."""
        last = last_day(whole)
        if self.name == "last_week":
            return span_of(last - timedelta(6), last)
        if self.name == "tens":
            return _days(last, self.number, self.number + 9)
        is_weekend = self.name in {"first_weekend", "last_weekend", "weekend_of_month"}
        if place := _SATURDAY if is_weekend else weekday(self.name):
            day = _on(last, place, 1 if self.name == "first_weekend" else self.number)
            return span_of(day, day + timedelta(is_weekend)) if day else None
        number = THIRDS.get(self.name, self.number)
        size = _SIZES_IN_MONTH.get(self.name, 10)
        is_rest = size > 7 and number == _MONTH // size
        return _days(last, (number - 1) * size + 1, _MONTH if is_rest else number * size)


def part_of_month(text: str) -> PartOfMonth | None:
    """The one part of a month in a text, which may name no month."""
    plain = _ORDINAL_ENDING.sub("", text)
    parts = list(_PART_OF_MONTH.finditer(plain))
    if len(parts) > 1:
        return None
    found = parts[0] if parts else None
    name = str(found.lastgroup) if found else ""
    if found is None:
        found = next((one for one in _WEEKDAY.finditer(plain) if weekday(one["day"])), None)
        name = found["day"] if found else ""
    if found is None:
        return None
    number = re.search(r"\d+", found[0])
    before, after = plain[: found.start()].split(), plain[found.end() :]
    follows_month = bool(before and month(before[-1].strip(".,")))
    rest = " ".join((*before, after.strip(" -"))).strip(" ,")
    return PartOfMonth(name, int(number[0]) if number else 0, rest, follows_month)


def _days(last: date, start: int, end: int) -> When | None:
    if start > last.day:
        return None
    return span_of(last.replace(day=start), last.replace(day=min(end, last.day)))


def _on(last: date, place: int, number: int) -> date | None:
    if number == 0:
        return last - timedelta((last.isoweekday() - place) % 7)
    day = 1 + (place - last.replace(day=1).isoweekday()) % 7 + 7 * (number - 1)
    return last.replace(day=day) if day <= last.day else None


def relative(text: str, today: date) -> When | None:
    """The date of a normalized text relative to today."""
    found = _DAY.fullmatch(text)
    distance = _DAYS.get(str(found.lastgroup), 0) if found else _weekday(text, today)
    if distance is not None:
        return exactly(text_of(today + timedelta(distance)))
    if _OTHER_DAY.fullmatch(text):
        return span_of(today - timedelta(7), today - timedelta(1))
    if when := _week(text, today):
        return when
    name = _name_of_weekend(text)
    return _weekend(name, today) if name else distant(text, today)


def other_wording(text: str, today: date) -> str | None:
    """Plain words for the second date that an ambiguous text may mean. On a Wednesday, last Tuesday may be
    yesterday or in last week. Last spring may be this year's or last year's. The winter of 2023 may end or begin
    in it."""
    if named := slot(_LAST.fullmatch(text)):
        return _earlier(named, today)
    if (named := slot(_NEXT.fullmatch(text))) and (place := weekday(named)):
        return _in_week(1, place, today) if place > today.isoweekday() else None
    # Next weekend may be the one after this week's.
    if today.isoweekday() < _SATURDAY and _name_of_weekend(text) == "next_weekend":
        return f"{_in_week(1, _SATURDAY, today)} - {_in_week(1, _SATURDAY + 1, today)}"
    return _other_winter(text)


def _earlier(named: str, today: date) -> str | None:
    place = weekday(named)
    if place is not None:
        return _in_week(-1, place, today) if place < today.isoweekday() else None
    part = span(named)
    # Last winter is the one that ended last, in any year.
    is_named = month(named, short=False) is not None if part is None else part[1].is_later_than(part[0])
    return f"{named} {today.year - 1}" if is_named else None


def is_last(text: str) -> bool:
    """Whether a text explicitly means the last such date."""
    return _LAST.fullmatch(text) is not None


def _in_week(shift: int, weekday: int, today: date) -> str:
    return text_of(today + timedelta(7 * shift + weekday - today.isoweekday()))


def _weekday(text: str, today: date) -> int | None:
    """Days from today to a weekday. Never 0, since people would say "today"."""
    last = _LAST_WEEKDAY.fullmatch(text)
    for named, nearest in (
        (last and last["day"], -7),
        (slot(_NEXT_OR_COMING.fullmatch(text)), 1),
        (slot(_THIS.fullmatch(text)), 1 - today.isoweekday()),
    ):
        place = weekday(named) if named else None
        if place is not None:
            return nearest + (place - today.isoweekday() - nearest) % 7
    return None


def _week(text: str, today: date) -> When | None:
    found = _WEEK_PHRASE.fullmatch(text)
    if found is None:
        return None
    shift = next(shift for name, shift in _WEEKS.items() if found[name])
    monday = today + timedelta(7 * shift + 1 - today.isoweekday())
    name = found["day"] or found["after"]
    if name is not None:
        place = weekday(name)
        return None if place is None else exactly(text_of(monday + timedelta(place - 1)))
    return span_of(monday, today if shift == 0 else monday + timedelta(6))
