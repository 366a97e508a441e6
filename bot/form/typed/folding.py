"""Texts made comparable: as they are typed on a phone without Kazakh letters, in any case."""

import re
import unicodedata

_LETTERS = str.maketrans("әғқңөұүһіё", "агкноуухие")
_APART = re.compile(r"[^\w]+")


def fold(text: str) -> str:
    """Small letters, the Kazakh ones as the nearest Russian ones, ё as е; the rest as it is."""
    return unicodedata.normalize("NFC", text).casefold().translate(_LETTERS)


def words(text: str) -> tuple[str, ...]:
    """The folded words and numbers of a text, without punctuation and pictures."""
    return tuple(_APART.sub(" ", fold(text)).split())
