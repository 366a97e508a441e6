"""Typed words without differences of case and keyboard, and patterns over the phrases of all languages."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product

from bot.languages import expression, languages

_APART = re.compile(r"[^\w]+")

MONTH_WORDS = tuple(f"month{letter}" for letter in "abcdefghijkl")
TODAY, NIGHT_BEFORE, UNTIL = "todayword", "nightbefore", "untilword"
"""Placeholders for words of any language."""

Match = re.Match[str]
_CLASS = re.compile(r"\{([a-z_]+\.\w+)(?:\.(before|after))?\}")
_MARK = re.compile("[…#]")
_NEVER = "(?!)"
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


_NEAR, _FAR = 3, 9
"""Words within which a phrase stands together, and its parts around a `…`."""
_BESIDE, _MOST_WAYS = 2, 200
"""Words between a particle and what it denies."""
_MAY_STAND_BETWEEN = re.compile(r"(?<![^\s)?])\((?:[^()]|\([^()]*\))*\)\? ?")
_WORD_OF_PHRASE = re.compile(r"(?:[^\s()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))+")


@dataclass(frozen=True, slots=True)
class Token:
    """A normalized word of a text, from `start` to `end`, in a clause and sentence by number.

    - `denies`: it is a particle such as *not*.
    - `silent`: it stands in a question or a quotation.
    """

    word: str
    start: int
    end: int
    clause: int
    sentence: int
    denies: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """Words that can fill one place of a phrase: whole ones and beginnings, behind a word such as *to* or *not*."""

    whole: frozenset[str]
    stems: tuple[str, ...]
    after: frozenset[str]

    def at(self, tokens: Sequence[Token], index: int) -> tuple[int, ...]:
        """The token that fills it, with the one it stands behind. Empty if it does not."""
        word = tokens[index].word
        if word not in self.whole and not any(_is_said(word, stem) for stem in self.stems):
            return ()
        if not self.after:
            return (index,)
        is_denied = not self.after.isdisjoint(known_words("heard.particles"))
        for before in range(index - 1, max(-1, index - 1 - _BESIDE), -1):
            if tokens[before].word in self.after or (is_denied and tokens[before].denies):
                return before, index
        return ()

    def nearest(self, tokens: Sequence[Token], index: int) -> tuple[int, ...]:
        """The tokens that fill it nearest to a token, in its clause."""
        reach = (index + sign * step for step in range(1, _NEAR + 1) for sign in (1, -1))
        near = (one for one in reach if 0 <= one < len(tokens) and tokens[one].clause == tokens[index].clause)
        return next(filter(None, (self.at(tokens, one) for one in near)), ())


_Part = tuple[_Place, ...]


@dataclass(frozen=True, slots=True)
class _Phrase:
    name: str
    parts: tuple[_Part, ...]

    def around(self, tokens: Sequence[Token], index: int, rarest: _Place) -> tuple[int, ...]:
        """The tokens of the phrase around the one that fills its rarest place."""
        found: list[int] = []
        for part in self.parts:
            at = (index,) if rarest in part else range(max(0, index - _FAR), min(len(tokens), index + _FAR + 1))
            first = rarest if rarest in part else part[0]
            places = next(filter(None, (_filled(tokens, one, part, first) for one in at)), ())
            if not places:
                return ()
            found += places
        return tuple(sorted(set(found)))


def _filled(tokens: Sequence[Token], index: int, part: _Part, first: _Place) -> tuple[int, ...]:
    found = first.at(tokens, index)
    for place in part if found else ():
        more = found if place is first else place.nearest(tokens, index)
        if not more:
            return ()
        found += more
    return found


class Spotter:
    """Finder of many phrases in a text, by name. Their words may stand apart, in any order within a clause.

    Phrases are written as in the language files. Parts around a `…` may stand in different clauses. A word
    that may be missing says only that others can stand there.
    """

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        said = ((name, parts) for name, phrase in named for parts in _parts_of(phrase))
        read = [_Phrase(name, parts) for name, parts in said if parts]
        often = Counter(word for one in read for part in one.parts for place in part for word in _words_of(place))
        self._whole: dict[str, list[tuple[_Phrase, _Place]]] = defaultdict(list)
        self._stems: dict[str, list[tuple[_Phrase, _Place]]] = defaultdict(list)
        for one in read:
            places = [place for part in one.parts for place in part]
            rarest = min(places, key=lambda place: sum(often[word] for word in _words_of(place)))
            for words_of, table in ((rarest.whole, self._whole), (rarest.stems, self._stems)):
                for word in words_of:
                    table[word].append((one, rarest))

    def spot(self, tokens: Sequence[Token]) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Names of phrases, each with the places of its tokens."""
        for index, token in enumerate(tokens):
            for phrase, rarest in self._beginning(token.word):
                places = phrase.around(tokens, index, rarest)
                if places:
                    yield phrase.name, places

    def _beginning(self, word: str) -> Iterator[tuple[_Phrase, _Place]]:
        yield from self._whole.get(word, ())
        for size in range(1, len(word) + 1):
            yield from self._stems.get(word[:size], ())


def _is_said(word: str, stem: str) -> bool:
    """Whether a word begins so, and does not go on to deny it: `ұста`, but not `ұстамады`."""
    if not word.startswith(stem):
        return False
    ending = word[len(stem) :]
    return not ending.startswith(tuple(known_words("heard.denied_starts"))) or ending in known_words("heard.kept_starts")


def _words_of(place: _Place) -> tuple[str, ...]:
    return (*place.whole, *place.stems)


def _parts_of(phrase: str) -> Iterator[tuple[_Part, ...]]:
    parts = (_ways(part) for part in normalized(phrase).split("…"))
    yield from (tuple(filter(None, chosen)) for chosen in product(*parts))


def _ways(part: str) -> list[_Part]:
    """All ways to say a part of a phrase."""
    said: list[list[_Part]] = []
    after: frozenset[str] = frozenset()
    for text in _WORD_OF_PHRASE.findall(_MAY_STAND_BETWEEN.sub("", part.replace(" ?", " "))):
        ways = [way.split() for way in forms(text, _MOST_WAYS)]
        leading = frozenset(way[0] for way in ways if len(way) == 1 and way[0] in _leading())
        if len(leading) == len(ways):
            after = leading
            continue
        said.append(_fillings(ways, after))
        after = frozenset()
    if after:
        said.append([(_Place(after, (), frozenset()),)])
    return [tuple(place for filling in chosen for place in filling) for chosen in product(*said)]


@cache
def _leading() -> frozenset[str]:
    """Words that stand right before the word of a phrase that they belong to."""
    return known_words("heard.particles") | known_words("heard.prepositions")


def _fillings(ways: list[list[str]], after: frozenset[str]) -> list[_Part]:
    """Places for the words: one for all that stand alone, and some for each longer way."""
    alone: dict[frozenset[str], list[str]] = defaultdict(list)
    longer: list[_Part] = []
    for way in ways:
        parts = list(_behind(way, after))
        if len(parts) == 1:
            alone[parts[0][1]].append(parts[0][0])
        elif parts:
            longer.append(tuple(_place([word], behind) for word, behind in parts))
    return [*((_place(said, behind),) for behind, said in alone.items()), *longer]


def _behind(way: list[str], after: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Words of one way, each with the word that it stands behind."""
    for index, word in enumerate(way):
        if word in _leading() and index < len(way) - 1:
            after = frozenset({word})
        else:
            yield word, after
            after = frozenset()


def _place(said: Sequence[str], after: frozenset[str]) -> _Place:
    stems = tuple(word[:-1] for word in said if word.endswith("~"))
    return _Place(frozenset(word for word in said if not word.endswith("~")), stems, after)
