"""In which language a text is written, as far as its letters tell: a mark for whoever confirms it, never a reason to refuse it."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from bot.languages import Language, languages

LEAST_LETTERS = 20
"""A shorter text is only known by letters that one language alone has: names and loan words look alike in all."""
_LEAST_OWN = 3
_OWN_SHARE = 0.05
"""The share of a language's own letters from which on a text is in it; Kazakh has some fifth of them, and a Kazakh name in a long
Russian text far less."""


def language_of(text: str) -> str | None:
    """The code of the language that a text is most likely written in; None where its letters do not tell."""
    letters = [letter for letter in text.casefold() if letter.isalpha()]
    if len(letters) < _LEAST_OWN:
        return None
    script, number = Counter(map(_script, letters)).most_common(1)[0]
    if number < len(letters) / 2:
        return None
    candidates = [one for one in languages() if _script(one.name[0].casefold()) == script]
    for one in candidates:
        own = sum(letter in one.letters for letter in letters)
        if one.letters and own >= _OWN_SHARE * len(letters):
            return one.code
    return _without_own_letters(candidates) if len(letters) >= LEAST_LETTERS else None


def _without_own_letters(candidates: Sequence[Language]) -> str | None:
    """The one language of a script that has no letters of its own; None where there are several, or none."""
    plain = [one.code for one in candidates if not one.letters]
    return plain[0] if len(plain) == 1 else None


@lru_cache(maxsize=1024)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
