"""Numbers in words: `трое` and `үшеу` are 3; `пятого`, `бесінші` and `the fifth` are days of a month.

Texts are folded. Kazakh endings are kept, since `-нен` and `-не` tell the ends of a period.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product

from bot.form.typed.folding import fold
from bot.form.typed.vocabulary import words
from bot.languages import ENDING, Language, expression, languages

LAST_DAY = 31


@cache
def values() -> dict[str, int]:
    """The number that a word counts: none if it is a common word of another language (`он`, ten and he)."""
    never = words("numbers.not_a_number")
    return {word: number for word, number in _all_of("numbers") if word not in never}


@cache
def values_of_units() -> dict[str, int]:
    """The number that words count before a unit of time. Larger ones in words are a way of speaking (`сто лет назад`)."""
    counting = (*_all_of("numbers"), *_all_of("numbers_of_units"))
    return {words: number for words, number in counting if number <= 10}


def any_of(found: Iterable[str]) -> str:
    """An expression for any of some words, the longest first."""
    return f"(?:{'|'.join(map(re.escape, sorted(found, key=len, reverse=True)))})"


def in_digits(text: str) -> str:
    """The text with ordinal numbers up to 31 as digits."""
    return _ordinal().sub(_digits, text)


def _digits(found: re.Match[str]) -> str:
    word = found["made"] or found["belonging"]
    number = _made_of()[word] if word else int(str(found.lastgroup)[1:])
    return f"{number}{found['end'] or ''}" if number <= LAST_DAY else found[0]


def _all_of(section: str) -> Iterator[tuple[str, int]]:
    for one in languages():
        for number, phrases in _numbered(one, section).items():
            yield from ((phrase, number) for phrase in phrases)


def _numbered(one: Language, section: str) -> dict[int, list[str]]:
    """The folded phrases of a language by their number."""
    keys = {int(name): key for key in one.phrases if (name := key.removeprefix(f"{section}.")).isdecimal()}
    return {number: [fold(phrase) for phrase in one.phrases[key]] for number, key in keys.items()}


def _tens(one: Language) -> dict[str, int]:
    """The tens of a language that days have, by their first word."""
    numbers = _numbered(one, "numbers")
    return {numbers[ten][0]: ten for ten in (10, 20, 30) if ten in numbers}


@cache
def _made_of() -> dict[str, int]:
    """Numbers in words that take the ending of an ordinal, in the languages that make ordinals so."""
    made: dict[str, int] = {}
    for one in languages():
        if "ordinals.of_numbers" in one.phrases:
            tens = _tens(one)
            units = {forms[0]: number for number, forms in _numbered(one, "numbers").items() if number < 10}
            made |= units | tens
            made |= {f"{ten} {unit}": tens[ten] + units[unit] for ten, unit in product(tens, units)}
    return made


@cache
def _listed() -> dict[int, list[str]]:
    """The expressions of ordinals by their number: as they stand in the files, and with the ten before them."""
    listed: dict[int, list[str]] = defaultdict(list)
    for one in languages():
        ordinals = _numbered(one, "ordinals")
        for number, phrases in ordinals.items():
            listed[number] += [expression(phrase) for phrase in phrases]
        for (word, ten), unit in product(_tens(one).items(), range(1, 10)):
            if ten + unit not in ordinals:
                listed[ten + unit] += [f"{word}[ -]{expression(phrase)}" for phrase in ordinals.get(unit, ())]
    return listed


@cache
def _ordinal() -> re.Pattern[str]:
    """An ordinal, listed or made of a number. In Kazakh a number with the ending of belonging follows its month
    (`қаңтардың бесі`); alone it may be another word (`оны`, him)."""
    endings, belonging = (
        "|".join(expression(fold(phrase)) for one in languages() for phrase in one.phrases.get(key, ()))
        or "(?!)"
        for key in ("ordinals.of_numbers", "ordinals.of_month")
    )
    number = any_of(_made_of())
    listed = "|".join(f"(?P<n{number}>{'|'.join(ways)})" for number, ways in _listed().items())
    return re.compile(
        rf"\b(?:{listed}|(?:(?P<made>{number})(?:{endings})|(?<=\S )(?P<belonging>{number})(?=(?:{belonging})\b))"
        rf"(?P<end>{ENDING}))(?!\w)"
    )
