"""What categories, regions, periods and delays are called."""

from collections.abc import Mapping
from datetime import date

from bot.form.kinds.dates.phrases import date_phrase
from bot.form.model import Choice
from bot.form.screen import Key, Label, Phrase, Said
from bot.services.statistics.places import has_tile, short_name
from bot.services.statistics.span import Step
from bot.services.unit import HOURS_A_DAY

_HOURS_SHOWN = 48
"""From so many hours on a delay is told in days."""


def name_of(choices: Mapping[str, Choice], code: str) -> Phrase:
    """The label of a code; of one that the form no longer has the code itself, and words of their own where none was chosen."""
    if not code:
        return Key("moderator.stats.untold")
    return Label(choices[code].label) if code in choices else Said(code)


def place_name(choices: Mapping[str, Choice], code: str, language: str) -> Phrase:
    """The same of a region; an answer without a place is called as below the map: "I don't know" is what a reporter says."""
    if code in choices and not has_tile(choices[code]):
        return Said(short_name(choices[code], language))
    return name_of(choices, code)


def lasting(hours: int) -> Phrase:
    """So long."""
    if hours >= _HOURS_SHOWN:
        return Key("moderator.age.days", {"n": hours // HOURS_A_DAY})
    return Key("moderator.age.hours", {"n": hours}) if hours else Key("moderator.stats.under_an_hour")


def beginning(day: date) -> Phrase:
    """A day on which a period begins."""
    return date_phrase(day.isoformat())


def span_name(step: Step, day: date) -> Phrase:
    """The span of figures, by the day on which it begins."""
    return Key(f"moderator.stats.span.{step}", {"day": beginning(day)})
