"""Dates relative to today: yesterday, last Friday, three days ago."""

from datetime import date, timedelta

from bot.form.answers import Precision, When
from bot.form.typed.dates.distances import distant, span_of
from bot.form.typed.dates.intervals import text_of
from bot.form.typed.dates.partial_dates import month, weekday
from bot.form.typed.dates.weekends import other_weekend, other_winter, span, weekend
from bot.form.typed.vocabulary import TODAY, PhrasePattern, one_of, slot

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
_WEEK = PhrasePattern(
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


def relative(text: str, today: date) -> When | None:
    """The date of a normalized text relative to today."""
    found = _DAY.fullmatch(text)
    distance = _DAYS.get(str(found.lastgroup), 0) if found else _weekday(text, today)
    if distance is not None:
        return _day(today + timedelta(distance))
    if _OTHER_DAY.fullmatch(text):
        return span_of(today - timedelta(7), today - timedelta(1))
    return _week(text, today) or weekend(text, today) or distant(text, today)


def other_wording(text: str, today: date) -> str | None:
    """Plain words for the second date that an ambiguous text may mean.

    On a Wednesday, last Tuesday may be yesterday or in last week. Last spring may be this year's or last
    year's. The winter of 2023 may end or begin in it.
    """
    if named := slot(_LAST.fullmatch(text)):
        return _earlier(named, today)
    if (named := slot(_NEXT.fullmatch(text))) and (place := weekday(named)):
        return _in_week(1, place, today) if place > today.isoweekday() else None
    return other_weekend(text, today) or other_winter(text)


def _earlier(named: str, today: date) -> str | None:
    place = weekday(named)
    if place is not None:
        return _in_week(-1, place, today) if place < today.isoweekday() else None
    part = span(named)
    # Last winter is the one that ended last, in any year.
    is_named = month(named, short=False) is not None if part is None else part[0].is_earlier_than(part[1])
    return f"{named} {today.year - 1}" if is_named else None


def is_last(text: str) -> bool:
    """Whether a text explicitly means the last such date."""
    return _LAST.fullmatch(text) is not None


def _in_week(shift: int, weekday: int, today: date) -> str:
    return text_of(today + timedelta(7 * shift + weekday - today.isoweekday()))


def _day(day: date) -> When:
    return When(Precision.DAY, text_of(day), text_of(day))


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
    found = _WEEK.fullmatch(text)
    if found is None:
        return None
    shift = next(shift for name, shift in _WEEKS.items() if found[name])
    monday = today + timedelta(7 * shift + 1 - today.isoweekday())
    name = found["day"] or found["after"]
    if name is not None:
        place = weekday(name)
        return None if place is None else _day(monday + timedelta(place - 1))
    return span_of(monday, today if shift == 0 else monday + timedelta(6))
