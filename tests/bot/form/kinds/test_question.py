"""A date that is typed: understood, asked about, refused, told as exactly as it is known."""

import pytest

from bot.chat.renderer import Renderer
from bot.form.answers import Precision, When
from bot.form.events import Back, DateMode, PickDate
from bot.form.screen import Key, Said
from bot.languages import codes
from bot.texts import Texts
from tests.bot.form.kinds.dates import YESTERDAY, day, exact, talk
from tests.bot.form.talks import keys


@pytest.mark.parametrize("typed", ["until April 2024", "до апреля 2024", "2024 жылғы сәуірге дейін"])
def test_a_period_without_a_beginning_is_typed_and_told(typed: str) -> None:
    """At once, or where the end is asked for."""
    until = When(Precision.RANGE, end="2024-04")
    said = Key("flow.date.until", {"end": Key("flow.month.4", {"year": "2024"})})
    begun = talk()
    begun.write(typed)
    assert begun.answer("when") == until
    assert begun.screen.notice == Key("flow.date.understood", {"date": said})
    begun.send(Back())
    assert begun.shown("flow.current") == {"answer": said}
    begun.send(DateMode("range"), DateMode("unknown"))
    begun.write(typed)
    assert begun.answer("when") == until
    begun.send(Back(), DateMode("range"), PickDate("2024-03-08"))
    begun.write(typed)
    assert begun.answer("when") == When(Precision.RANGE, "2024-03-08", "2024-04")


def test_an_end_without_a_beginning_does_not_lie_ahead_where_the_form_refuses_that() -> None:
    """The end is what the constraint looks at. The year at hand ends with the present month."""
    begun = talk(constraint=". <= today()", constraint_message={"en": "not yet"})
    begun.write("до июля 2024")
    assert begun.notice == "not yet"
    begun.send(DateMode("range"), DateMode("unknown"), DateMode("calendar"))
    assert "flow.page.after" not in begun.labels
    begun.write("2024")
    assert begun.answer("when") == When(Precision.RANGE, end="2024-06")
    begun.send(Back())
    begun.write("до июля")
    assert begun.answer("when") == When(Precision.RANGE, end="2023-07")


def test_an_end_that_may_be_one_of_two_is_asked() -> None:
    """July may be last year's or the next one."""
    begun = talk()
    begun.write("до июля")
    assert begun.buttons[1].label == Key("flow.month.7", {"year": "2024"})
    begun.send(begun.buttons[0].event)
    assert begun.answer("when") == When(Precision.RANGE, end="2023-07")


def test_a_typed_date_is_told_as_it_was_understood() -> None:
    """With the next screen."""
    begun = talk()
    begun.write("8 наурыз")
    assert begun.answer("when") == day("2024-03-08")
    assert begun.place == "after"
    assert begun.screen.notice == Key(
        "flow.date.understood", {"date": Key("flow.day.3", {"day": "8", "year": "2024"})}
    )


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("неделю назад", {"en": "27 May 2024 – 2 June 2024", "ru": "27 мая 2024 – 2 июня 2024"}),
        ("2 недели назад", {"en": "20–26 May 2024", "kk": "2024 жылғы 20–26 мамыр"}),
        ("начало мая", {"en": "1–10 May 2024", "ru": "1–10 мая 2024", "kk": "2024 жылғы 1–10 мамыр"}),
        ("примерно 5 мая", {"en": "4–6 May 2024", "ru": "4–6 мая 2024"}),
        ("до мая 2023", {"en": "until May 2023"}),
        ("until May 2023", {"ru": "по май 2023 включительно"}),
        ("2023 жылғы мамырға дейін", {"kk": "аяқталуы: 2023 ж. мамыр"}),
        ("с мая 2023", {"ru": "начало: май 2023, продолжается"}),
        ("несколько месяцев назад", {"en": "January 2024 – April 2024"}),
    ],
)
def test_a_misreading_can_be_noticed(typed: str, understood: dict[str, str]) -> None:
    """Periods and what is vague are told in words, with their months by name and their years."""
    begun = talk()
    begun.write(typed)
    assert begun.screen.notice is not None
    for language, date in understood.items():
        texts = Texts(codes())
        said = Renderer(texts).phrase(begun.screen.notice, language)
        assert said == texts.text(language, "flow.date.understood", {"date": date})


def test_a_date_that_is_not_understood_is_kept_with_an_example() -> None:
    """What no calendar has is told with what was read."""
    begun = talk()
    begun.write("когда-то", "5")
    assert begun.notice == "flow.date.not_understood"
    assert begun.shown("flow.kept") == {"text": Said("когда-то")}
    begun.write("31 апреля")
    month = Key("flow.month.4", {"year": "2024"})
    assert begun.screen.notice == Key("flow.date.no_such_day", {"day": 31, "month": month})
    assert exact().write("когда-то").notice == Key("flow.date.which_day")


def test_typing_gives_an_end_of_a_period() -> None:
    """Or the whole of it."""
    begun = talk()
    begun.tap("flow.date.range")
    begun.write("8 марта")
    assert begun.shown("flow.date.ask_end") == {"start": Said("08.03.2024")}
    begun.write("апрель")
    assert begun.answer("when") == When(Precision.RANGE, "2024-03-08", "2024-04")
    whole = talk()
    whole.tap("flow.date.range")
    whole.write("1-5 марта")
    assert whole.answer("when") == When(Precision.RANGE, "2024-03-01", "2024-03-05")
    ongoing = talk()
    ongoing.tap("flow.date.ongoing")
    ongoing.write("2022")
    assert ongoing.answer("when") == When(Precision.RANGE, "2022-01", None, ongoing=True)


def test_vague_words_give_an_end_of_a_period() -> None:
    """They are no period of their own where only one end is asked for."""
    begun = talk()
    begun.tap("flow.date.range")
    begun.write("летом 2023")
    assert begun.shown("flow.date.ask_end") == {"start": Key("flow.month.6", {"year": "2023"})}
    begun.write("at the beginning of May")
    assert begun.answer("when") == When(Precision.RANGE, "2023-06", "2024-05")
    begun = talk()
    begun.tap("flow.date.ongoing")
    begun.write("өткен аптада")
    assert begun.answer("when") == When(Precision.RANGE, "2024-05-27", ongoing=True)


def test_this_weekend_is_the_last_one_where_days_to_come_are_refused() -> None:
    """The coming one is meant otherwise."""
    begun = talk(constraint=". <= today()")
    begun.write("в эти выходные")
    assert begun.answer("when") == When(Precision.RANGE, "2024-06-01", "2024-06-02")
    begun = talk()
    begun.write("this weekend")
    assert begun.answer("when") == When(Precision.RANGE, "2024-06-08", "2024-06-09")


def test_a_month_with_two_digits_is_asked_about() -> None:
    """The year or the day; the words stay in sight."""
    begun = talk()
    begun.write("апрель 24")
    assert [button.label for button in begun.buttons[:2]] == [
        Key("flow.month.4", {"year": "2024"}), named(24, 4, 2024)
    ]  # fmt: skip
    begun.send(begun.buttons[0].event)
    assert begun.answer("when") == When(Precision.MONTH, "2024-04")


def test_a_date_to_come_is_taken_where_the_form_wants_one() -> None:
    """The nearest past one is meant unless the constraint says otherwise; both refused, it stays."""
    planned = exact(constraint=". >= '2024-06-06'", constraint_message={"en": "to come"})
    planned.write("8 марта")
    assert planned.answer("when") == day("2025-03-08")
    other = exact(constraint=". >= '2024-06-06'", constraint_message={"en": "to come"})
    other.write("8 марта 2024")
    assert other.notice == "to come"
    assert other.shown("flow.kept") == {"text": Said("8 марта 2024")}
    assert exact().write("8 декабря").notice == Key(
        "flow.date.understood", {"date": Key("flow.day.12", {"day": "8", "year": "2023"})}
    )


def named(number: int, month: int, year: int) -> Key:
    """A day with the name of its month."""
    return Key(f"flow.day.{month}", {"day": str(number), "year": str(year)})


def test_a_day_of_the_weeks_to_come_is_asked_for_with_its_year() -> None:
    """Without a year it may be last year's or the next one; a tap on one of them is the answer."""
    begun = talk()
    step = begun.draft.step
    begun.write("20 июня")
    assert begun.screen.body[-1] == Key("flow.date.which")
    assert begun.shown("flow.kept") == {"text": Said("20 июня")}
    assert [button.label for button in begun.buttons[:2]] == [named(20, 6, 2023), named(20, 6, 2024)]
    assert begun.draft.step > step
    begun.send(begun.buttons[1].event)
    assert begun.answer("when") == day("2024-06-20")
    assert begun.notice == "flow.date.understood"
    assert begun.place == "after"


@pytest.mark.parametrize(
    ("typed", "answers"),
    [
        ("20-22 маусым", [("2023-06-20", "2023-06-22"), ("2024-06-20", "2024-06-22")]),
        ("in the winter of 2023", [("2022-12", "2023-02"), ("2023-12", "2024-02")]),
        ("в прошлый вторник", [("2024-06-04", "2024-06-04"), ("2024-05-28", "2024-05-28")]),
        ("шілдеде", [("2023-07", None), ("2024-07", None)]),
    ],
)
def test_what_may_mean_two_dates_is_asked(typed: str, answers: list[tuple[str, str | None]]) -> None:
    """Each of them can be chosen, a period as a whole."""
    for place, (start, end) in enumerate(answers):
        begun = talk()
        begun.write(typed)
        begun.send(begun.buttons[place].event)
        found = begun.answer("when")
        assert isinstance(found, When)
        assert (found.start, found.end) == (start, end)


def test_only_what_the_form_takes_is_asked() -> None:
    """Where days to come are refused, or those gone by, there is nothing to ask."""
    past = exact(constraint=". <= today()")
    past.write("20 июня")
    assert past.answer("when") == day("2023-06-20")
    coming = exact(constraint=". >= today()")
    coming.write("20 июня")
    assert coming.answer("when") == day("2024-06-20")


def test_the_dates_asked_about_can_be_left() -> None:
    """By the way back, which is the only one then, or by other words."""
    begun = talk()
    begun.write("20 июня")
    begun.tap("flow.date.back")
    assert "flow.date.calendar" in begun.labels
    begun.write("20 июня")
    begun.write("20 июня 2022")
    assert begun.answer("when") == day("2022-06-20")
    begun.send(Back())
    begun.write("20 июня")
    assert begun.labels.count("flow.back") == 0


def test_an_end_of_a_period_may_be_one_of_two_dates() -> None:
    """Those before the start are none of them; the year after it is meant as well as the last one."""
    begun = talk()
    begun.send(DateMode("range"), PickDate("2022-12-28"))
    begun.write("3 января")
    assert [button.event for button in begun.buttons[:2]] == [PickDate("2023-01-03"), PickDate("2024-01-03")]
    begun.tap("flow.date.back")
    assert begun.shown("flow.date.ask_end")
    begun.write("3 января")
    begun.send(begun.buttons[0].event)
    assert begun.answer("when") == When(Precision.RANGE, "2022-12-28", "2023-01-03")
    period = {"start": named(28, 12, 2022), "end": named(3, 1, 2023)}
    assert begun.screen.notice == Key("flow.date.understood", {"date": Key("flow.date.period", period)})
    begun = talk()
    begun.send(DateMode("range"), PickDate("2023-12-28"))
    begun.write("3 января")
    assert begun.answer("when") == When(Precision.RANGE, "2023-12-28", "2024-01-03")


@pytest.mark.parametrize("typed", ["продолжается", "по настоящее время", "қазірге дейін", "until now"])
def test_a_period_that_still_goes_on_keeps_its_start(typed: str) -> None:
    """When that is typed instead of its end."""
    begun = talk()
    begun.send(DateMode("range"), PickDate("2024-03-08"))
    begun.write(typed)
    assert begun.answer("when") == When(Precision.RANGE, "2024-03-08", None, ongoing=True)


def test_a_typed_end_before_the_start_is_kept() -> None:
    """To be corrected."""
    begun = talk()
    begun.send(DateMode("range"), PickDate("2024-03-08"))
    begun.write("1 марта 2024")
    assert begun.notice == "flow.date.end_before_start"
    assert begun.shown("flow.kept") == {"text": Said("1 марта 2024")}


def test_a_refused_date_stays_at_the_picker() -> None:
    """The answer before it is kept."""
    begun = talk(constraint=". <= '2024-06-06'", constraint_message={"en": "not yet"})
    begun.tap("flow.date.yesterday")
    begun.send(Back(), PickDate("2024-06-07"))
    assert begun.notice == "not yet"
    assert begun.answer("when") == day(YESTERDAY)
    begun.send(DateMode("range"), PickDate("2024-07"), PickDate("2024-08"))
    assert begun.notice == "not yet"
    assert begun.answer("when") == day(YESTERDAY)


@pytest.mark.parametrize(
    ("typed", "phrase"),
    [
        ("8.03.2024", Said("08.03.2024")),
        ("март 2024", Key("flow.month.3", {"year": "2024"})),
        ("2024", Key("flow.year", {"year": "2024"})),
        ("1-5 марта 2024", Key("flow.date.period", {"start": Said("01.03.2024"), "end": Said("05.03.2024")})),
        ("с марта 2024", Key("flow.date.since", {"start": Key("flow.month.3", {"year": "2024"})})),
        ("продолжается", Key("flow.date.ongoing")),
        ("не знаю", Key("flow.date.unknown")),
    ],
)
def test_a_date_is_shown_as_exactly_as_it_is_known(typed: str, phrase: object) -> None:
    """In words of the catalogues."""
    begun = talk()
    begun.write(typed)
    begun.send(Back())
    assert begun.shown("flow.current") == {"answer": phrase}


def test_typing_is_offered() -> None:
    """With examples of what the question takes."""
    assert Key("flow.date.typing") in talk().screen.body
    assert Key("flow.date.typing_day") in exact().screen.body
    assert not [
        key for part in talk().send(DateMode("calendar")).body for key in keys(part) if "typing" in key.key
    ]
