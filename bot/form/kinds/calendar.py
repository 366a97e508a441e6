"""Calendar of a month, lists of months and lists of years.

The page number encodes what is shown, so that a second tap on a button changes nothing:

    below FIRST_YEAR                               a page of the current list
    FIRST_YEAR to LAST_YEAR                        the months of that year
    from _YEARS_PAGE on                            a page of years to choose from
    from `intervals.number_of` of FIRST_YEAR on    the calendar of that month
"""

from collections.abc import Callable
from datetime import date

from bot.form.answers import Precision, When
from bot.form.events import PickDate, ShowPage
from bot.form.kinds.kind import QuestionContext
from bot.form.screen import Button, ButtonRow, Key, Phrase, Said, button, in_rows
from bot.form.typed.dates.intervals import (
    FIRST_YEAR,
    LAST_YEAR,
    OPEN,
    last_day,
    month_text,
    number_of,
    of_number,
    text_of,
    weeks,
)

_DAY = len("YYYY-MM-DD")

_MONTHS = 12
_YEARS = 12
_YEARS_PAGE = 3000

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
        case When(Precision.RANGE, str(start), str(end)) if in_words and len(start) == len(end) == _DAY:
            return _spelled_period(start, end)
        case When(Precision.RANGE):
            return _period(when, name)
        case When(Precision.UNKNOWN) | When(start=None):
            return Key("flow.date.unknown")
    return name(str(when.start))


def _period(when: When, name: Callable[[str], Phrase]) -> Phrase:
    if when.start and when.end:
        return Key("flow.date.period", {"start": name(when.start), "end": name(when.end)})
    if when.start:
        return Key(f"flow.date.{'since' if when.ongoing else 'from'}", {"start": name(when.start)})
    if when.end:
        return Key("flow.date.until", {"end": name(when.end)})
    return Key(f"flow.date.{'ongoing' if when.ongoing else 'unknown'}")


def _spelled_period(start: str, end: str) -> Phrase:
    """Two days, a shared month named once: `8–14 November 2026`."""
    if start[:7] != end[:7]:
        return Key("flow.date.period", {"start": spelled_phrase(start), "end": spelled_phrase(end)})
    days = f"{int(start[8:])}–{int(end[8:])}"
    return Key(f"flow.day.{int(start[5:7])}", {"day": days, "year": start[:4]})


def date_phrase(date: str) -> Phrase:
    """A day as `dd.mm.yyyy`, a month by its name, or a year."""
    match date.split("-"):
        case [year, month, day]:
            return Said(f"{day}.{month}.{year}")
        case [year, month]:
            return month_phrase(int(year), int(month))
    return Key("flow.year", {"year": date})


def spelled_phrase(date: str) -> Phrase:
    """A date with the month's name, so that day and month cannot be confused."""
    match date.split("-"):
        case [year, month, day]:
            return Key(f"flow.day.{int(month)}", {"day": str(int(day)), "year": year})
    return date_phrase(date)


def month_phrase(year: int, month: int) -> Phrase:
    return Key(f"flow.month.{month}", {"year": str(year)})


def pages(asked: QuestionContext, unit: str) -> tuple[ButtonRow, ...]:
    """Buttons of the calendar, the recent months, or another year."""
    number = _page(asked)
    if FIRST_YEAR <= number <= LAST_YEAR:
        return _months_of(asked, number, unit)
    if 0 <= number - _YEARS_PAGE <= _oldest_page(asked):
        return _years_before(asked, number - _YEARS_PAGE)
    return _calendar(asked) if unit == "calendar" else _months(asked)


def _calendar(asked: QuestionContext) -> tuple[ButtonRow, ...]:
    shown = _shown_month(asked)
    year, month = of_number(shown)
    here = ShowPage(shown)
    names = tuple(Button(Key(f"flow.weekday.{day}"), here) for day in range(1, 8))
    days = (tuple(_day(asked, year, month, day, here) for day in week) for week in weeks(year, month))
    return (Button(month_phrase(year, month), ShowPage(year)),), _moves(asked, shown), names, *days


def _moves(asked: QuestionContext, shown: int) -> ButtonRow:
    return tuple(
        button(key, ShowPage(there))
        for key, months in _MOVES.items()
        if (there := _held(shown + months)) < shown or _is_possible(asked, month_text(*of_number(there)))
    )


def _held(number: int) -> int:
    return number_of(month_text(*of_number(number)))


def _day(asked: QuestionContext, year: int, month: int, day: int, here: ShowPage) -> Button:
    text = f"{month_text(year, month)}-{day:02}"
    if not day or not _is_possible(asked, text):
        return Button(Said("·"), here)
    return Button(Said(str(day)), PickDate(text), _mark(asked, text))


def _shown_month(asked: QuestionContext) -> int:
    chosen = max(_chosen(asked), default="")
    nearest = number_of(chosen if len(chosen) > 4 else today_of(asked).isoformat())
    return _held(_page(asked, nearest))


def _months(asked: QuestionContext) -> tuple[ButtonRow, ...]:
    now = number_of(today_of(asked).isoformat())
    page = min(_page(asked), (now - FIRST_YEAR * 12) // _MONTHS)
    numbers = [now - page * _MONTHS - place for place in range(_MONTHS)]
    buttons = [_month(asked, *of_number(number)) for number in numbers if number >= FIRST_YEAR * 12]
    turning = _turning(page, last=numbers[-1] <= FIRST_YEAR * 12)
    return (*in_rows(buttons, 2), turning, (button("flow.date.other_year", ShowPage(_YEARS_PAGE)),))


def _month(asked: QuestionContext, year: int, month: int) -> Button:
    text = month_text(year, month)
    return Button(month_phrase(year, month), PickDate(text), _mark(asked, text))


def _chosen(asked: QuestionContext) -> frozenset[str]:
    if asked.view.start:
        return frozenset({asked.view.start} - {OPEN})
    answer = asked.answer
    ends = (answer.start, answer.end) if isinstance(answer, When) else ()
    return frozenset(end for end in ends if end is not None)


def _mark(asked: QuestionContext, text: str) -> bool | None:
    return text in _chosen(asked) or None


def _months_of(asked: QuestionContext, year: int, unit: str) -> tuple[ButtonRow, ...]:
    now = number_of(today_of(asked).isoformat())
    numbers = [number for number in range(year * 12, year * 12 + 12) if _is_shown(asked, number, now, unit)]
    if unit == "calendar":
        buttons = [Button(month_phrase(*of_number(number)), ShowPage(number)) for number in numbers]
    else:
        buttons = [_month(asked, *of_number(number)) for number in numbers]
    page = max(0, today_of(asked).year - year) // _YEARS
    head = Button(date_phrase(str(year)), ShowPage(_YEARS_PAGE + page))
    before = (button("flow.page.before", ShowPage(year - 1)),) if year > FIRST_YEAR else ()
    later = year < LAST_YEAR and any(
        _is_shown(asked, (year + 1) * 12 + place, now, unit) for place in range(12)
    )
    after = (button("flow.page.after", ShowPage(year + 1)),) if later else ()
    return (*before, head, *after), *in_rows(buttons, 2)


def _is_shown(asked: QuestionContext, number: int, now: int, unit: str) -> bool:
    return number <= now or (unit == "calendar" and _is_possible(asked, month_text(*of_number(number))))


def years(asked: QuestionContext) -> tuple[ButtonRow, ...]:
    page = min(_page(asked), _oldest_page(asked))
    shown = [str(year) for year in _years_on(asked, page)]
    buttons = [Button(date_phrase(year), PickDate(year), _mark(asked, year)) for year in shown]
    return (*in_rows(buttons, 3), _turning(page, last=page == _oldest_page(asked)))


def _years_before(asked: QuestionContext, page: int) -> tuple[ButtonRow, ...]:
    buttons = [Button(date_phrase(str(year)), ShowPage(year)) for year in _years_on(asked, page)]
    return (*in_rows(buttons, 3), _turning(page, page == _oldest_page(asked), _YEARS_PAGE))


def _years_on(asked: QuestionContext, page: int) -> list[int]:
    latest = today_of(asked).year - page * _YEARS
    return [year for year in range(latest, latest - _YEARS, -1) if year >= FIRST_YEAR]


def _oldest_page(asked: QuestionContext) -> int:
    return (today_of(asked).year - FIRST_YEAR) // _YEARS


def _turning(page: int, last: bool, first: int = 0) -> ButtonRow:
    earlier = () if last else (button("flow.date.earlier", ShowPage(first + page + 1)),)
    later = (button("flow.date.later", ShowPage(first + page - 1)),) if page else ()
    return (*earlier, *later)


def today_of(asked: QuestionContext) -> date:
    return asked.now.date()


def _is_possible(asked: QuestionContext, text: str) -> bool:
    """Whether a day, or the last day of a month, is past or allowed by the form.

    The end of a period always is, since constraints look at its start.
    """
    if text <= text_of(today_of(asked))[: len(text)] or asked.view.start not in {"", OPEN}:
        return True
    day = text_of(last_day(text))
    return asked.refusal(asked.path, When(Precision.DAY, day, day)) is None


def _page(asked: QuestionContext, default: int = 0) -> int:
    return default if asked.view.page is None else asked.view.page
