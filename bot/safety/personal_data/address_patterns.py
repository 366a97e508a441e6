"""What addresses are made of, as parts of patterns, without regard to capitals unless it is said: words for streets, houses and flats
in three languages, names and numbers. Every repetition in them is bounded."""


def _any(listed: str) -> str:
    """One of these patterns, which are listed with spaces between them."""
    return f"(?:{'|'.join(listed.split())})"


CAPITAL_LETTER = "[А-ЯЁӘҒҚҢӨҰҮҺІA-Z]"
CAPITAL = rf"{CAPITAL_LETTER}[\w’'\-]{{1,30}}"
"""A word that begins with a capital letter."""
LOWER = (
    "(?i:"
    + _any(r"хан\w{0,2} би батыр\w? ата ана ақын сал сері қажы мырза жырау жыр жолы марта мая лет имени им\.")
    + ")"
)
"""Words in small letters that are part of streets' names."""
TITLE = rf"{CAPITAL}(?:\s(?:{CAPITAL}|{LOWER})){{0,2}}"
"""A name of a street, of words with capitals."""
_WORD = r"(?:[^\W\d_]{1,3}\.|[^\W_][\w’'\-]{0,30})"
ANY_NAME = rf"(?:[«\"“]?{_WORD}[»\"”]?)(?:\s{{1,2}}{_WORD}[»\"”]?){{0,3}}?"
"""A name of a street in any letters; what follows tells where it ends."""
STRICT_NAME = (
    rf"(?:(?:\d{{1,2}}\s|[«\"“])?(?:{CAPITAL_LETTER}\.\s?){{0,2}}(?:{CAPITAL}|{LOWER})"
    rf"(?:[\s\-–](?:{CAPITAL}|{LOWER}|\d{{1,2}}\b)){{0,3}}?[»\"”]?|\d{{1,2}}\b|{_WORD})"
)
"""One of words with capitals, or a single word: behind others a number counts something."""
NUMBER = (
    r"№?\s?\d{1,4}(?:\s?[/\-–]\s?\d{1,4}){0,2}(?:\s?[«\"]?[а-яёa-z](?![\w.])[»\"]?|[А-ЯA-Z]\b)?"
    r"(?!\d|[.,:]\d|-?(?:ш[іы]|го|й|ые|х|м|летн)\b)"
)
"""The number of a house or a flat: 12, 12/5, 12-34, 12а; no ordinal, time or decimal."""
_HOUSE_WORD = _any(
    r"""
    д\. д\b дом\w{0,3} house building bldg\.? үй\w{0,6} здани\w{1,2} стр(?:оени\w|\.) корп(?:ус\w{0,2}|\.) уч(?:аст(?:ок|ка|ке)|\.) ғимарат\w{0,6} no\.
    h\. ү\.
    """
)
"""Words for a house."""
_FLAT_WORD = _any(
    r"""
    кв\. ap\. п\. кв\b кв-\w{1,4} квартир\w{1,3} пәт\. пәтер\w{0,6} apt\.? apartment flat unit офис\w{0,2} каб\. кабинет\w{0,2} office ком\. комнат\w{1,2}
    room подъезд\w{0,2} под\. кіреберіс\w{0,4} entrance этаж\w{0,2} қабат\w{0,4} floor
    """
)
"""Words for a flat, an office, an entrance, a floor."""
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
"""What is counted or dated by a number behind a name (улица Абая, 12 января), and endings of Kazakh."""
UNCOUNTED = rf"(?!\s?{_COUNTED})"
"""Behind a number: that it counts nothing."""
BARE_NUMBER = rf"{NUMBER}{UNCOUNTED}"
"""A number without a word for a house."""
SEPARATOR = r"[\s,;:–\-]{0,3}"
REST = rf"(?:{SEPARATOR}(?:{HOUSE}|{FLAT})){{0,4}}"
"""What follows a house: parts of it, the flat."""
STREET_BEFORE = _any(
    r"""
    ул\. ул\b улиц\w{1,3} пр\. пр-т\w? пр-кт\w? просп\. проспект\w{0,2} пер\. переул\w{2,4} бул\. б-р бульвар\w{0,2} ш\. шоссе проезд\w{0,2} тупик\w{0,2}
    наб\. набережн\w{2,3} street avenue prospekt көше\w{0,4}
    """
)
"""Words for a street before its name."""
QUARTER_BEFORE = _any(
    r"""
    мкр\w{0,2}\.? мкрн\.? м-н\w? микр\. микрорайон\w{0,2} ж/м жк\b жилой\sкомплекс квартал\w{0,2} ықшам\s?аудан\w{0,5} microdistrict сдт снт
    садовод\w{2,6} дачи
    """
)
"""Words for a quarter before its name."""
STREET_BEHIND = _any(
    r"""
    көше\w{0,10} к\. к-с[іы]\w{0,6} көш\. д-лы даң\. даңғыл\w{0,10} тұйы[қғ]\w{0,6} бульвар\w{0,6} тас\sжол\w{0,5} жолы\b орам\w{0,4} шағын\s?аудан\w{0,7}
    ықшам\s?аудан\w{0,7} мөлтек\s?аудан\w{0,7} ш/а ш\.а\. м/а мкр\w{0,2}\b\.? mkr\b\.? mcr\b\.? микрорайон\w{0,6} street st\b\.? avenue ave\b\.? road
    rd\b\.? lane boulevard blvd\.? prospekt prospect microdistrict micro-district highway улиц\w{1,3} проспект\w{0,2}
    """
)
"""Words for a street or a quarter behind its name."""
