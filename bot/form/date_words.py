"""The words of dates in Kazakh, Russian and English, in the folded spelling of `date_tokens.fold`.

Folding lowers the case and writes Kazakh letters as the nearest Russian ones (`қазан` as `казан`), for
many people type without a Kazakh keyboard.
"""

from collections.abc import Iterator, Mapping


def _forms(stem: str, endings: str) -> Iterator[str]:
    yield from (stem + ending.replace("_", "") for ending in endings.split())


_SOFT = "ь я е ю ем"
_HARD = "_ а е у ом"
RUSSIAN_MONTHS = (
    ("январ", _SOFT, "янв"),
    ("феврал", _SOFT, "фев февр"),
    ("март", _HARD, "мар"),
    ("апрел", _SOFT, "апр"),
    ("ма", "й я е ю ем", ""),
    ("июн", _SOFT, "июн"),
    ("июл", _SOFT, "июл"),
    ("август", _HARD, "авг"),
    ("сентябр", _SOFT, "сен сент"),
    ("октябр", _SOFT, "окт"),
    ("ноябр", _SOFT, "ноя нояб"),
    ("декабр", _SOFT, "дек"),
)
ENGLISH_MONTHS = (
    "january jan",
    "february feb",
    "march mar",
    "april apr",
    "may",
    "june jun",
    "july jul",
    "august aug",
    "september sep sept",
    "october oct",
    "november nov",
    "december dec",
)
KAZAKH_MONTHS = (
    "кантар кан",
    "акпан акп",
    "наурыз нау",
    "сауир сэуир сау",
    "мамыр мам",
    "маусым мау",
    "шилде шил",
    "тамыз там",
    "кыркуйек кыркуйег кыр",
    "казан каз",
    "караша кар",
    "желтоксан жел",
)
RUSSIAN_WEEKDAYS = (
    ("понедельник", "_ а у ом е", "пн"),
    ("вторник", "_ а у ом е", "вт"),
    ("сред", "а ы у е ой", "ср"),
    ("четверг", "_ а у ом е", "чт"),
    ("пятниц", "а ы у е ей", "пт"),
    ("суббот", "а ы у е ой", "сб"),
    ("воскресень", "е я ю ем", "вс"),
)
ENGLISH_WEEKDAYS = (
    "monday mon",
    "tuesday tue tues",
    "wednesday wed",
    "thursday thu thur thurs",
    "friday fri",
    "saturday sat",
    "sunday sun",
)
KAZAKH_WEEKDAYS = ("дуйсенби", "сейсенби", "сарсенби", "бейсенби", "жума", "сенби", "жексенби")

KAZAKH_FROM = "дан ден тан тен нан нен ынан инен сынан синен гыдан гиден".split()
"""Endings of "from" (the ablative): they part the start of a period from its end."""

KAZAKH_ENDINGS = (
    "_ ы и сы си да де та те нда нде ында инде сында синде га ге ка ке на не ына ине сына сине "
    "дын дин тын тин нын нин ынын инин сынын синин ды ди ты ти ны ни н ын ин дагы деги тагы теги "
    "ындагы индеги гы ги мен бен пен"
).replace("_", " ").split(" ")

NUMBER_ENDINGS = (
    "го ого его е ое ее й ый ий му ому м ом х я ю st nd rd th i ши шы нши ншы инши ыншы еси "
    + " ".join(ending for ending in (*KAZAKH_FROM, *KAZAKH_ENDINGS) if ending)
).split()
"""What may stand joined to a number: `8-го`, `8th`, `8-інен`."""

NUMBERS: Mapping[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "один одну одна one бир",
            "два две two еки",
            "три three уш",
            "четыре four торт",
            "пять five бес",
            "шесть six алты",
            "семь seven жети",
            "восемь eight сегиз",
            "девять nine тогыз",
            "десять ten он",
        ),
        start=1,
    )
    for word in words.split()
}

RELATIVE_DAYS: Mapping[str, int] = {
    word: offset
    for offset, words in (
        (0, "сегодня сегодняшнего today бугин бугинги"),
        (-1, "вчера вчерашнего yesterday кеше кешеги"),
        (-2, "позавчера позавчерашнего"),
        (1, "завтра tomorrow ертен"),
    )
    for word in words.split()
}
RELATIVE_YEARS: Mapping[str, int] = {"биыл": 0, "былтыр": -1}

UNITS: Mapping[str, str] = {
    word: unit
    for unit, words in (
        ("hour", "час часа часов минут минуты минуту сагат hour hours minute minutes"),
        ("day", "день дня дней днем сутки суток числа число числу day days кун куни кундери"),
        ("week", "неделя неделю недели недель неделе week weeks апта аптада аптасы аптасында"),
        ("month", "месяц месяца месяцев месяце month months ай айда айы айынын айында айдын айга"),
        ("year", "год года году годом годы лет г гг year years"),
        ("year", "жыл жылы жылгы жылда жылдын жылга жылдары ж жж"),
    )
    for word in words.split()
}
KAZAKH_UNIT_STEMS: Mapping[str, str] = {"кун": "day", "ай": "month", "жыл": "year"}

MARKS: Mapping[str, str] = {
    word: mark
    for mark, words in (
        ("A", "назад ago бурын"),
        ("L", "прошлый прошлую прошлой прошлом прошлого прошлое прошлая last previous past откен"),
        ("T", "этот эту этой этом этого this осы ушбу"),
        ("S", "с со from since начиная starting"),
        ("B", "бери бастап"),
        ("/", "по до to until till through"),
        ("E", "дейин шейин"),
        ("O", "сейчас now present казир"),
        ("Q", "примерно около приблизительно шамамен about around approximately circa кажется наверное"),
        ("Q", "начале начало начала середине середина середины конце конец конца early mid late"),
        ("Q", "басы басында ортасы ортасында аягы аягында соны сонында"),
        ("", "в во на и of on in the at a an это было был была были случилось произошло началось тому"),
        ("", "it was happened began started бул ол болды болган басталды басталганы кезинде"),
        ("", "утром вечером ночью утра вечера ночи morning afternoon evening night"),
        ("", "танертен тусте туста кешке кешкисин тунде кундиз"),
    )
    for word in words.split()
}
"""Words by what they do (see `date_tokens.Token`); those with an empty mark add nothing."""

PHRASES = (
    (r"day before yesterday|алдынгы кун\w*|бурнагы кун\w*|бурнакуни|аргы куни", "позавчера"),
    (r"last night|прошлой ночью|откен тун\w*", "вчера"),
    (r"this (?:morning|afternoon|evening)|tonight", "сегодня"),
    (r"(?:between|между) (.+?) (?:and|и) ", r"с \1 по "),
    (r"(?:\b(?:в|at|сагат) ?)?\b\d{1,2}:\d\d\b(?:-?[дт][ае]\b)?", " "),
    (r"где-то", "около"),
)
"""Expressions of several words and what they are read as; times of day are left out."""

ONGOING = (
    r"(?:(?:это|все|еще|it|is|it's|бул|али)\s+)*"
    r"\b(?:продолжается|длится|идет|до сих пор|по сей день|до сегодняшнего дня|по сегодняшний день"
    r"|(?:по|до) (?:настоящее|настоящего|сегодняшнее) (?:время|времени)|по сейчас|до сейчас"
    r"|still(?: going on| ongoing| continues| happening)?|going on|ongoing|continues|continuing"
    r"|(?:to|until|till) (?:now|today|this day|the present|present)"
    r"|жалгас(?:ып жатыр|ып келеди|ып отыр|уда|ады)"
    r"|(?:осы (?:уакытка|кунге)|казирге|бугинге|бугинги кунге) (?:дейин|шейин))\b"
    r"(?:\s+(?:еще|сейчас|now|till|still|по|сей|день|до|сих|пор)\b)*"
)
"""That it still goes on, alone or beside a date."""

UNKNOWN = frozenset(
    (
        "не знаю",
        "незнаю",
        "не помню",
        "точно не знаю",
        "не знаю когда",
        "не известно",
        "неизвестно",
        "билмеймин",
        "билмедим",
        "есимде жок",
        "белгисиз",
        "don't know",
        "dont know",
        "do not know",
        "i don't know",
        "i dont know",
        "i do not know",
        "idk",
        "don't remember",
        "i don't remember",
        "not known",
        "unknown",
    )
)


def _months() -> Iterator[tuple[str, int]]:
    for number in range(1, 13):
        stem, endings, short = RUSSIAN_MONTHS[number - 1]
        words = (*_forms(stem, endings), *short.split(), *ENGLISH_MONTHS[number - 1].split())
        yield from ((word, number) for word in words)


def _weekdays() -> Iterator[tuple[str, int]]:
    for number in range(7):
        stem, endings, short = RUSSIAN_WEEKDAYS[number]
        words = (*_forms(stem, endings), *short.split(), *ENGLISH_WEEKDAYS[number].split())
        yield from ((word, number) for word in words)


MONTHS: Mapping[str, int] = dict(_months())
"""Russian and English months in every form, to 1..12."""

KAZAKH_MONTH_STEMS: Mapping[str, int] = {
    stem: number for number, stems in enumerate(KAZAKH_MONTHS, start=1) for stem in stems.split()
}
WEEKDAYS: Mapping[str, int] = dict(_weekdays())
"""Russian and English weekdays in every form, to 0 (Monday) .. 6."""

KAZAKH_WEEKDAY_STEMS: Mapping[str, int] = {stem: number for number, stem in enumerate(KAZAKH_WEEKDAYS)}
