"""In which language a text is written, as far as its letters tell: a mark for whoever confirms it, never a reason to refuse it."""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from bot.languages import Language, languages

LEAST_LETTERS = 20
"""A shorter text is only known by letters that one language alone has: names and loan words look alike in all."""
_LEAST_OWN = 3
_OWN_SHARE, _FOREIGN_SHARE = 0.05, 0.02
"""The share of a language's own letters from which on a text is in it, and up to which it can be in another: a Kazakh text has a
tenth of them, rarely less, a Russian one none but in names. Between the two nothing is said."""


def language_of(text: str) -> str | None:
    """The code of the language that a text is most likely written in; None where its letters do not tell."""
    folded = text.casefold()
    # A text has some thirty different characters: to count those that matter, one by one, is faster than to count them all.
    used = dict.fromkeys(folded)
    letters = dict.fromkeys(filter(str.isalpha, used))
    total = len(folded) - _times(folded, [one for one in used if one not in letters])
    if total < _LEAST_OWN:
        return None
    script = _main_script(folded, letters, total)
    if script is None:
        return None
    candidates = _written_in(script)
    shares = {
        one.code: _times(folded, [letter for letter in one.letters if letter in letters]) / total
        for one in candidates
    }
    for code, share in shares.items():
        if share >= _OWN_SHARE:
            return code
    plainest = _plainest(candidates) if total >= LEAST_LETTERS else None
    is_doubtful = any(share > _FOREIGN_SHARE for code, share in shares.items() if code != plainest)
    return None if is_doubtful else plainest


def _times(text: str, characters: Iterable[str]) -> int:
    """How often these occur in a text, all together."""
    return sum(map(text.count, characters))


def _main_script(text: str, letters: Iterable[str], total: int) -> str | None:
    """The script that most of a text's letters are of, the first of those with as many; None where it has less than half of
    the total."""
    scripts: dict[str, list[str]] = {}
    for letter in letters:
        scripts.setdefault(_script(letter), []).append(letter)
    if len(scripts) == 1:
        return next(iter(scripts))
    times = {script: _times(text, of_script) for script, of_script in scripts.items()}
    script = max(times, key=times.__getitem__)
    return None if times[script] < total / 2 else script


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
