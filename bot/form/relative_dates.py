"""Dates told from today: yesterday, last Friday, three days ago, last month, not known. Words are folded."""

import re
from datetime import date, timedelta

from bot.form.answers import Precision, When
from bot.form.months import month_text, number_of, of_number, text_of
from bot.form.names_of_days import weekday

UNKNOWN = frozenset(
    (
        "не знаю",
        "незнаю",
        "не помню",
        "неизвестно",
        "билмеймин",
        "есимде жок",
        "белгисиз",
        "don't know",
        "dont know",
        "don’t know",
        "i don't know",
        "i don’t know",
        "unknown",
        "not sure",
    )
)

ONGOING = frozenset(
    (
        "продолжается",
        "еще продолжается",
        "до сих пор",
        "до сих пор продолжается",
        "жалгасып жатыр",
        "али жалгасып жатыр",
        "али жалгасуда",
        "жалгасуда",
        "ongoing",
        "still ongoing",
        "still going on",
        "it is still going on",
    )
)

_DAYS = {
    0: "сегодня|сегодняшнего дня|бугин|today|сейчас|казир|now|только что",
    -1: "вчера|вчерашнего дня|кеше|yesterday",
    -2: r"позавчера|алдынгы куни|алдынгуни|алдынгы кун|бурнагы куни|бургы куни|аргы куни|"
    r"(?:the )?day before yesterday",
    1: "завтра|ертен|tomorrow",
    2: "послезавтра|бурсигуни|(?:the )?day after tomorrow",
}
_PART_OF_DAY = (
    r"(?:[ ,]+(?:рано|поздно|ночью|утром|днем|вечером|танертен|тусте|тустен кейин|кешке|кешкисин|тунде|"
    r"morning|afternoon|evening|at night|night|in the morning|(?:в |at |сагат )?\d{1,2}[:.]\d{2}(?:-?[дт][ае])?|"
    r"(?:числа|куни|день|днем)))*"
)
_DAY_PATTERNS = tuple(
    (distance, re.compile(f"(?:{names}){_PART_OF_DAY}")) for distance, names in _DAYS.items()
)
_WEEKDAY = re.compile(
    r"(?:(?:в|во|на|on|last|this past|past|прошл\w*|прошедш\w*|минувш\w*|откен|кеткен|в прошл\w*|во прошл\w*) )*"
    rf"([^\W\d_]+?)(?: куни| кун)?{_PART_OF_DAY}"
)
_NUMBERS = {"": 1, "a": 1, "an": 1, "one": 1, "один": 1, "одну": 1, "бир": 1, "пару": 2, "два": 2, "две": 2}
_NUMBERS |= {"two": 2, "еки": 2, "три": 3, "three": 3, "уш": 3, "четыре": 4, "four": 4, "торт": 4, "five": 5}
_NUMBERS |= {"пять": 5, "бес": 5, "шесть": 6, "six": 6, "алты": 6, "семь": 7, "seven": 7, "жети": 7}
_MONTHS_AGO = re.compile(
    r"(\d{1,2}|[^\W\d_]+)? ?\b(?:месяц|месяца|месяцев|ай|months?) (?:тому )?(?:назад|бурын|ago)"
)
_AGO = re.compile(
    r"(\d{1,3}|[^\W\d_]+)? ?\b(?:(день|дня|дней|кун|days?)|(неделю|недели|недель|апта|weeks?))"
    r" (?:тому )?(?:назад|бурын|ago)"
)
_PERIODS = {
    "last month": r"в прошлом месяце|прошлого месяца|прошлый месяц|откен айда|откен ай|last month",
    "this month": r"в этом месяце|этого месяца|этот месяц|осы айда|осы ай|бул айда|this month",
    "last year": r"в прошлом году|прошлого года|прошлый год|былтыр|откен жылы|откен жыл|last year",
    "this year": r"в этом году|этого года|этот год|биыл|осы жылы|this year",
    "last week": r"на прошлой неделе|прошлая неделя|откен аптада|откен апта|last week",
    "this week": r"на этой неделе|эта неделя|осы аптада|бул аптада|this week",
}
_PERIOD_PATTERNS = tuple((name, re.compile(words)) for name, words in _PERIODS.items())


def relative(words: str, today: date) -> When | None:
    """The date that folded words say from today; None if they do not."""
    distance = next((days for days, pattern in _DAY_PATTERNS if pattern.fullmatch(words)), None)
    if distance is None:
        distance = _ago(words)
    if distance is None:
        distance = _last_weekday(words, today)
    if distance is not None:
        day = text_of(today + timedelta(distance))
        return When(Precision.DAY, day, day)
    months = _number(_MONTHS_AGO.fullmatch(words))
    if months is not None:
        return When(Precision.MONTH, month_text(*of_number(number_of(text_of(today)) - months)))
    name = next((name for name, pattern in _PERIOD_PATTERNS if pattern.fullmatch(words)), None)
    return _span(name, today) if name else None


def _ago(words: str) -> int | None:
    found = _AGO.fullmatch(words)
    number = _number(found)
    return None if number is None or found is None else -number * (7 if found[3] else 1)


def _number(found: re.Match[str] | None) -> int | None:
    """How many, in digits or words; one where nothing is said."""
    if found is None:
        return None
    said = found[1] or ""
    return int(said) if said.isdecimal() else _NUMBERS.get(said)


def _last_weekday(words: str, today: date) -> int | None:
    """The last such day before today: who means today says so."""
    found = _WEEKDAY.fullmatch(words)
    place = weekday(found[1]) if found else None
    return None if place is None else -((today.isoweekday() - place - 1) % 7 + 1)


def _span(name: str, today: date) -> When:
    monday = today - timedelta(today.isoweekday() - 1)
    match name:
        case "last month":
            return When(Precision.MONTH, month_text(*of_number(number_of(text_of(today)) - 1)))
        case "this month":
            return When(Precision.MONTH, month_text(today.year, today.month))
        case "last year":
            return When(Precision.YEAR, str(today.year - 1))
        case "this year":
            return When(Precision.YEAR, str(today.year))
        case "last week":
            start = monday - timedelta(7)
            return When(Precision.RANGE, text_of(start), text_of(monday - timedelta(1)))
        case _:
            return _week_so_far(monday, today)


def _week_so_far(monday: date, today: date) -> When:
    if monday == today:
        return When(Precision.DAY, text_of(today), text_of(today))
    return When(Precision.RANGE, text_of(monday), text_of(today))
