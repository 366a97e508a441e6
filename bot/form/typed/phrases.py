"""Typed words without differences of case and keyboard, and patterns over the phrases of all languages."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
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
_MOST_WORDS = 200
_GROUP = re.compile(r"(!?)\(([^()]*)\)(\??)|\[([^\]]*)\](\??)|(.)(\?)")


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


def forms(phrase: str, most: int = 40) -> list[str]:
    """All forms of a phrase, with `~` for any ending. Empty if there are too many."""
    unfinished, whole = [phrase], []
    while unfinished:
        text = unfinished.pop()
        found = _GROUP.search(text)
        if found is None:
            whole.append(text)
            continue
        if len(unfinished) + len(whole) > most:
            return []
        before, after = text[: found.start()], text[found.end() :]
        if found[1]:
            ways = [""]
        elif found[2] is not None:
            ways = [*found[2].split("|"), *([""] if found[3] else [])]
        elif found[4] is not None:
            ways = [*found[4], *([""] if found[5] else [])]
        else:
            ways = [found[6], ""]
        unfinished += [f"{before}{way}{after}" for way in ways]
    return whole


_NEAR, _FAR, _BESIDE = 5, 9, 2
"""Words within which a phrase stands together, its parts around a `…`, and a particle before its word."""
_WORD_OF_PHRASE = re.compile(r"\([^()]*\)|[^\s()]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A normalized word of a text, from `start` to `end`, in a clause and a sentence by number.

    `denies`: it is a particle such as *not*.
    """

    word: str
    start: int
    end: int
    clause: int
    sentence: int
    denies: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """Words that fill one place of a phrase, `~` for any ending, maybe behind a word such as *to* or *not*."""

    words: frozenset[str]
    stems: tuple[str, ...]
    after: str

    def at(self, tokens: Sequence[Token], index: int) -> frozenset[int]:
        """The token that fills it, with the one that it stands behind. Empty if it does not."""
        word = tokens[index].word
        if word not in self.words and not any(_is_said(word, stem) for stem in self.stems):
            return frozenset()
        denied = self.after in known_words("heard.particles")
        before = (tokens[one] for one in range(max(0, index - _BESIDE), index))
        found = [one.word == self.after or (denied and one.denies) for one in before]
        if self.after and not any(found):
            return frozenset()
        return frozenset({index, index - len(found) + found.index(True)} if self.after else {index})


def _is_said(word: str, stem: str) -> bool:
    """Whether a word begins so, and does not go on to deny it: `ұста`, but not `ұстамады`."""
    ending, kept = word[len(stem) :], known_words("heard.kept_starts")
    return word.startswith(stem) and (
        ending in kept or not ending.startswith(tuple(known_words("heard.denied_starts")))
    )


_Phrase = tuple[str, tuple[tuple[_Place, ...], ...]]


class Spotter:
    """Finder of many phrases in a text, by name. Their words may stand apart, in any order within a clause.

    Phrases are written as in the language files. Parts around a `…` may stand in different clauses.
    """

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        read = [(name, tuple(map(_places, normalized(phrase).split("…")))) for name, phrase in named]
        often = Counter(word for _, parts in read for part in parts for place in part for word in place.words)
        self._found: dict[str, list[tuple[_Phrase, _Place]]] = defaultdict(list)
        for phrase in read:
            places = [place for part in phrase[1] for place in part]
            rarest = min(places, key=lambda place: sum(often[word] for word in place.words))
            for word in rarest.words:
                self._found[word].append((phrase, rarest))

    def spot(self, tokens: Sequence[Token]) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Names of phrases, each with the places of its tokens."""
        for index, token in enumerate(tokens):
            beginnings = (f"{token.word[:size]}~" for size in range(1, len(token.word) + 1))
            for word in (token.word, *beginnings):
                for (name, parts), rarest in self._found.get(word, ()):
                    if found := _around(tokens, index, parts, rarest):
                        yield name, tuple(sorted(found))


def _around(
    tokens: Sequence[Token], index: int, parts: Iterable[tuple[_Place, ...]], rarest: _Place
) -> frozenset[int]:
    found: frozenset[int] = frozenset()
    for part in parts:
        is_here = rarest in part
        starts = (index,) if is_here else range(max(0, index - _FAR), min(len(tokens), index + _FAR + 1))
        filled = (_filled(tokens, one, part, rarest if is_here else part[0]) for one in starts)
        places = next(filter(None, filled), None)
        if places is None:
            return frozenset()
        found |= places
    return found


def _filled(tokens: Sequence[Token], index: int, part: Iterable[_Place], first: _Place) -> frozenset[int]:
    found = first.at(tokens, index)
    reach = [index + sign * step for step in range(1, _NEAR + 1) for sign in (1, -1)] if found else []
    near = [one for one in reach if 0 <= one < len(tokens) and tokens[one].clause == tokens[index].clause]
    for place in part:
        more = found if place is first else next(filter(None, (place.at(tokens, one) for one in near)), None)
        if not more:
            return frozenset()
        found |= more
    return found


def _places(part: str) -> tuple[_Place, ...]:
    behind = known_words("heard.particles") | known_words("heard.prepositions")
    made, after = [], ""
    for text in _WORD_OF_PHRASE.findall(part):
        if text in behind:
            after = text
            continue
        said = forms(text, _MOST_WORDS)
        made.append(_Place(frozenset(said), tuple(word[:-1] for word in said if word[-1] == "~"), after))
        after = ""
    return (*made, *([_Place(frozenset({after}), (), "")] if after else []))
