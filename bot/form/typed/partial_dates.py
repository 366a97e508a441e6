"""One date in a text, as far as it is given: `8 марта`, `2024 жылғы наурыз`, `March 8, 2024`, `08.03.24`."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.form.typed.months import FIRST_YEAR, LAST_YEAR
from bot.form.typed.names_of_days import month, weekday


@dataclass(frozen=True, slots=True)
class Parts:
    """What a text says of a date. A day may be one that its month does not have."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def is_later_than(self, other: "Parts") -> bool:
        """Whether its month is later in the year; days of one month stay in one year."""
        return (self.month or 0) > (other.month or 0)

    def in_year_before(self, end: "Parts", year: int) -> "Parts":
        """With the last year in which it comes before an end in `year`, if it has none."""
        return self if self.year is not None else replace(self, year=year - self.is_later_than(end))


PIVOT = 50
"""A year of two digits up to this is in this century."""

_ORDINAL = re.compile(
    r"(\d)-?(?:ого|его|ему|ому|ое|го|му|ом|ем|е|й|я|м|иншиден|синде|инде|ында|сында|инен|ынан|инши|ынши|ши|шы|си|сы|и|ы|"
    r"дан|ден|нан|нен|тан|тен|га|ге|ка|ке|да|де|та|те|st|nd|rd|th)\b"
)
_BARE_DAY = re.compile(
    r"(?:числа |the )?(\d{1,2})(?: числа| число| числе|-?(?:го|е|ого|ое|st|nd|rd|th|и|инде|ине|си|синде|сине|ы|ында|ына|сына))"
)
_IN = re.compile(r"^(?:в|во|на|in|on|at) | (?:куни|кун|кунинде)$")
_THREE = re.compile(r"(\d{1,2})([.,/\-  ])(\d{1,2})\2(\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})([./\- ])(\d{1,2})\2(\d{1,2})")
_YEAR_MONTH = re.compile(r"(\d{4})[./\-](\d{1,2})")
_MONTH_YEAR = re.compile(r"(\d{1,2})[./\-](\d{4})")
_TWO = re.compile(r"(\d{1,2})[./](\d{1,2})")
_RUN = re.compile(r"(\d{2})(\d{2})(\d{4})")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|\S")
_PUNCTUATION = frozenset(".,-/'’«»\"()")
_NOISE = frozenset(
    re.findall(
        r"\w+",
        "year of the on in at dated for during all whole throughout early mid late beginning start middle end "
        "в во на за весь всю все всего течение протяжении первых последних числах числа число месяц месяца месяце "
        "начале начало начала середине середина середины конце конец конца "
        "прошлом прошлой прошлым прошлого этой этим этом этого last this "
        "жылгы ай айы айында айынын айда айына айга айынан айдан кун куни куны кунинде кундери бойы бойынша бойында ишинде букил "
        "басында басы ортасында ортасы аягында аягы сонында соны откен осы day",
    )
)
_YEAR_WORD = re.compile(
    r"(?<=\d{4})(?:-?(?:го|м|й|ом|ши|шы))?[ -]*(?:г\.? ?г\.?|г\.?|год(?:а|у|ы|ов|ах|ом|е)?|ж\.? ?ж\.?|ж\.?|"
    r"жыл(?:гы|ы|дын|да|ынын|га|дар|дары|дарда|дарында)?|[zj]h?yl[a-z]*)(?!\w)|(?<=\d)[ .]*(?:год[ау]?|г|жылы?|ж)\.?$"
)
_SHORT_YEAR = re.compile(
    r"(?<=[^\W\d_] )(\d{2})(?:-?(?:го|й|м|ши|шы))? ?(?:год[ау]?|г\.?|жылы|жылгы)(?! \w*(?:назад|бурын))(?!\w)"
)
"""`январь 22 года` is a year, `январь 22` a day."""
_HALF = re.compile(r"\b[12] (?:половин\w+|жарты\w*|half)(?: of)?\b|\b\d{1,2}-?х числах\b")


def read(words: str) -> Parts | None:
    """The parts of the date that folded words name; None if they name none, or more than one."""
    text = _IN.sub("", _without_weekday(without_year_words(_HALF.sub(" ", words))).strip(" .,"))
    bare = _BARE_DAY.fullmatch(text)
    if bare and 1 <= int(bare[1]) <= 31:
        return Parts(day=int(bare[1]))
    text = _ORDINAL.sub(r"\1 ", text).strip()
    return _numeric(text) if re.fullmatch(r"[\d.,/\- ]+", text) else _worded(text)


def without_year_words(words: str) -> str:
    """The words without those for a year after its number, which is written in full then."""
    return _YEAR_WORD.sub("", _SHORT_YEAR.sub(lambda found: str(century(int(found[1]))), words))


def _without_weekday(words: str) -> str:
    """The words without the day of the week that was said with the numbers of a date."""
    return " ".join(
        word for word in words.split() if not weekday(word.strip(".,")) or not re.search(r"\d", words)
    )


def meaningful(words: str) -> list[str]:
    """The words and numbers that are needed to understand a date."""
    tokens = _TOKEN.findall(without_year_words(words))
    return [token for token in tokens if token not in _PUNCTUATION and token not in _NOISE]


def century(year: int) -> int:
    """The year that one of two digits stands for."""
    if year >= 100:
        return year
    return 2000 + year if year <= PIVOT else 1900 + year


def _numeric(text: str) -> Parts | None:
    if found := _ISO.fullmatch(text):
        return _checked(int(found[1]), int(found[3]), int(found[4]))
    if found := _THREE.fullmatch(text) or _RUN.fullmatch(text):
        day, first, year = int(found[1]), int(found.groups()[-2]), century(int(found.groups()[-1]))
        # 3/25/2024 can only be meant the American way.
        return _checked(year, day, first) if first > 12 >= day else _checked(year, first, day)
    if found := _YEAR_MONTH.fullmatch(text):
        return _checked(int(found[1]), int(found[2]), None)
    if found := _MONTH_YEAR.fullmatch(text):
        return _checked(int(found[2]), int(found[1]), None)
    if found := _TWO.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        # 03.24 has no month 24, so it is March of a year.
        return _checked(None, second, first) if second <= 12 else _checked(century(second), first, None)
    plain = text.strip()
    return _checked(int(plain), None, None) if re.fullmatch(r"\d{4}", plain) else None


def _checked(year: int | None, month_number: int | None, day: int | None) -> Parts | None:
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    if month_number is not None and not 1 <= month_number <= 12:
        return None
    if day is not None and not 1 <= day <= 31:
        return None
    return Parts(year, month_number, day)


def _worded(text: str) -> Parts | None:
    tokens = meaningful(text)
    numbers = [token for token in tokens if token.isdecimal()]
    months = [number for token in tokens if (number := month(token, short=bool(numbers)))]
    rest = [token for token in tokens if not token.isdecimal() and not month(token) and not weekday(token)]
    if not months and len(tokens) == 1 and re.fullmatch(r"\d{4}", tokens[0]):
        return _checked(int(tokens[0]), None, None)
    if rest or len(months) != 1 or len(numbers) > 2:
        return None
    if _dash_between_numbers(text) or (len(numbers) == 2 and _short_together(tokens)):
        return None
    year, day = _year_and_day(numbers, tokens)
    if len(numbers) != (year is not None) + (day is not None):
        return None
    return _checked(year, months[0], day)


def _dash_between_numbers(text: str) -> bool:
    """`1-5 марта` is a period and no date."""
    return re.search(r"\d\s*-\s*\d", text) is not None


def _short_together(tokens: list[str]) -> bool:
    """`8 и 9 марта` are two days, `8 марта 24` is one."""
    return any(
        first.isdecimal() and second.isdecimal() and len(first) < 4 and len(second) < 4
        for first, second in pairwise(tokens)
    )


def _year_and_day(numbers: list[str], tokens: list[str]) -> tuple[int | None, int | None]:
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if len(days) == 2:
        return century(int(days[1])), int(days[0])
    if len(days) == 1 and int(days[0]) > 31 and tokens[-1] == days[0]:
        return century(int(days[0])), None
    return (int(years[0]) if len(years) == 1 else None), (int(days[0]) if days else None)
