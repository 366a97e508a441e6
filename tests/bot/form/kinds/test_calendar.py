"""The calendar of a date question: its months, what is marked, how many taps away a date is."""

import datetime

from bot.form.events import Back, DateMode, PickDate, Show, ShowPage
from bot.form.screen import Key, Said
from tests.bot.form.kinds.dates import TODAY, day, exact, talk
from tests.bot.form.talks import Talk, form, name_of, question

MARCH_2019 = Key("flow.month.3", {"year": "2019"})


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


def within(most: int, begun: Talk, *ways: str) -> set[str]:
    """All days and months that are so many taps away or fewer: those on the named buttons, then any that turn the pages, and the
    one on the day or month."""
    for way in ways:
        begun.tap(way)
    front, seen, found = [begun.draft], set[int | None](), set[str]()
    for _ in range(len(ways) + 1, most + 1):
        following = []
        for draft in front:
            begun.draft = draft
            begun.send(Show())
            events = [button.event for button in begun.buttons]
            found |= {event.date for event in events if isinstance(event, PickDate)}
            for turn in (
                event for event in events if isinstance(event, ShowPage) and event.number not in seen
            ):
                begun.draft = draft
                begun.send(turn)
                if begun.draft.view.page not in seen:
                    seen.add(begun.draft.view.page)
                    following.append(begun.draft)
        front = following
    return found


def test_any_date_of_ten_years_is_a_few_taps_away() -> None:
    """As a day, as a month, as the beginning of a period."""
    today = datetime.date.fromisoformat(TODAY)
    first = today.replace(year=today.year - 10)
    days = {str(first + datetime.timedelta(days=number)) for number in range((today - first).days + 1)}
    months = {day_[:7] for day_ in days}
    assert days - within(6, talk(), "flow.date.calendar") == set()
    assert months - within(4, talk(), "flow.date.month") == set()
    assert days - within(7, talk(), "flow.date.range", "flow.date.exact_day") == set()
    assert months - within(4, talk(), "flow.date.range") == set()


def test_another_year_is_chosen_from_the_head_of_the_calendar() -> None:
    """The months of its year, the years, the months of another year, a month."""
    begun = exact()
    begun.tap("flow.date.calendar")
    begun.send(begun.buttons[0].event)
    assert [name_of(button.label) for button in begun.screen.rows[0]] == [
        "flow.page.before", "flow.year", "flow.page.after"
    ]  # fmt: skip
    begun.send(begun.buttons[1].event)
    assert [button.event for button in begun.buttons[:12]] == [
        ShowPage(year) for year in range(2024, 2012, -1)
    ]
    begun.tap("flow.date.earlier")
    begun.tap("flow.date.later")
    begun.send(begun.buttons[5].event, begun.buttons[5].event)
    assert begun.buttons[1].label == Key("flow.year", {"year": "2019"})
    begun.send(next(button.event for button in begun.buttons if button.label == MARCH_2019))
    assert begun.buttons[0].label == MARCH_2019
    begun.tap("8")
    assert begun.answer("when") == day("2019-03-08")


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
