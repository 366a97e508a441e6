"""Dates told from today: yesterday, last Friday, three days ago, last week, not known. Words are folded."""

import re
from datetime import date, timedelta

from bot.form.answers import Precision, When
from bot.form.typed.months import is_date, month_text, number_of, text_of
from bot.form.typed.names_of_days import weekday

UNKNOWN = re.compile(
    r"(?:я )?(?:точно |точную дату |дату )?(?:не ?знаю|не помню|неизвестно|не могу вспомнить)(?: точно| когда| дату| точную дату)?|"
    r"(?:дата |точная дата )?неизвестн[ао]|(?:накты )?(?:билмеймин|есимде жок|белгисиз)|(?:куни )?(?:белгисиз|есимде жок)|"
    r"(?:i )?(?:don['’]?t|do not) (?:know|remember)(?: exactly)?|unknown|not sure|no idea|not known"
)
"""Not knowing when."""
ONGOING = re.compile(
    r"(?:еще |все еще )?продолжается|до сих пор(?: продолжается)?|(?:али )?(?:жалгасып жатыр|жалгасуда)|"
    r"(?:it is )?(?:still )?(?:ongoing|going on)|по (?:настоящее время|сей день|сегодняшний день)|до настоящего времени|"
    r"н\. ?в|(?:казирге|осы кунге|осы уакытка|бугинги кунге) дейин|(?:until|to) (?:now|this day|the present)|present"
)
"""It goes on, since when is not said."""

_DAYS = {
    0: "сегодня|сегодняшн(?:его дня|ий день)|бугин|бугинги|today|сейчас|казир|now|только что|segodnya|bugin|bügin",
    -1: "вчера|вчерашн(?:его дня|ий день)|кеше|кешеги|yesterday|vchera|keshe",
    -2: r"позавчера|алдынгы куни|алдынгуни|алдынгы кун|бурнагы куни|бургы куни|аргы куни|pozavchera|"
    r"(?:the )?day before yesterday",
    1: "завтра|ертен|tomorrow|zavtra",
    2: "послезавтра|бурсигуни|(?:the )?day after tomorrow",
}
_DAY_PATTERNS = tuple(
    (distance, re.compile(f"(?:{names})(?: (?:числа|куни|кун|день|днем))*"))
    for distance, names in _DAYS.items()
)
_NUMBERS = {"": 1, "a": 1, "an": 1, "one": 1, "один": 1, "одну": 1, "бир": 1, "пару": 2, "два": 2, "две": 2}
_NUMBERS |= {"two": 2, "еки": 2, "три": 3, "three": 3, "уш": 3, "четыре": 4, "four": 4, "торт": 4, "five": 5}
_NUMBERS |= {
    "пять": 5,
    "бес": 5,
    "шесть": 6,
    "six": 6,
    "алты": 6,
    "семь": 7,
    "seven": 7,
    "жети": 7,
    "восемь": 8,
}
_NUMBERS |= {"eight": 8, "сегиз": 8, "девять": 9, "nine": 9, "тогыз": 9, "десять": 10, "ten": 10, "он": 10}
_NUMBERS |= {"a couple of": 2}
_UNITS = {
    "day": "день|дня|дней|кун|куннен|days?",
    "week": "неделю|недели|недель|апта|аптадан|weeks?",
    "month": "месяц|месяца|месяцев|ай|айдан|months?",
    "half a year": "полгода|жарты жыл|half a year",
    "year": "год|года|лет|жыл|жылдан|years?",
}
_UNIT = "|".join(rf"(?P<u{place}>{words})" for place, words in enumerate(_UNITS.values()))
_NUMBER = r"(?P<number>\d{1,3}|a couple of|[^\W\d_]+)? ?\b"
_AGO = re.compile(rf"{_NUMBER}(?:{_UNIT}) (?:тому )?(?:назад|бурын|ago)")
_LATER = re.compile(
    rf"(?:через|in) {_NUMBER}(?:{_UNIT})|(?P<kazakh>.+ (?:куннен|аптадан|айдан|жылдан)) кейин"
)

_PREPOSITION = r"(?:(?:в|во|на|on|the|of) )*"
_NAME = r"(?!(?:в|во|на|on|the|of)\b)[^\W\d_]+?"
_DAY_NAME = rf"(?P<day>{_NAME})(?: куни| кун)?"
_WHICH = (
    (-2, "позапрош\\w+", "(?!)", "(?!)"),
    (-1, "прош\\w+|прошедш\\w+|минувш\\w+", "откен|кеткен", "last|past"),
    (0, "эт\\w{1,2}|текущ\\w+", "осы|бул", "this"),
    (1, "следующ\\w+", "келеси|келер", "next"),
)
_WEEKS = tuple(
    (
        shift,
        re.compile(
            rf"(?:{_PREPOSITION}{_DAY_NAME} )?{_PREPOSITION}(?:(?:{russian}) недел[яеюи]|(?:{kazakh}) апта(?:да|нын)?|"
            rf"(?:{english}) week)(?: {_PREPOSITION}(?P<after>{_NAME})(?: куни| кун)?)?"
        ),
    )
    for shift, russian, kazakh, english in _WHICH
)
_WEEKDAY = re.compile(
    rf"(?:(?:в|во|на|on|last|this past|past|прош\w*|прошедш\w*|минувш\w*|откен|кеткен) )*{_DAY_NAME}"
)
_THIS_WEEKDAY = re.compile(rf"{_PREPOSITION}(?:эт\w{{1,2}}|осы|бул|this) {_DAY_NAME}")
_NEXT_WEEKDAY = re.compile(rf"{_PREPOSITION}(?:следующ\w+|ближайш\w+|келеси|келер|next|coming) {_DAY_NAME}")


def relative(words: str, today: date) -> When | None:
    """The date that folded words say from today; None if they do not."""
    distance = next((days for days, pattern in _DAY_PATTERNS if pattern.fullmatch(words)), None)
    if distance is None:
        distance = _weekday(words, today)
    if distance is not None:
        return _day(today + timedelta(distance))
    return _week(words, today) or _distant(words, today)


def _day(day: date) -> When:
    return When(Precision.DAY, text_of(day), text_of(day))


def _distant(words: str, today: date) -> When | None:
    """So many days, weeks, months or years ago or from now, as exact as its unit."""
    if found := _AGO.fullmatch(words):
        return _moved(found, today, -1)
    found = _LATER.fullmatch(words)
    if found and found["kazakh"]:
        found = _AGO.fullmatch(f"{found['kazakh']} бурын")
    return _moved(found, today, 1) if found else None


def _moved(found: re.Match[str], today: date, sign: int) -> When | None:
    said = found["number"] or ""
    number = int(said) if said.isdecimal() else _NUMBERS.get(said)
    if number is None:
        return None
    unit = next(name for place, name in enumerate(_UNITS) if found[f"u{place}"])
    when = _distance(unit, sign * number, today)
    return when if is_date(str(when.start)) else None


def _distance(unit: str, number: int, today: date) -> When:
    match unit:
        case "day":
            return _day(today + timedelta(number))
        case "week":
            return _day(today + timedelta(number * 7))
        case "year":
            return When(Precision.YEAR, str(today.year + number))
    month = number_of(text_of(today)) + number * (6 if unit == "half a year" else 1)
    return When(Precision.MONTH, month_text(month // 12, month % 12 + 1))


def _weekday(words: str, today: date) -> int | None:
    """The days to a weekday: the last one before today, who means today says so; that of this week; the next."""
    for pattern, nearest in ((_WEEKDAY, -7), (_NEXT_WEEKDAY, 1), (_THIS_WEEKDAY, 1 - today.isoweekday())):
        found = pattern.fullmatch(words)
        place = weekday(found["day"]) if found else None
        if place is not None:
            return nearest + (place - today.isoweekday() - nearest) % 7
    return None


def _week(words: str, today: date) -> When | None:
    """A week, or a day of it: `на прошлой неделе в среду`."""
    for shift, pattern in _WEEKS:
        found = pattern.fullmatch(words)
        if found is None:
            continue
        monday = today + timedelta(7 * shift + 1 - today.isoweekday())
        name = found["day"] or found["after"]
        if name is not None:
            place = weekday(name)
            return None if place is None else _day(monday + timedelta(place - 1))
        return _span(monday, today if shift == 0 else monday + timedelta(6))
    return None


def _span(start: date, end: date) -> When:
    return _day(start) if start == end else When(Precision.RANGE, text_of(start), text_of(end))
