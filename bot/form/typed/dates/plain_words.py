"""Reduction of a typed date to plain words, with relative years and months named. Times of day are dropped
and never kept."""

import re
import unicodedata
from datetime import date
from functools import cache

from bot.form.typed.amounts import any_of, in_digits, values
from bot.form.typed.dates.intervals import number_of, of_number, text_of
from bot.form.typed.dates.partial_dates import century
from bot.form.typed.normalization import normalized
from bot.form.typed.vocabulary import (
    MONTH_WORDS,
    NIGHT_BEFORE,
    TODAY,
    UNTIL,
    Match,
    PhrasePattern,
    one_of,
    slot,
    spellings,
)

_DASH = re.compile(r"\s*[‐‑‒–—−]\s*")
_SPACES = re.compile(r"\s+")
_QUOTES = re.compile(r"[)\[\]«»“”\"]")
_COMMAS = re.compile(r"(?:\s*[,(]\s*)+")
_WORD = re.compile(r"\w+")
_EDGES = " .,!?;:…"

_SYMBOLS = frozenset({"So", "Sk", "Cf", "Mn", "Me", "Co", "Cn"})
# `? - April 2024`
_NOTHING_BEFORE_DASH = re.compile(r"^\s*(?:\?+|\.{2,}|…)\s*[-‐‑‒–—−]\s*")
# `April '24`
_YEAR_BEHIND_APOSTROPHE = re.compile(r"(?<!\w)['’‘ʼ](\d\d)(?!\d)")
_SPACED_DATE = re.compile(r"\b(\d{1,2}) ?[.] ?(\d{1,2}) ?[.] ?(\d{4}|\d\d)(?!\d)")
_NUMBERED_MONTH = PhrasePattern(r"\b{dates.numbered_month}(?!\w)", number="(?:1[0-2]|[1-9])")
_NUMBER = re.compile(r"\d+")
_SAID = PhrasePattern("{dates.said}")
_ROUGHLY = PhrasePattern(r"^(?:{dates.roughly.before}[ ,]+)+|[ ,]+{dates.roughly.after}$")

_HOUR = r"(?:[01]?\d|2[0-3])"
_AT = r"(?:(?:{time_of_day.at} ?\b)+)"
# `14:30` is always a time. `14.30` is one after a preposition or a year, a bare hour with a word such as `часов` or `сағат`:
# otherwise they are numbers of a date. `2 часа назад` is not a time of day.
_TIME = PhrasePattern(
    rf"(?:\b{_AT} )?\b{_HOUR}:[0-5]\d(?!\d)(?:{{time_of_day.endings}}\b)?(?: ?{{time_of_day.times.after}}(?!\w))?(?: {{dates.roughly.after}})?"
    rf"|(?<=\S ){_AT} {_HOUR}\.[0-5]\d(?![\d.])(?:{{time_of_day.endings}}\b)?"
    rf"|(?<=\d{{4}})[ ,]+{_HOUR}\.[0-5]\d$"
    rf"|(?:\b{_AT} )?\b{{time_of_day.times}}(?!\w)(?: ?[0-5]?\d ?{{time_of_day.minutes}})?(?! {{from_today.ago.after}})"
    rf"|(?<=\S ){{time_of_day.at_hour}} {_HOUR}$",
    number=rf"{_HOUR}(?:[:.][0-5]\d)?",
)
_BETWEEN_TIMES = PhrasePattern(
    r"\b(?:{periods.from.before} +{periods.till}|{periods.between.before} +{periods.and})\b"
)
_PART_OF_DAY = PhrasePattern(rf"\b(?:{{time_of_day.part}}|{NIGHT_BEFORE})(?!\w)")

_THIS_PART = PhrasePattern(r"\b{from_today.also_today}(?!\w)|^{from_today.moments_ago}$", number=r"\d{1,2}")
_LAST_NIGHT = PhrasePattern(r"\b{from_today.last_night}(?!\w)")
_YEARS = {"year_before_last": -2, "last_year": -1, "this_year": 0, "next_year": 1}
_MONTHS = {"month_before_last": -2, "last_month": -1, "this_month": 0, "next_month": 1}
_NAMED_FROM_TODAY = PhrasePattern(rf"\b{one_of('from_today', (*_YEARS, *_MONTHS))}(?!\w)")
_FROM = PhrasePattern("{periods.from_endings}$")


def plain(text: str, today: date) -> tuple[str, bool]:
    """Plain words of a typed date, and whether it is approximate."""
    written = _YEAR_BEHIND_APOSTROPHE.sub(
        _in_full, _SPACED_DATE.sub(r"\1.\2.\3", _without_symbols(normalized(text)))
    )
    written = _NOTHING_BEFORE_DASH.sub(f"{UNTIL} ", written)
    words = _said(_respelled(_tidy(_DASH.sub(" - ", _QUOTES.sub(" ", written)))))
    numbered = _full_year().sub(_in_words, in_digits(words))
    dated = _tidy(_BETWEEN_TIMES.sub(" ", _TIME.sub(" ", numbered)))
    exact = _tidy(_ROUGHLY.sub("", dated))
    return _tidy(_dated(exact, today)), exact != dated


def without_part_of_day(words: str) -> str:
    return _tidy(_PART_OF_DAY.sub(" ", words))


def _without_symbols(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter) not in _SYMBOLS)


def _in_full(found: Match) -> str:
    return str(century(int(found[1])))


@cache
def _full_year() -> PhrasePattern:
    """`две тысячи 24`, `two thousand and nineteen`, `екі мың жиырма үш`."""
    number = rf"(?:\d{{1,2}}|{any_of(values())})"
    return PhrasePattern(
        rf"\b{{numbers.2}} {{numbers.1000}}(?: {{periods.and}})? (?P<tens>{number})(?:[ -](?P<units>{number}))?(?!\w)"
    )


def _in_words(found: Match) -> str:
    numbers = [
        int(said) if said.isdecimal() else values()[said] for said in found.group("tens", "units") if said
    ]
    is_year = sum(numbers) < 100 and (len(numbers) == 1 or numbers[1] < 10 <= numbers[0])
    return f"20{sum(numbers):02}" if is_year else found[0]


def _tidy(words: str) -> str:
    return _SPACES.sub(" ", _COMMAS.sub(_comma, words)).strip(_EDGES)


def _comma(found: Match) -> str:
    return "," if found[0] == "," else ", "


def _respelled(words: str) -> str:
    meant = spellings()
    return _WORD.sub(lambda found: meant.get(found[0], found[0]), words)


def _said(words: str) -> str:
    while inner := slot(_SAID.fullmatch(words)):
        words = inner
    return words


def _dated(words: str, today: date) -> str:
    words = _NUMBERED_MONTH.sub(_month_name, _THIS_PART.sub(TODAY, words))
    words = _LAST_NIGHT.sub(f"{NIGHT_BEFORE} {TODAY}", words)
    return _NAMED_FROM_TODAY.sub(lambda found: _named(found, today), words)


def _month_name(found: Match) -> str:
    number = _NUMBER.search(found[0])
    return MONTH_WORDS[int(number[0]) - 1] if number else found[0]


def _named(found: Match, today: date) -> str:
    shift = _MONTHS.get(str(found.lastgroup))
    if shift is None:
        name = str(today.year + _YEARS[str(found.lastgroup)])
    else:
        year, month = of_number(number_of(text_of(today)) + shift)
        name = f"{MONTH_WORDS[month - 1]} {year}"
    ending = _FROM.search(found[0])
    return name + (ending[0] if ending else "")
