"""Coordinates that are exact: three decimals of a degree (a hundred metres) or more, minutes with seconds or decimals, and
plus codes. Coarser ones are what the bot itself publishes."""

import re
from collections.abc import Iterator
from itertools import pairwise

from bot.safety.personal_data.finding import Finding, Kind

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
"""Degrees of Kazakhstan."""
_PLUS_CODE = re.compile(r"(?<![\w+])(?:[23456789CFGHJMPQRVWX]{4}){1,2}\+[23456789CFGHJMPQRVWX]{2,3}(?!\w)")


def coordinates(text: str) -> Iterator[Finding]:
    """The exact coordinates of a text: two numbers that can be latitude and longitude, in either order, beside each other."""
    numbers = [found for found in _NUMBER.finditer(text) if _is_angle(found)]
    for one, other in pairwise(numbers):
        gap = text[one.end() : other.start()]
        if len(gap) <= _LONGEST_GAP and _BETWEEN.match(gap) and _is_place(one, other):
            behind = _BESIDE.match(text, other.end())
            yield Finding(Kind.COORDINATES, one.start(), behind.end() if behind else other.end())
    for found in _PLUS_CODE.finditer(text):
        yield Finding(Kind.COORDINATES, found.start(), found.end())


def _is_angle(found: re.Match[str]) -> bool:
    """Whether a number can be one of a pair."""
    return found["degrees"] is None or int(found["degrees"]) <= 180


def _is_place(one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether two numbers are those of a place: anywhere if they are finer than a thousand is written (45.000), else one in
    Kazakhstan."""
    pair = [found for found in (one, other) if found["degrees"] is not None]
    if all(len(found["decimals"]) > _THOUSAND for found in pair):
        return True
    south, west = (
        sorted(int(found["degrees"]) for found in pair) if len(pair) == len((one, other)) else (0, 0)
    )
    round_numbers = any(found["decimals"].endswith("00") for found in pair)
    return south in _LATITUDES and west in _LONGITUDES and not round_numbers
