"""The words by which names are known, as `given_names.toml` and `words.toml` have them, in the common spelling."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.safety.personal_data.spelling import spelling

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Beginnings:
    """Words that are known by how they begin."""

    of: frozenset[str]
    longest: int

    def begin(self, word: str) -> bool:
        """Whether a word, in the common spelling, begins with one of these; those of two or three letters are the whole word."""
        return word in self.of or any(
            word[:length] in self.of for length in range(4, min(len(word), self.longest) + 1)
        )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What each set is stands in the tables."""

    names: frozenset[str]
    names_and_words: frozenset[str]
    places: Beginnings
    no_surnames: frozenset[str]
    public_persons: frozenset[str]
    historic_persons: frozenset[str]
    historic_given_names: frozenset[str]
    sentence_words: frozenset[str]
    titles: Beginnings
    lettered: Beginnings
    leaders: frozenset[str]
    roles: Beginnings
    named_before: frozenset[str]
    named_behind: Beginnings
    named_behind_in_english: frozenset[str]

    def names_places(self, text: str) -> bool:
        """Whether a word behind a name makes it that of a street, a place or an institution."""
        spelt = spelling(text)
        if text.isascii():
            return (
                spelt in self.named_behind_in_english
                or spelt.removesuffix("s") in self.named_behind_in_english
            )
        return self.named_behind.begin(spelt)


@cache
def vocabulary() -> Vocabulary:
    """The tables, read once."""
    names = tomllib.loads((_HERE / "given_names.toml").read_text(encoding="utf-8"))
    words = tomllib.loads((_HERE / "words.toml").read_text(encoding="utf-8"))
    also_words = _spelt(names["words"])
    return Vocabulary(
        names=_spelt(names["sure"]) - also_words,
        names_and_words=also_words,
        places=_beginnings(words["places"]),
        no_surnames=_spelt(words["no_surnames"]),
        public_persons=_spelt(words["public_persons"]),
        historic_persons=_spelt(words["historic_persons"]),
        historic_given_names=_spelt(words["historic_given_names"]),
        sentence_words=_spelt(words["sentence_words"]),
        leaders=_spelt(words["leaders"]),
        lettered=_beginnings(words["lettered"]),
        titles=_beginnings(words["titles"]),
        roles=_beginnings(words["roles"]),
        named_before=_spelt(words["named_before"]),
        named_behind=_beginnings(words["named_behind"]),
        named_behind_in_english=_spelt(words["named_behind_in_english"]),
    )


def _spelt(listed: str) -> frozenset[str]:
    return frozenset(map(spelling, listed.split()))


def _beginnings(listed: str) -> Beginnings:
    words = _spelt(listed)
    return Beginnings(words, max(map(len, words)))
