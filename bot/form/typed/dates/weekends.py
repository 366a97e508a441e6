"""Weekends, Saturday and Sunday: the last one, this one, the next one. Texts are normalized."""

from datetime import date, timedelta

from bot.form.answers import When
from bot.form.typed.dates.distances import span_of
from bot.form.typed.dates.months import text_of
from bot.form.typed.vocabulary import PhrasePattern, one_of

_SATURDAY, _WEEK = 6, 7
_WEEKENDS = (
    "weekend_before_last",
    "last_weekend",
    "this_weekend",
    "coming_weekend",
    "next_weekend",
    "weekend",
)
_WEEKEND = PhrasePattern(rf"(?:{{dates.on.before}} )*{one_of('from_today', _WEEKENDS)}")


def weekend(text: str, today: date) -> When | None:
    """The weekend that a text counts from today; None if it names none. One that is not said to come is the last one."""
    name = _named(text)
    return None if name is None else _beginning(_saturday(name, today))


def earlier_weekend(text: str, today: date) -> When | None:
    """This weekend, where only one that has begun can be meant; None for other words."""
    if _named(text) != "this_weekend":
        return None
    return _beginning(_saturday("weekend", today))


def other_weekend(text: str, today: date) -> str | None:
    """Plain words for the second weekend that a text may mean: the next one may be this week's or the one after."""
    if _named(text) != "next_weekend" or today.isoweekday() >= _SATURDAY:
        return None
    saturday = _saturday("next_weekend", today) + timedelta(_WEEK)
    return f"{text_of(saturday)} - {text_of(saturday + timedelta(1))}"


def _named(text: str) -> str | None:
    found = _WEEKEND.fullmatch(text)
    return str(found.lastgroup) if found else None


def _saturday(name: str, today: date) -> date:
    """Of this week, of the one before or of the one after."""
    this = today + timedelta(_SATURDAY - today.isoweekday())
    has_come = this <= today
    match name:
        case "weekend_before_last":
            return this - timedelta(2 * _WEEK)
        case "last_weekend":
            return this - timedelta(_WEEK)
        case "next_weekend" | "coming_weekend":
            return this + timedelta(_WEEK * has_come)
        case "weekend":
            return this - timedelta(_WEEK * (not has_come))
    return this


def _beginning(saturday: date) -> When:
    return span_of(saturday, saturday + timedelta(1))
