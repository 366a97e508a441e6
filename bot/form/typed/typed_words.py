"""The words of a typed date made plain: what says nothing of the day taken away, what is told from today said.

Words come folded by `fold` and leave so. Times of day are taken away and never kept.
"""

import re
from datetime import date

from bot.form.typed.folding import fold
from bot.form.typed.months import number_of, of_number, text_of
from bot.form.typed.names_of_days import MONTH_NAMES
from bot.form.typed.number_words import in_digits

_DASH = re.compile(r"\s*[‐‑‒–—−]\s*")
_SPACES = re.compile(r"\s+")
_QUOTES = re.compile(r"[)\[\]«»“”\"]")
_COMMAS = re.compile(r"(?:\s*[,(]\s*)+")
_LATIN = re.compile(r"\bc\b")
"""The Latin letter that looks like a Russian preposition."""
_EDGES = " .,!?;:…"

_LEAD = re.compile(
    r"^(?:это )?(?:было|произошло|случилось) |^дата(?: события)?[ :-]+|^бул (?!ай|жыл|апта)(?=.+ (?:болды|болган)$)|"
    r"^it (?:was|happened) (?:on )?|^это "
)
_TAIL = re.compile(r" (?:болды|болган|включительно|inclusive)$")
_ROUGHLY = re.compile(
    r"^(?:(?:это )?(?:примерно|приблизительно|ориентировочно|около|в районе|где-то|кажется|вроде|вроде бы|наверное|"
    r"наверно|возможно|шамамен|жуыкта|around|about|roughly|approximately|probably|circa)[ ,]+)+|"
    r"[ ,]+(?:примерно|приблизительно|кажется|наверное|наверно|шамамен|шамасында|approximately|probably|roughly)$"
)

_HOUR = r"(?:[01]?\d|2[0-3])"
_AT = r"(?:(?:(?:в районе|где-то в|примерно в|в|во|к|около|at|around|about|сагат) ?\b)+)"
_OF_DAY = r"(?:утра|дня|вечера|ночи)"
_CLOCK = re.compile(
    rf"(?:\b{_AT} )?\b{_HOUR}:[0-5]\d(?!\d)(?:-?[дт][ае]\b)?(?: ?(?:[ap]\.?m|часов|часа|ч)\b\.?)?"
    rf"|(?<=\S )(?:{_AT}) {_HOUR}\.[0-5]\d(?![\d.])(?:-?[дт][ае]\b)?"
    rf"|(?<=\d{{4}})[ ,]+{_HOUR}\.[0-5]\d$"
    rf"|(?:\b{_AT} )?\b{_HOUR} ?(?:часов|часа|час|ч)\b\.?(?: {_OF_DAY})?(?: ?[0-5]?\d ?мин\w*)?(?! (?:тому )?назад)"
    rf"|\b{_AT} {_HOUR} {_OF_DAY}\b|\b{_HOUR} (?:утра|вечера|ночи)\b"
    rf"|\bсагат {_HOUR}(?:-?(?:лер)?[дт][ае])?\b(?: шамасында)?"
    rf"|(?:\b{_AT} )?\b{_HOUR}(?:[:.][0-5]\d)? ?(?:[ap]\.m\.?|[ap]m\b|o['’]clock)"
    rf"|(?<=\S )(?:в|к|около|at) {_HOUR}$"
)
_CLOCKS = re.compile(r"\b(?:с|от|from|between) +(?:до|по|to|until|till|and)\b")
"""What is left of two times of day."""
_PART_OF_DAY = re.compile(
    r"\b(?:(?:примерно|где-то|рано|поздно|ранним|поздним) )?(?:утром|днем|вечером|ночью|(?:в )?ночь|в обед|(?:после|до) обеда|"
    r"в полдень|в полночь|(?:около|после) (?:полудня|полуночи)|(?:весь|целый) день|под утро|к вечеру|на рассвете)\b|\b(?:рано|поздно)\b|"
    r"\b(?:танертен(?:ги)?|танга жакын|таныменен|кешке|кешкисин|кешинде|кеште|тунде|туни|тунги|тустен кейин|"
    r"туске дейин|тусте|кундиз|кун бойы|all day)\b|"
    r"\b(?:(?:in|at|on|during) )?(?:the )?(?:early |late )?(?:morning|afternoon|evening|night|noon|midnight)(?: of)?\b"
)

_NOW = (
    (re.compile(r"\b(?:this (?:morning|afternoon|evening)|tonight)\b"), "today"),
    (re.compile(r"\blast night\b|\bпрошлой ночью\b|\bоткен тун(?:де|и)\b"), "ночь на сегодня"),
    (re.compile(r"^(?:(?:пол)?часа?|\d{1,2} минут\w*|минуту|несколько минут) назад$"), "сегодня"),
    (
        re.compile(r"^(?:(?:бир|жарты) сагат|\d{1,2} минут) бурын$|^an? hour ago$|^\d{1,2} minutes ago$"),
        "today",
    ),
)

_SHIFTS = (
    (-2, r"позапрошл\w*", "откеннен бурынгы", "(?!)"),
    (-1, r"(?:прошл|прошедш|минувш)\w*", "откен|кеткен", "last"),
    (0, r"(?:эт|текущ|нынешн)\w*|сего", "осы|бул|биылгы", "this|current"),
    (1, r"(?:следующ|будущ)\w*", "келеси|келер", "next"),
)
_KAZAKH_END = r"(?P<end>[а-я]{0,6})"


def _years() -> tuple[tuple[int, re.Pattern[str]], ...]:
    words = {-1: f"|былтыр{_KAZAKH_END}", 0: f"|биыл{_KAZAKH_END}"}
    return tuple(
        (
            shift,
            re.compile(
                rf"\b(?:(?:{russian}) год[ауе]?|(?:{kazakh}) жыл(?P<own>[а-я]{{0,6}})|(?:of )?(?:{english}) year(?:['’]s)?"
                rf"{words.get(shift, '')})\b"
            ),
        )
        for shift, russian, kazakh, english in _SHIFTS
    )


def _months() -> tuple[tuple[int, re.Pattern[str]], ...]:
    return tuple(
        (
            shift,
            re.compile(
                rf"\b(?:(?:{russian}) месяц[ауе]?|(?:{kazakh}) ай(?P<own>[а-я]{{0,6}})|(?:of )?(?:{english}) month(?:['’]s)?)\b"
            ),
        )
        for shift, russian, kazakh, english in _SHIFTS
    )


_YEARS, _MONTHS = _years(), _months()
_FROM = re.compile(r"(?:[дтн]ан|[дтн]ен)$")


def plain(text: str, today: date) -> tuple[str, bool]:
    """The words of a typed date, and whether they say that it is only about right."""
    words = _tidy(_DASH.sub(" - ", _QUOTES.sub(" ", fold(text))))
    words = _TAIL.sub("", _LEAD.sub("", _LATIN.sub("с", words)))
    dated = _tidy(_CLOCKS.sub(" ", _CLOCK.sub(" ", in_digits(words))))
    exact = _tidy(_ROUGHLY.sub("", dated))
    return _tidy(_anchored(exact, today)), exact != dated


def without_part_of_day(words: str) -> str:
    """The words without morning, evening or night."""
    return _tidy(_PART_OF_DAY.sub(" ", words))


def _tidy(words: str) -> str:
    return _SPACES.sub(" ", _COMMAS.sub(_comma, words)).strip(_EDGES)


def _comma(found: re.Match[str]) -> str:
    """A comma as it was, a bracket as a comma: what follows it says the same again or adds to it."""
    return "," if found[0] == "," else ", "


def _anchored(words: str, today: date) -> str:
    """The words with the years and months that are told from today by their names."""
    for pattern, meant in _NOW:
        words = pattern.sub(meant, words)
    for shift, pattern in _YEARS:
        words = pattern.sub(lambda found, year=today.year + shift: f"{year}{_ablative(found)}", words)  # type: ignore[misc]
    for shift, pattern in _MONTHS:
        year, month = of_number(number_of(text_of(today)) + shift)
        name = f"{MONTH_NAMES[month - 1]} {year}"
        words = pattern.sub(lambda found, name=name: f"{name}{_ablative(found)}", words)  # type: ignore[misc]
    return words


def _ablative(found: re.Match[str]) -> str:
    """The Kazakh ending that begins a period, if the words have it."""
    ends = [text for name, text in found.groupdict().items() if name in {"own", "end"} and text]
    ending = _FROM.search(ends[0]) if ends else None
    return ending[0] if ending else ""
