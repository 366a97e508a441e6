"""Individual identification numbers (ИИН, ЖСН): twelve digits, the date of birth, a digit for century and sex, four of a
series and a check digit (government resolution 853 of 22 October 2003)."""

import re
from collections.abc import Iterator
from datetime import date

from bot.safety.personal_data.finding import Finding, Kind

_TWELVE = re.compile(r"(?<![\dA-Za-z])\d(?:[\s\-–]?\d){11}(?!\d)")
_SAID = re.compile(
    r"\b(?:(?P<own>иин|жсн|iin|jsn)|(?P<firm>бин|бсн|bin|bsn))\w{0,6}\W{0,12}(?:\w{1,12}\W{1,3}){0,2}\Z",
    re.IGNORECASE,
)
_BEFORE = 50
"""Characters before a number in which a word may say what it is."""
_WEIGHTS = (range(1, 12), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2))
_CENTURIES = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}


def iins(text: str) -> Iterator[Finding]:
    """The IINs of a text: numbers that are right by date and check digit, and whatever is called an IIN. A number that is
    called a firm's (БИН) is none."""
    for found in _TWELVE.finditer(text):
        said = _SAID.search(text[max(0, found.start() - _BEFORE) : found.start()])
        if said["own"] if said else is_iin("".join(filter(str.isdecimal, found[0]))):
            yield Finding(Kind.IIN, found.start(), found.end())


def is_iin(digits: str) -> bool:
    """Whether twelve digits are an IIN by its date and its check digit."""
    century = _CENTURIES.get(digits[6])
    return (
        century is not None
        and _is_date(century + int(digits[:2]), digits)
        and check_digit(digits[:11]) == int(digits[11])
    )


def check_digit(digits: str) -> int:
    """The check digit of eleven digits; 10 if there can be none, since such a series is not given out."""
    for weights in _WEIGHTS:
        rest = sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11
        if rest < 10:
            break
    return rest


def _is_date(year: int, digits: str) -> bool:
    try:
        date(year, int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return True
