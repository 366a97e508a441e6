"""One spelling for all: a word in Kazakh, Russian or Latin letters as one in plain Latin ones, in which Әсел, Асель and Assel,
or Жұлдыз, Жулдыз and Zhuldyz, are the same word; and the endings that names take."""

from collections.abc import Iterator, Sequence

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
_PAIRS = (
    ("dzh", "j"),
    ("zh", "j"),
    ("kh", "h"),
    ("gh", "g"),
    ("yu", "u"),
    ("ye", "e"),
    ("yo", "e"),
    ("ph", "f"),
    ("ss", "s"),
)
_KAZAKH = [
    "nin",
    "din",
    "tin",
    "ni",
    "di",
    "ti",
    "n",
    "ga",
    "ge",
    "ka",
    "ke",
    "na",
    "ne",
    "a",
    "e",
    "da",
    "de",
    "ta",
    "te",
    "dagi",
    "degi",
    "tagi",
    "tegi",
    "nda",
    "nde",
    "nan",
    "nen",
    "dan",
    "den",
    "tan",
    "ten",
    "men",
    "ben",
    "pen",
    "lar",
    "ler",
    "dar",
    "der",
    "tar",
    "ter",
    "lardin",
    "lerdin",
    "dardin",
    "derdin",
    "tardin",
    "terdin",
    "lardi",
    "lerdi",
    "larga",
    "lerge",
    "niki",
    "diki",
    "tiki",
]
_RUSSIAN_OF_MEN = ["a", "u", "om", "em", "e", "ia", "iu", "iem"]
_RUSSIAN_OF_WOMEN = ["i", "e", "u", "oi", "ou", "ei", "iu", "ii", "iei"]
_SHORTEST = 2
"""Letters of a stem."""
_ONLY_KAZAKH = frozenset("әғқңөұүһі")


def spelling(word: str) -> str:
    """A word in the common spelling, in small letters. It is for comparing, not for reading."""
    plain = word.lower()
    if any("a" <= letter <= "z" for letter in plain):
        for pair, letter in _PAIRS:
            plain = plain.replace(pair, letter)
    return plain.translate(_CYRILLIC).translate(_LATIN).replace("ii", "i")


def stems(text: str) -> Iterator[str]:
    """What a word may be a form of, in the common spelling: itself, and itself without an ending. Latin letters take the
    endings of English, Kazakh ones those of Kazakh, others those of Kazakh and Russian."""
    word = spelling(text)
    yield word
    if text.isascii():
        if word.endswith("s"):
            yield word[:-1]
        return
    yield from _without(word, _KAZAKH)
    if not set(text.lower()) & _ONLY_KAZAKH:
        for stem in _without(word, _RUSSIAN_OF_MEN):
            yield stem
            yield f"{stem}i"
        for stem in _without(word, _RUSSIAN_OF_WOMEN):
            yield f"{stem}a"
            yield f"{stem}ia"


def _without(word: str, endings: Sequence[str]) -> Iterator[str]:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            yield word[: -len(ending)]
