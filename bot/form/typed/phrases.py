"""Typed words without differences of case and keyboard, patterns over the phrases of all languages, and corrected
spellings: Latin letters replaced by a language's own, or one typing error mended. A typing error is a letter
missing, added or wrong, or two swapped, but not the first. Short and ambiguous words are left alone."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from string import ascii_lowercase

from bot.languages import expression, languages

MONTH_WORDS = tuple(f"month{letter}" for letter in "abcdefghijkl")
TODAY, NIGHT_BEFORE, UNTIL = "todayword", "nightbefore", "untilword"
"""Placeholders for words of any language."""

Match = re.Match[str]
_CLASS = re.compile(r"\{([a-z_]+\.\w+)(?:\.(before|after))?\}")
_MARK = re.compile("[…#]")
_MOST_WORDS = 200
_GROUP = re.compile(r"(!?)\(([^()]*)\)(\??)|\[([^\]]*)\](\??)|(.)(\?)")


@cache
def _letters() -> dict[int, str]:
    return str.maketrans({letter: other for one in languages() for letter, other in one.letters.items()})


def normalized(text: str) -> str:
    """Fold case, and replace letters of a language by common ones (қ by к, ё by е)."""
    return unicodedata.normalize("NFC", text).casefold().translate(_letters())


def replacing(table: Mapping[str, str]) -> Callable[[str], str]:
    """A function that replaces the letters of a table in a text, the longest first."""
    pattern = re.compile("|".join(map(re.escape, sorted(table, key=len, reverse=True))))
    return partial(pattern.sub, lambda found: table[found[0]])


def words(text: str) -> tuple[str, ...]:
    """Normalized words and numbers, without punctuation and emoji."""
    return tuple(re.findall(r"\w+", normalized(text)))


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
    pairs = (pair for one in languages() for pair in one.spellings.items())
    return {normalized(word): normalized(meant) for word, meant in pairs}


class PhrasePattern:
    """A regular expression over the words of all languages, compiled on first use. `{section.key}` matches any
    phrase of that key of the language files. `{section.key.before}` and `{section.key.after}` match the part
    before or after its `…` or `#`. `number` and `slot` are the expressions for `#` and `…`."""

    def __init__(self, source: str, number: str = "#", slot: str = "(.+?)") -> None:
        self._source, self._number, self._slot = source, number, slot

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(_CLASS.sub(self._any_of, self._source))

    def _any_of(self, found: Match) -> str:
        written = (_side(phrase, found[2]) if found[2] else phrase for phrase in phrases(found[1]))
        ways = (expression(phrase, self._number, self._slot) for phrase in written if phrase)
        return f"(?:{'|'.join(ways) or '(?!)'})"

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


_SHORTEST, _SHORTEST_FOR_A_WRONG_LETTER = 5, 6

_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]{4,20}(?![^\W\d_])")
# `5thapril`
_GLUED = PhrasePattern(r"(?<!\w)(\d\d?)-?{ordinals.endings}(?=[^\W\d_]{3})")
_SECTIONS = ("months", "weekdays", "parts_of_year", "units", "from_today")


def respelled(text: str) -> Iterator[str]:
    """Other spellings of a text, the likeliest first."""
    plain = normalized(text)
    written = tuple(dict.fromkeys((plain, *_in_own_letters(plain))))
    yield from written[1:]
    for one in written:
        corrected = _WORD.sub(lambda found: _corrected(found[0]), one)
        if corrected != one:
            yield corrected
    apart = _GLUED.sub(r"\1 ", plain)
    if apart != plain:
        yield apart


def _in_own_letters(text: str) -> Iterator[str]:
    found = re.findall(r"[^\W\d_]+", text)
    is_latin = all(word.isascii() or _latin_letters().issuperset(word) for word in found)
    if not is_latin or not known_words("dates.other_words").isdisjoint(found):
        return
    for transliterated in _transliterations():
        yield transliterated(text)


@cache
def _latin_letters() -> frozenset[str]:
    return frozenset(ascii_lowercase).union(
        *(normalized(latin) for one in languages() for latin in one.latin)
    )


@cache
def _transliterations() -> tuple[Callable[[str], str], ...]:
    tables = ({normalized(latin): normalized(own) for latin, own in one.latin.items()} for one in languages())
    return tuple(replacing(table) for table in tables if table)


@cache
def _known() -> tuple[Mapping[str, str], Mapping[str, str]]:
    whole: dict[str, str] = {}
    stems: dict[str, str] = {}
    for one in languages():
        for key, phrases in one.phrases.items():
            if key.startswith("heard."):
                continue
            meaning = key if key.partition(".")[0] in _SECTIONS or key == "dates.unknown" else ""
            for form in (form for phrase in phrases for form in forms(normalized(phrase))):
                for word, any_ending in re.findall(r"([^\W\d_]+)(~?)", form):
                    found = stems if any_ending else whole
                    found[word] = found.get(word) or meaning
    return whole, stems


@cache
def _neighbours() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for known in _known():
        for word, meaning in known.items():
            if meaning and len(word) >= 4:
                for text in (word, *_shortened(word)):
                    found[text].add(word)
    return {text: frozenset(words) for text, words in found.items()}


def _shortened(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _corrected(word: str) -> str:
    whole, stems = _known()
    is_known = word in whole or word in known_words("dates.other_words")
    if is_known or any(word[:size] in stems for size in range(3, len(word) + 1)):
        return word
    meant = {one: whole[one] for one in _candidates(word) if one in whole}
    for size in range(4, len(word) + 1):
        begun = (one for one in _candidates(word[:size]) if one in stems and one[-1] == word[size - 1])
        meant |= {one + word[size:]: stems[one] for one in begun}
    could_be = {*meant.values(), *(whole.get(one) or stems[one] for one in _similar(word))}
    return next(iter(meant)) if meant and len(could_be) == 1 else word


def _similar(word: str) -> frozenset[str]:
    """Known words one typing error away, even unlikely ones, which make a correction ambiguous."""
    found = {one for text in (word, *_shortened(word)) for one in _neighbours().get(text, ())}
    return frozenset(one for one in found if _is_one_apart(word, one))


def _candidates(word: str) -> list[str]:
    return sorted(one for one in _similar(word) if _is_slip(word, one))


def _is_one_apart(word: str, other: str) -> bool:
    if len(word) != len(other):
        return word in _shortened(other) or other in _shortened(word)
    differ = [place for place, pair in enumerate(zip(word, other, strict=True)) if len(set(pair)) == 2]
    is_swapped = len(differ) == 2 and sorted(word[: differ[1] + 1]) == sorted(other[: differ[1] + 1])
    return len(differ) == 1 or is_swapped


def _is_slip(word: str, meant: str) -> bool:
    longer, shorter = max(word, meant, key=len), min(word, meant, key=len)
    if word[:1] != meant[:1] and sorted(word[:2]) != sorted(meant[:2]):
        return False
    if len(longer) - len(shorter) == 1:
        # A letter too many at the end is mostly an ending: `по пятницам`.
        is_ending = word.startswith(meant) and word[-1] != meant[-1]
        return len(longer) >= _SHORTEST and shorter in _shortened(longer) and not is_ending
    differ = [place for place, pair in enumerate(zip(word, meant, strict=True)) if len(set(pair)) == 2]
    if len(differ) == 2 and differ[1] == differ[0] + 1:
        first, second = differ
        return len(word) >= _SHORTEST and (word[first], word[second]) == (meant[second], meant[first])
    return len(differ) == 1 and len(word) >= _SHORTEST_FOR_A_WRONG_LETTER


_NEAR, _FAR, _BESIDE, _LONGEST = 5, 9, 2, 24
"""Words within which a phrase stands together, its parts around a `…`, and a particle before its word. Letters."""
_WORD_OF_PHRASE = re.compile(r"\([^()]*\)|[^\s()]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A normalized word of a text, from `start` to `end`, in a clause and a sentence by number. `denies`: it is a
    particle such as *not*. `ways`: the word, and its beginnings with `~`."""

    word: str
    start: int
    end: int
    clause: int
    sentence: int
    denies: bool = False
    ways: frozenset[str] = frozenset()


def ways(word: str) -> frozenset[str]:
    """A word, and its beginnings with `~` unless the word goes on to deny them: `ұста~`, but not of `ұстамады`."""
    kept, denied = known_words("heard.kept_starts"), tuple(known_words("heard.denied_starts"))
    endings = {word[:size]: word[size:] for size in range(1, min(len(word), _LONGEST) + 1)}
    told = (f"{stem}~" for stem, end in endings.items() if end in kept or not end.startswith(denied))
    return frozenset((word, *told))


@dataclass(frozen=True, slots=True)
class _Place:
    """Words that fill one place of a phrase, `~` for any ending, maybe behind a word such as *to* or *not*."""

    words: frozenset[str]
    after: str

    def at(self, tokens: Sequence[Token], index: int) -> frozenset[int]:
        """The token that fills it, with the one that it stands behind. Empty if it does not."""
        if self.words.isdisjoint(tokens[index].ways):
            return frozenset()
        if not self.after:
            return frozenset({index})
        is_particle = self.after in known_words("heard.particles")
        for one in range(max(0, index - _BESIDE), index):
            if tokens[one].word == self.after or (is_particle and tokens[one].denies):
                return frozenset({index, one})
        return frozenset()


_Phrase = tuple[str, tuple[tuple[_Place, ...], ...]]


class Spotter:
    """Finder of many phrases in a text, by name. Their words may stand apart, in any order within a clause.
    Phrases are written as in the language files. Parts around a `…` may stand in different clauses."""

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
            for way in token.ways & self._found.keys():
                for (name, parts), rarest in self._found[way]:
                    found = [_filled(tokens, index, part, rarest) for part in parts]
                    if all(found):
                        yield name, tuple(sorted(frozenset().union(*found)))


def near(tokens: Sequence[Token], first: int, last: int) -> range:
    """Places from the first to the last, as far as there are tokens."""
    return range(max(0, first), min(len(tokens), last + 1))


def _filled(tokens: Sequence[Token], index: int, part: Sequence[_Place], rarest: _Place) -> frozenset[int]:
    if rarest in part:
        return _together(tokens, index, part, rarest)
    ways = (_together(tokens, one, part, part[0]) for one in near(tokens, index - _FAR, index + _FAR))
    return next(filter(None, ways), frozenset())


def _together(tokens: Sequence[Token], index: int, part: Sequence[_Place], first: _Place) -> frozenset[int]:
    found = first.at(tokens, index)
    if not found or len(part) == 1:
        return found
    around = near(tokens, index - _NEAR, index + _NEAR)
    nearest = sorted(around, key=lambda one: abs(one - index))
    within = [one for one in nearest if tokens[one].clause == tokens[index].clause]
    rest = (place for place in part if place is not first)
    others = [next(filter(None, (place.at(tokens, one) for one in within)), frozenset()) for place in rest]
    return found.union(*others) if all(others) else frozenset()


def _places(part: str) -> tuple[_Place, ...]:
    behind = known_words("heard.particles") | known_words("heard.prepositions")
    made, after = [], ""
    for text in _WORD_OF_PHRASE.findall(part):
        if text in behind and not after:
            after = text
        else:
            made.append(_Place(frozenset(forms(text, _MOST_WORDS)), after))
            after = ""
    return (*made, *([_Place(frozenset({after}), "")] if after else []))
