"""What was typed at a list, found in the labels of its choices in any language and in their column `search`."""

from collections.abc import Sequence

from bot.form.model import Choice
from bot.form.typed.folding import words

Place = tuple[int, Choice]
SEARCH = "search"
"""The column with further words by which a choice is found, with spaces between."""
_WORTH = 4
"""Letters of a word from which on it is looked for with another ending, or among words that say nothing."""


def matching(places: Sequence[Place], typed: str) -> tuple[Place, ...]:
    """The choices that have all the typed words, in any order; if none has, those with the most of the words that
    tell choices apart: `ч. 2 ст. 488` and `Риддерде` are found."""
    wanted = words(typed)
    found = tuple(place for place in places if wanted and _has_all(place[1], wanted))
    return found or _nearest(places, wanted)


def _has_all(choice: Choice, wanted: Sequence[str]) -> bool:
    """Parts of words in one label, or beginnings of words in all that the choice has; a number is never a part."""
    labels = [words(text) for text in choice.label.values()]
    named = any(all(_is_part(word, label) for word in wanted) for label in labels)
    every = [*words(choice.columns.get(SEARCH, "")), *(word for label in labels for word in label)]
    return named or all(any(_begins(word, other) for other in every) for word in wanted)


def _is_part(word: str, label: Sequence[str]) -> bool:
    return word in label if word.isdecimal() else word in " ".join(label)


def _begins(word: str, other: str) -> bool:
    return word == other if word.isdecimal() else other.startswith(word)


def _nearest(places: Sequence[Place], wanted: Sequence[str]) -> tuple[Place, ...]:
    telling = [word for word in dict.fromkeys(wanted) if word.isdecimal() or len(word) >= _WORTH]
    having = [{index for index, choice in places if _has(choice, word)} for word in telling]
    having = [indices for indices in having if len(indices) <= len(places) / 2]
    # A word tells more the fewer have it: in `Риддер қаласы` the town counts more than that it is one.
    scores = {
        index: round(sum(1 / len(those) for those in having if index in those), 6) for index, _ in places
    }
    best = max(scores.values(), default=0)
    return tuple(place for place in places if best and scores[place[0]] == best)


def _has(choice: Choice, word: str) -> bool:
    """Whether a choice has a word, perhaps with another ending."""
    texts = (*choice.label.values(), choice.columns.get(SEARCH, ""))
    return any(_same(word, other) for text in texts for other in words(text))


def _same(word: str, other: str) -> bool:
    if word == other or word.isdecimal() or len(other) < _WORTH:
        return word == other
    stem = other[: max(_WORTH, len(other) - 1)]
    return word.startswith(stem) and len(word) <= len(other) + 5
