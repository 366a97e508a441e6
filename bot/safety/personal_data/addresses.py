"""Addresses: a street or quarter with a number, its town and flat. A street alone is a place of events."""

import re
from collections.abc import Iterator
from functools import cache

from bot.safety.personal_data.words import Finding, FindingKind


def _any(listed: str) -> str:
    return f"(?:{'|'.join(listed.split())})"


CAPITAL_LETTER = "[А-ЯЁӘҒҚҢӨҰҮҺІA-Z]"
CAPITAL = rf"{CAPITAL_LETTER}[\w’'\-]{{1,30}}"
LOWER = (
    "(?i:"
    + _any(r"хан\w{0,2} би батыр\w? ата ана ақын сал сері қажы мырза жырау жыр жолы марта мая лет имени им\.")
    + ")"
)
TITLE = rf"{CAPITAL}(?:\s(?:{CAPITAL}|{LOWER})){{0,2}}"
_WORD = r"(?:[^\W\d_]{1,3}\.|[^\W_][\w’'\-]{0,30})"
ANY_NAME = rf"(?:[«\"“]?{_WORD}[»\"”]?)(?:\s{{1,2}}{_WORD}[»\"”]?){{0,3}}?"
"""Name of a street in any case. The following pattern ends it."""
STRICT_NAME = (
    rf"(?:(?:\d{{1,2}}\s|[«\"“])?(?:{CAPITAL_LETTER}\.\s?){{0,2}}(?:{CAPITAL}|{LOWER})"
    rf"(?:[\s\-–](?:{CAPITAL}|{LOWER}|\d{{1,2}}\b)){{0,3}}?[»\"”]?|\d{{1,2}}\b|{_WORD})"
)
"""Name in capitalised words, or a single word. After other words a number is a count."""
NUMBER = (
    r"№?\s?\d{1,4}(?:\s?[/\-–]\s?\d{1,4}){0,2}(?:\s?[«\"]?[а-яёa-z](?![\w.])[»\"]?|[А-ЯA-Z]\b)?"
    r"(?!\d|[.,:]\d|-?(?:ш[іы]|го|й|ые|х|м|летн)\b)"
)
"""Number of a house or flat: 12, 12/5, 12-34, 12а. No ordinal, time or decimal."""
_HOUSE_WORD = _any(
    r"""
    д\. д\b дом\w{0,3} house building bldg\.? үй\w{0,6} здани\w{1,2} стр(?:оени\w|\.) корп(?:ус\w{0,2}|\.) уч(?:аст(?:ок|ка|ке)|\.) ғимарат\w{0,6} no\.
    h\. ү\.
    """
)
_FLAT_WORD = _any(
    r"""
    кв\. ap\. п\. кв\b кв-\w{1,4} квартир\w{1,3} пәт\. пәтер\w{0,6} apt\.? apartment flat unit офис\w{0,2} каб\. кабинет\w{0,2} office ком\. комнат\w{1,2}
    room подъезд\w{0,2} под\. кіреберіс\w{0,4} entrance этаж\w{0,2} қабат\w{0,4} floor
    """
)
HOUSE = rf"(?:(?:в|in)\s)?(?:{_HOUSE_WORD}\s?{NUMBER}|{NUMBER}[\s\-]{{0,3}}{_HOUSE_WORD})"
FLAT = rf"(?:{_FLAT_WORD}\s?{NUMBER}|{NUMBER}[\s\-]{{0,3}}{_FLAT_WORD})"
_COUNTED = _any(
    r"""
    январ феврал март апрел ма[йя]\b июн июл август сентябр октябр ноябр декабр қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша
    желтоқсан january february march april may june july august september october november december челов люд участн полицейск сотрудн активист журналист
    протест задерж раз лет год г\. час мин сут дн тен[гь] тысяч тыс мрп млн адам азамат полиция қызметкер белсенді журнал рет жыл сағат күн теңге мың
    people persons participants police officers protest activists journalists years year hours days times tenge men women мужчин женщин автобус машин сот
    бап стат июня метр км m\b м\b -?(?:ге|ға|ке|қа|да|де|та|те|дан|ден)\b
    """
)
"""Counted or dated things after a name (улица Абая, 12 января), and Kazakh endings."""
UNCOUNTED = rf"(?!\s?{_COUNTED})"
BARE_NUMBER = rf"{NUMBER}{UNCOUNTED}"
SEPARATOR = r"[\s,;:–\-]{0,3}"
REST = rf"(?:{SEPARATOR}(?:{HOUSE}|{FLAT})){{0,4}}"
STREET_BEFORE = _any(
    r"""
    ул\. ул\b улиц\w{1,3} пр\. пр-т\w? пр-кт\w? просп\. проспект\w{0,2} пер\. переул\w{2,4} бул\. б-р бульвар\w{0,2} ш\. шоссе проезд\w{0,2} тупик\w{0,2}
    наб\. набережн\w{2,3} street avenue prospekt көше\w{0,4}
    """
)
QUARTER_BEFORE = _any(
    r"""
    мкр\w{0,2}\.? мкрн\.? м-н\w? микр\. микрорайон\w{0,2} ж/м жк\b жилой\sкомплекс квартал\w{0,2} ықшам\s?аудан\w{0,5} microdistrict сдт снт
    садовод\w{2,6} дачи
    """
)
STREET_BEHIND = _any(
    r"""
    көше\w{0,10} к\. к-с[іы]\w{0,6} көш\. д-лы даң\. даңғыл\w{0,10} тұйы[қғ]\w{0,6} бульвар\w{0,6} тас\sжол\w{0,5} жолы\b орам\w{0,4} шағын\s?аудан\w{0,7}
    ықшам\s?аудан\w{0,7} мөлтек\s?аудан\w{0,7} ш/а ш\.а\. м/а мкр\w{0,2}\b\.? mkr\b\.? mcr\b\.? микрорайон\w{0,6} street st\b\.? avenue ave\b\.? road
    rd\b\.? lane boulevard blvd\.? prospekt prospect microdistrict micro-district highway улиц\w{1,3} проспект\w{0,2}
    """
)
_STREET_FIRST = rf"""
    \b(?i:{STREET_BEFORE}|{QUARTER_BEFORE})\s{{0,2}}
    (?:(?i:{ANY_NAME}{SEPARATOR}{HOUSE}{REST})|{STRICT_NAME}(?i:{SEPARATOR}{BARE_NUMBER}{REST}))
"""
"""ул. Абая, д. 12, кв. 5"""
_NUMBER_FIRST = rf"""
    \b(?:(?:{FLAT}|(?i:house|building|apt\.?|apartment|flat))[\s,]{{1,3}})?
    (?!(?:19|20)\d\d\b)\d{{1,4}}[A-Za-z]?(?:[/\-]\d{{1,4}})?,?\s{TITLE}\s
    (?:[Ss]treet|St\b\.?|[Aa]venue|Ave\b\.?|[Rr]oad|Rd\b\.?|[Ll]ane|[Bb]oulevard|Blvd\b\.?|[Pp]rospekt|[Mm]icrodistrict)
    (?i:{REST})
"""
"""12 Abay Street, apt 5"""
_HOUSE_ON_STREET = rf"""
    \b(?i:(?:кв\.?|квартир\w{{1,3}}|apartment|apt\.?|flat)\s?№?\s?\d{{1,4}}\s(?:в\s|in\s|of\s)?)?
    (?i:дом\w{{0,2}}|house|building)\s№?\s?\d{{1,4}}[а-яa-z]?(?:/\d{{1,3}})?,?\s(?i:по|на|on|at|in|in\sthe)\s
    (?:(?i:{STREET_BEFORE}|{QUARTER_BEFORE})\s{{0,2}})?{CAPITAL}(?:\s{CAPITAL}){{0,2}}(?:[\s\-]\d{{1,2}}\b)?
"""
"""в доме 15 по улице Абая"""
_HOUSE_AND_FLAT = rf"\b(?i:{HOUSE}{SEPARATOR}{FLAT}{REST})"
"""12-үй, 5-пәтер"""
_NAME_AND_FLAT = rf"\b{TITLE},?\s{NUMBER}{SEPARATOR}(?i:{FLAT}{REST})"
"""Абая 150, кв. 4"""
_VILLAGE_AND_HOUSE = rf"""
    \b(?:(?i:село|селе|села|с\.|аул\w?|пос\.|посел\w{{2,3}}|посёл\w{{2,3}}|дачи)\s?{CAPITAL}
    |{CAPITAL}\s(?i:ауыл\w{{0,6}}|кент\w{{0,6}}|village)),?\s(?i:{HOUSE}{REST})
"""
"""село Шамалган, дом 12"""
_TOWN_AND_NUMBERS = rf"""
    \b{CAPITAL},\s(?!Стат|Бап|Art|Закон|Сот|Суд|Law)(?:{TITLE}),?\s
    \d{{1,3}}[А-Яа-яA-Za-z]?(?:/\d{{1,2}})?\s?[-–]\s?\d{{1,4}}(?![\d\-–./])(?i:{UNCOUNTED})
"""
"""Town, probable street, house and flat: Павлодар, Камзина 68-119"""
_ADJECTIVE_AND_NUMBER = rf"""
    \b[А-ЯЁA-Z][\w\-]{{3,30}}(?:ская|цкая|ная|вая|skaya|naya|vaya|skaia),?\s(?i:{BARE_NUMBER}{REST})
"""
"""Street called only by its adjective: Интернациональная 19"""
_SHAPES = (
    _STREET_FIRST,
    _NUMBER_FIRST,
    _HOUSE_ON_STREET,
    _HOUSE_AND_FLAT,
    _NAME_AND_FLAT,
    _VILLAGE_AND_HOUSE,
    _TOWN_AND_NUMBERS,
    _ADJECTIVE_AND_NUMBER,
)
_HOME = rf"""
    \b(?i:адрес\w{{0,3}}|прожива\w{{2,6}}|жив[её]т\b|жил\w?\b|прописан\w?|зарегистрирован\w?|мекенжай\w{{0,6}}|lives?\s(?:at|on)
    |living\s(?:at|on)|resid\w{{2,4}}\s(?:at|on)|address|home\s(?:at|on))
    [\s:–\-]{{1,3}}(?i:(?:по\sадресу|по|на|в|at|is|on|in)[\s:]{{1,2}})?
    (?P<address>(?:(?i:г\.|город)?\s?{CAPITAL},\s)?(?:{TITLE},?\s){BARE_NUMBER}(?i:{REST}))
"""
"""проживает: Байтурсынова 45"""
_STREET_LAST = rf"\b(?i:{STREET_BEHIND}{SEPARATOR}(?:{HOUSE}|{BARE_NUMBER}|{FLAT}){REST})"
"""көшесі, 12-үй, 5-пәтер, after a name"""
_NAME_BEFORE = rf"""
    (?:\b\d{{1,2}}(?:st|nd|rd|th|-?(?:й|ый|ой|ий|м|ші|шы|інші|ыншы))?[\s\-–]{{1,2}}
    |(?:{TITLE}|(?:{CAPITAL_LETTER}\.\s?){{1,2}}{CAPITAL})(?:[\s\-–]\d{{1,2}})?\s?[»\"]?\s)\Z
"""
_TOWNS_BEFORE = rf"""
    (?:(?:(?i:г\.|гор\.|город\w{{0,2}}|село|селе|с\.|аул|пос\.|посёлок|поселок|п\.|ст\.|city\sof)\s?)?{CAPITAL}
    (?:\s(?i:қала\w{{0,5}}|қ\.|ауд\.|обл\.|р-н\w?|мкр\.?|mkr\.?|microdistrict|ауыл\w{{0,5}}|аудан\w{{0,6}}|облыс\w{{0,5}}
    |кент\w{{0,4}}|район\w{{0,2}}|област\w|city|district|village|region|oblast))?,?\s){{1,4}}(?i:(?:на|по|в|at|on)\s)?\Z
"""
_LONGEST_BEFORE = 110


@cache
def _pattern(shape: str) -> re.Pattern[str]:
    """Compile on first use, since all patterns take a twentieth of a start, and most starts need none."""
    return re.compile(shape, re.VERBOSE)


def addresses(text: str) -> Iterator[Finding]:
    for start, end in _with_house(text):
        towns = _pattern(_TOWNS_BEFORE).search(text[max(0, start - _LONGEST_BEFORE) : start])
        is_listed = towns is not None and "," in towns[0]
        yield Finding(
            FindingKind.ADDRESS, start - len(towns[0]) if towns is not None and is_listed else start, end
        )


def _with_house(text: str) -> Iterator[tuple[int, int]]:
    for shape in _SHAPES:
        yield from (found.span() for found in _pattern(shape).finditer(text))
    yield from (found.span("address") for found in _pattern(_HOME).finditer(text))
    for found in _pattern(_STREET_LAST).finditer(text):
        name = _pattern(_NAME_BEFORE).search(text, max(0, found.start() - _LONGEST_BEFORE), found.start())
        if name is not None:
            yield name.start(), found.end()
