"""Choices found by what was typed: in their labels of any language and in their columns `search` and `within`."""

from collections.abc import Sequence

from bot.form.model import Choice, IndexedChoice
from bot.form.typed.normalization import words

SEARCH = "search"
"""The column of further words, separated by spaces, by which a choice is found."""
WITHIN = "within"
"""The column of names of what lies within a choice, such as towns in a region, by which it is found as well."""
_LEAST_CLEAR = 3
"""Letters at the beginning of a word that name it clearly."""
_LEAST_LETTERS = 4
"""Shorter words are not looked for with other endings: `и`, `ст`."""


def matching(places: Sequence[IndexedChoice], typed: str) -> tuple[IndexedChoice, ...]:
    """The choices that have every typed word, in any order; if none has, those with most of the words that tell
    choices apart: `ч. 2 ст. 488` and `Риддерде` are found."""
    wanted = words(typed)
    found = tuple(place for place in places if wanted and _has_all(place[1], wanted))
    return found or _nearest(places, wanted)


def is_clear(choice: Choice, typed: str) -> bool:
    """Whether each typed word is a whole word of the choice or begins one, so that nothing else can be meant by it.
    Very short words, such as `г.`, are left out unless all are."""
    wanted = words(typed)
    telling = [word for word in wanted if word.isdecimal() or len(word) >= _LEAST_CLEAR]
    every = [*_further(choice), *(word for text in choice.label.values() for word in words(text))]
    if not telling:
        return bool(wanted) and all(word in every for word in wanted)
    return all(any(_begins(word, other) for other in every) for word in telling)


def is_named_within(choice: Choice, typed: str) -> bool:
    """Whether the typed words name what lies within the choice and not the choice itself: one of them is such a name
    as a whole, and they are not words of a label alone."""
    wanted = set(words(typed))
    named = set(words(choice.columns.get(WITHIN, "")))
    return bool(wanted & named) and not any(wanted <= set(words(text)) for text in choice.label.values())


def _further(choice: Choice) -> tuple[str, ...]:
    return words(f"{choice.columns.get(SEARCH, '')} {choice.columns.get(WITHIN, '')}")


def _has_all(choice: Choice, wanted: Sequence[str]) -> bool:
    """Whether every word is a part of one label, or begins a word of any label or search word; numbers are whole."""
    labels = [words(text) for text in choice.label.values()]
    named = any(all(_is_part(word, label) for word in wanted) for label in labels)
    every = [*_further(choice), *(word for label in labels for word in label)]
    return named or all(any(_begins(word, other) for other in every) for word in wanted)


def _is_part(word: str, label: Sequence[str]) -> bool:
    return word in label if word.isdecimal() else word in " ".join(label)


def _begins(word: str, other: str) -> bool:
    return word == other if word.isdecimal() else other.startswith(word)


def _nearest(places: Sequence[IndexedChoice], wanted: Sequence[str]) -> tuple[IndexedChoice, ...]:
    telling = [word for word in dict.fromkeys(wanted) if word.isdecimal() or len(word) >= _LEAST_LETTERS]
    having = [{index for index, choice in places if _has(choice, word)} for word in telling]
    having = [indices for indices in having if len(indices) <= len(places) / 2]
    # The fewer choices have a word, the more it weighs: in `Риддер қаласы` the name does, not the word for a town.
    scores = {
        index: round(sum(1 / len(those) for those in having if index in those), 6) for index, _ in places
    }
    best = max(scores.values(), default=0)
    return tuple(place for place in places if best and scores[place[0]] == best)


def _has(choice: Choice, word: str) -> bool:
    """Whether a choice has a word, whatever its ending."""
    every = (*_further(choice), *(other for text in choice.label.values() for other in words(text)))
    return any(_same(word, other) for other in every)


def _same(word: str, other: str) -> bool:
    if word == other or word.isdecimal() or len(other) < _LEAST_LETTERS:
        return word == other
    stem = other[: max(_LEAST_LETTERS, len(other) - 1)]
    return word.startswith(stem) and len(word) <= len(other) + 5
