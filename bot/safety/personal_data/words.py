"""Words of a text, and their resemblance to parts of names."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from functools import cache, cached_property
from pathlib import Path

_CYRILLIC = str.maketrans(
    {
        "а": "a", "ә": "a", "б": "b", "в": "v", "г": "g", "ғ": "g", "д": "d", "е": "e", "ё": "e", "ж": "j", "з": "z", "и": "i",
        "й": "i", "к": "k", "қ": "k", "л": "l", "м": "m", "н": "n", "ң": "n", "о": "o", "ө": "o", "п": "p", "р": "r", "с": "s",
        "т": "t", "у": "u", "ұ": "u", "ү": "u", "ф": "f", "х": "h", "һ": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh",
        "ъ": "", "ы": "i", "і": "i", "ь": "", "э": "e", "ю": "u", "я": "ia",
    }
)  # fmt: skip
_LATIN = str.maketrans(
    {"y": "i", "q": "k", "w": "u", "x": "h", "ı": "i", "ğ": "g", "ş": "sh", "ń": "n", "ñ": "n", "ö": "o", "ü": "u", "ū": "u",
     "ä": "a", "á": "a", "ó": "o", "ú": "u", "ǵ": "g", "'": "", "’": "", "ʼ": "", "`": "", "-": ""}
)  # fmt: skip
_PAIRS = {"dzh": "j", "zh": "j", "kh": "h", "gh": "g", "yu": "u", "ye": "e", "yo": "e", "ph": "f", "ss": "s"}
_KAZAKH = [
    "nin", "din", "tin", "ni", "di", "ti", "n", "ga", "ge", "ka", "ke", "na", "ne", "a", "e", "da", "de",
    "ta", "te", "dagi", "degi", "tagi", "tegi", "nda", "nde", "nan", "nen", "dan", "den", "tan", "ten",
    "men", "ben", "pen", "lar", "ler", "dar", "der", "tar", "ter", "lardin", "lerdin", "dardin", "derdin",
    "tardin", "terdin", "lardi", "lerdi", "larga", "lerge", "niki", "diki", "tiki",
]  # fmt: skip
_RUSSIAN_OF_MEN = ["a", "u", "om", "em", "e", "ia", "iu", "iem"]
_RUSSIAN_OF_WOMEN = ["i", "e", "u", "oi", "ou", "ei", "iu", "ii", "iei"]
_SHORTEST = 2
_ONLY_KAZAKH = frozenset("әғқңөұүһі")


def spelling(word: str) -> str:
    """Word in the common spelling of Cyrillic and Latin, lower case. For comparison only."""
    plain = word.lower()
    if any("a" <= letter <= "z" for letter in plain):
        for pair, letter in _PAIRS.items():
            plain = plain.replace(pair, letter)
    return plain.translate(_CYRILLIC).translate(_LATIN).replace("ii", "i")


def stems(text: str) -> Iterator[str]:
    """Possible stems of a word in the common spelling. Latin letters take English endings, letters found
    only in Kazakh take Kazakh ones, others take Kazakh and Russian ones."""
    word = spelling(text)
    yield word
    if text.isascii():
        if word.endswith("s"):
            yield word[:-1]
        return
    yield from _without(word, _KAZAKH)
    if not set(text.lower()) & _ONLY_KAZAKH:
        for endings, own in ((_RUSSIAN_OF_MEN, ("", "i")), (_RUSSIAN_OF_WOMEN, ("a", "ia"))):
            yield from (stem + one for stem in _without(word, endings) for one in own)


def _without(word: str, endings: Sequence[str]) -> Iterator[str]:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            yield word[: -len(ending)]


_WORD = re.compile(r"[^\W\d_]+(?:[-'’ʼ`][^\W\d_]+)*(?:\.(?=[-\s,;:)»\"”]|[^\W\d_]\.|[^\W\d_]{3}|\Z))?")
"""Letters, with the full stop that may make an initial of them."""
_ENDS = frozenset(".!?…:\n•*|/")
_QUOTES = frozenset("«»\"“”„'‘’(")


@dataclass(frozen=True)
class TextWord:
    """Word without its full stop. `gap` is the text between it and the word before."""

    text: str
    start: int
    end: int
    gap: str
    stop: bool

    @cached_property
    def spelt(self) -> str:
        return spelling(self.text)

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_loud(self) -> bool:
        return len(self.text) > 1 and self.text.isupper()

    @property
    def is_initial(self) -> bool:
        """Whether it is an initial with a full stop (Ж., Дж., Sh.)."""
        is_short = len(self.text) == 1 or (len(self.text) == 2 and self.text[1].islower())
        return self.stop and self.is_capital and is_short

    @property
    def is_quoted(self) -> bool:
        return self.gap[-1:] in _QUOTES and self.gap[-1:] != "("

    @property
    def is_beside(self) -> bool:
        """Whether at most a space, or the full stop of an initial, separates it from the word before."""
        return self.gap.strip(" \u00a0") == "" and len(self.gap) <= 2


def words(text: str) -> list[TextWord]:
    found, end = [], 0
    for match in _WORD.finditer(text):
        said = match[0].rstrip(".")
        stop = said != match[0]
        start = match.start()
        found.append(TextWord(said, start, start + len(said), text[end:start], stop))
        end = match.end()
    return found


def begins_sentence(word: TextWord, before: TextWord | None) -> bool:
    """Whether a sentence may begin with the word, so that its capital means nothing."""
    if before is None or any(sign in _ENDS for sign in word.gap):
        return True
    is_behind_sign = word.gap.endswith(("(", "[")) or any(dash in word.gap for dash in "-—–")
    return word.is_quoted or is_behind_sign or (before.stop and not before.is_initial)


class WordList(frozenset[str]):
    """Words in the common spelling."""

    @cached_property
    def longest(self) -> int:
        return max(map(len, self))

    def begin(self, word: str) -> bool:
        """Whether a word begins with one of these. Those of two or three letters must match whole."""
        lengths = range(4, min(len(word), self.longest) + 1)
        return word in self or any(word[:length] in self for length in lengths)


@cache
def vocabulary() -> Mapping[str, WordList]:
    """Lists of `words.toml` and `given_names.toml` by name. `sure` holds given names that are no `words`."""
    files = (Path(__file__).with_name(name) for name in ("words.toml", "given_names.toml"))
    found = {name: one for file in files for name, one in tomllib.loads(file.read_text("utf-8")).items()}
    lists = {name: WordList(map(spelling, listed.split())) for name, listed in found.items()}
    return {**lists, "sure": WordList(lists["sure"] - lists["words"])}


def names_places(text: str) -> bool:
    """Whether things named after people are called by this word, such as a street."""
    spelt, known = spelling(text), vocabulary()
    if text.isascii():
        return not known["named_behind_in_english"].isdisjoint({spelt, spelt.removesuffix("s")})
    return known["named_behind"].begin(spelt)


_CASE = r"(?:n[iae]n|[dt]in|[dt]i|ni|g[ae]|k[ae]|n[ae]|[dt][ae](?:gi)?|[ndt][ae]n|[mbp]en|[dlt][ae]r\w{0,5})?"
_SURNAME = re.compile(rf"(?:.{{2,}}(?:[oe]v|[oe]va)(?:{_CASE}|u|im|s)|.{{3,}}enko(?:{_CASE}|s))\Z")
"""Surnames like Ахметов, Akhmetova, Шевченко, with endings that few other words have."""
DECLINED_SURNAME = re.compile(r".{2,}[oe]v(?:oi|im|a|u|e|ih|imi)\Z")
_LIKE_SURNAME = re.compile(
    r"(?:.{2,}(?:[oe]v|in)(?:a|oi|i|e|u|im|em|om|ih|imi)?"
    r"|.{3,}(?:ski|skaia|skoi|skogo|skomu|skim|tski|chuk|uk|ian|iants|off|dze|shvili|bai|bek|han|jan|gali|murat|bolat|tai|uli)"
    rf"(?:{_CASE}|a|u|om|em|e))\Z"
)
_PATRONYMIC = re.compile(
    rf"(?:.{{2,}}kizi(?:{_CASE}|n)|.{{2,}}[oe]vich(?:a|u|em|e|i)?|.{{3,}}[oe]vn(?:a|i|e|u|oi))\Z"
)
_SON = re.compile(rf".{{2,}}uli(?:{_CASE}|n)\Z")
"""Patronymics like Серікұлы. Other words end so too if the letter is not ұ."""
_GIVEN_NAME = re.compile(
    r".{2,}(?:bek|han|jan|gul|nur|gali|murat|bolat|sultan|muhamed|muhambet|bai|berdi|geldi|keldi|mirza)"
    rf"(?:{_CASE}|a|u|om|em|e|i|s)\Z"
)
_ADJECTIVE = re.compile(
    r".{2,}(?:ski|skaia|skoi|skogo|skomu|skim|skie|skih|ogo|omu|nii|naia|noi|nie|nih|nogo)\Z"
)
_ADJECTIVES = ("ый", "ий", "ого", "ому", "ные", "ных", "ная", "ное", "ной")
"""Endings of Russian adjectives that resemble a surname with a Kazakh ending."""
_LONG = 5
_SHORT = 4
_OF_MANY = re.compile(
    r".*(?:торов|антов|ентов|истов|ников|чиков|щиков|унтов|ктов|налов|икатов|лючков)\Z", re.IGNORECASE
)
_VILLAGES = ("овка", "евка", "овки", "евки", "овке", "евке", "овку", "евку", "овкой", "евкой")


class NamePart(Enum):
    """Certainty that a word is part of a name."""

    NAME = auto()
    """On its own."""
    INSIDE = auto()
    """Inside a sentence, where only names have capitals, or beside another part."""
    BESIDE = auto()
    """Beside another part only."""
    INITIAL = auto()
    NONE = auto()


def part(word: TextWord) -> NamePart:
    if word.is_initial:
        return NamePart.INITIAL
    if len(word.spelt) < 2 or not word.is_capital or word.spelt in vocabulary()["sentence_words"]:
        return NamePart.NONE
    return _ruled_out(word) or _capital_part(word)


def is_known(word: TextWord) -> bool:
    known = vocabulary()
    forms = stems(word.text)
    return is_like_surname(word) or any(form in known["sure"] or form in known["words"] for form in forms)


def is_given_name(word: TextWord) -> bool:
    """Whether a word, in any case, can only be a given name. Long names match in any form."""
    known = vocabulary()["sure"]
    return word.spelt in known or any(
        form in known and len(form) >= _LONG + form.endswith("ia") for form in stems(word.text)
    )


def is_surname(word: TextWord) -> bool:
    """Whether a word, in any case, ends like a surname and few other words."""
    is_other = len(word.spelt) <= 5 or word.spelt in vocabulary()["no_surnames"]
    return not is_other and bool(_SURNAME.match(word.spelt))


def is_like_surname(word: TextWord) -> bool:
    return bool(_LIKE_SURNAME.match(word.spelt))


def is_adjective(word: TextWord) -> bool:
    return word.text.lower().endswith(_ADJECTIVES) or bool(_ADJECTIVE.match(word.spelt))


def _ruled_out(word: TextWord) -> NamePart | None:
    spelt, known = word.spelt, vocabulary()
    if names_places(word.text) and not _SURNAME.match(spelt):
        return NamePart.NONE
    if spelt in known["no_surnames"] or known["titles"].begin(spelt) or known["roles"].begin(spelt):
        return NamePart.NONE
    if known["places"].begin(spelt):
        return NamePart.BESIDE if is_known(word) and not is_adjective(word) else NamePart.NONE
    is_other = word.text.lower().endswith(_ADJECTIVES + _VILLAGES) or _OF_MANY.match(word.text)
    return NamePart.BESIDE if is_other else None


def _capital_part(word: TextWord) -> NamePart:
    spelt, known = word.spelt, vocabulary()
    if _PATRONYMIC.match(spelt) or _SURNAME.match(spelt) or ("ұлы" in word.text and _SON.match(spelt)):
        return NamePart.INSIDE if word.is_loud else NamePart.NAME
    if is_given_name(word):
        return NamePart.INSIDE if word.is_loud or len(spelt) < 4 else NamePart.NAME
    forms = (form for form in stems(word.text) if form == spelt or len(form) >= _SHORT)
    is_word = any(form in known["words"] or form in known["sure"] for form in forms)
    if is_word or _GIVEN_NAME.match(spelt) or _SON.match(spelt):
        return NamePart.INSIDE
    return NamePart.NONE if word.is_loud and len(spelt) < 6 else NamePart.BESIDE


class FindingKind(StrEnum):
    """Kind of personal data. Of overlapping findings the kind listed first is kept."""

    COORDINATES = "coordinates"
    IIN = "iin"
    PHONE = "phone"
    PLATE = "plate"
    ADDRESS = "address"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Finding:
    """Part of a text, `text[start:end]`, that looks like personal data."""

    kind: FindingKind
    start: int
    end: int
