"""Texts made comparable: as they are typed on a phone without the letters of a language, in any case."""

import re
import unicodedata
from functools import cache

from bot.languages import languages

_APART = re.compile(r"[^\w]+")


@cache
def _letters() -> dict[int, str]:
    return str.maketrans({letter: other for one in languages() for letter, other in one.letters.items()})


def normalized(text: str) -> str:
    """Small letters, those of a language as the nearest that everybody has (қ as к, ё as е); the rest as it is."""
    return unicodedata.normalize("NFC", text).casefold().translate(_letters())


def words(text: str) -> tuple[str, ...]:
    """The normalized words and numbers of a text, without punctuation and emoji."""
    return tuple(_APART.sub(" ", normalized(text)).split())
