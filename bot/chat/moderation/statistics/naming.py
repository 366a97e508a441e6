"""What categories, regions, periods and delays are called."""

from collections.abc import Mapping
from datetime import date

from bot.form.kinds.dates.phrases import date_phrase
from bot.form.model import Choice, Form
from bot.form.screen import Key, Label, Phrase, Said
from bot.form.xlsform.lists import language_code
from bot.services.statistics.span import Step
from bot.services.unit import HOURS_A_DAY

_SHORT = "short::"
"""How the columns of short names begin; a language follows, as in the columns of labels."""
_HOURS_SHOWN = 48
"""From so many hours on a delay is told in days."""


def choices_of(form: Form, role: str) -> Mapping[str, Choice]:
    """The choices of the question with a role by their codes; none where the form has no such question."""
    question = form.by_role.get(role)
    return {one.name: one for one in question.choices} if question is not None else {}


def name_of(choices: Mapping[str, Choice], code: str) -> Phrase:
    """The label of a code; of one that the form no longer has the code itself, and words of their own where none was chosen."""
    if not code:
        return Key("moderator.stats.untold")
    return Label(choices[code].label) if code in choices else Said(code)


def has_tile(choice: Choice) -> bool:
    """Whether a region has its place on the map."""
    return bool(choice.columns.get("tile_column") and choice.columns.get("tile_row"))


def place_name(choices: Mapping[str, Choice], code: str, language: str) -> Phrase:
    """The same of a region; an answer without a place is called as below the map: "I don't know" is what a reporter says."""
    if code in choices and not has_tile(choices[code]):
        return Said(short_name(choices[code], language))
    return name_of(choices, code)


def short_name(choice: Choice, language: str) -> str:
    """The name that fits on a tile; of a list without such names in a language the label."""
    columns = choice.columns.items()
    own = (
        words for column, words in columns if column.startswith(_SHORT) and language_code(column) == language
    )
    return next(own, "") or choice.label.get(language) or next(iter(choice.label.values()), choice.name)


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
