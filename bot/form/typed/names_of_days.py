"""Names of months and weekdays as people type them in Kazakh, Russian and English, folded by `fold`.

A name may carry the endings of its language (`марта`, `наурызда`, `понедельника`). Short names of three
letters are words of their own too (`там`, `жел`), so they count only beside a number.
"""

import re
from functools import lru_cache

_CASES = r"(?:[а-я]{0,7})"
_SOFT = r"(?:[ьяею]|ем|ям|ями|ях)?"
_HARD = r"(?:[аеу]|ом)?"

_MONTHS = (
    rf"январ{_SOFT}|кантар{_CASES}|january",
    rf"феврал{_SOFT}|акпан{_CASES}|february",
    rf"март{_HARD}|наурыз{_CASES}|march",
    rf"апрел{_SOFT}|сауир{_CASES}|april",
    rf"ма[йяею]|маем|мамыр{_CASES}|may",
    rf"июн{_SOFT}|маусым{_CASES}|june",
    rf"июл{_SOFT}|шилде{_CASES}|july",
    rf"август{_HARD}|тамыз{_CASES}|august",
    rf"сентябр{_SOFT}|кыркуйек{_CASES}|кыркуйег{_CASES}|september",
    rf"октябр{_SOFT}|казан{_CASES}|october",
    rf"ноябр{_SOFT}|караша{_CASES}|november",
    rf"декабр{_SOFT}|желтоксан{_CASES}|december",
)
_ENDING = r"(?:ya|ia|ja|a|e|u|om)?"
_SUFFIX = r"[a-zıńäöüñ]{0,7}"
_LATIN_MONTHS = (
    rf"(?:yanvar|ianvar){_ENDING}|(?:[qk]antar|qańtar){_SUFFIX}",
    rf"fevral{_ENDING}|a[qk]pan{_SUFFIX}",
    rf"mart{_ENDING}|naur[yı]z{_SUFFIX}",
    rf"aprel{_ENDING}|(?:sau|säu|saw)ir{_SUFFIX}",
    rf"maya|mam[yı]r{_SUFFIX}",
    rf"i[yu]un{_ENDING}|iun{_ENDING}|maus[yı]m{_SUFFIX}",
    rf"i[yu]ul{_ENDING}|iul{_ENDING}|(?:sh|ş|s)ilde{_SUFFIX}",
    rf"avgust{_ENDING}|tam[yı]z{_SUFFIX}",
    rf"sent[yi]abr{_ENDING}|[qk][yı]rk[uü][iy]e[kg]{_SUFFIX}",
    rf"okt[yi]abr{_ENDING}|[qk]azan{_SUFFIX}",
    rf"no[yi]abr{_ENDING}|[qk]arasha{_SUFFIX}",
    rf"dekabr{_ENDING}|(?:zh|j)eltoqsan{_SUFFIX}|(?:zh|j)eltoksan{_SUFFIX}",
)
"""Russian and Kazakh names typed in Latin letters."""
_SHORT_MONTHS = (
    "янв|кан|кант|jan",
    "фев|февр|акп|feb",
    "мар|нау|наур|mar",
    "апр|сау|apr",
    "мам",
    "июн|мау|jun",
    "июл|шил|jul",
    "авг|там|aug",
    "сен|сент|кыр|кырк|sep|sept",
    "окт|каз|oct",
    "ноя|нояб|кар|nov",
    "дек|жел|желт|dec",
)
_WEEKDAYS = (
    rf"понедельник{_HARD}|дуйсенби{_CASES}|monday|mon|пн|дс",
    rf"вторник{_HARD}|сейсенби{_CASES}|tuesday|tue|tues|вт|сс",
    rf"сред[аыуе]|средой|сарсенби{_CASES}|wednesday|wed|ср",
    rf"четверг{_HARD}|бейсенби{_CASES}|thursday|thu|thurs|чт|бс",
    rf"пятниц[аыуе]|пятницей|жума{_CASES}|friday|fri|пт|жм",
    rf"суббот[аыуе]|субботой|сенби{_CASES}|saturday|sat|сб",
    rf"воскресень[еяю]|воскресеньем|жексенби{_CASES}|sunday|sun|вс|жс",
)


def _patterns(names: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(name) for name in names)


_MONTH_PATTERNS = _patterns(tuple("|".join(names) for names in zip(_MONTHS, _LATIN_MONTHS, strict=True)))
_SHORT_PATTERNS = _patterns(_SHORT_MONTHS)
_WEEKDAY_PATTERNS = _patterns(_WEEKDAYS)


def _place(word: str, patterns: tuple[re.Pattern[str], ...]) -> int | None:
    return next((place for place, pattern in enumerate(patterns, 1) if pattern.fullmatch(word)), None)


MONTH_NAMES = re.findall(
    r"\w+", "кантар акпан наурыз сауир мамыр маусым шилде тамыз кыркуйек казан караша желтоксан"
)
"""A whole folded name of each month."""


@lru_cache(maxsize=4096)
def month(word: str, short: bool = True) -> int | None:
    """The month (1 to 12) that a folded word names; `short` lets three letters do."""
    return _place(word, _MONTH_PATTERNS) or (_place(word, _SHORT_PATTERNS) if short else None)


@lru_cache(maxsize=4096)
def weekday(word: str) -> int | None:
    """The weekday (1 Monday to 7 Sunday) that a folded word names."""
    return _place(word, _WEEKDAY_PATTERNS)
