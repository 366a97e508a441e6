"""Choices found by what was typed: in their labels of any language and in their column `search`."""

from collections.abc import Sequence

from bot.form.model import Choice, IndexedChoice
from bot.form.typed.normalization import words

SEARCH = "search"
"""The column of further words, separated by spaces, by which a choice is found."""
_LEAST_LETTERS = 4
"""Shorter words are not looked for with other endings: `и`, `ст`."""


def matching(places: Sequence[IndexedChoice], typed: str) -> tuple[IndexedChoice, ...]:
    """The choices that have every typed word, in any order; if none has, those with most of the words that tell
    choices apart: `ч. 2 ст. 488` and `Риддерде` are found."""
    wanted = words(typed)
    found = tuple(place for place in places if wanted and _has_all(place[1], wanted))
    return found or _nearest(places, wanted)


def _has_all(choice: Choice, wanted: Sequence[str]) -> bool:
    """Whether every word is a part of one label, or begins a word of any label or search word; numbers are whole."""
    labels = [words(text) for text in choice.label.values()]
    named = any(all(_is_part(word, label) for word in wanted) for label in labels)
    every = [*words(choice.columns.get(SEARCH, "")), *(word for label in labels for word in label)]
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
    texts = (*choice.label.values(), choice.columns.get(SEARCH, ""))
    return any(_same(word, other) for text in texts for other in words(text))


def _same(word: str, other: str) -> bool:
    if word == other or word.isdecimal() or len(other) < _LEAST_LETTERS:
        return word == other
    stem = other[: max(_LEAST_LETTERS, len(other) - 1)]
    return word.startswith(stem) and len(word) <= len(other) + 5
