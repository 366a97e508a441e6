"""The functions of expressions that deal with dates and times."""

import calendar
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time

from bot.form.expressions.coercion import NAN, Value, to_date, to_text
from bot.form.expressions.context import Arguments, Context

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def date(_: Context, arguments: Arguments) -> Value:
    moment = to_date(arguments[0])
    if moment is None:
        return ""
    return moment.date() if isinstance(moment, datetime) else moment


def decimal_date_time(context: Context, arguments: Arguments) -> Value:
    moment = to_date(arguments[0])
    if moment is None:
        return NAN
    clock = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    aware = clock if clock.tzinfo else clock.replace(tzinfo=context.scope.now.tzinfo)
    return (aware - _EPOCH).total_seconds() / 86_400


def date_time(_: Context, arguments: Arguments) -> Value:
    return to_date(arguments[0]) or ""


_FORMATS: Mapping[str, Callable[[datetime], str]] = {
    "Y": lambda moment: f"{moment.year:04}",
    "y": lambda moment: f"{moment.year % 100:02}",
    "m": lambda moment: f"{moment.month:02}",
    "n": lambda moment: str(moment.month),
    "b": lambda moment: calendar.month_abbr[moment.month],
    "d": lambda moment: f"{moment.day:02}",
    "e": lambda moment: str(moment.day),
    "H": lambda moment: f"{moment.hour:02}",
    "h": lambda moment: str(moment.hour),
    "M": lambda moment: f"{moment.minute:02}",
    "S": lambda moment: f"{moment.second:02}",
    "3": lambda moment: f"{moment.microsecond // 1000:03}",
    "a": lambda moment: calendar.day_abbr[moment.weekday()],
    "%": lambda _: "%",
}


def format_date(_: Context, arguments: Arguments) -> Value:
    day = to_date(arguments[0])
    if day is None:
        return ""
    moment = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)  # noqa: DTZ001
    return re.sub(
        r"%(.)",
        lambda found: _FORMATS[found[1]](moment) if found[1] in _FORMATS else found[0],
        to_text(arguments[1]),
    )


def today(context: Context, _: Arguments) -> Value:
    return context.scope.now.date()


def now(context: Context, _: Arguments) -> Value:
    """The full hour: nothing finer may be stored about a reporter."""
    return context.scope.now.replace(minute=0, second=0, microsecond=0)
