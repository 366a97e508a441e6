"""Car plates, IINs, phone numbers and coordinates.

Plates are Kazakhstan's since 2012 (123 ABC 02, a firm's 123 AB 02) and older (A 123 ABC), and its
neighbours', in Latin or similar Cyrillic letters.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from bot.safety.personal_data.words import Finding, FindingKind

_LETTER = "[A-ZАВЕКМНОРСТУХ]"
_GAP = r"[ \t\u00a0\-–‑|/·.]{0,3}"
_REGION = r"(?:\(?(?:(?:reg(?:ion|\.)?|рег(?:ион|\.)?)\s)?(?:0[1-9]|1[0-9]|20)\)?)"
_START = r"(?<!\w)(?<!\d[.,])"
_END = r"(?![\w]|[.,:]\d|\s?%)"
_NEW = rf"{_START}(?:KZ{_GAP})?\d{{2,4}}{_GAP}(?P<letters>{_LETTER}{{2,3}}){_GAP}{_REGION}{_END}"
_OLD = rf"{_START}(?P<first>{_LETTER}){_GAP}\d{{3}}{_GAP}(?P<letters>{_LETTER}{{2,3}})(?!\w)"
_RUSSIAN = rf"{_START}{_LETTER}{_GAP}\d{{3}}{_GAP}(?P<letters>{_LETTER}{{2}}){_GAP}\d{{2,3}}{_END}"
_KYRGYZ = rf"{_START}\d{{2}}{_GAP}(?:KG)?{_GAP}(?P<letters>\d{{3}}{_GAP}{_LETTER}{{3}}){_END}"
_UZBEK = rf"{_START}\d{{2}}{_GAP}{_LETTER}{_GAP}(?P<letters>\d{{3}}{_GAP}{_LETTER}{{2}}){_END}"
_LOOSE = (
    rf"{_START}(?P<letters>(?:[A-Z]{_GAP})?\d{{3}}{_GAP}(?:[A-Zа-яё]{_GAP}){{2,3}}){_REGION}{_END}"
    rf"|{_START}\d{{3}}{_GAP}(?P<short>{_LETTER}{{3}})(?!\w)"
)
"""Plates only beside a word about a car: any letters, spaced or without a region."""
_PLAIN = tuple(map(re.compile, (_NEW, _RUSSIAN, _OLD)))
_WITH_WORD = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (_NEW, _OLD, _KYRGYZ, _UZBEK, _LOOSE))
_CAR = re.compile(
    r"номер|нөмір|госзнак|г/н|г\.\s?н|а/к|plate|number|registration|reg\.|машин|авто|көлік|\bcars?\b|vehicle|\bvan\b|minivan|minibus|taxi|такси|джип|jeep|кроссовер|седан|sedan|внедорожник|микроавтобус|фургон|suv"
    r"|тойот|toyota|prado|прадо|camry|камри|land cruiser|крузер|lada|лада|нива|niva|газель|gazelle|hyundai|хендай|хундай|kia\b|киа\b|nissan|ниссан|mercedes|мерседес|bmw|бмв|lexus|лексус|audi|ауди|volkswagen|chevrolet|шевроле|cobalt|кобальт|nexia|нексия|уаз|mitsubishi|паркетник",
    re.IGNORECASE,
)
_AROUND = 60
_WORDS = frozenset("AАВКСОУ")
_NO_LETTERS = frozenset((
    "KZT", "USD", "EUR", "RUB", "GBP", "CNY", "KGS", "KM", "КМ", "СМ", "КВ", "МЕ", "ТОО", "TOO", "АО",
    "AO", "УК", "РК", "СК", "КР", "РФ", "МКС", "ТВ", "PM", "AM", "UTC", "MRP", "MCI", "MHZ", "KG", "MB",
    "GB", "TV", "RK", "NGO", "LLP", "THE", "AND", "FOR", "OF", "IN", "TO", "ON", "BY", "AT", "OR", "АКТ",
    "НА", "НО", "ТО", "ОТ", "МЫ", "ВЫ", "ОН", "АН", "РУ", "US", "UK", "UN", "EU",
))  # fmt: skip
"""Letters between numbers that mean money, measures, laws, firms or words."""


def plates(text: str) -> Iterator[Finding]:
    for pattern in _PLAIN:
        for found in pattern.finditer(text):
            is_sure = found.groupdict().get("first") not in _WORDS or " " not in found[0]
            if _is_plate(found) and (is_sure or _is_of_car(text, found)):
                yield Finding(FindingKind.PLATE, found.start(), found.end())
    for pattern in _WITH_WORD:
        for found in pattern.finditer(text):
            is_glued = found.re.pattern == _NEW and found[0].isalnum()
            if _is_plate(found) and (is_glued or _is_of_car(text, found)):
                yield Finding(FindingKind.PLATE, found.start(), found.end())


def _is_plate(found: re.Match[str]) -> bool:
    letters = found["letters"] or found["short"]
    return letters.upper().strip() not in _NO_LETTERS


def _is_of_car(text: str, found: re.Match[str]) -> bool:
    around = text[max(0, found.start() - _AROUND) : found.start()], text[found.end() : found.end() + _AROUND]
    return any(map(_CAR.search, around))


_TWELVE = re.compile(r"(?<![\dA-Za-z])\d(?:[\s\-–]?\d){11}(?!\d)")
_SAID = re.compile(
    r"\b(?:(?P<own>иин|жсн|iin|jsn)|(?P<firm>бин|бсн|bin|bsn))\w{0,6}\W{0,12}(?:\w{1,12}\W{1,3}){0,2}\Z",
    re.IGNORECASE,
)
_BEFORE = 50
_WEIGHTS = (range(1, 12), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2))
_CENTURIES = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}


def iins(text: str) -> Iterator[Finding]:
    """IINs in a text: valid by date and check digit, or called an IIN. A firm's number (БИН) is ignored."""
    for found in _TWELVE.finditer(text):
        said = _SAID.search(text[max(0, found.start() - _BEFORE) : found.start()])
        if said["own"] if said else is_iin("".join(filter(str.isdecimal, found[0]))):
            yield Finding(FindingKind.IIN, found.start(), found.end())


def is_iin(digits: str) -> bool:
    century = _CENTURIES.get(digits[6], 0)
    try:
        date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return century > 0 and check_digit(digits[:11]) == int(digits[11])


def check_digit(digits: str) -> int:
    """Check digit of eleven digits, or 10 for a series that is never issued."""
    for weights in _WEIGHTS:
        rest = sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11
        if rest < 10:
            break
    return rest


_PHONES_GAP = r"[\s()\-–—‑.]{0,3}"
_OWN = re.compile(
    rf"(?<![\dA-Za-z+])(?:\+{_PHONES_GAP}7|[78]){_PHONES_GAP}(?P<code>[3-79])(?:{_PHONES_GAP}\d){{9}}(?!\d)",
)
"""Number with the prefix +7, 8 or 7, and an assigned first digit of its code."""
_FOREIGN = re.compile(rf"(?<!\d)\+(?!{_PHONES_GAP}7)\d(?:{_PHONES_GAP}\d){{8,14}}(?!\d)")
_MOBILE = re.compile(
    rf"(?<![\dA-Za-z+])(?<!\d[-–/.,])\(?7(?:0[0-8]|47|7[15678]){_PHONES_GAP}(?:\d{_PHONES_GAP}){{6}}\d(?!\d)"
)
_IN_TOWN = re.compile(
    r"(?:тел|телефон\w{0,3}|т|phone|tel|call|звон\w{1,6}|номер\w{0,3}|нөмір\w{0,5}|ұялы|городск\w{2,3})\b[.:№\s]{1,4}"
    r"(?P<number>(?:\(\d{3,4}\)\s?)?\d{2,3}[-\s]\d{2}[-\s]\d{2})(?![-\d])",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"\s?(?:тг\b|тен[гь]|теңге|tenge|₸|kzt|руб|долл|usd|\$|€|евро|млн|миллион)", re.IGNORECASE
)


def phones(text: str) -> Iterator[Finding]:
    for pattern in (_OWN, _FOREIGN, _MOBILE):
        for found in pattern.finditer(text):
            # Without a plus a code in use begins with 7 or 9.
            is_given_out = found.re is not _OWN or found[0].startswith("+") or found["code"] in "79"
            if is_given_out and not _MONEY.match(text, found.end()):
                yield Finding(FindingKind.PHONE, found.start(), found.end())
    for found in _IN_TOWN.finditer(text):
        yield Finding(FindingKind.PHONE, *found.span("number"))


_MINUTES = r"[′'’‘´`]|мин\.?|min"
_SECONDS = r"[″\"”“]|''|′′|’’|сек\.?|sec"
_NUMBER = re.compile(
    r"(?<![\d.])[-−–]?(?:"
    r"(?P<degrees>\d{1,3})[.,](?P<decimals>\d{3,15})(?:\s?°)?"
    rf"|\d{{1,3}}\s?(?:[°º]|град\w{{0,4}}\.?|degrees?)\s?\d{{1,2}}(?:[.,]\d{{1,6}}\s?(?:{_MINUTES})|\s?(?:{_MINUTES})\s?\d{{1,2}}(?:[.,]\d{{1,6}})?\s?(?:{_SECONDS}))"
    r")(?![\d])",
    re.IGNORECASE,
)
_SIDE = (
    r"(?:[NSEW]\b|[сюзв]\s?\.?\s?[шд]\b\.?|[сш]\s?\.?\s?[еб]\b\.?|северн\w{2,3}|восточн\w{2,3}|широт\w{1,3}|долгот\w{1,3}|солтүстік|шығыс|ендік\w{0,4}|бойлық\w{0,4}"
    r"|north\w{0,3}|east\w{0,3}|lat(?:itude)?|lon(?:g(?:itude)?)?|lng|%2C)"
)
_BETWEEN = re.compile(rf"(?:[\s,;:/=&|()°+]|{_SIDE}|and\b|и\b|және){{1,12}}\Z", re.IGNORECASE)
_BESIDE = re.compile(rf"\s?{_SIDE}", re.IGNORECASE)
_LONGEST_GAP = 40
_THOUSAND = 3
_LATITUDES, _LONGITUDES = range(40, 56), range(46, 88)
_PLUS_CODE = re.compile(r"(?<![\w+])(?:[23456789CFGHJMPQRVWX]{4}){1,2}\+[23456789CFGHJMPQRVWX]{2,3}(?!\w)")


def coordinates(text: str) -> Iterator[Finding]:
    """Exact coordinates in a text: two adjacent numbers in either order, or a plus code."""
    numbers = [found for found in _NUMBER.finditer(text) if int(found["degrees"] or 0) <= 180]
    for one, other in pairwise(numbers):
        gap = text[one.end() : other.start()]
        if len(gap) <= _LONGEST_GAP and _BETWEEN.match(gap) and _is_place(one, other):
            behind = _BESIDE.match(text, other.end())
            yield Finding(FindingKind.COORDINATES, one.start(), behind.end() if behind else other.end())
    for found in _PLUS_CODE.finditer(text):
        yield Finding(FindingKind.COORDINATES, found.start(), found.end())


def _is_place(one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether two numbers lie in Kazakhstan, or have decimals unlike thousands (45.000)."""
    pair = [found for found in (one, other) if found["degrees"] is not None]
    if all(len(found["decimals"]) > _THOUSAND for found in pair):
        return True
    south, west = (
        sorted(int(found["degrees"]) for found in pair) if len(pair) == len((one, other)) else (0, 0)
    )
    round_numbers = any(found["decimals"].endswith("00") for found in pair)
    return south in _LATITUDES and west in _LONGITUDES and not round_numbers
