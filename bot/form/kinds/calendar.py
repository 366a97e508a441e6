"""Calendar of a month, lists of months and lists of years.

The page number encodes what is shown, so that a second tap on a button changes nothing:

    below FIRST_YEAR                               a page of the current list
    FIRST_YEAR to LAST_YEAR                        the months of that year
    from _YEARS_PAGE on                            a page of years to choose from
    from `intervals.number_of` of FIRST_YEAR on    the calendar of that month
"""

from calendar import monthcalendar
from collections.abc import Iterator

from bot.form.answers import Precision, When
from bot.form.events import PickDate, ShowPage
from bot.form.kinds.kind import QuestionContext
from bot.form.screen import Button, ButtonRow, Key, Phrase, Said, button, in_rows
from bot.form.typed.intervals import (
    FIRST_YEAR,
    LAST_YEAR,
    OPEN,
    last_day,
    month_text,
    number_of,
    of_number,
    text_of,
)

_MONTHS, _YEARS, _YEARS_PAGE = 12, 12, 3000

_MOVES = {
    "flow.date.year_before": -12,
    "flow.page.before": -1,
    "flow.page.after": 1,
    "flow.date.year_after": 12,
}


def when_phrase(when: When, in_words: bool = False) -> Phrase:
    """A date as a phrase, with days in numbers or with the month's name."""
    name = spelled_phrase if in_words else date_phrase
    match when:
        case When(Precision.RANGE, str(start), str(end)) if in_words and start[7:] and start[:8] == end[:8]:
            # The month is named once: `8–14 November 2026`.
            days = f"{int(start[8:])}–{int(end[8:])}"
            return Key(f"flow.day.{int(start[5:7])}", {"day": days, "year": start[:4]})
        case When(Precision.RANGE, str(start), str(end)):
            return Key("flow.date.period", {"start": name(start), "end": name(end)})
        case When(Precision.RANGE, str(start)):
            return Key(f"flow.date.{'since' if when.ongoing else 'from'}", {"start": name(start)})
        case When(Precision.RANGE, end=str(end)):
            return Key("flow.date.until", {"end": name(end)})
        case When(Precision.RANGE, ongoing=True):
            return Key("flow.date.ongoing")
        case When(Precision.UNKNOWN) | When(start=None):
            return Key("flow.date.unknown")
    return name(str(when.start))


def date_phrase(date: str) -> Phrase:
    """A day as `dd.mm.yyyy`, a month by its name, or a year."""
    match date.split("-"):
        case [year, month, day]:
            return Said(f"{day}.{month}.{year}")
        case [year, month]:
            return Key(f"flow.month.{int(month)}", {"year": year})
    return Key("flow.year", {"year": date})


def spelled_phrase(date: str) -> Phrase:
    """A date with the month's name, so that day and month cannot be confused."""
    match date.split("-"):
        case [year, month, day]:
            return Key(f"flow.day.{int(month)}", {"day": str(int(day)), "year": year})
    return date_phrase(date)


def pages(asked: QuestionContext, unit: str) -> tuple[ButtonRow, ...]:
    """Buttons of the calendar, the recent months, or another year."""
    number = asked.view.page or 0
    if FIRST_YEAR <= number <= LAST_YEAR:
        return _months_of(asked, number, unit)
    if 0 <= number - _YEARS_PAGE < len(_pages_of_years(asked)):
        return years(asked, _YEARS_PAGE)
    return _calendar(asked) if unit == "calendar" else _months(asked)


def _calendar(asked: QuestionContext) -> tuple[ButtonRow, ...]:
    chosen = max(_chosen(asked), default="")
    nearest = number_of(chosen if len(chosen) > 4 else text_of(asked.now.date()))
    shown = of_number(nearest if asked.view.page is None else asked.view.page)
    year, month, here = int(shown[:4]), int(shown[5:]), ShowPage(number_of(shown))
    names = tuple(Button(Key(f"flow.weekday.{day}"), here) for day in range(1, 8))
    days = (tuple(_day(asked, shown, day, here) for day in week) for week in monthcalendar(year, month))
    others = ((key, of_number(number_of(shown) + months)) for key, months in _MOVES.items())
    open_ = ((key, there) for key, there in others if there < shown or _is_possible(asked, there))
    moves = tuple(button(key, ShowPage(number_of(there))) for key, there in open_)
    return (Button(date_phrase(shown), ShowPage(year)),), moves, names, *days


def _day(asked: QuestionContext, month: str, day: int, here: ShowPage) -> Button:
    text = f"{month}-{day:02}"
    if not day or not _is_possible(asked, text):
        return Button(Said("·"), here)
    return Button(Said(str(day)), PickDate(text), text in _chosen(asked) or None)


def _months(asked: QuestionContext) -> tuple[ButtonRow, ...]:
    now = number_of(text_of(asked.now.date()))
    page = min(asked.view.page or 0, (now - FIRST_YEAR * 12) // _MONTHS)
    numbers = [now - page * _MONTHS - place for place in range(_MONTHS)]
    buttons = [_named(asked, of_number(number)) for number in numbers if number >= FIRST_YEAR * 12]
    turning = _turning(page, numbers[-1] <= FIRST_YEAR * 12, 0)
    return (*in_rows(buttons, 2), turning, (button("flow.date.other_year", ShowPage(_YEARS_PAGE)),))


def _named(asked: QuestionContext, date: str) -> Button:
    return Button(date_phrase(date), PickDate(date), date in _chosen(asked) or None)


def _chosen(asked: QuestionContext) -> frozenset[str]:
    if asked.view.start:
        return frozenset({asked.view.start} - {OPEN})
    answer = asked.answer
    return frozenset(filter(None, (answer.start, answer.end))) if isinstance(answer, When) else frozenset()


def _months_of(asked: QuestionContext, year: int, unit: str) -> tuple[ButtonRow, ...]:
    buttons = [
        Button(date_phrase(month), ShowPage(number_of(month))) if unit == "calendar" else _named(asked, month)
        for month in _shown_months(asked, year, unit)
    ]
    page = max(0, asked.now.date().year - year) // _YEARS
    head = Button(date_phrase(str(year)), ShowPage(_YEARS_PAGE + page))
    before = (button("flow.page.before", ShowPage(year - 1)),) if year > FIRST_YEAR else ()
    later = year < LAST_YEAR and any(_shown_months(asked, year + 1, unit))
    after = (button("flow.page.after", ShowPage(year + 1)),) if later else ()
    return (*before, head, *after), *in_rows(buttons, 2)


def _shown_months(asked: QuestionContext, year: int, unit: str) -> Iterator[str]:
    now = text_of(asked.now.date())[:7]
    for month in (month_text(year, number) for number in range(1, 13)):
        if month <= now or (unit == "calendar" and _is_possible(asked, month)):
            yield month


def years(asked: QuestionContext, first: int = 0) -> tuple[ButtonRow, ...]:
    """Buttons of a page of years, or of years to choose a month of, whose pages have numbers from `first` on."""
    every = _pages_of_years(asked)
    page = min((asked.view.page or 0) - first, len(every) - 1)
    buttons = [
        Button(date_phrase(str(year)), ShowPage(year)) if first else _named(asked, str(year))
        for year in every[page]
    ]
    return (*in_rows(buttons, 3), _turning(page, page == len(every) - 1, first))


def _pages_of_years(asked: QuestionContext) -> list[range]:
    latest_first = range(asked.now.date().year, FIRST_YEAR - 1, -1)
    return [latest_first[start : start + _YEARS] for start in range(0, len(latest_first), _YEARS)]


def _turning(page: int, last: bool, first: int) -> ButtonRow:
    earlier = () if last else (button("flow.date.earlier", ShowPage(first + page + 1)),)
    later = (button("flow.date.later", ShowPage(first + page - 1)),) if page else ()
    return (*earlier, *later)


def _is_possible(asked: QuestionContext, text: str) -> bool:
    """Always for the end of a period, since constraints look at its start."""
    if text <= text_of(asked.now.date())[: len(text)] or asked.view.start not in {"", OPEN}:
        return True
    day = text_of(last_day(text))
    return asked.refusal(asked.path, When(Precision.DAY, day, day)) is None
