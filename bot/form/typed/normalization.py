"""Normalization of case and of letters missing on a phone."""

import re
import unicodedata
from functools import cache

from bot.languages import languages

_APART = re.compile(r"[^\w]+")


@cache
def _letters() -> dict[int, str]:
    return str.maketrans({letter: other for one in languages() for letter, other in one.letters.items()})


def normalized(text: str) -> str:
    """Fold case, and replace letters of a language by common ones (қ by к, ё by е)."""
    return unicodedata.normalize("NFC", text).casefold().translate(_letters())


def words(text: str) -> tuple[str, ...]:
    """Normalized words and numbers, without punctuation and emoji."""
    return tuple(_APART.sub(" ", normalized(text)).split())
