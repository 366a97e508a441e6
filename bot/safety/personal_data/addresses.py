"""Addresses with a house: a street or a quarter with its number, whatever stands for it, with the town before and the flat
behind. A street or a square alone is where things happen, and is none."""

import re
from collections.abc import Iterator
from functools import cache

from bot.safety.personal_data.address_patterns import (
    ANY_NAME,
    BARE_NUMBER,
    CAPITAL,
    CAPITAL_LETTER,
    FLAT,
    HOUSE,
    NUMBER,
    QUARTER_BEFORE,
    REST,
    SEPARATOR,
    STREET_BEFORE,
    STREET_BEHIND,
    STRICT_NAME,
    TITLE,
    UNCOUNTED,
)
from bot.safety.personal_data.finding import Finding, Kind

_STREET_FIRST = rf"""
    \b(?i:{STREET_BEFORE}|{QUARTER_BEFORE})\s{{0,2}}
    (?:(?i:{ANY_NAME}{SEPARATOR}{HOUSE}{REST})|{STRICT_NAME}(?i:{SEPARATOR}{BARE_NUMBER}{REST}))
"""
"""ул. Абая, д. 12, кв. 5"""
_NUMBER_FIRST = rf"""
    \b(?:(?:{FLAT}|(?i:house|building|apt\.?|apartment|flat))[\s,]{{1,3}})?
    (?!(?:19|20)\d\d\b)\d{{1,4}}[A-Za-z]?(?:[/\-]\d{{1,4}})?,?\s{TITLE}\s
    (?:[Ss]treet|St\b\.?|[Aa]venue|Ave\b\.?|[Rr]oad|Rd\b\.?|[Ll]ane|[Bb]oulevard|Blvd\b\.?|[Pp]rospekt|[Mm]icrodistrict)
    (?i:{REST})
"""
"""12 Abay Street, apt 5"""
_HOUSE_ON_STREET = rf"""
    \b(?i:(?:кв\.?|квартир\w{{1,3}}|apartment|apt\.?|flat)\s?№?\s?\d{{1,4}}\s(?:в\s|in\s|of\s)?)?
    (?i:дом\w{{0,2}}|house|building)\s№?\s?\d{{1,4}}[а-яa-z]?(?:/\d{{1,3}})?,?\s(?i:по|на|on|at|in|in\sthe)\s
    (?:(?i:{STREET_BEFORE}|{QUARTER_BEFORE})\s{{0,2}})?{CAPITAL}(?:\s{CAPITAL}){{0,2}}(?:[\s\-]\d{{1,2}}\b)?
"""
"""в доме 15 по улице Абая"""
_HOUSE_AND_FLAT = rf"\b(?i:{HOUSE}{SEPARATOR}{FLAT}{REST})"
"""12-үй, 5-пәтер"""
_NAME_AND_FLAT = rf"\b{TITLE},?\s{NUMBER}{SEPARATOR}(?i:{FLAT}{REST})"
"""Абая 150, кв. 4"""
_VILLAGE_AND_HOUSE = rf"""
    \b(?:(?i:село|селе|села|с\.|аул\w?|пос\.|посел\w{{2,3}}|посёл\w{{2,3}}|дачи)\s?{CAPITAL}
    |{CAPITAL}\s(?i:ауыл\w{{0,6}}|кент\w{{0,6}}|village)),?\s(?i:{HOUSE}{REST})
"""
"""село Шамалган, дом 12"""
_TOWN_AND_NUMBERS = rf"""
    \b{CAPITAL},\s(?!Стат|Бап|Art|Закон|Сот|Суд|Law)(?:{TITLE}),?\s
    \d{{1,3}}[А-Яа-яA-Za-z]?(?:/\d{{1,2}})?\s?[-–]\s?\d{{1,4}}(?![\d\-–./])(?i:{UNCOUNTED})
"""
"""A town, what must be a street, a house and a flat: Павлодар, Камзина 68-119"""
_ADJECTIVE_AND_NUMBER = rf"""
    \b[А-ЯЁA-Z][\w\-]{{3,30}}(?:ская|цкая|ная|вая|skaya|naya|vaya|skaia),?\s(?i:{BARE_NUMBER}{REST})
"""
"""A street that is only called by its adjective: Интернациональная 19"""
_SHAPES = (
    _STREET_FIRST,
    _NUMBER_FIRST,
    _HOUSE_ON_STREET,
    _HOUSE_AND_FLAT,
    _NAME_AND_FLAT,
    _VILLAGE_AND_HOUSE,
    _TOWN_AND_NUMBERS,
    _ADJECTIVE_AND_NUMBER,
)
_HOME = rf"""
    \b(?i:адрес\w{{0,3}}|прожива\w{{2,6}}|жив[её]т\b|жил\w?\b|прописан\w?|зарегистрирован\w?|мекенжай\w{{0,6}}|lives?\s(?:at|on)
    |living\s(?:at|on)|resid\w{{2,4}}\s(?:at|on)|address|home\s(?:at|on))
    [\s:–\-]{{1,3}}(?i:(?:по\sадресу|по|на|в|at|is|on|in)[\s:]{{1,2}})?
    (?P<address>(?:(?i:г\.|город)?\s?{CAPITAL},\s)?(?:{TITLE},?\s){BARE_NUMBER}(?i:{REST}))
"""
"""проживает: Байтурсынова 45"""
_STREET_LAST = rf"\b(?i:{STREET_BEHIND}{SEPARATOR}(?:{HOUSE}|{BARE_NUMBER}|{FLAT}){REST})"
"""көшесі, 12-үй, 5-пәтер, behind a name"""
_NAME_BEFORE = rf"""
    (?:\b\d{{1,2}}(?:st|nd|rd|th|-?(?:й|ый|ой|ий|м|ші|шы|інші|ыншы))?[\s\-–]{{1,2}}
    |(?:{TITLE}|(?:{CAPITAL_LETTER}\.\s?){{1,2}}{CAPITAL})(?:[\s\-–]\d{{1,2}})?\s?[»\"]?\s)\Z
"""
_TOWNS_BEFORE = rf"""
    (?:(?:(?i:г\.|гор\.|город\w{{0,2}}|село|селе|с\.|аул|пос\.|посёлок|поселок|п\.|ст\.|city\sof)\s?)?{CAPITAL}
    (?:\s(?i:қала\w{{0,5}}|қ\.|ауд\.|обл\.|р-н\w?|мкр\.?|mkr\.?|microdistrict|ауыл\w{{0,5}}|аудан\w{{0,6}}|облыс\w{{0,5}}
    |кент\w{{0,4}}|район\w{{0,2}}|област\w|city|district|village|region|oblast))?,?\s){{1,4}}(?i:(?:на|по|в|at|on)\s)?\Z
"""
_LONGEST_BEFORE = 110
"""Characters before an address in which its town, or before a street its name, may stand."""


@cache
def _pattern(shape: str) -> re.Pattern[str]:
    """Compiled when it is first asked for: most starts of the program look for no address, and all of these take a twentieth of one."""
    return re.compile(shape, re.VERBOSE)


def addresses(text: str) -> Iterator[Finding]:
    """The addresses of a text; they may overlap."""
    for start, end in _with_house(text):
        towns = _pattern(_TOWNS_BEFORE).search(text[max(0, start - _LONGEST_BEFORE) : start])
        is_listed = towns is not None and "," in towns[0]
        yield Finding(Kind.ADDRESS, start - len(towns[0]) if towns is not None and is_listed else start, end)


def _with_house(text: str) -> Iterator[tuple[int, int]]:
    for shape in _SHAPES:
        yield from (found.span() for found in _pattern(shape).finditer(text))
    yield from (found.span("address") for found in _pattern(_HOME).finditer(text))
    for found in _pattern(_STREET_LAST).finditer(text):
        name = _pattern(_NAME_BEFORE).search(text, max(0, found.start() - _LONGEST_BEFORE), found.start())
        if name is not None:
            yield name.start(), found.end()
