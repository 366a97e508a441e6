"""Periods and formats that buttons offer."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from bot.chat.screens.callback import Act
from bot.chat.screens.renderer import ActButton
from bot.form.screen import Key
from bot.services.export.formats import FORMATS

PERIODS = ("all", "month", "last", "year", "pastyear")


def days_of(period: str, today: date) -> tuple[str, str]:
    """First and last day of a period, "" for an open end."""
    first = today.replace(day=1)
    if period == "month":
        return first.isoformat(), ""
    if period == "last":
        last = first - timedelta(days=1)
        return last.replace(day=1).isoformat(), last.isoformat()
    if period == "year":
        return date(today.year, 1, 1).isoformat(), ""
    if period == "pastyear":
        return date(today.year - 1, 1, 1).isoformat(), date(today.year - 1, 12, 31).isoformat()
    return "", ""


def format_choices(act: Callable[[str], Act]) -> list[list[ActButton]]:
    return _in_twos([ActButton(Key(f"moderator.export.format.{one}"), act(one)) for one in FORMATS])


def period_choices(act: Callable[[str], Act]) -> list[list[ActButton]]:
    first, *others = [ActButton(Key(f"moderator.export.period.{one}"), act(one)) for one in PERIODS]
    return [[first], *_in_twos(others)]


def _in_twos(buttons: Sequence[ActButton]) -> list[list[ActButton]]:
    return [list(buttons[start : start + 2]) for start in range(0, len(buttons), 2)]
