"""Search of choices by words of their labels and of the columns `search` and `within`."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from bot.form.model import Choice, IndexedChoice
from bot.form.typed.normalization import normalized, words
from bot.languages import expression, languages

SEARCH = "search"
WITHIN = "within"
"""Column of names within a choice, such as towns in a region."""
MOST_SEARCHED = 200
"""Characters that are searched. A choice needs no more, and each word scans the whole list."""
_LEAST_CLEAR = 3
_LEAST_LETTERS = 4
"""Shorter words must match exactly: `и`, `ст`."""

MONTH_WORDS = tuple(f"month{letter}" for letter in "abcdefghijkl")
TODAY, NIGHT_BEFORE, UNTIL = "todayword", "nightbefore", "untilword"
"""Placeholders for words of any language."""

Match = re.Match[str]
_CLASS = re.compile(r"\{([a-z_]+\.\w+)(?:\.(before|after))?\}")
_MARK = re.compile("[…#]")
_NEVER = "(?!)"


@dataclass(frozen=True, slots=True)
class Searchable:
    """A choice and its normalized words. Build it once per list, since that costs more than a search.

    - `whole`: name and labels.
    - `labels`: words of each label.
    - `within`: words of names within the choice.
    - `every`: all words that find it.
    - `beginnings`: longer ones of these by their first letters.
    """

    index: int
    choice: Choice
    whole: frozenset[str]
    labels: tuple[tuple[str, ...], ...]
    within: frozenset[str]
    every: frozenset[str]
    beginnings: Mapping[str, tuple[str, ...]]

    @property
    def listed(self) -> IndexedChoice:
        return self.index, self.choice


def searchable(listed: IndexedChoice) -> Searchable:
    index, choice = listed
    labels = tuple(words(text) for text in choice.label.values())
    within = words(choice.columns.get(WITHIN, ""))
    every = {*words(choice.columns.get(SEARCH, "")), *within, *(word for label in labels for word in label)}
    whole = {normalized(text.strip()) for text in (choice.name, *choice.label.values())}
    return Searchable(
        index, choice, frozenset(whole), labels, frozenset(within), frozenset(every), _by_beginning(every)
    )


def _by_beginning(every: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word in every:
        if len(word) >= _LEAST_LETTERS:
            found[word[:_LEAST_LETTERS]] = (*found.get(word[:_LEAST_LETTERS], ()), word)
    return found


def matching(places: Sequence[Searchable], typed: str) -> tuple[IndexedChoice, ...]:
    """Choices with every typed word, else those with most of the distinctive words: `ч. 2 ст. 488`,
    `Риддерде`.

    Only the first MOST_SEARCHED characters count.
    """
    wanted = tuple(dict.fromkeys(words(typed[:MOST_SEARCHED])))
    found = tuple(place.listed for place in places if wanted and _has_all(place, wanted))
    return found or _nearest(places, wanted)


def is_clear(place: Searchable, typed: str) -> bool:
    """Whether each typed word is or begins a word of the choice. Very short words, such as `г.`, count only
    if all are short."""
    wanted = words(typed)
    telling = [word for word in wanted if word.isdecimal() or len(word) >= _LEAST_CLEAR]
    if not telling:
        return bool(wanted) and all(word in place.every for word in wanted)
    return all(_begins_any(word, place) for word in telling)


def is_named_within(place: Searchable, typed: str) -> bool:
    """Whether the words name something within the choice, and not just the choice itself."""
    named = (wanted := set(words(typed))) & place.within
    return bool(named) and not any(
        named <= set(label) and all(any(own.startswith(word) for own in label) for word in wanted)
        for label in place.labels
    )


def _has_all(place: Searchable, wanted: Sequence[str]) -> bool:
    named = any(all(_is_part(word, label) for word in wanted) for label in place.labels)
    return named or all(_begins_any(word, place) for word in wanted)


def _is_part(word: str, label: Sequence[str]) -> bool:
    return word in label if word.isdecimal() else word in " ".join(label)


def _begins_any(word: str, place: Searchable) -> bool:
    return word in place.every or (
        not word.isdecimal() and any(other.startswith(word) for other in place.every)
    )


def _nearest(places: Sequence[Searchable], wanted: Sequence[str]) -> tuple[IndexedChoice, ...]:
    telling = [word for word in wanted if word.isdecimal() or len(word) >= _LEAST_LETTERS]
    having = [{place.index for place in places if _has(place, word)} for word in telling]
    having = [indices for indices in having if len(indices) <= len(places) / 2]
    # A rarer word weighs more: in `Риддер қаласы` the name counts, not the word for a town.
    scores = {
        place.index: round(sum(1 / len(those) for those in having if place.index in those), 6)
        for place in places
    }
    best = max(scores.values(), default=0)
    return tuple(place.listed for place in places if best and scores[place.index] == best)


def _has(place: Searchable, word: str) -> bool:
    if word.isdecimal():
        return word in place.every
    return any(_same(word, other) for other in place.beginnings.get(word[:_LEAST_LETTERS], ()))


def _same(word: str, other: str) -> bool:
    stem = other[: max(_LEAST_LETTERS, len(other) - 1)]
    return word.startswith(stem) and len(word) <= len(other) + 5


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
