"""Regions on a tile map, and what they are called there."""

from collections.abc import Mapping

from bot.form.model import Choice, Form
from bot.form.xlsform.lists import language_code

_SHORT = "short::"
"""How the columns of short names begin; a language follows, as in the columns of labels."""


def choices_of(form: Form, role: str) -> Mapping[str, Choice]:
    """The choices of the question with a role by their codes; none where the form has no such question."""
    question = form.by_role.get(role)
    return {one.name: one for one in question.choices} if question is not None else {}


def has_tile(choice: Choice) -> bool:
    """Whether a region has its place on the map."""
    return bool(choice.columns.get("tile_column") and choice.columns.get("tile_row"))


def short_name(choice: Choice, language: str) -> str:
    """The name that fits on a tile; of a list without such names in a language the label."""
    columns = choice.columns.items()
    own = (
        words for column, words in columns if column.startswith(_SHORT) and language_code(column) == language
    )
    return next(own, "") or choice.label.get(language) or next(iter(choice.label.values()), choice.name)
