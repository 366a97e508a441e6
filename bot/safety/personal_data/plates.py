"""Registration plates of cars: Kazakhstan's since 2012 (123 ABC 02, a firm's 123 AB 02), those before (A 123 ABC) and its
neighbours', in Latin letters or in the Cyrillic ones that look like them."""

import re
from collections.abc import Iterator

from bot.safety.personal_data.finding import Finding, Kind

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
"""What only a word about a car makes a plate: any letters, apart or without a region."""
_PLAIN = tuple(map(re.compile, (_NEW, _RUSSIAN, _OLD)))
_WITH_WORD = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (_NEW, _OLD, _KYRGYZ, _UZBEK, _LOOSE))
_CAR = re.compile(
    r"номер|нөмір|госзнак|г/н|г\.\s?н|а/к|plate|number|registration|reg\.|машин|авто|көлік|\bcars?\b|vehicle|\bvan\b|minivan|minibus|taxi|такси|джип|jeep|кроссовер|седан|sedan|внедорожник|микроавтобус|фургон|suv"
    r"|тойот|toyota|prado|прадо|camry|камри|land cruiser|крузер|lada|лада|нива|niva|газель|gazelle|hyundai|хендай|хундай|kia\b|киа\b|nissan|ниссан|mercedes|мерседес|bmw|бмв|lexus|лексус|audi|ауди|volkswagen|chevrolet|шевроле|cobalt|кобальт|nexia|нексия|уаз|mitsubishi|паркетник",
    re.IGNORECASE,
)
_AROUND = 60
"""Characters before and behind in which a word about a car may stand."""
_WORDS = frozenset("AАВКСОУ")
"""Letters that are also words."""
_NO_LETTERS = frozenset(
    [
        "KZT",
        "USD",
        "EUR",
        "RUB",
        "GBP",
        "CNY",
        "KGS",
        "KM",
        "КМ",
        "СМ",
        "КВ",
        "МЕ",
        "ТОО",
        "TOO",
        "АО",
        "AO",
        "УК",
        "РК",
        "СК",
        "КР",
        "РФ",
        "МКС",
        "ТВ",
        "PM",
        "AM",
        "UTC",
        "MRP",
        "MCI",
        "MHZ",
        "KG",
        "MB",
        "GB",
        "TV",
        "RK",
        "NGO",
        "LLP",
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
        "АКТ",
        "НА",
        "НО",
        "ТО",
        "ОТ",
        "МЫ",
        "ВЫ",
        "ОН",
        "АН",
        "РУ",
        "US",
        "UK",
        "UN",
        "EU",
    ]
)
"""Letters between numbers that are money, measures, laws, firms and words."""


def plates(text: str) -> Iterator[Finding]:
    """The plates of a text; they may overlap."""
    for pattern in _PLAIN:
        for found in pattern.finditer(text):
            is_sure = found.groupdict().get("first") not in _WORDS or " " not in found[0]
            if _is_plate(found) and (is_sure or _is_of_car(text, found)):
                yield Finding(Kind.PLATE, found.start(), found.end())
    for pattern in _WITH_WORD:
        for found in pattern.finditer(text):
            if _is_plate(found) and (_is_of_car(text, found) or _is_glued(found)):
                yield Finding(Kind.PLATE, found.start(), found.end())


def _is_plate(found: re.Match[str]) -> bool:
    letters = found["letters"] or found["short"]
    return letters.upper().strip() not in _NO_LETTERS


def _is_glued(found: re.Match[str]) -> bool:
    """Whether letters and numbers of a plate with its region stand without a gap (777abc05)."""
    return found.re.pattern == _NEW and found[0].isalnum()


def _is_of_car(text: str, found: re.Match[str]) -> bool:
    around = text[max(0, found.start() - _AROUND) : found.start()], text[found.end() : found.end() + _AROUND]
    return any(map(_CAR.search, around))
