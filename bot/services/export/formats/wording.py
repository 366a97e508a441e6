"""Texts of formats: headings and instructions."""

from functools import cache

from bot.languages import exported_codes
from bot.texts import Texts


@cache
def texts() -> Texts:
    """Texts in the languages of an export, cached since reading them takes a fifth of a second."""
    return Texts(exported_codes())
