"""Date questions: the buttons, the calendar, months, years, periods, typing."""

import pytest

from bot.chat.screens.renderer import Renderer
from bot.form.answers import Precision, When
from bot.form.events import Back, DateMode, Page, PickDate, Show
from bot.form.screen import Key, Said
from bot.form.typed.dates.months import FIRST_YEAR, is_date
from bot.languages import codes
from bot.texts import Texts
from tests.bot.form.talks import Talk, form, keys, name_of, question

TODAY, YESTERDAY = "2024-06-06", "2024-06-05"


def talk(**columns: object) -> Talk:
    """A talk at a date that may be partial, with a question after it."""
    begun = Talk(form(question("when", "date", bot={"partial": "yes"}, **columns), question("after")))
    begun.send(Show())
    return begun


def exact(**columns: object) -> Talk:
    """A talk at a date that must be a day."""
    begun = Talk(form(question("when", "date", **columns), question("after")))
    begun.send(Show())
    return begun


def day(text: str) -> When:
    """A day."""
    return When(Precision.DAY, text, text)


def test_the_buttons_of_a_date() -> None:
    """All ways where it may be partial, only days where it may not."""
    assert talk().labels == [
        "flow.date.today", "flow.date.yesterday", "flow.date.calendar", "flow.date.month", "flow.date.range",
        "flow.date.ongoing", "flow.date.unknown", "flow.skip", "flow.cancel",
    ]  # fmt: skip
    assert exact().labels == [
        "flow.date.today", "flow.date.yesterday", "flow.date.calendar", "flow.skip", "flow.cancel"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "answer"),
    [("today", day(TODAY)), ("yesterday", day(YESTERDAY)), ("unknown", When(Precision.UNKNOWN))],
)
def test_one_tap_is_enough_for_the_usual_dates(mode: str, answer: When) -> None:
    """The day is that of the event, in the time zone it comes in."""
    begun = talk()
    begun.tap(f"flow.date.{mode}")
    assert begun.answer("when") == answer
    assert begun.place == "after"


def test_the_calendar_shows_a_month_from_monday() -> None:
    """The days in their weeks, and the months around it."""
    begun = talk()
    begun.tap("flow.date.calendar")
    rows = begun.screen.rows
    assert [button.label for button in rows[0]] == [Key("flow.month.6", {"year": "2024"})]
    assert [button.label for button in rows[1]] == [
        Key("flow.date.year_before"), Key("flow.page.before"), Key("flow.page.after"), Key("flow.date.year_after")
    ]  # fmt: skip
    assert [button.label for button in rows[2]] == [Key(f"flow.weekday.{number}") for number in range(1, 8)]
    assert [button.label for button in rows[3]] == [
        Said(text) for text in ["·", "·", "·", "·", "·", "1", "2"]
    ]
    assert [button.label for button in rows[7]] == [
        Said(text) for text in ["24", "25", "26", "27", "28", "29", "30"]
    ]
    begun.send(rows[3][0].event)
    assert begun.screen.rows == rows
    begun.send(rows[4][3].event)
    assert begun.answer("when") == day(TODAY)


def marked(begun: Talk) -> list[object]:
    """The marked buttons' events."""
    return [button.event for row in begun.screen.rows for button in row if button.marked]


def test_what_was_chosen_is_marked() -> None:
    """A day in the calendar of its month, though that is not the present one; both ends of a period; a month; a year;
    and where an end is asked for, the start alone."""
    begun = talk()
    begun.send(PickDate("2024-03-08"), Back(), DateMode("calendar"))
    assert marked(begun) == [PickDate("2024-03-08")]
    begun.send(Back(), DateMode("range"), DateMode("calendar"), PickDate("2024-02-03"))
    assert marked(begun) == [PickDate("2024-02-03")]
    begun.send(PickDate("2024-02-05"), Back(), DateMode("calendar"))
    assert marked(begun) == [PickDate("2024-02-03"), PickDate("2024-02-05")]
    for mode, chosen in (("month", "2024-04"), ("year", "2023")):
        begun.send(Back(), DateMode(mode), PickDate(chosen), Back(), DateMode(mode))
        assert marked(begun) == [PickDate(chosen)]


def test_the_calendar_turns_over_the_year() -> None:
    """Back and forth by months and years."""
    begun = talk()
    begun.tap("flow.date.calendar")
    for _ in range(6):
        begun.tap("flow.page.before")
    assert begun.buttons[0].label == Key("flow.month.12", {"year": "2023"})
    begun.tap("flow.date.year_before")
    assert begun.buttons[0].label == Key("flow.month.12", {"year": "2022"})
    begun.tap("flow.date.year_after")
    begun.tap("31")
    assert begun.answer("when") == day("2023-12-31")
    begun.send(Back(), DateMode("calendar"))
    for _ in range(13):  # from the month of the answer
        begun.tap("flow.page.after")
    begun.tap("1")
    assert begun.answer("when") == day("2025-01-01")


def taps_to(begun: Talk, ways: list[str], wanted: str) -> int:
    """The fewest taps from the buttons of a date to one that gives the wanted day or month: those named,
    then any that turn the pages."""
    for way in ways:
        begun.tap(way)
    front, seen = [begun.draft], set[int | None]()
    for taps in range(len(ways) + 1, 12):
        following = []
        for draft in front:
            begun.draft = draft
            begun.send(Show())
            if PickDate(wanted) in [button.event for button in begun.buttons]:
                return taps
            for button in list(begun.buttons):
                begun.draft = draft
                if isinstance(button.event, Page):
                    begun.send(button.event)
                    if begun.draft.view.page not in seen:
                        seen.add(begun.draft.view.page)
                        following.append(begun.draft)
        front = following
    raise AssertionError("too far", wanted)


@pytest.mark.parametrize("date", ["2024-06-05", "2023-02-28", "2019-12-31", "2014-06-06", "2014-11-30"])
def test_any_date_of_ten_years_is_a_few_taps_away(date: str) -> None:
    """As a day, as a month, as the beginning of a period."""
    assert taps_to(talk(), ["flow.date.calendar"], date) <= 6
    assert taps_to(talk(), ["flow.date.month"], date[:7]) <= 4
    assert taps_to(talk(), ["flow.date.range", "flow.date.exact_day"], date) <= 7
    assert taps_to(talk(), ["flow.date.range"], date[:7]) <= 4


def test_another_year_is_chosen_from_the_head_of_the_calendar() -> None:
    """The months of its year, the years, the months of another year, a month."""
    begun = exact()
    begun.tap("flow.date.calendar")
    begun.send(begun.buttons[0].event)
    assert [name_of(button.label) for button in begun.screen.rows[0]] == [
        "flow.page.before", "flow.year", "flow.page.after"
    ]  # fmt: skip
    begun.send(begun.buttons[1].event)
    assert [button.event for button in begun.buttons[:12]] == [Page(year) for year in range(2024, 2012, -1)]
    begun.tap("flow.date.earlier")
    begun.tap("flow.date.later")
    begun.send(begun.buttons[5].event, begun.buttons[5].event)
    assert begun.buttons[1].label == Key("flow.year", {"year": "2019"})
    begun.send(next(button.event for button in begun.buttons if button.label == MARCH_2019))
    assert begun.buttons[0].label == MARCH_2019
    begun.tap("8")
    assert begun.answer("when") == day("2019-03-08")


MARCH_2019 = Key("flow.month.3", {"year": "2019"})


def test_days_to_come_are_shown_where_the_form_takes_them() -> None:
    """Where it does not, no button leads to them; the present month is shown whole, with dots."""
    begun = Talk(form(question("when", "date", constraint=". <= today()"), question("after")))
    begun.send(DateMode("calendar"))
    picks = [button.event.date for button in begun.buttons if isinstance(button.event, PickDate)]
    assert picks[-1] == TODAY
    assert "flow.page.after" not in begun.labels
    assert "flow.date.year_after" not in begun.labels
    begun.tap("flow.page.before")
    begun.tap("flow.page.after")
    begun.send(begun.buttons[0].event)
    assert "flow.page.after" not in begun.labels
    assert len([button for button in begun.buttons if name_of(button.label).startswith("flow.month")]) == 6
    begun = Talk(form(question("when", "date", constraint=". > today()"), question("after")))
    begun.send(DateMode("calendar"))
    begun.tap("flow.page.after")
    begun.tap("1")
    assert begun.answer("when") == day("2024-07-01")


@pytest.mark.parametrize("page", [0, 1, 5, 10**9, FIRST_YEAR * 12, FIRST_YEAR * 12 - 1])
@pytest.mark.parametrize("mode", ["calendar", "month", "year"])
def test_every_page_of_the_picker_has_only_dates(mode: str, page: int) -> None:
    """However far it is turned."""
    begun = talk()
    begun.send(DateMode(mode), Page(page))
    dates = [button.event.date for button in begun.buttons if isinstance(button.event, PickDate)]
    assert dates
    assert all(is_date(text) for text in dates)
    assert len(set(dates)) == len(dates)
    assert all(row for row in begun.screen.rows)


def test_months_go_back_a_year_a_page() -> None:
    """The present one first; a year can be chosen from there."""
    begun = talk()
    begun.tap("flow.date.month")
    picks = [button.event for button in begun.buttons if isinstance(button.event, PickDate)]
    assert picks[0] == PickDate("2024-06")
    assert picks[-1] == PickDate("2023-07")
    assert len(picks) == 12
    assert "flow.date.later" not in begun.labels
    begun.tap("flow.date.earlier")
    assert begun.buttons[0].event == PickDate("2023-06")
    begun.tap("flow.date.later")
    assert begun.buttons[0].event == PickDate("2024-06")
    begun.send(PickDate("2023-09"))
    assert begun.answer("when") == When(Precision.MONTH, "2023-09")


def test_a_year_is_a_date_too() -> None:
    """From the list of months to that of years."""
    begun = talk()
    begun.send(DateMode("month"), Page(3))
    begun.tap("flow.date.year")
    picks = [button.event for button in begun.buttons if isinstance(button.event, PickDate)]
    assert picks == [PickDate(str(year)) for year in range(2024, 2012, -1)]
    begun.send(PickDate("2019"))
    assert begun.answer("when") == When(Precision.YEAR, "2019")


def test_a_period_asks_for_its_ends() -> None:
    """Each a month or a day; the second is another screen, so a second tap on the first is not its end."""
    begun = talk()
    begun.tap("flow.date.range")
    assert begun.screen.body[-1] == Key("flow.date.ask_start")
    step = begun.draft.step
    begun.tap("flow.date.exact_day")
    assert begun.draft.step == step
    begun.send(PickDate("2024-03-08"))
    assert begun.draft.step == step + 1
    assert begun.shown("flow.date.ask_end") == {"start": Said("08.03.2024")}
    assert begun.buttons[0].label == Key("flow.month.3", {"year": "2024"})
    begun.tap("flow.date.exact_month")
    begun.send(PickDate("2024-04"))
    assert begun.answer("when") == When(Precision.RANGE, "2024-03-08", "2024-04")
    assert begun.place == "after"


def test_the_beginning_of_a_period_may_not_be_known() -> None:
    """By a button or in words; a tap back asks for it again."""
    begun = talk()
    begun.tap("flow.date.range")
    step = begun.draft.step
    begun.tap("flow.date.start_unknown")
    assert begun.draft.step == step + 1
    assert begun.shown("flow.date.ask_end_alone") == {}
    begun.tap("flow.date.back")
    assert begun.shown("flow.date.ask_start") == {}
    begun.write("не знаю")
    assert begun.shown("flow.date.ask_end_alone") == {}
    begun.tap("flow.date.exact_day")
    assert begun.buttons[0].label == Key("flow.month.6", {"year": "2024"})
    begun.send(PickDate("2024-04"))
    assert begun.answer("when") == When(Precision.RANGE, end="2024-04")
    assert begun.place == "after"


def test_the_end_of_a_period_may_not_be_known_or_not_have_come() -> None:
    """The start that was given stays."""
    for label, ongoing in (("flow.date.end_unknown", False), ("flow.date.ongoing", True)):
        begun = talk()
        begun.send(DateMode("range"), PickDate("2024-03"))
        begun.tap(label)
        assert begun.answer("when") == When(Precision.RANGE, "2024-03", ongoing=ongoing)
    begun = talk()
    begun.send(DateMode("range"), PickDate("2024-03"))
    begun.write("не знаю")
    assert begun.answer("when") == When(Precision.RANGE, "2024-03")
    begun = talk()
    begun.send(DateMode("range"), DateMode("unknown"))
    assert "flow.date.end_unknown" not in begun.labels
    begun.tap("flow.date.ongoing")
    assert begun.answer("when") == When(Precision.RANGE, ongoing=True)


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


def test_a_period_does_not_end_before_it_begins() -> None:
    """The start stays; the end is asked again."""
    begun = talk()
    begun.send(DateMode("range"), PickDate("2024-03"), PickDate("2024-02"))
    assert begun.notice == "flow.date.end_before_start"
    assert begun.shown("flow.date.ask_end")
    begun.send(PickDate("2024-03"))
    assert begun.answer("when") == When(Precision.MONTH, "2024-03")


def test_back_leaves_the_picker_one_step_at_a_time() -> None:
    """From the end to the start, from there to the buttons, from there to the question before."""
    begun = Talk(form(question("a"), question("when", "date", bot={"partial": "yes"})))
    begun.write("A")
    begun.send(DateMode("range"), PickDate("2024-03"))
    assert begun.labels.count("flow.back") == 0
    begun.tap("flow.date.back")
    assert begun.screen.body[-1] == Key("flow.date.ask_start")
    begun.tap("flow.date.back")
    assert "flow.date.today" in begun.labels
    begun.tap("flow.back")
    assert begun.place == "a"


def test_what_still_goes_on_is_asked_since_when() -> None:
    """A day, a month, or not known."""
    for events, start in (
        ([PickDate("2024-03")], "2024-03"),
        ([DateMode("calendar"), PickDate("2024-03-08")], "2024-03-08"),
        ([DateMode("unknown")], None),
        ([DateMode("yesterday")], YESTERDAY),
        ([PickDate("2022")], "2022-01"),
    ):
        begun = talk()
        begun.tap("flow.date.ongoing")
        assert begun.screen.body[-1] == Key("flow.date.ask_since")
        begun.send(*events)
        assert begun.answer("when") == When(Precision.RANGE, start, None, ongoing=True)


@pytest.mark.parametrize("mode", ["month", "year", "range", "ongoing", "unknown"])
def test_a_day_is_asked_for_where_only_a_day_will_do(mode: str) -> None:
    """Buttons of another form and words alike."""
    begun = exact()
    begun.send(DateMode(mode))
    assert begun.notice == "flow.date.day_only"
    assert "flow.date.today" in begun.labels
    for text in ("март 2024", "2024", "1-5 марта 2024", "не знаю", "с марта"):
        begun.write(text)
        assert begun.notice == "flow.date.day_only"
        assert begun.shown("flow.kept") == {"text": Said(text)}
    begun.send(PickDate("2024-03"))
    assert begun.notice == "flow.date.day_only"
    assert begun.draft.answers == {}
    begun.write("8 марта")
    assert begun.answer("when") == day("2024-03-08")


@pytest.mark.parametrize(
    "text", ["", "2024-13", "2024-02-30", "24-02-03", "2024-2-3", "x", "1700", "2024-01-01T", "٢٠٢٤"]
)
def test_a_date_that_no_button_has_is_none(text: str) -> None:
    """Forged data changes nothing."""
    begun = talk()
    begun.send(PickDate(text))
    assert begun.notice == "flow.gone"
    assert begun.draft.answers == {}
    begun.send(DateMode(text))
    assert begun.notice == "flow.gone"


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


def test_a_picker_event_at_another_question_is_told() -> None:
    """Nothing is changed by it."""
    begun = talk()
    begun.tap("flow.date.today")
    for event in (DateMode("today"), PickDate(TODAY)):
        begun.send(event)
        assert begun.notice == "flow.gone"
        assert begun.answer("after") is None


def test_typing_is_offered() -> None:
    """With examples of what the question takes."""
    assert Key("flow.date.typing") in talk().screen.body
    assert Key("flow.date.typing_day") in exact().screen.body
    assert not [
        key for part in talk().send(DateMode("calendar")).body for key in keys(part) if "typing" in key.key
    ]
