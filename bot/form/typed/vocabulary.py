"""The words of all languages, folded, and the regular expressions that are made with them.

People mix languages (`5 января кешке`), so a phrase of any language is understood beside those of any other.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property

from bot.form.typed.folding import fold
from bot.languages import expression, languages

MONTH_WORDS = tuple(f"month{letter}" for letter in "abcdefghijkl")
TODAY, NIGHT_BEFORE = "todayword", "nightbefore"
"""Words that no language has: what is told from today is first written with them."""

Match = re.Match[str]
_CLASS = re.compile(r"\{([a-z_]+\.\w+)(?:\.(before|after))?\}")
_MARK = re.compile("[…#]")
_NOTHING = "(?!)"
"""Matches nothing: no language has such a phrase."""


@cache
def phrases(key: str) -> tuple[str, ...]:
    """The folded phrases at a `section.key` of all languages."""
    found = (phrase for one in languages() for phrase in one.phrases.get(key, ()))
    return tuple(dict.fromkeys(map(fold, found)))


@cache
def words(key: str) -> frozenset[str]:
    """The same, where they are whole words."""
    return frozenset(phrases(key))


def numbered(section: str) -> Iterator[tuple[int, str]]:
    """The numbers of a section whose keys are numbers, with each folded phrase for them."""
    keys = {key for one in languages() for key in one.phrases if key.startswith(f"{section}.")}
    for number in sorted(int(name) for key in keys if (name := key.partition(".")[2]).isdecimal()):
        yield from ((number, phrase) for phrase in phrases(f"{section}.{number}"))


def spellings() -> dict[str, str]:
    """Words typed with letters of another alphabet, folded, and what they stand for."""
    return {fold(word): fold(meant) for one in languages() for word, meant in one.spellings.items()}


class Grammar:
    """A regular expression, compiled when it is first used.

    In it `{section.key}` stands for any phrase of a language file's key, `{section.key.before}` and
    `{section.key.after}` for what stands before and after the `…` or `#` of a phrase that is built around one.
    `number` and `slot` are what these signs stand for themselves.
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
        return f"(?:{'|'.join(ways) or _NOTHING})"

    @cached_property
    def fullmatch(self) -> Callable[[str], Match | None]:
        """As of a compiled pattern; so are the others."""
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
    """What stands before or after the mark of a phrase, without the space between, unless it may be missing."""
    if side == "before":
        return _MARK.split(phrase)[0].removesuffix(" ")
    after = _MARK.split(phrase)[-1]
    return after if after.startswith(" ?") else after.removeprefix(" ")


def one_of(section: str, names: Iterable[str]) -> str:
    """The source of a Grammar that finds any key of a section; the group that was found has the key's name."""
    return f"(?:{'|'.join(f'(?P<{name}>{{{section}.{name}}})' for name in names)})"


def slot(found: Match | None) -> str | None:
    """The words at the `…` of the phrase that was found; None if none was."""
    return next(filter(None, found.groups()), None) if found else None
