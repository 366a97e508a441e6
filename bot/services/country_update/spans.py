"""From when to when something was, as far as its date tells: what decides whether it belongs to a period.

A date is as long as it is inexact: a month is all its days. What goes on has no end. Of a range with one end that is not known the
other counts alone: nobody knows how far it reaches."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from bot.form.typed.dates.intervals import OPEN
from bot.services.country_update.request import Months

Span = tuple[date, date]
"""First and last day."""
_MONTHS = 12


def span_of(text: str) -> Span:
    """The span of a date in one text (ISO 8601-2)."""
    start, slash, end = text.partition("/")
    if not slash or end == "":
        return _first(start), _last(start)
    if start == OPEN:
        return _first(end), _last(end)
    return _first(start), date.max if end == OPEN else _last(end)


def touches(span: Span, months: Months) -> bool:
    """Whether a span has a day in these months."""
    return span[0] <= months.until and span[1] >= months.since


def months_of(span: Span, within: Months) -> Iterator[str]:
    """The months of a period, as `YYYY-MM`, that a span has a day in."""
    day, last = max(span[0], within.since), min(span[1], within.until)
    while day <= last:
        yield day.isoformat()[:7]
        day = day.replace(day=monthrange(day.year, day.month)[1]) + timedelta(days=1)


def _first(text: str) -> date:
    return date.fromisoformat(f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01"[:10])


def _last(text: str) -> date:
    if len(text) == len("YYYY-MM-DD"):
        return date.fromisoformat(text)
    year, month = (int(text[:4]), int(text[5:7])) if len(text) > 4 else (int(text), _MONTHS)
    return date(year, month, monthrange(year, month)[1])
