"""Numbers in words: `трое` and `үшеу` are 3; `пятого`, `бесінші` and `the fifth` are days of a month.

Texts are normalized. Case endings stay behind the digits, since Kazakh `-нен` and `-не` mark the ends of a period.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product

from bot.form.typed.normalization import normalized
from bot.form.typed.vocabulary import Match, PhrasePattern, words
from bot.languages import ENDING, Language, expression, languages

LAST_DAY = 31


@cache
def values() -> dict[str, int]:
    """The number that each word means, of a plural one of its units, but for words that are common in another language (`он`: ten, and he)."""
    never = words("numbers.not_a_number")
    return {word: number for word, number in (*_all_of("numbers"), *_all_of("plurals")) if word not in never}


@cache
def plurals() -> frozenset[str]:
    """The words that mean several tens, hundreds, thousands or millions. As a case of the number itself (`более тысячи`)
    they are values like any other."""
    return frozenset(word for word, _ in _all_of("plurals"))


@cache
def values_of_units() -> dict[str, int]:
    """The number, up to thirty, that words mean before a unit of time: larger ones are figures of speech (`сто лет назад`)."""
    counting = (*_all_of("numbers"), *_all_of("numbers_of_units"))
    return {words: number for words, number in counting if number <= 30}


def any_of(found: Iterable[str]) -> str:
    """A regular expression for any of these words, the longest first."""
    return f"(?:{'|'.join(map(re.escape, sorted(found, key=len, reverse=True)))})"


def in_digits(text: str) -> str:
    """The text with ordinals up to 31 in digits."""
    return _ordinal().sub(_digits, text)


def _digits(found: Match) -> str:
    word = found["made"] or found["possessed"]
    number = _made_of()[word] if word else int(str(found.lastgroup)[1:])
    return f"{number}{found['end'] or ''}" if number <= LAST_DAY else found[0]


def _all_of(section: str) -> Iterator[tuple[str, int]]:
    for one in languages():
        for number, phrases in _numbered(one, section).items():
            yield from ((phrase, number) for phrase in phrases)


def _numbered(one: Language, section: str) -> dict[int, list[str]]:
    """The normalized phrases of a language by their number."""
    keys = {int(name): key for key in one.phrases if (name := key.removeprefix(f"{section}.")).isdecimal()}
    return {number: [normalized(phrase) for phrase in one.phrases[key]] for number, key in keys.items()}


def _tens(one: Language) -> dict[str, int]:
    """Ten, twenty and thirty of a language, by the first word for each."""
    numbers = _numbered(one, "numbers")
    return {numbers[ten][0]: ten for ten in (10, 20, 30) if ten in numbers}


@cache
def _made_of() -> dict[str, int]:
    """The numbers, in words, of which a language makes its ordinals by an ending."""
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
    """Regular expressions of the ordinals listed in the files, alone and behind a ten, by their number."""
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
def _ordinal() -> PhrasePattern:
    """An ordinal: listed in a file, or made of a number.

    In Kazakh a number with the ending of possession follows its month (`қаңтардың бесі`); on its own it may be another
    word (`оны`, him).
    """
    number = any_of(_made_of())
    listed = "|".join(f"(?P<n{number}>{'|'.join(ways)})" for number, ways in _listed().items())
    return PhrasePattern(
        rf"\b(?:{listed}|(?:(?P<made>{number}){{ordinals.of_numbers}}"
        rf"|(?<=\S )(?P<possessed>{number})(?={{ordinals.of_month}}\b))(?P<end>{ENDING}))(?!\w)"
    )
