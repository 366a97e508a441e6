"""Calendar of a month, lists of months and lists of years.

The page number encodes what is shown, so that a second tap on a button changes nothing:

    below FIRST_YEAR                               a page of the current list
    FIRST_YEAR to LAST_YEAR                        the months of that year
    from _YEARS_PAGE on                            a page of years to choose from
    from `intervals.number_of` of FIRST_YEAR on    the calendar of that month
"""

from datetime import date

from bot.form.answers import Precision, When
from bot.form.events import Page, PickDate
from bot.form.kinds.dates.phrases import date_phrase, month_phrase
from bot.form.kinds.kind import Asked
from bot.form.pages import in_rows
from bot.form.screen import Button, ButtonRow, Key, Said, button
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

_MONTHS = 12
_YEARS = 12
_YEARS_PAGE = 3000

_YEAR = 4
_EMPTY = Said("·")
_MOVES = {
    "flow.date.year_before": -12,
    "flow.page.before": -1,
    "flow.page.after": 1,
    "flow.date.year_after": 12,
}


def pages(asked: Asked, unit: str) -> tuple[ButtonRow, ...]:
    """Buttons of the calendar, the recent months, or another year."""
    number = _page(asked)
    if FIRST_YEAR <= number <= LAST_YEAR:
        return _months_of(asked, number, unit)
    if 0 <= number - _YEARS_PAGE <= _oldest_page(asked):
        return _years_before(asked, number - _YEARS_PAGE)
    return _calendar(asked) if unit == "calendar" else _months(asked)


def _calendar(asked: Asked) -> tuple[ButtonRow, ...]:
    shown = _shown_month(asked)
    year, month = of_number(shown)
    here = Page(shown)
    names = tuple(Button(Key(f"flow.weekday.{day}"), here) for day in range(1, 8))
    days = (tuple(_day(asked, year, month, day, here) for day in week) for week in weeks(year, month))
    return (Button(month_phrase(year, month), Page(year)),), _moves(asked, shown), names, *days


def _moves(asked: Asked, shown: int) -> ButtonRow:
    return tuple(
        button(key, Page(there))
        for key, months in _MOVES.items()
        if (there := _held(shown + months)) < shown or _is_possible(asked, month_text(*of_number(there)))
    )


def _held(number: int) -> int:
    return number_of(month_text(*of_number(number)))


def _day(asked: Asked, year: int, month: int, day: int, here: Page) -> Button:
    text = f"{month_text(year, month)}-{day:02}"
    if not day or not _is_possible(asked, text):
        return Button(_EMPTY, here)
    return Button(Said(str(day)), PickDate(text), _mark(asked, text))


def _shown_month(asked: Asked) -> int:
    chosen = max(_chosen(asked), default="")
    nearest = number_of(chosen if len(chosen) > _YEAR else today_of(asked).isoformat())
    year, month = of_number(_page(asked, nearest))
    return number_of(month_text(year, month))


def _months(asked: Asked) -> tuple[ButtonRow, ...]:
    now = number_of(today_of(asked).isoformat())
    page = min(_page(asked), (now - FIRST_YEAR * 12) // _MONTHS)
    numbers = [now - page * _MONTHS - place for place in range(_MONTHS)]
    buttons = [_month(asked, *of_number(number)) for number in numbers if number >= FIRST_YEAR * 12]
    turning = _turning(page, last=numbers[-1] <= FIRST_YEAR * 12)
    return (*in_rows(buttons, 2), turning, (button("flow.date.other_year", Page(_YEARS_PAGE)),))


def _month(asked: Asked, year: int, month: int) -> Button:
    text = month_text(year, month)
    return Button(month_phrase(year, month), PickDate(text), _mark(asked, text))


def _chosen(asked: Asked) -> frozenset[str]:
    if asked.view.start:
        return frozenset({asked.view.start} - {OPEN})
    answer = asked.answer
    ends = (answer.start, answer.end) if isinstance(answer, When) else ()
    return frozenset(end for end in ends if end is not None)


def _mark(asked: Asked, text: str) -> bool | None:
    return text in _chosen(asked) or None


def _months_of(asked: Asked, year: int, unit: str) -> tuple[ButtonRow, ...]:
    now = number_of(today_of(asked).isoformat())
    numbers = [number for number in range(year * 12, year * 12 + 12) if _is_shown(asked, number, now, unit)]
    if unit == "calendar":
        buttons = [Button(month_phrase(*of_number(number)), Page(number)) for number in numbers]
    else:
        buttons = [_month(asked, *of_number(number)) for number in numbers]
    page = max(0, today_of(asked).year - year) // _YEARS
    head = Button(date_phrase(str(year)), Page(_YEARS_PAGE + page))
    before = (button("flow.page.before", Page(year - 1)),) if year > FIRST_YEAR else ()
    later = year < LAST_YEAR and any(
        _is_shown(asked, (year + 1) * 12 + place, now, unit) for place in range(12)
    )
    after = (button("flow.page.after", Page(year + 1)),) if later else ()
    return (*before, head, *after), *in_rows(buttons, 2)


def _is_shown(asked: Asked, number: int, now: int, unit: str) -> bool:
    return number <= now or (unit == "calendar" and _is_possible(asked, month_text(*of_number(number))))


def years(asked: Asked) -> tuple[ButtonRow, ...]:
    page = min(_page(asked), _oldest_page(asked))
    shown = [str(year) for year in _years_on(asked, page)]
    buttons = [Button(date_phrase(year), PickDate(year), _mark(asked, year)) for year in shown]
    return (*in_rows(buttons, 3), _turning(page, last=page == _oldest_page(asked)))


def _years_before(asked: Asked, page: int) -> tuple[ButtonRow, ...]:
    buttons = [Button(date_phrase(str(year)), Page(year)) for year in _years_on(asked, page)]
    return (*in_rows(buttons, 3), _turning(page, page == _oldest_page(asked), _YEARS_PAGE))


def _years_on(asked: Asked, page: int) -> list[int]:
    latest = today_of(asked).year - page * _YEARS
    return [year for year in range(latest, latest - _YEARS, -1) if year >= FIRST_YEAR]


def _oldest_page(asked: Asked) -> int:
    return (today_of(asked).year - FIRST_YEAR) // _YEARS


def _turning(page: int, last: bool, first: int = 0) -> ButtonRow:
    earlier = () if last else (button("flow.date.earlier", Page(first + page + 1)),)
    later = (button("flow.date.later", Page(first + page - 1)),) if page else ()
    return (*earlier, *later)


def today_of(asked: Asked) -> date:
    return asked.now.date()


def _is_possible(asked: Asked, text: str) -> bool:
    """Whether a day, or the last day of a month, is past or allowed by the form.

    The end of a period always is, since constraints look at its start.
    """
    if text <= text_of(today_of(asked))[: len(text)] or asked.view.start not in {"", OPEN}:
        return True
    day = text_of(last_day(text))
    return asked.refusal(asked.path, When(Precision.DAY, day, day)) is None


def _page(asked: Asked, default: int = 0) -> int:
    return default if asked.view.page is None else asked.view.page
