"""Days of the month written as words, as digits: `пятого января`, `бесінші қаңтар`, `the fifth of January`.

Words are folded. Kazakh endings are kept, since `-нен` and `-не` tell the ends of a period.
"""

import re
from itertools import product

_WORD = re.compile(r"\w+")
_RUSSIAN = _WORD.findall(
    "перв втор трет четверт пят шест седьм восьм девят десят одиннадцат двенадцат тринадцат четырнадцат "
    "пятнадцат шестнадцат семнадцат восемнадцат девятнадцат двадцат"
)
_RUSSIAN_ENDS = "(?:ьего|ьему|ого|ому|его|ему|ьем|ье|ьи|ой|ая|ое|ом|ый|ий|ым|е)"
_KAZAKH = _WORD.findall("бир еки уш торт бес алты жети сегиз тогыз")
_KAZAKH_TENS = {"он": 10, "жиырма": 20, "отыз": 30}
_ENGLISH = _WORD.findall(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)


def _russian() -> dict[str, int]:
    stems = {stem: number for number, stem in enumerate(_RUSSIAN, 1)} | {"тридцат": 30}
    tens = {"двадцать": 20, "тридцать": 30}
    return stems | {f"{ten} {stem}": tens[ten] + stems[stem] for ten, stem in product(tens, _RUSSIAN[:9])}


def _kazakh() -> dict[str, int]:
    units = {word: number for number, word in enumerate(_KAZAKH, 1)}
    return (
        units
        | _KAZAKH_TENS
        | {f"{ten} {unit}": _KAZAKH_TENS[ten] + units[unit] for ten, unit in product(_KAZAKH_TENS, units)}
    )


def _english() -> dict[str, int]:
    words = {word: number for number, word in enumerate(_ENGLISH, 1)} | {"thirtieth": 30}
    return words | {
        f"{ten}{joint}{unit}": number + words[unit]
        for (ten, number), joint, unit in product((("twenty", 20), ("thirty", 30)), " -", _ENGLISH[:9])
    }


_NUMBERS = {word: number for word, number in (_russian() | _kazakh() | _english()).items() if number <= 31}


def _any_of(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_ORDINAL = re.compile(
    rf"\b(?:(?P<russian>{_any_of(_russian())}){_RUSSIAN_ENDS}|(?P<english>{_any_of(_english())})|"
    rf"(?:(?P<kazakh>{_any_of(_kazakh())})(?:ин|ын|н)?(?:ши|шы)|"
    rf"(?<=\S )(?P<of_month>{_any_of(_kazakh())})(?=(?:и|ы|си|сы)(?:нде|нда|нен|нан|не|на)?\b))"
    r"(?P<end>[а-я]{0,6}))(?!\w)"
)
"""A Kazakh number with the ending of belonging follows its month; alone it may be another word (`оны`, him)."""


def in_digits(words: str) -> str:
    """The words with ordinal numbers up to 31 as digits."""
    return _ORDINAL.sub(_digits, words)


def _digits(found: re.Match[str]) -> str:
    number = _NUMBERS.get(found["russian"] or found["english"] or found["kazakh"] or found["of_month"])
    return found[0] if number is None else f"{number}{found['end'] or ''}"
