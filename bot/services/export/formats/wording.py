"""The words that formats need beside those of the forms: headings, and how a file is used."""

from functools import cache

from bot.languages import exported_codes
from bot.texts import Texts


@cache
def texts() -> Texts:
    """All texts in the languages of an export; they are read once, in a fifth of a second."""
    return Texts(exported_codes())
