"""Registration plates of cars: Kazakhstan's since 2012 (123 ABC 02, a firm's 123 AB 02), those before (A 123 ABC), Russia's
(A 123 BC 77), in Latin letters or in the Cyrillic ones that look like them."""

import re
from collections.abc import Iterator

from bot.safety.personal_data.finding import Finding, Kind

_LETTER = "[A-ZАВЕКМНОРСТУХ]"
_GAP = r"[ \t\u00a0\-–|/·]{0,3}"
_REGION = "(?:0[1-9]|1[0-9]|20)"
_END = r"(?![\w]|[.,:]\d|\s?%)"
_NEW = rf"(?:KZ{_GAP})?\d{{2,3}}{_GAP}(?P<letters>{_LETTER}{{2,3}}){_GAP}{_REGION}{_END}"
_RUSSIAN = rf"{_LETTER}{_GAP}\d{{3}}{_GAP}(?P<letters>{_LETTER}{{2}}){_GAP}\d{{2,3}}{_END}"
_OLD = rf"{_LETTER}{_GAP}\d{{3}}{_GAP}(?P<letters>{_LETTER}{{2,3}})(?!\w)"
_START = r"(?<![\w.,№])"
_PLATE = re.compile(rf"{_START}(?:{_NEW})")
_OF_RUSSIA = re.compile(rf"{_START}(?:{_RUSSIAN})")
_BEFORE_2012 = re.compile(rf"{_START}(?:{_OLD})")
_ANY_CASE = re.compile(rf"{_START}(?:{_NEW})", re.IGNORECASE)
_OLD_ANY_CASE = re.compile(rf"{_START}(?:{_OLD})", re.IGNORECASE)
_SAID = re.compile(
    r"(?:номер|нөмір|гос|мемлекеттік|plate|number|registration|машин|авто|көлік|\bcar\b|vehicle|джип|тойот|toyota|bus|prado|camry|lada|лада|газель)[^\n]{0,40}\Z",
    re.IGNORECASE,
)
_BEFORE = 60
_NO_LETTERS = frozenset(
    [
        "KZT",
        "USD",
        "EUR",
        "RUB",
        "GBP",
        "KM",
        "КМ",
        "СМ",
        "ТОО",
        "TOO",
        "АО",
        "AO",
        "УК",
        "РК",
        "СК",
        "МКС",
        "ТВ",
        "PM",
        "AM",
        "UTC",
        "MRP",
        "KG",
        "MB",
        "GB",
        "TV",
        "RK",
        "THE",
        "AND",
        "FOR",
        "OF",
        "IN",
        "TO",
        "ON",
        "BY",
        "AT",
        "OR",
    ]
)
"""Letters between numbers that are money, measures, laws, firms and words."""


def plates(text: str) -> Iterator[Finding]:
    """The plates of a text; they may overlap."""
    for pattern in (_PLATE, _OF_RUSSIA):
        yield from (_finding(found) for found in pattern.finditer(text) if _is_plate(found))
    for pattern in (_ANY_CASE, _OLD_ANY_CASE, _BEFORE_2012):
        for found in pattern.finditer(text):
            told = _SAID.search(text[max(0, found.start() - _BEFORE) : found.start()])
            if _is_plate(found) and (told or not any(map(str.isspace, found[0]))):
                yield _finding(found)


def _is_plate(found: re.Match[str]) -> bool:
    return found["letters"].upper() not in _NO_LETTERS


def _finding(found: re.Match[str]) -> Finding:
    return Finding(Kind.PLATE, found.start(), found.end())
