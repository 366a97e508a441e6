"""Typed words without differences of case and keyboard, and patterns over the phrases of all languages."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property

from bot.languages import expression, languages

_APART = re.compile(r"[^\w]+")

MONTH_WORDS = tuple(f"month{letter}" for letter in "abcdefghijkl")
TODAY, NIGHT_BEFORE, UNTIL = "todayword", "nightbefore", "untilword"
"""Placeholders for words of any language."""

Match = re.Match[str]
_CLASS = re.compile(r"\{([a-z_]+\.\w+)(?:\.(before|after))?\}")
_MARK = re.compile("[…#]")
_NEVER = "(?!)"


@cache
def _letters() -> dict[int, str]:
    return str.maketrans({letter: other for one in languages() for letter, other in one.letters.items()})


def normalized(text: str) -> str:
    """Fold case, and replace letters of a language by common ones (қ by к, ё by е)."""
    return unicodedata.normalize("NFC", text).casefold().translate(_letters())


def words(text: str) -> tuple[str, ...]:
    """Normalized words and numbers, without punctuation and emoji."""
    return tuple(_APART.sub(" ", normalized(text)).split())


@cache
def phrases(key: str) -> tuple[str, ...]:
    """Normalized phrases of a `section.key`."""
    found = (phrase for one in languages() for phrase in one.phrases.get(key, ()))
    return tuple(dict.fromkeys(map(normalized, found)))


@cache
def known_words(key: str) -> frozenset[str]:
    """Normalized words of a `section.key` of whole words."""
    return frozenset(phrases(key))


@cache
def spellings() -> dict[str, str]:
    """Words by their spelling in look-alikes of another alphabet."""
    return {
        normalized(word): normalized(meant) for one in languages() for word, meant in one.spellings.items()
    }


class PhrasePattern:
    """A regular expression over the words of all languages, compiled on first use.

    `{section.key}` matches any phrase of that key of the language files. `{section.key.before}` and
    `{section.key.after}` match the part before or after its `…` or `#`. `number` and `slot` are the
    expressions for `#` and `…`.
    """

    def __init__(self, source: str, number: str = "#", slot: str = "(.+?)") -> None:
        self._source, self._number, self._slot = source, number, slot

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(_CLASS.sub(self._any_of, self._source))

    def _any_of(self, found: Match) -> str:
        written = phrases(found[1])
        if found[2]:
            written = tuple(filter(None, (_side(phrase, found[2]) for phrase in written)))
        ways = (expression(phrase, self._number, self._slot) for phrase in written)
        return f"(?:{'|'.join(ways) or _NEVER})"

    @cached_property
    def fullmatch(self) -> Callable[[str], Match | None]:
        return self._compiled.fullmatch

    @cached_property
    def search(self) -> Callable[[str], Match | None]:
        return self._compiled.search

    @cached_property
    def sub(self) -> Callable[..., str]:
        return self._compiled.sub

    @cached_property
    def split(self) -> Callable[[str], list[str]]:
        return self._compiled.split

    @cached_property
    def finditer(self) -> Callable[[str], Iterator[Match]]:
        return self._compiled.finditer


def _side(phrase: str, side: str) -> str:
    if side == "before":
        return _MARK.split(phrase)[0].removesuffix(" ")
    after = _MARK.split(phrase)[-1]
    return after if after.startswith(" ?") else after.removeprefix(" ")


def one_of(section: str, names: Iterable[str]) -> str:
    """Source of a PhrasePattern for several keys, each a group named after its key."""
    return f"(?:{'|'.join(f'(?P<{name}>{{{section}.{name}}})' for name in names)})"


def slot(found: Match | None) -> str | None:
    """The words at the `…` of the phrase that matched."""
    return next(filter(None, found.groups()), None) if found else None
