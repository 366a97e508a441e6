"""The buttons of a date question: usual dates, months, years, the ends of a period."""

import pytest

from bot.form.answers import Precision, When
from bot.form.events import Back, DateMode, PickDate, ShowPage
from bot.form.screen import Key, Said
from bot.form.typed.intervals import FIRST_YEAR, is_date
from tests.bot.form.kinds.dates import TODAY, YESTERDAY, day, exact, talk
from tests.bot.form.talks import Talk, form, question


def test_the_buttons_of_a_date() -> None:
    """All ways where it may be partial, only days where it may not; "Yesterday" only for an event."""
    assert talk().labels == [
        "flow.date.today", "flow.date.yesterday", "flow.date.calendar", "flow.date.month", "flow.date.range",
        "flow.date.ongoing", "flow.date.unknown", "flow.skip", "flow.cancel",
    ]  # fmt: skip
    assert exact(role="when").labels == [
        "flow.date.today", "flow.date.yesterday", "flow.date.calendar", "flow.skip", "flow.cancel"
    ]  # fmt: skip
    assert exact().labels == ["flow.date.today", "flow.date.calendar", "flow.skip", "flow.cancel"]
    assert exact(constraint=". < today()").labels == ["flow.date.calendar", "flow.skip", "flow.cancel"]
    assert exact(appearance="no-calendar").labels == ["flow.skip", "flow.cancel"]


def test_a_survey_may_ask_for_a_month_or_a_year_alone() -> None:
    """By `appearance`, as in ODK: tapped, or typed in any of the usual ways, and never less exact."""
    begun = exact(appearance="month-year")
    assert begun.labels[:3] == ["flow.month.6", "flow.month.5", "flow.month.4"]
    begun.write("2024")
    assert begun.notice == "flow.date.month_needed"
    begun.write("8 марта 2024")
    assert (begun.answer("when"), begun.place) == (When(Precision.MONTH, "2024-03"), "after")
    begun.send(Back(), PickDate("2023-12"))
    assert begun.answer("when") == When(Precision.MONTH, "2023-12")
    begun = exact(appearance="year")
    assert begun.labels[:2] == ["flow.year", "flow.year"]
    begun.write("позавчера")
    assert begun.answer("when") == When(Precision.YEAR, "2024")
    begun.send(Back(), PickDate("1990"))
    assert begun.answer("when") == When(Precision.YEAR, "1990")


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


@pytest.mark.parametrize("page", [0, 1, 5, 10**9, FIRST_YEAR * 12, FIRST_YEAR * 12 - 1])
@pytest.mark.parametrize("mode", ["calendar", "month", "year"])
def test_every_page_of_the_picker_has_only_dates(mode: str, page: int) -> None:
    """However far it is turned."""
    begun = talk()
    begun.send(DateMode(mode), ShowPage(page))
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
    begun.send(DateMode("month"), ShowPage(3))
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


def test_a_picker_event_at_another_question_is_told() -> None:
    """Nothing is changed by it."""
    begun = talk()
    begun.tap("flow.date.today")
    for event in (DateMode("today"), PickDate(TODAY)):
        begun.send(event)
        assert begun.notice == "flow.gone"
        assert begun.answer("after") is None
