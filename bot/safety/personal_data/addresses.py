"""Addresses with a house: a street or a quarter with its number, whatever stands for it, with the town before and the flat
behind. A street or a square alone is where things happen, and is none.

An anchor (a word for street, quarter, house or flat) is looked for first; what stands around it is then read in a bounded
piece of the text."""

import re
from collections.abc import Iterator

from bot.safety.personal_data.finding import Finding, Kind

_WORD = r"(?:[^\W\d_]{1,3}\.|[^\W_][\w’'\-]{0,30})"
_NAME = rf"(?:[«\"“]?{_WORD}[»\"”]?)(?:\s{{1,2}}{_WORD}[»\"”]?){{0,3}}?"
_CAPITAL = r"[А-ЯЁӘҒҚҢӨҰҮҺІA-Z][\w’'\-]{1,30}"
_LOWER = (
    r"(?i:хан\w{0,2}|би|батыр\w?|ата|ана|ақын|сал|сері|қажы|мырза|жырау|жыр|жолы|марта|мая|лет|имени|им\.)"
)
"""Words that are no capital ones, but part of streets' names."""
_TITLE = rf"{_CAPITAL}(?:\s(?:{_CAPITAL}|{_LOWER})){{0,2}}"
_STRICT = rf"(?:(?:\d{{1,2}}\s|[«\"“])?(?:[А-ЯӘҒҚҢӨҰҮҺІA-Z]\.\s?){{0,2}}(?:{_CAPITAL}|{_LOWER})(?:[\s\-–](?:{_CAPITAL}|{_LOWER}|\d{{1,2}}\b)){{0,3}}?[»\"”]?|\d{{1,2}}\b|{_WORD})"
_NUMBER = r"№?\s?\d{1,4}(?:\s?[/\-–]\s?\d{1,4}){0,2}(?:\s?[«\"]?[а-яёa-z](?![\w.])[»\"]?|[А-ЯA-Z]\b)?(?!\d|[.,:]\d|-?(?:ш[іы]|го|й|ые|х|м|летн)\b)"
_HOUSE_WORD = r"(?:д\.|д\b|дом\w{0,3}|house|building|bldg\.?|үй\w{0,6}|здани\w{1,2}|стр(?:оени\w|\.)|корп(?:ус\w{0,2}|\.)|уч(?:аст(?:ок|ка|ке)|\.)|ғимарат\w{0,6}|no\.|h\.|ү\.)"
_FLAT_WORD = r"(?:кв\.|ap\.|п\.|кв\b|кв-\w{1,4}|квартир\w{1,3}|пәт\.|пәтер\w{0,6}|apt\.?|apartment|flat|unit|офис\w{0,2}|каб\.|кабинет\w{0,2}|office|ком\.|комнат\w{1,2}|room|подъезд\w{0,2}|под\.|кіреберіс\w{0,4}|entrance|этаж\w{0,2}|қабат\w{0,4}|floor)"
_HOUSE = rf"(?:(?:в|in)\s)?(?:{_HOUSE_WORD}\s?{_NUMBER}|{_NUMBER}[\s\-]{{0,3}}{_HOUSE_WORD})"
_FLAT = rf"(?:{_FLAT_WORD}\s?{_NUMBER}|{_NUMBER}[\s\-]{{0,3}}{_FLAT_WORD})"
_COUNTED = (
    r"(?!\s?(?:январ|феврал|март|апрел|ма[йя]\b|июн|июл|август|сентябр|октябр|ноябр|декабр|қаңтар|ақпан|наурыз|сәуір|мамыр|маусым|шілде|тамыз|қыркүйек|қазан|қараша"
    r"|желтоқсан|january|february|march|april|may|june|july|august|september|october|november|december|челов|люд|участн|полицейск|сотрудн|активист|журналист|протест|задерж|раз"
    r"|лет|год|г\.|час|мин|сут|дн|тен[гь]|тысяч|тыс|мрп|млн|адам|азамат|полиция|қызметкер|белсенді|журнал|рет|жыл|сағат|күн|теңге|мың|people|persons|participants|police|officers|protest|activists"
    r"|journalists|years|year|hours|days|times|tenge|men|women|мужчин|женщин|автобус|машин|сот|бап|стат|июня|метр|км|m\b|м\b|-?(?:ге|ға|ке|қа|да|де|та|те|дан|ден)\b))"
)
_BARE = rf"{_NUMBER}{_COUNTED}"
_SEPARATOR = r"[\s,;:–\-]{0,3}"
_TAIL = rf"(?:{_SEPARATOR}(?:{_HOUSE}|{_FLAT})){{0,4}}"

_STREET_BEFORE = r"(?:ул\.|ул\b|улиц\w{1,3}|пр\.|пр-т\w?|пр-кт\w?|просп\.|проспект\w{0,2}|пер\.|переул\w{2,4}|бул\.|б-р|бульвар\w{0,2}|ш\.|шоссе|проезд\w{0,2}|тупик\w{0,2}|наб\.|набережн\w{2,3}|street|avenue|prospekt|көше\w{0,4})"
_QUARTER_BEFORE = r"(?:мкр\w{0,2}\.?|мкрн\.?|м-н\w?|микр\.|микрорайон\w{0,2}|ж/м|жк\b|жилой комплекс|квартал\w{0,2}|ықшам\s?аудан\w{0,5}|microdistrict|сдт|снт|садовод\w{2,6}|дачи)"
_STREET_BEHIND = r"(?:көше\w{0,10}|к\.|к-с[іы]\w{0,6}|көш\.|д-лы|даң\.|даңғыл\w{0,10}|тұйы[қғ]\w{0,6}|бульвар\w{0,6}|тас жол\w{0,5}|жолы\b|орам\w{0,4}|шағын\s?аудан\w{0,7}|ықшам\s?аудан\w{0,7}|мөлтек\s?аудан\w{0,7}|ш/а|ш\.а\.|м/а|мкр\w{0,2}\b\.?|mkr\b\.?|mcr\b\.?|микрорайон\w{0,6}|street|st\b\.?|avenue|ave\b\.?|road|rd\b\.?|lane|boulevard|blvd\.?|prospekt|prospect|microdistrict|micro-district|highway|улиц\w{1,3}|проспект\w{0,2})"

_FORWARD = re.compile(
    rf"\b(?i:{_STREET_BEFORE}|{_QUARTER_BEFORE})\s{{0,2}}(?:(?i:{_NAME}{_SEPARATOR}{_HOUSE}{_TAIL})|{_STRICT}(?i:{_SEPARATOR}{_BARE}{_TAIL}))"
)
_BEHIND = re.compile(rf"\b{_STREET_BEHIND}{_SEPARATOR}(?:{_HOUSE}|{_BARE}|{_FLAT}){_TAIL}", re.IGNORECASE)
_STREET_NAME = re.compile(
    rf"(?:\b\d{{1,2}}(?:st|nd|rd|th|-?(?:й|ый|ой|ий|м|ші|шы|інші|ыншы))?[\s\-–]{{1,2}}|(?:{_TITLE}|(?:[А-ЯӘҒҚҢӨҰҮҺІA-Z]\.\s?){{1,2}}{_CAPITAL})(?:[\s\-–]\d{{1,2}})?\s?[»\"]?\s)\Z"
)
_NUMBER_BEFORE = re.compile(
    rf"\b(?:(?:{_FLAT}|(?i:house|building|apt\.?|apartment|flat))[\s,]{{1,3}})?(?!(?:19|20)\d\d\b)\d{{1,4}}[A-Za-z]?(?:[/\-]\d{{1,4}})?,?\s{_TITLE}\s(?:[Ss]treet|St\b\.?|[Aa]venue|Ave\b\.?|[Rr]oad|Rd\b\.?|[Ll]ane|[Bb]oulevard|Blvd\b\.?|[Pp]rospekt|[Mm]icrodistrict)(?:(?i:{_TAIL}))"
)
_HOUSE_ON = re.compile(
    rf"\b(?i:(?:кв\.?|квартир\w{{1,3}}|apartment|apt\.?|flat)\s?№?\s?\d{{1,4}}\s(?:в\s|in\s|of\s)?)?(?i:дом\w{{0,2}}|house|building)\s№?\s?\d{{1,4}}[а-яa-z]?(?:/\d{{1,3}})?,?\s(?i:по|на|on|at|in|in the)\s(?:(?i:{_STREET_BEFORE}|{_QUARTER_BEFORE})\s{{0,2}})?{_CAPITAL}(?:\s{_CAPITAL}){{0,2}}(?:[\s\-]\d{{1,2}}\b)?"
)
_HOUSE_AND_FLAT = re.compile(rf"\b(?i:{_HOUSE}{_SEPARATOR}{_FLAT}{_TAIL})")
_WITH_FLAT = re.compile(rf"\b{_TITLE},?\s{_NUMBER}{_SEPARATOR}(?i:{_FLAT}{_TAIL})")
_LIVES = re.compile(
    r"\b(?i:адрес\w{0,3}|прожива\w{2,6}|жив[её]т\b|жил\w?\b|прописан\w?|зарегистрирован\w?|мекенжай\w{0,6}|lives?\s(?:at|on)|living\s(?:at|on)|resid\w{2,4}\s(?:at|on)|address|home\s(?:at|on))"
    r"[\s:–\-]{1,3}(?i:(?:по адресу|по|на|в|at|is|on|in)[\s:]{1,2})?"
    rf"(?P<address>(?:(?i:г\.|город)?\s?{_CAPITAL},\s)?(?:{_TITLE},?\s){_BARE}(?i:{_TAIL}))"
)
_PLACE_AND_HOUSE = re.compile(
    rf"\b(?:(?i:село|селе|села|с\.|аул\w?|пос\.|посел\w{{2,3}}|посёл\w{{2,3}}|дачи)\s?{_CAPITAL}|{_CAPITAL}\s(?i:ауыл\w{{0,6}}|кент\w{{0,6}}|village)),?\s(?i:{_HOUSE}{_TAIL})"
)
_TOWN_BEFORE = re.compile(
    rf"(?:(?:(?i:г\.|гор\.|город\w{{0,2}}|село|селе|с\.|аул|пос\.|посёлок|поселок|п\.|ст\.|city of)\s?)?{_CAPITAL}(?:\s(?i:қала\w{{0,5}}|қ\.|ауд\.|обл\.|р-н\w?|мкр\.?|mkr\.?|microdistrict|ауыл\w{{0,5}}|аудан\w{{0,6}}|облыс\w{{0,5}}|кент\w{{0,4}}|район\w{{0,2}}|област\w|city|district|village|region|oblast))?,?\s){{1,4}}(?i:(?:на|по|в|at|on)\s)?\Z"
)
_TOWN_AND_NUMBERS = re.compile(
    rf"\b{_CAPITAL},\s(?!Стат|Бап|Art|Закон|Сот|Суд|Law|Law)(?:{_TITLE}),?\s\d{{1,3}}[А-Яа-яA-Za-z]?(?:/\d{{1,2}})?\s?[-–]\s?\d{{1,4}}(?![\d\-–./])(?i:{_COUNTED})"
)
"""A town, what must be a street, a house and a flat: Павлодар, Камзина 68-119."""
_FEMININE = re.compile(
    rf"\b[А-ЯЁA-Z][\w\-]{{3,30}}(?:ская|цкая|ная|вая|skaya|naya|vaya|skaia),?\s(?i:{_BARE}{_TAIL})"
)
"""A street that is only called by its adjective: Интернациональная 19."""
_LONGEST_BEFORE = 110


def addresses(text: str) -> Iterator[Finding]:
    """The addresses of a text; they may overlap."""
    for start, end in _cores(text):
        before = text[max(0, start - _LONGEST_BEFORE) : start]
        town = _TOWN_BEFORE.search(before)
        is_listed = town is not None and "," in town[0]
        yield Finding(Kind.ADDRESS, start - len(town[0]) if town is not None and is_listed else start, end)


def _cores(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (
        _FORWARD,
        _NUMBER_BEFORE,
        _HOUSE_ON,
        _HOUSE_AND_FLAT,
        _WITH_FLAT,
        _PLACE_AND_HOUSE,
        _TOWN_AND_NUMBERS,
        _FEMININE,
    ):
        yield from (found.span() for found in pattern.finditer(text))
    yield from (found.span("address") for found in _LIVES.finditer(text))
    for found in _BEHIND.finditer(text):
        name = _STREET_NAME.search(text, max(0, found.start() - _LONGEST_BEFORE), found.start())
        if name is not None:
            yield name.start(), found.end()
