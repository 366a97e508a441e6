"""Dates as people type them in Kazakh, Russian and English."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.form.answers import Precision, When
from bot.form.typed.dates import LONGEST_DATE, NoSuchDay, parse
from bot.form.typed.intervals import between, is_date, last_day

TODAY = date(2024, 6, 6)
"""A Thursday."""

TYPED = {
    "03.13": "2013-03",
    "12.12": "2023-12-12",
    "март 98": "1998-03",
    "31-го": "2024-05-31",
    "один день назад": "2024-06-05",
    "бір күн бұрын": "2024-06-05",
    "a day ago": "2024-06-05",
    "one day ago": "2024-06-05",
    "два дня назад": "2024-06-04",
    "екі күн бұрын": "2024-06-04",
    "пару дней назад": "2024-06-03..2024-06-04",
    "two days ago": "2024-06-04",
    "три дня назад": "2024-06-03",
    "three days ago": "2024-06-03",
    "четыре дня назад": "2024-06-02",
    "төрт күн бұрын": "2024-06-02",
    "four days ago": "2024-06-02",
    "пять дней назад": "2024-06-01",
    "бес күн бұрын": "2024-06-01",
    "five days ago": "2024-06-01",
    "шесть дней назад": "2024-05-31",
    "алты күн бұрын": "2024-05-31",
    "six days ago": "2024-05-31",
    "семь дней назад": "2024-05-29..2024-05-31",
    "жеті күн бұрын": "2024-05-29..2024-05-31",
    "seven days ago": "2024-05-29..2024-05-31",
    "одну неделю назад": "2024-05-27..2024-06-02",
    "две недели назад": "2024-05-20..2024-05-26",
    "бір апта бұрын": "2024-05-27..2024-06-02",
    "2 weeks ago": "2024-05-20..2024-05-26",
    "6 месяцев назад": "2023-12",
    "послезавтра": "2024-06-08",
    "в этом месяце": "2024-06",
    "биыл": "2024",
    "с прошлого года": "2023-01..",
    "январь 2024 - 5 марта 2024": "2024-01..2024-03-05",
    "с 5 марта": "2024-03-05..",
    "8 наурыз 2024 - 9 мамыр 2024": "2024-03-08..2024-05-09",
    "с прошлого месяца по сегодня": "2024-05..2024-06-06",
    "с позавчера по вчера": "2024-06-04..2024-06-05",
    "1 мамырдан 1 маусымға дейін": "2024-05-01..2024-06-01",
    "8.03.24": "2024-03-08",
    "08.03.2024": "2024-03-08",
    "8/3/2024": "2024-03-08",
    "8-3-2024": "2024-03-08",
    "2024-03-08": "2024-03-08",
    "8 марта": "2024-03-08",
    "8 марта 2024 года": "2024-03-08",
    "8-е марта": "2024-03-08",
    "8го марта": "2024-03-08",
    "кеше": "2024-06-05",
    "бүгін": "2024-06-06",
    "алдыңғы күні": "2024-06-04",
    "вчера": "2024-06-05",
    "позавчера": "2024-06-04",
    "сегодня": "2024-06-06",
    "today": "2024-06-06",
    "yesterday": "2024-06-05",
    "8 наурыз": "2024-03-08",
    "8 наурызда": "2024-03-08",
    "2024 жылғы 8 наурыз": "2024-03-08",
    "2024 ж. 8 наурыз": "2024-03-08",
    "march 2024": "2024-03",
    "8 march 2024": "2024-03-08",
    "March 8": "2024-03-08",
    "March 8th, 2024": "2024-03-08",
    "март 2024": "2024-03",
    "в марте 2024": "2024-03",
    "наурыз 2024": "2024-03",
    "2024 жылғы наурыз": "2024-03",
    "наурыздың 8-і": "2024-03-08",
    "03.2024": "2024-03",
    "2024": "2024",
    "2024 год": "2024",
    "1-5 марта 2024": "2024-03-01..2024-03-05",
    "с 1 по 5 марта 2024": "2024-03-01..2024-03-05",
    "1–5 наурыз 2024": "2024-03-01..2024-03-05",
    "01.2023 - 04.2024": "2023-01..2024-04",
    "2023-01 - 2024-04": "2023-01..2024-04",
    "январь 2023 - апрель 2024": "2023-01..2024-04",
    "с января 2023 по апрель 2024": "2023-01..2024-04",
    "2023 жылғы қаңтардан 2024 жылғы сәуірге дейін": "2023-01..2024-04",
    "from january 2023 to april 2024": "2023-01..2024-04",
    "08.03.2024-10.03.2024": "2024-03-08..2024-03-10",
    "3 days ago": "2024-06-03",
    "3 дня назад": "2024-06-03",
    "3 күн бұрын": "2024-06-03",
    "не знаю": "?",
    "білмеймін": "?",
    "don't know": "?",
    "don’t know": "?",
    "продолжается": "..",
    "әлі жалғасып жатыр": "..",
    "с марта 2024": "2024-03..",
    "с 8 марта": "2024-03-08..",
    "since march 2024": "2024-03..",
    "наурыздан бері": "2024-03..",
    "понедельник": "2024-06-03",
    "в понедельник": "2024-06-03",
    "в прошлую пятницу": "2024-05-31",
    "дүйсенбі": "2024-06-03",
    "дүйсенбіде": "2024-06-03",
    "last friday": "2024-05-31",
    "сенбі": "2024-06-01",
    "жексенбіде": "2024-06-02",
    "қыркүйегінде": "2023-09",
    "кыркуйек": "2023-09",
    "казан": "2023-10",
    "8-наурыз": "2024-03-08",
    "8-наурызда 2023": "2023-03-08",
    "8-mar-2024": "2024-03-08",
    "вчера вечером в 18:30": "2024-06-05",
    "кеше кешке сағат 18:00-де": "2024-06-05",
    "неделю назад": "2024-05-27..2024-06-02",
    "2 ай бұрын": "2024-04",
    "на прошлой неделе": "2024-05-27..2024-06-02",
    "в прошлом месяце": "2024-05",
    "былтыр": "2023",
    "last year": "2023",
    "2023 жылдан бері": "2023-01..",
    "2020-2022": "2020-01..2022-12",
    "март - 2024": "2024-03",
    "декабрь - март": "2023-12..2024-03",
    "29 февраля": "2024-02-29",
    "примерно 8 марта": "2024-03-07..2024-03-09",
    "в начале марта 2024": "2024-03-01..2024-03-10",
    "с марта 2024 по сей день": "2024-03..",
    "с прошлого месяца": "2024-05..",
    "март 2023 - сейчас": "2023-03..",
    "наурыздың 1-інен 5-іне дейін": "2024-03-01..2024-03-05",
    "1-ден 5 наурызға дейін": "2024-03-01..2024-03-05",
    "March 1-5, 2024": "2024-03-01..2024-03-05",
    "between 1 and 5 march": "2024-03-01..2024-03-05",
    "между 1 и 5 марта": "2024-03-01..2024-03-05",
    "1.3-5.3": "2024-03-01..2024-03-05",
    "1-5.03.2024": "2024-03-01..2024-03-05",
    "8-10.03.24": "2024-03-08..2024-03-10",
    "в 2019": "2019",
    "3/25/2024": "2024-03-25",
    "вс 2 июня": "2024-06-02",
    "завтра": "2024-06-07",
    "25 ноя 2023": "2023-11-25",
    "үш күн бұрын": "2024-06-03",
    "в прошлом марте": "2024-03",
    "2024 жылдың 8 наурызы": "2024-03-08",
    "2024 жылдың 8 наурызынан бері": "2024-03-08..",
    "с прошлой недели по вчера": "2024-05-27..2024-06-05",
    "с понедельника": "2024-06-03..",
    "дүйсенбіден бері": "2024-06-03..",
    "кешеден бері": "2024-06-05..",
    "со вчерашнего дня": "2024-06-05..",
    "с 8 по 10 числа марта": "2024-03-08..2024-03-10",
    "2024 жылғы наурыз айында": "2024-03",
    "в марте месяце": "2024-03",
    "8.03.2024г.": "2024-03-08",
    "8 марта 2024г": "2024-03-08",
    "1 мамырдан 5 мамырға дейін": "2024-05-01..2024-05-05",
    "қазан айында": "2023-10",
    "4 маусым": "2024-06-04",
    "1 наурыздан 5 наурызға дейін": "2024-03-01..2024-03-05",
    "2023 жылғы қаңтардан бастап 2024 жылғы сәуірге дейін": "2023-01..2024-04",
    "с ноября 2023 по январь": "2023-11..2024-01",
    "ноябрь - январь 2024": "2023-11..2024-01",
    "с 1 марта по сегодня": "2024-03-01..2024-06-06",
    "с 1 марта 2024 по 5": "2024-03-01..2024-03-05",
    "8.03-10.03": "2024-03-08..2024-03-10",
    "8 и 9 марта": "2024-03-08..2024-03-09",
    "08032024": "2024-03-08",
    "8 қаз. 2023": "2023-10-08",
    "понедельник, 3 июня": "2024-06-03",
    "12 мая, 14:30": "2024-05-12",
    "25.12": "2023-12-25",
    "15.06": "2023-06-15",
    "6 июня": "2024-06-06",
    "7 июня": "2023-06-07",
    "03.24": "2024-03",
    "июнь": "2024-06",
    "июль": "2023-07",
    "8 числа": "2024-05-08",
    "6-го": "2024-06-06",
    "c 8 марта": "2024-03-08..",
    "в четверг": "2024-05-30",
    "5 марта 98": "1998-03-05",
    "осы аптада": "2024-06-03..2024-06-06",
    "өткен айда": "2024-05",
    "a month ago": "2024-05",
    "қаңтар - наурыз": "2024-01..2024-03",
    "1 - 1 марта 2024": "2024-03-01",
    "март - март 2024": "2024-03",
    "қаңтар 2022": "2022-01",
    "сәуірдегі": "2024-04",
    "мамырдың 3-і": "2024-05-03",
    "шілдеде": "2023-07",
    "тамыз 2023": "2023-08",
    "қарашада": "2023-11",
    "желтоқсан": "2023-12",
    "ақпан": "2024-02",
    "сентября 2023": "2023-09",
    "октябре": "2023-10",
    "июля 2023": "2023-07",
    "5 авг": "2023-08-05",
    "sept 2023": "2023-09",
    "dec 16 2023": "2023-12-16",
    "16 желтоқсан": "2023-12-16",
    "сейсенбі": "2024-06-04",
    "сәрсенбіде": "2024-06-05",
    "бейсенбі": "2024-05-30",
    "жұма": "2024-05-31",
    "во вторник": "2024-06-04",
    "в среду": "2024-06-05",
    "в субботу вечером": "2024-06-01",
    "в воскресенье": "2024-06-02",
    "sunday": "2024-06-02",
}
"""What is typed and what it means: a day, a month, a year, `start..end`, `start..` (ongoing), `?` (unknown)."""


def written(when: When) -> str:
    """The meaning of a date as the table writes it."""
    if when.precision is Precision.UNKNOWN:
        assert when == When(Precision.UNKNOWN)
        return "?"
    if when.precision is Precision.RANGE:
        assert when.ongoing is (when.end is None)
        return f"{when.start or ''}..{when.end or ''}"
    assert not when.ongoing
    assert when.precision is {4: Precision.YEAR, 7: Precision.MONTH, 10: Precision.DAY}[len(str(when.start))]
    assert when.end == (when.start if when.precision is Precision.DAY else None)
    return str(when.start)


def test_a_date_is_understood_as_it_is_typed() -> None:
    """Every way of writing in the table gives its date, in capitals and with spaces around it too."""
    for text, wanted in TYPED.items():
        for way in (text, f"  {text} ", text.upper(), f"{text}."):
            found = parse(way, TODAY)
            assert isinstance(found, When), way
            assert written(found) == wanted, way


@pytest.mark.parametrize(
    "text",
    [
        "8",
        "24",
        "там",
        "привет",
        "привет 8 марта",
        "ололо",
        "1850",
        "2051",
        "45.13.2024",
        "13.13.2024",
        "32 марта",
        "0.03",
        "0 марта",
        "32-го",
        "0-го",
        "сорок дней назад",
        "5-1 марта 2024",
        "с 10 марта по 5 марта",
        "март 2024 - март 2023",
        "1-5",
        "",
        ".",
        "- - -",
        "8 марта 9 мая",
        "03.04-05.06.07.08",
        "2024 2023",
        "x" * 500,
        "8 марта " * 30,
    ],
)
def test_what_is_no_date_is_not_taken_for_one(text: str) -> None:
    """Rather ask again than keep a date that was never said."""
    assert parse(text, TODAY) is None


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("31 апреля", NoSuchDay(31, 4)),
        ("31.04.2024", NoSuchDay(31, 4, 2024)),
        ("30 ақпан", NoSuchDay(30, 2)),
        ("31 апреля - 5 мая 2024", NoSuchDay(31, 4, 2024)),
        ("с 31 апреля", NoSuchDay(31, 4)),
        ("29.02.2023", NoSuchDay(29, 2, 2023)),
        ("June 31, 2024", NoSuchDay(31, 6, 2024)),
        ("1 - 31 апреля 2024", NoSuchDay(31, 4, 2024)),
    ],
)
def test_a_day_that_no_month_has_is_told_with_what_was_understood(text: str, understood: NoSuchDay) -> None:
    """The person sees which day and month were read."""
    assert parse(text, TODAY) == understood


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("8 марта", "2025-03-08"),
        ("6 июня", "2024-06-06"),
        ("7 июня", "2024-06-07"),
        ("29 февраля", "2028-02-29"),
        ("25.12", "2024-12-25"),
        ("март", "2025-03"),
        ("июнь", "2024-06"),
        ("июль", "2024-07"),
        ("8-го", "2024-06-08"),
        ("8 марта 2020", "2020-03-08"),
    ],
)
def test_a_date_to_come_is_the_next_one_without_a_year(text: str, day: str) -> None:
    """`ahead` turns the search round and leaves a year that was said alone."""
    found = parse(text, TODAY, ahead=True)
    assert isinstance(found, When)
    assert found.start == day


def test_a_text_longer_than_any_date_is_not_looked_at() -> None:
    """The limit is on the text as it came."""
    assert parse("8 марта" + " " * (LONGEST_DATE - 7), TODAY) is not None
    assert parse("8 марта" + " " * (LONGEST_DATE - 6), TODAY) is None


@given(st.dates(date(1901, 1, 1), date(2099, 12, 31)))
def test_a_full_date_is_understood_from_any_day(day: date) -> None:
    """Numbers with a whole year mean that day whenever they are typed."""
    for text in (
        f"{day:%d.%m.%Y}",
        f"{day.day}/{day.month}/{day.year:04}",
        day.isoformat(),
        f"{day:%d %m %Y}",
    ):
        found = parse(text, TODAY)
        assert isinstance(found, When)
        assert found.start == found.end == day.isoformat()


@given(st.dates(date(2000, 3, 1), date(2030, 12, 31)), st.integers(0, 364))
def test_a_date_without_a_year_is_the_last_one(today: date, ago: int) -> None:
    """Whatever day within a year it is told on, 29 February aside."""
    day = today - timedelta(ago)
    if (day.month, day.day) == (2, 29) or (today.replace(day=1) - day).days > 360:
        return
    found = parse(f"{day.day}.{day.month:02}", today)
    assert isinstance(found, When)
    assert found.start == day.isoformat()


@given(st.text(max_size=40), st.dates(date(1950, 1, 1), date(2090, 1, 1)))
def test_no_text_breaks_the_parser(text: str, today: date) -> None:
    """Anything gives a date that stands in the calendar, a day that does not, or nothing."""
    check(parse(text, today))


@given(
    st.lists(
        st.sampled_from(
            [
                "1",
                "5",
                "8",
                "29",
                "31",
                "32",
                "2024",
                "1999",
                "24",
                "0",
                ".",
                "/",
                "-",
                "–",
                "с",
                "по",
                "до",
                "и",
                "в",
                "март",
                "марта",
                "наурыз",
                "мамырдан",
                "дейін",
                "бері",
                "қазан",
                "may",
                "to",
                "from",
                "last",
                "friday",
                "вчера",
                "кеше",
                "назад",
                "бұрын",
                "недели",
                "3",
                "г.",
                "жылғы",
                "12:30",
                "примерно",
                "сейчас",
                "-го",
            ]
        ),
        max_size=7,
    )
)
def test_no_heap_of_date_words_breaks_the_parser(heap: list[str]) -> None:
    """The same for words that are close to dates."""
    check(parse(" ".join(heap), TODAY))
    check(parse("".join(heap), TODAY, ahead=True))


def check(found: When | NoSuchDay | None) -> None:
    """A date must stand in the calendar and not end before it begins."""
    if isinstance(found, When):
        assert written(found)
        ends = [text for text in (found.start, found.end) if text is not None]
        assert all(is_date(text) for text in ends)
        assert found.start is None or found.end is None or text_end(found.end) >= found.start


def text_end(text: str) -> str:
    """The last day of a date."""
    return last_day(text).isoformat()


def test_a_period_of_years_runs_from_january_to_december() -> None:
    """The ends of a period are days or months; a period of one day or month is that day or month."""
    assert between("2022", "2023") == When(Precision.RANGE, "2022-01", "2023-12")
    assert between("2024-03-08", "2024-03") == When(Precision.RANGE, "2024-03-08", "2024-03")
    assert between("2024-03-08", "2024-03-08") == When(Precision.DAY, "2024-03-08", "2024-03-08")
    assert between("2024-03", "2024-03") == When(Precision.MONTH, "2024-03")
    assert between("2024-03-08", "2024-03-07") is None
    assert between("2024-03", "2024-02") is None
