"""In which language a text is written, as far as its letters tell: a mark for whoever confirms it, never a reason to refuse it."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache

from bot.languages import Language, languages

LEAST_LETTERS = 20
"""A shorter text is only known by letters that one language alone has: names and loan words look alike in all."""
_LEAST_OWN = 3
_OWN_SHARE, _FOREIGN_SHARE = 0.05, 0.02
"""The share of a language's own letters from which on a text is in it, and up to which it can be in another: a Kazakh text has a
tenth of them, rarely less, a Russian one none but in names. Between the two nothing is said."""

_CYRILLIC, _LATIN = re.compile("[а-я ]+"), re.compile("[a-z]+")


def language_of(text: str) -> str | None:
    """The code of the language that a text is most likely written in; None where its letters do not tell."""
    folded = text.casefold()
    scripts = _scripts(folded)
    total = sum(scripts.values())
    if total < _LEAST_OWN:
        return None
    most = max(scripts.values())
    if most < total / 2:
        return None
    # Two have as many at most: then the first decides.
    script = next(one for one in map(_script, filter(str.isalpha, folded)) if scripts[one] == most)
    candidates = _written_in(script)
    shares = {
        one.code: sum([folded.count(letter) for letter in one.letters if letter in folded]) / total
        for one in candidates
    }
    for code, share in shares.items():
        if share >= _OWN_SHARE:
            return code
    plainest = _plainest(candidates) if total >= LEAST_LETTERS else None
    is_doubtful = any(share > _FOREIGN_SHARE for code, share in shares.items() if code != plainest)
    return None if is_doubtful else plainest


def _scripts(folded: str) -> dict[str, int]:
    """How many letters of each script a text has."""
    # Runs of common letters are taken off first: a long text has no more than some thirty characters else.
    rest = _CYRILLIC.sub("", folded)
    others = _LATIN.sub("", rest)
    scripts = {
        "CYRILLIC": len(folded) - len(rest) - folded.count(" "),
        "LATIN": len(rest) - len(others),
    }
    for letter in filter(str.isalpha, others):
        script = _script(letter)
        scripts[script] = scripts.get(script, 0) + 1
    return scripts


@cache
def _written_in(script: str) -> Sequence[Language]:
    return [one for one in languages() if _script(one.name[0].casefold()) == script]


def _plainest(candidates: Sequence[Language]) -> str | None:
    """The language of a script that has the fewest letters of its own; None where that is not one."""
    fewest = min((len(one.letters) for one in candidates), default=0)
    plain = [one.code for one in candidates if len(one.letters) == fewest]
    return plain[0] if len(plain) == 1 else None


@lru_cache(maxsize=1024)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
