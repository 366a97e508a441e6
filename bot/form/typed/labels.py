"""Search of choices by words of their labels and of the columns `search` and `within`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.form.model import Choice, IndexedChoice
from bot.form.typed.phrases import normalized, words

SEARCH = "search"
WITHIN = "within"
"""Column of names within a choice, such as towns in a region."""
MOST_SEARCHED = 200
"""Characters that are searched. A choice needs no more, and each word scans the whole list."""
_LEAST_CLEAR = 3
_LEAST_LETTERS = 4
"""Shorter words must match exactly: `и`, `ст`."""


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
