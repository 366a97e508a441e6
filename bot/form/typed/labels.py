"""Search of choices by words of their labels and of the columns `search` and `within`, the best first.

Words are compared by sound, so that any alphabet will do, with any ending, and with up to two typing errors.
A word that is denied is another word: `не отпустили` does not find `отпустили`. Names of places in a story are
found by sound as well.
"""

import csv
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import nsmallest
from itertools import chain, takewhile
from math import log
from pathlib import Path
from typing import TypeVar

from bot.form.model import Choice, IndexedChoice
from bot.form.typed.phrases import Token, known_words, normalized, replacing

SEARCH = "search"
WITHIN = "within"
"""Column of names within a choice, such as towns in a region."""
HEARD = "heard"
"""Column of phrases that prove a choice when a story tells them, and section of the language files."""
HEARD_WITHIN = "heard_within"
"""Column of further names within a choice, which a story tells and a list does not offer."""
MOST_SEARCHED = 200
"""Characters that are searched. A choice needs no more."""
MOST_NEAR, _MOST_SCORED, _MOST_WORDS = 40, 5_000, 8
"""Choices of a long list that are compared with the typed words, of those that are looked at, and words for these."""
_BEGINNING, _SHORT = 2, 3
"""Letters of a word that is found whole, or as the beginning of a longer one."""
_LEAST_SHARED = 4
"""Letters that two forms of a word share."""
_TELLING = log(2)
"""Weight of a word that half of the choices have."""
_DENIED = "!"

_SPLIT = re.compile(r"[\W_]+")
_NOT = re.compile(r"n['’]t\b")
_DOUBLED = re.compile(r"([^\W\d])\1+")

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
_Closeness = Mapping[str, float]
"""Words of a list by how close a typed word is to them: at most 1."""


@cache
def _sounding() -> Callable[[str], str]:
    with Path(__file__).with_name("sounds.csv").open(encoding="utf-8", newline="") as file:
        return replacing({row["written"]: row["sound"] for row in csv.DictReader(file)})


def sound(text: str) -> str:
    """Normalized text in Latin letters for its sounds. Doubled letters count once."""
    return _DOUBLED.sub(r"\1", _sounding()(normalized(text)))


@cache
def sounding(key: str) -> frozenset[str]:
    return frozenset(map(sound, known_words(key)))


def sought(text: str) -> tuple[str, ...]:
    """Words to search for, by sound and marked if denied. Words that say nothing are left out, unless all do."""
    written = _SPLIT.sub(" ", _NOT.sub(" not", normalized(text))).split()
    found: list[str] = []
    denied = False
    for word in written:
        if word in known_words("search.not_before"):
            denied = True
        elif word in known_words("search.not_after"):
            found[-1:] = map(_denied, found[-1:])
        elif (heard := sound(word)) and heard not in sounding("search.ignored"):
            found.append(_denied(heard) if denied else _without_denial(heard))
            denied = False
    found[-1:] = [_denied(word) if denied else word for word in found[-1:]]
    return tuple(found) or tuple(filter(None, map(sound, written)))


def _denied(word: str) -> str:
    return _DENIED + word.removeprefix(_DENIED)


def _without_denial(word: str) -> str:
    endings = sounding("search.not_endings")
    places = [place for ending in endings if (place := word.find(ending, _SHORT)) > 0]
    return _denied(word[: min(places)]) if places else word


def _phrases(choice: Choice, column: str) -> Iterator[tuple[frozenset[str], float]]:
    """Phrases of a column, separated by spaces, and what they count more. Their words are joined by `_`, and `*`
    stands before one that decides."""
    for phrase in choice.columns.get(column, "").split():
        yield frozenset(sought(phrase.replace("_", " "))), float(phrase.startswith("*"))


class SearchIndex:
    """Words of a list's choices. Build it once per list, since that costs more than a search. `own` is the number
    of choices before those of a dependent list, which tell more and come first. `indices` are those of the
    choices, if they are not a whole list."""

    def __init__(
        self, choices: Sequence[Choice], own: int | None = None, indices: Sequence[int] | None = None
    ) -> None:
        self.own = len(choices) if own is None else own
        self.listed = dict(zip(indices or range(len(choices)), choices, strict=False))
        self.whole, self.labels, self.within = dict[int, set[str]](), dict[int, list[Sequence[str]]](), {}
        self.phrases: list[tuple[int, frozenset[str], float]] = []
        for index, choice in self.listed.items():
            self.whole[index] = {normalized(one.strip()) for one in (choice.name, *choice.label.values())}
            self.labels[index] = [sought(text) for text in choice.label.values()]
            self.within[index] = set(chain(*(words for words, _ in _phrases(choice, WITHIN))))
            labels = [frozenset(words) for words in self.labels[index]]
            short = [words - sounding("search.common") or words for words in labels]
            found = dict.fromkeys((*labels, *short), 0.2)
            for words, more in chain(_phrases(choice, SEARCH), _phrases(choice, WITHIN)):
                found[words] = max(more, found.get(words, 0))
            self.phrases += [(index, words, more) for words, more in found.items()]
        placed = enumerate(words for _, words, _ in self.phrases)
        self.having = _grouped((word, place) for place, words in placed for word in words)
        self.of_choice = _grouped((index, words) for index, words, _ in self.phrases)
        self.known = sorted(self.having)
        self.beginning = _grouped((word[:_LEAST_SHARED], word) for word in self.known)
        self.initial = _grouped((_initial(word), (word, _letters(word))) for word in self.known)
        self.weights = {word: self.weight((word,)) for word in self.known}

    def weight(self, words: Iterable[str]) -> float:
        """The fewer choices words find, the more they tell."""
        choices = {self.phrases[place][0] for word in words for place in self.having[word]}
        return log((len(self.listed) + 1) / len(choices)) if choices else 0

    def close_to(self, word: str) -> _Closeness:
        """Words of the list that are forms of a word, or begin with it."""
        could_be = {word, word[:_SHORT], *self.beginning.get(word[:_LEAST_SHARED], ())}
        if len(word) == _SHORT:
            onward = self.known[bisect_left(self.known, word) :]
            could_be.update(takewhile(lambda one: one.startswith(word), onward))
        found = {one: _closeness(word, one) for one in could_be if one in self.having}
        return {one: close for one, close in found.items() if close}

    def meant_by(self, word: str) -> _Closeness:
        """Words of the list that a typed one means, perhaps misspelt or written in one with its denial."""
        glued = [word.removeprefix(one) for one in sounding("search.not_before") if word.startswith(one)]
        found = self.close_to(word) or next(
            filter(None, (self.close_to(_denied(one)) for one in glued if len(one) >= _LEAST_SHARED)), {}
        )
        return found if max(found.values(), default=0) >= 0.75 else {**found, **self.mended(word)}

    def mended(self, word: str) -> _Closeness:
        """Words of the list with a typing error, or two from 8 letters on, if they are the closest."""
        typed, found = _letters(word), dict[str, float]()
        for other, letters in self.initial.get(_initial(word), ()):
            most = (len(other) >= 5) + (len(other) >= 8)
            if (letters & ~typed).bit_count() <= most <= len(word) - len(other) + 2 * most and most:
                errors = _errors(other, word)
                found |= {other: (0.8, 0.75, 0.5)[errors]} if errors <= most else {}
        best = max(found.values(), default=0)
        return {other: close for other, close in found.items() if close == best}


class LongList:
    """Sounds of choices, for a list too long for a `SearchIndex`, which is made of those that are near."""

    def __init__(self, choices: Iterable[Choice]) -> None:
        said = cache(sound)
        texts = ({choice.name, *choice.label.values(), choice.columns.get(SEARCH, "")} for choice in choices)
        words = (_SPLIT.sub(" ", normalized(" ".join(one))).split() for one in texts)
        self.texts = [f" {' '.join(map(said, one))} " for one in words]

    def near(self, typed: str, among: Sequence[int]) -> Sequence[int]:
        """At most MOST_NEAR choices among these that have the words, the longest first, as far as any has them."""
        words = _SPLIT.sub(" ", sound(typed[:MOST_SEARCHED])).split()[:_MOST_WORDS]
        has_any = False
        for word in sorted(words, key=len, reverse=True):
            # Without its last letters, a word is found with another ending or an error.
            parts = (word, word[:-1], word[:-2], word[:_LEAST_SHARED], word[:_SHORT])
            for part in parts[: 1 if word.isdecimal() else None]:
                begun = f" {part}"
                if found := [index for index in among if begun in self.texts[index]]:
                    among, has_any = found, True
                    break
        whole = [f" {word} " for word in words]
        scores = {at: sum(one in self.texts[at] for one in whole) for at in among[:_MOST_SCORED] if has_any}
        return sorted(nsmallest(MOST_NEAR, scores, key=lambda at: (-scores[at], len(self.texts[at]), at)))


def _grouped(pairs: Iterable[tuple[_Key, _Value]]) -> Mapping[_Key, Sequence[_Value]]:
    found: dict[_Key, list[_Value]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return dict(found)


def _initial(word: str) -> str:
    return word[: 1 + word.startswith(_DENIED)]


def _letters(word: str) -> int:
    return sum({1 << (ord(letter) & 31) for letter in word})


def _closeness(word: str, other: str) -> float:
    if word == other:
        return 1
    word, other = word.removeprefix(_DENIED), other.removeprefix(_DENIED)
    if word.isdecimal() or min(len(word), len(other)) < _SHORT:
        return 0
    if other.startswith(word):
        return 0.5 + 0.4 * len(word) / len(other)
    longer = len(word) - len(other)
    if word.startswith(other):
        return 0.5 + 0.45 * len(other) / len(word) if len(other) >= _LEAST_SHARED else 0.7 * (longer <= 2)
    shared = next(place for place, (one, two) in enumerate(zip(word, other, strict=False)) if one != two)
    longest = max(len(word), len(other))
    return 0.85 * shared / longest if 3 + (shared > 5) >= longest - shared and shared >= _LEAST_SHARED else 0


def _errors(word: str, typed: str) -> int:
    """Letters missing, added, wrong or swapped in a word, which may have an ending of up to four letters."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - it would make each start longer

    return min(OSA.distance(word, typed[:end]) for end in range(max(0, len(typed) - 4), len(typed) + 1))


def matching(
    index: SearchIndex, typed: str, among: Collection[int] | None = None
) -> tuple[IndexedChoice, ...]:
    """Choices that the words mean, only `among` those of these indices, the best first. Shown are those nearly as
    good as the best, and those whose label was said."""
    wanted = tuple(dict.fromkeys(sought(typed[:MOST_SEARCHED])))
    scores = _scores(index, wanted)
    if not scores and len(wanted) == 1 and not wanted[0].isdecimal():
        part = normalized(typed.strip())
        scores = {at: 1 for at, whole in index.whole.items() if any(part in label for label in whole)}
    at_hand = {at: score for at, score in scores.items() if among is None or at in among}
    # Those whose whole phrases the words are, if there are any.
    every = set(wanted)
    said = {at: [words for words in index.of_choice[at] if words <= every] for at in at_hand}
    named = [at for at, phrases in said.items() if every == set().union(*phrases)]
    at_hand = {at: at_hand[at] for at in named or at_hand}
    least = max(at_hand.values(), default=0) / 2
    telling = {word for word in wanted if index.weights.get(word, 0) >= _TELLING}
    good = {at for at, score in at_hand.items() if score >= least}
    shown = good.union(at for at in at_hand if any(map(telling.issuperset, index.labels[at])))
    return tuple((at, index.listed[at]) for at in sorted(shown, key=lambda at: (round(-at_hand[at], 3), at)))


def _scores(index: SearchIndex, wanted: Sequence[str]) -> Mapping[int, float]:
    gained, beside, every = (defaultdict[int, float](float) for _ in range(3))
    for meant, weight in _telling(index, wanted):
        of_choice = defaultdict[int, float](float)
        for place, (close, word) in _best_words(index, meant).items():
            gained[place] += weight * close
            beside[place] += weight - index.weights[word]
            at = index.phrases[place][0]
            of_choice[at] = max(of_choice[at], weight * close)
        for at, gain in of_choice.items():
            every[at] += gain
    scores = defaultdict[int, float](float)
    for place, gain in gained.items():
        at, words, more = index.phrases[place]
        share = min(1, gain / (sum(index.weights[word] for word in words) + beside[place]))
        scores[at] = max(scores[at], gain * share * (1 + more * share))
    opposite = _opposite(index, wanted)
    return {
        at: (score + 0.5 * every[at]) * (0.5 if at in opposite else 1) * (1.25 if at >= index.own else 1)
        for at, score in scores.items()
    }


def _best_words(index: SearchIndex, meant: _Closeness) -> Mapping[int, tuple[float, str]]:
    best = dict[int, tuple[float, str]]()
    for word, close in meant.items():
        for place in index.having[word]:
            best[place] = max(best.get(place, (0, "")), (close, word))
    return best


def _telling(index: SearchIndex, wanted: Sequence[str]) -> Sequence[tuple[_Closeness, float]]:
    """Meanings of the typed words that find at most half of the list, or of all if each finds something."""
    meant = [(found, index.weight(found)) for found in map(index.meant_by, wanted)]
    telling = [(found, weight) for found, weight in meant if weight >= _TELLING]
    return telling or (meant if all(found for found, _ in meant) else ())


def _opposite(index: SearchIndex, wanted: Iterable[str]) -> frozenset[int]:
    found = set[int]()
    for word in wanted:
        other = word.removeprefix(_DENIED) if word.startswith(_DENIED) else _denied(word)
        same, opposite = (
            {index.phrases[place][0] for one in index.close_to(way) for place in index.having[one]}
            for way in (word, other)
        )
        found |= opposite - same
    return frozenset(found)


def is_clear(index: SearchIndex, at: int, typed: str) -> bool:
    """Whether each typed word begins a word of the choice. Very short ones (`г.`) count only if all are short."""
    wanted, every = sought(typed), frozenset().union(*index.of_choice.get(at, ()))
    telling = [word for word in wanted if word.isdecimal() or len(word) >= _SHORT]
    if not telling:
        return bool(wanted) and every.issuperset(wanted)
    return all(_begins_any(word, every) for word in telling)


def _begins_any(word: str, others: Iterable[str]) -> bool:
    return any(word == other or (other.startswith(word) and not word.isdecimal()) for other in others)


def is_named_within(index: SearchIndex, at: int, typed: str) -> bool:
    """Whether the words name something within the choice, and not just the choice itself."""
    named = (wanted := set(sought(typed))) & index.within[at]
    return bool(named) and not any(
        named <= set(label) and all(_begins_any(word, label) for word in wanted) for label in index.labels[at]
    )


Places = tuple[int, ...]
"""Indices of tokens."""


@dataclass(frozen=True, slots=True)
class Place:
    """A name of a place at some tokens: the choices that have it, and the town as written. `goes`: behind *to*
    and *in* alike, as a Russian name without an ending. `sure`: how surely it happened there."""

    places: Places
    choices: frozenset[str]
    town: str
    ending: str
    is_in: bool
    is_doubtful: bool
    is_foreign: bool
    goes: bool
    sure: int = 0


class PlaceNames:
    """Names of places in any case, by sound."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self._named: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._towns: dict[str, str] = {}
        self._foreign = {choice.name for choice in choices if not choice.columns.get("seat")}
        for choice in choices:
            towns = " ".join(choice.columns.get(column, "") for column in (WITHIN, HEARD_WITHIN)).split()
            own = set(map(_by_sound, choice.columns.get(HEARD, "").split(","))) - {""}
            within = {_by_sound(town): town for town in (town.replace("_", " ") for town in towns)}
            self._towns |= {name: town for name, town in within.items() if name not in own}
            for name in own | within.keys():
                self._named[name[:_BEGINNING]][name].add(choice.name)

    def at(self, text: str, tokens: Sequence[Token], sounds: Sequence[str], index: int) -> Place | None:
        """The longest name that begins at a token, with the shortest ending."""
        fitting: list[tuple[int, int, str, str]] = []
        for name in self._named.get(sounds[index][:_BEGINNING], ()):
            parts = name.split()
            endings = [*map(_ending, parts, sounds[index : index + len(parts)])]
            if len(endings) == len(parts) and None not in endings:
                fitting.append((len(parts), -len(endings[-1] or ""), name, endings[-1] or ""))
        return self._place(text, tokens, index, *max(fitting)) if fitting else None

    def _place(
        self, text: str, tokens: Sequence[Token], index: int, many: int, _: int, name: str, ending: str
    ) -> Place:
        choices = frozenset(self._named[name[:_BEGINNING]][name])
        written = text[tokens[index].start : tokens[index + many - 1].end]
        is_adjective = ending in sounding(f"{HEARD}.place_adjectives")
        town = "" if is_adjective else self._towns.get(name, "")
        shorter = (written[:size] for size in range(len(written) + 1) if town)
        town = next((one for one in shorter if _by_sound(one) == name), town)
        return Place(
            places=tuple(range(index, index + many)),
            choices=choices,
            town=town.title() if town.islower() else town,
            ending=ending,
            is_in=bool(ending) and _is_any(ending, name, "inside_endings"),
            is_doubtful=is_adjective
            or (len(name) < _LEAST_SHARED and (bool(town) or ending not in {"", "da"})),
            is_foreign=choices <= self._foreign,
            goes=not ending and not written.isascii() and name[-1] not in "aeiou",
        )


def _by_sound(name: str) -> str:
    return " ".join(map(sound, _SPLIT.sub(" ", normalized(name)).split()))


def _is_any(ending: str, name: str, key: str) -> bool:
    """Whether an ending is one of these, perhaps with the last letter of the name."""
    return not sounding(f"{HEARD}.{key}").isdisjoint((ending, name[-1] + ending))


def _ending(name: str, said: str) -> str | None:
    """The ending with which a name is said. None if it is not this name. A doubled letter sounds once: Семее."""
    if said.startswith(name):
        ending = said[len(name) :]
        is_known = any(_is_any(ending, name, key) for key in ("place_endings", "place_adjectives"))
        return ending if is_known or not ending else None
    stem = name[:-1]
    if len(name) <= _LEAST_SHARED or not said.startswith(stem):
        return None
    ending, changes = said[len(stem) :] or stem[-1], sounding(f"{HEARD}.place_changes")
    return ending if name[-1] in changes and ending in changes else None
