"""Ends of a period: `1 - 5 марта`, `с ноября по январь`, `наурыздан мамырға дейін`, or one end: `с марта`."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise

from bot.form.typed.amounts import any_of, in_digits, values
from bot.form.typed.intervals import last_day, month_text, number_of, text_of
from bot.form.typed.partial_dates import (
    DateParts,
    century,
    meaningful,
    month,
    read,
    weekday,
    without_year_words,
)
from bot.form.typed.phrases import (
    MONTH_WORDS,
    NIGHT_BEFORE,
    TODAY,
    UNTIL,
    Match,
    PhrasePattern,
    normalized,
    one_of,
    slot,
    spellings,
)
from bot.form.typed.relative_dates import THIRDS, other_wording, part_of_month, relative, span

Ends = tuple[DateParts, DateParts]

_SINCE, _UNTIL = PhrasePattern("{periods.since}"), PhrasePattern(rf"{{periods.until}}|{UNTIL} (.+)")
_NO_START, _NO_END = PhrasePattern("[ ,]+{periods.no_start}$"), PhrasePattern("[ ,]+{periods.no_end}$")
_STILL = "(?:- |{periods.and} |{periods.still} )*"
# `с марта и до сих пор продолжается`, `наурыздан қазірге дейін`, `март 2025 - н.в.`
_UNTIL_NOW = PhrasePattern(
    rf"(?:{{periods.from_endings}}?[ ,]+{_STILL}(?:{{periods.goes_on}}|{{periods.until_now}})| ?- ?{{periods.now}})+$"
)
# `продолжается с марта`
_GOING_ON = PhrasePattern("^{periods.goes_on} (?={periods.since.before} )")
_FROM = PhrasePattern("^{periods.from.before} ")
# A year may follow the end of a period: `5 қаңтардан 7 қаңтарға дейін 2022`.
_BEFORE_YEAR = r"(?= \d{4}$|$)"
_BETWEEN = PhrasePattern(rf"^{{periods.between.before}} | {{periods.between.after}}{_BEFORE_YEAR}")
# `2019/2021` is a period of years; other slashes belong to one date.
_TILL = PhrasePattern(r" {periods.till} | ?- ?|(?<=\d{4})/(?=\d{4}$)")
_AND = PhrasePattern(",? {periods.and} | ?, ?")
# `2019 жылдан бастап 2021 жылға дейін`: a dash replaces the words between the ends.
_STARTING = PhrasePattern("{periods.from_endings} {periods.from_words} ")
_STARTED = PhrasePattern(r"(.+\w)-?{periods.from_endings}")
_ABLATIVE = PhrasePattern(r"(\w)-?{periods.from_endings} ")
_TILL_WORD = PhrasePattern(f" {{periods.till_words}}{_BEFORE_YEAR}")
_DAYS = PhrasePattern(f" {{dates.days}}{_BEFORE_YEAR}")
# `2022 жылғы 5-7 қаңтар`: the year belongs to both ends, so it goes to the end.
_YEAR_FIRST = re.compile(r"^(\d{4})[ ,]+(\d{1,2}\b.*[^\W\d_].*|[^\W\d_].*)$")
_NUMBER = r"\d{1,2}{ordinals.endings}?"
# `March 5, 6 and 7, 2022`: the days go before their month, unless the last begins a date in digits.
_MONTH_FIRST = PhrasePattern(
    rf"\b([^\W\d_]+)\.? ({_NUMBER}(?:(?:,? {{periods.and}} |, | ?- ?| {{periods.till}} ){_NUMBER}\b(?![\d.]|-\w))+),?"
)
_DAY_NUMBER = re.compile(r"\b\d{1,2}(?!\d)")
# `янв-фев 2022`: after the split neither end has a number beside it.
_SHORT = re.compile(r"\b([^\W\d_]{3,5})\b\.?")
# A day whose month stands at the other end: `қаңтардың 1-інен 12-сіне дейін 2024`.
_DAY_AND_YEAR = PhrasePattern(
    r"(?P<day>0?[1-9]|[12]\d|3[01])|(?P<named>{dates.bare_day}|\d{1,2}) (?P<year>\d{4})", number=r"\d{1,2}"
)

_DASH = re.compile(r"\s*[‐‑‒–—−]\s*")
_QUOTES = re.compile(r"[)\[\]«»“”\"]")
_COMMAS = re.compile(r"(?:\s*[,(]\s*)+")

_SYMBOLS = frozenset({"So", "Sk", "Cf", "Mn", "Me", "Co", "Cn"})
# `? - April 2024`
_NOTHING_BEFORE_DASH = re.compile(r"^\s*(?:\?+|\.{2,}|…)\s*[-‐‑‒–—−]\s*")
# `April '24`
_YEAR_BEHIND_APOSTROPHE = re.compile(r"(?<!\w)['’‘ʼ](\d\d)(?!\d)")
_SPACED_DATE = re.compile(r"\b(\d{1,2}) ?[.] ?(\d{1,2}) ?[.] ?(\d{4}|\d\d)(?!\d)")
_NUMBERED_MONTH = PhrasePattern(r"\b{dates.numbered_month}(?!\w)", number="(?:1[0-2]|[1-9])")
_DIGITS = re.compile(r"\d+")
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
_FROM_ENDING = PhrasePattern("{periods.from_endings}$")


def started(text: str, today: date) -> DateParts | None:
    """Start of an ongoing period."""
    begun = _UNTIL_NOW.sub("", _GOING_ON.sub("", text))
    since = slot(_SINCE.fullmatch(begun))
    if since is None and begun == text:
        return None
    return _only_end(since or begun, today, 0)


def started_by_ending(text: str, today: date) -> DateParts | None:
    """Start marked only by a case ending: `5 сәуірден`."""
    found = _STARTED.fullmatch(text)
    return _only_end(found[1], today, 0) if found else None


def ended(text: str, today: date) -> DateParts | None:
    """End of a period without a start."""
    end = slot(_UNTIL.fullmatch(_NO_START.sub("", text)))
    return None if end is None else _only_end(end, today, 1)


def begun(text: str, today: date) -> DateParts | None:
    """Start of a period with an unknown end."""
    start = _NO_END.sub("", text)
    return None if start == text else _only_end(slot(_SINCE.fullmatch(start)) or start, today, 0)


def _only_end(text: str, today: date, side: int) -> DateParts | None:
    """The only end given, but not a number alone, which may be an hour."""
    return None if re.fullmatch(r"\d{1,2}", text.strip(" .,-")) else bound(text, today, side)


def ends_in(text: str, today: date) -> Iterator[Ends]:
    """All ways to split a text into two ends."""
    part = span(text)
    if part is not None:
        yield part
    is_between = _BETWEEN.search(text) is not None
    plain = _plain(text)
    for word in (_TILL, _AND) if is_between else (_TILL,):
        for found in word.finditer(plain):
            start, end = bound(plain[: found.start()], today, 0), bound(plain[found.end() :], today, 1)
            if start is not None and end is not None:
                yield start, end
    if not is_between:
        yield from _listed(_AND.split(plain), today)


def both(start: DateParts, end: DateParts) -> Ends | None:
    """Both ends, each completed by the other. None if a day has no month."""
    if end.month is None and end.day is not None:
        end = replace(end, month=start.month, year=end.year or start.year)
    if end.month is None and end.year is None:
        end = replace(end, month=start.month, year=start.year)
    if start.month is None and start.year is None:
        start = replace(start, month=end.month, year=end.year)
    if (start.day and not start.month) or (end.day and not end.month):
        return None
    if end.year is not None:
        start = start.in_year_before(end, end.year)
    elif start.year is not None:
        end = replace(end, year=start.year + start.is_later_than(end))
    return start, end


def _plain(text: str) -> str:
    """The text with a dash for Kazakh case endings, the year last and days before their month."""
    plain = _STARTING.sub(" - ", _TILL_WORD.sub("", _BETWEEN.sub("", _FROM.sub("", text))))
    if _TILL_WORD.search(text) and " - " not in plain:
        plain = _ABLATIVE.sub(r"\1 - ", plain, count=1)
    plain = _MONTH_FIRST.sub(_days_first, _DAYS.sub("", without_year_words(plain)))
    if _DIGITS.search(plain):
        plain = _SHORT.sub(_in_full, plain)
    first = _YEAR_FIRST.fullmatch(plain)
    return f"{first[2]} {first[1]}" if first and not re.search(r"\d{4}", first[2]) else plain


def _days_first(found: Match) -> str:
    before, after = found.string[: found.start()], meaningful(found.string[found.end() :])
    is_all = not _DAY_NUMBER.search(before) and all(token.isdecimal() or weekday(token) for token in after)
    return f"{found[2]} {found[1]}" if is_all and month(found[1]) else found[0]


def _in_full(found: Match) -> str:
    place = month(found[1])
    return MONTH_WORDS[place - 1] if place else found[0]


def _listed(pieces: list[str], today: date) -> Iterator[Ends]:
    points = [one for piece in pieces if (one := bound(piece, today, 0)) and one == bound(piece, today, 1)]
    if 1 < len(points) == len(pieces) and all(_follow(*two) for two in pairwise(points)):
        yield points[0], points[-1]


def _day_alone(text: str) -> DateParts | None:
    found = _DAY_AND_YEAR.fullmatch(text)
    number = _DAY_NUMBER.search(found["day"] or found["named"]) if found else None
    if found is None or number is None or not 1 <= int(number[0]) <= 31:
        return None
    return DateParts(int(found["year"]) if found["year"] else None, None, int(number[0]))


def _follow(one: DateParts, other: DateParts) -> bool:
    is_next_month = one.month is not None and other.month == one.month % 12 + 1
    match one.day, other.day:
        case int(day), 1 if one.month is not None:
            return is_next_month and day >= last_day(month_text(2023, one.month)).day
        case int(day), int(following):
            return following == day + 1 and (None in {one.month, other.month} or one.month == other.month)
        case None, None if one.month is not None and other.month is not None:
            return is_next_month
    return one.month is other.month is None and other.year == (one.year or 0) + 1


def bound(text: str, today: date, side: int) -> DateParts | None:
    """One end of a period, by `side` the first or last month of a season. None if ambiguous."""
    text = text.strip(" .,")
    if other_wording(text, today) is not None:
        return None
    found = relative(text, today)
    if found is not None:
        return DateParts(*map(int, str(found.end if side and found.end else found.start).split("-")))
    if (day := _day_alone(text)) is not None:
        return day
    if (season := span(text)) is not None:
        return season[side]
    part = part_of_month(text)
    around = read(part.rest) if part else None
    if part and around and around.month is None and around.year is not None:
        number = THIRDS.get(part.name)
        return DateParts(around.year, 4 * number - (0 if side else 3)) if number else None
    return around or read(text)


def plain(text: str, today: date) -> tuple[str, bool]:
    """Plain words of a typed date, and whether it is approximate."""
    shown = "".join(letter for letter in normalized(text) if unicodedata.category(letter) not in _SYMBOLS)
    dotted = _SPACED_DATE.sub(r"\1.\2.\3", shown)
    written = _YEAR_BEHIND_APOSTROPHE.sub(lambda found: str(century(int(found[1]))), dotted)
    written = _NOTHING_BEFORE_DASH.sub(f"{UNTIL} ", written)
    words, meant = _tidy(_DASH.sub(" - ", _QUOTES.sub(" ", written))), spellings()
    words = re.sub(r"\w+", lambda found: meant.get(found[0], found[0]), words)
    while inner := slot(_SAID.fullmatch(words)):
        words = inner
    numbered = _full_year().sub(_in_words, in_digits(words))
    dated = _tidy(_BETWEEN_TIMES.sub(" ", _TIME.sub(" ", numbered)))
    exact = _tidy(_ROUGHLY.sub("", dated))
    return _tidy(_dated(exact, today)), exact != dated


def without_part_of_day(words: str) -> str:
    return _tidy(_PART_OF_DAY.sub(" ", words))


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
    spaced = _COMMAS.sub(lambda found: "," if found[0] == "," else ", ", words)
    return re.sub(r"\s+", " ", spaced).strip(" .,!?;:…")


def _dated(words: str, today: date) -> str:
    words = _NUMBERED_MONTH.sub(_month_name, _THIS_PART.sub(TODAY, words))
    words = _LAST_NIGHT.sub(f"{NIGHT_BEFORE} {TODAY}", words)
    return _NAMED_FROM_TODAY.sub(lambda found: _named(found, today), words)


def _month_name(found: Match) -> str:
    number = _DIGITS.search(found[0])
    return MONTH_WORDS[int(number[0]) - 1] if number else found[0]


def _named(found: Match, today: date) -> str:
    name, ending = str(found.lastgroup), _FROM_ENDING.search(found[0])
    if name in _YEARS:
        said = str(today.year + _YEARS[name])
    else:
        number = number_of(text_of(today)) + _MONTHS[name]
        said = f"{MONTH_WORDS[number % 12]} {number // 12}"
    return said + (ending[0] if ending else "")
