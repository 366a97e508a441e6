"""A filter in words."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from bot.chat.moderation.lists.rows import label_of
from bot.form.answers import Precision, When
from bot.form.kinds.dates.phrases import when_phrase
from bot.form.screen import Joined, Key, Phrase
from bot.services.desk.lists.filters import CATEGORY, REGION, Filter, Scope
from bot.services.unit import Unit


def what(unit: Unit, wanted: Filter) -> Phrase:
    """All that a filter asks for, its scope first."""
    return Joined((scope_phrase(wanted.scope), *_facets(unit, wanted)), " · ")


def scope_phrase(scope: Scope) -> Phrase:
    """Which reports a list is of."""
    return Key(f"moderator.scope.{scope.name.lower()}")


def older_phrase(days: int) -> Phrase:
    """Sent so many days ago or earlier."""
    return Key("moderator.filter.older", {"n": days})


def days_phrase(wanted: Filter) -> Phrase:
    """The days that a filter asks for."""
    first, last = wanted.since, wanted.until
    if first is not None and last is not None:
        if first == last:
            return when_phrase(When(Precision.DAY, first.isoformat(), first.isoformat()))
        if (first, last) == month_of(first):
            return when_phrase(When(Precision.MONTH, f"{first:%Y-%m}"))
        if (first, last) == year_of(first):
            return when_phrase(When(Precision.YEAR, f"{first:%Y}"))
    since, until = (day.isoformat() if day is not None else None for day in (first, last))
    return when_phrase(When(Precision.RANGE, since, until))


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def year_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's year."""
    return date(day.year, 1, 1), date(day.year, 12, 31)


def _facets(unit: Unit, wanted: Filter) -> Iterator[Phrase]:
    if wanted.category:
        yield label_of(unit, CATEGORY, wanted.category)
    if wanted.region:
        yield label_of(unit, REGION, wanted.region)
    if wanted.urgent:
        yield Key("moderator.filter.urgent")
    if wanted.asked:
        yield Key("moderator.filter.asked")
    if wanted.older:
        yield older_phrase(wanted.older)
    if wanted.dated:
        yield days_phrase(wanted)
