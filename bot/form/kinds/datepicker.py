"""The buttons of a date question: ways to give it, a month's calendar, lists of months and years.

The number of a page says what is shown, so that a second tap on the same button changes nothing: below
FIRST_YEAR a page of the list at hand, from FIRST_YEAR to LAST_YEAR the months of that year, from
YEARS_PAGE on a page of years to choose from, from the months of FIRST_YEAR on (`months.number_of`) the
calendar of that month.
"""

from bot.form.events import Back, DateMode, Page, PickDate
from bot.form.flow.pages import Row, button, in_rows, page_number
from bot.form.flow.turn import Turn
from bot.form.kinds.dating import PERIODS, is_partial, is_possible, today_of
from bot.form.kinds.offered_dates import offered, offered_prompt, offered_rows
from bot.form.kinds.wording import date_phrase, month_phrase
from bot.form.screen import Button, Key, Phrase, Said
from bot.form.typed.months import FIRST_YEAR, LAST_YEAR, month_text, number_of, of_number, weeks

MONTHS = 12
"""Months on a page."""
YEARS = 12
"""Years on a page."""
YEARS_PAGE = 3000
"""The first page of the years whose months can be shown."""

_EMPTY = Said("·")
_MOVES = {
    "flow.date.year_before": -12,
    "flow.page.before": -1,
    "flow.page.after": 1,
    "flow.date.year_after": 12,
}


def date_rows(turn: Turn) -> tuple[Row, ...]:
    """The buttons for the date at hand."""
    if offered(turn):
        return offered_rows(offered(turn))
    unit = turn.view("unit") or turn.view("date")
    match unit:
        case "calendar" | "month":
            rows = _by_page(turn, unit)
        case "year":
            rows = _years(turn)
        case _:
            return _ways(turn)
    return (*rows, *_other_units(turn), (button("flow.date.back", Back()),))


def date_prompt(turn: Turn) -> tuple[Phrase, ...]:
    """What the picker asks for at this moment."""
    if offered(turn):
        return offered_prompt()
    match turn.view("date"):
        case "range" if turn.view("start"):
            return (Key("flow.date.ask_end", {"start": date_phrase(turn.view("start"))}),)
        case "range":
            return (Key("flow.date.ask_start"),)
        case "ongoing":
            return (Key("flow.date.ask_since"),)
        case "":
            return (Key("flow.date.typing" if is_partial(turn) else "flow.date.typing_day"),)
    return ()


def _ways(turn: Turn) -> tuple[Row, ...]:
    first = (_way("today"), _way("yesterday"))
    if not is_partial(turn):
        return first, (_way("calendar"),)
    return first, (_way("calendar"), _way("month")), (_way("range"), _way("ongoing")), (_way("unknown"),)


def _way(mode: str) -> Button:
    return button(f"flow.date.{mode}", DateMode(mode))


def _other_units(turn: Turn) -> tuple[Row, ...]:
    """From the months to a day or a year and the other way round; not knowing since when."""
    if turn.view("date") == "month":
        return ((_way("year"),),)
    if turn.view("date") not in PERIODS:
        return ()
    other = "day" if turn.view("unit") == "month" else "month"
    unit = button(f"flow.date.exact_{other}", DateMode("calendar" if other == "day" else "month"))
    return ((unit,), (_way("unknown"),)) if turn.view("date") == "ongoing" else ((unit,),)


def _by_page(turn: Turn, unit: str) -> tuple[Row, ...]:
    """The calendar or the last months, or the way from there to another year."""
    number = page_number(turn)
    if FIRST_YEAR <= number <= LAST_YEAR:
        return _months_of(turn, number, unit)
    if 0 <= number - YEARS_PAGE <= _oldest_page(turn):
        return _years_before(turn, number - YEARS_PAGE)
    return _calendar(turn) if unit == "calendar" else _months(turn)


def _calendar(turn: Turn) -> tuple[Row, ...]:
    shown = _shown_month(turn)
    year, month = of_number(shown)
    here = Page(shown)
    names = tuple(Button(Key(f"flow.weekday.{day}"), here) for day in range(1, 8))
    days = (tuple(_day(turn, year, month, day, here) for day in week) for week in weeks(year, month))
    return (Button(month_phrase(year, month), Page(year)),), _moves(turn, shown), names, *days


def _moves(turn: Turn, shown: int) -> Row:
    """To the year and month before, to the month and year after where a day of them can be chosen."""
    return tuple(
        button(key, Page(there))
        for key, months in _MOVES.items()
        if (there := _held(shown + months)) < shown or is_possible(turn, month_text(*of_number(there)))
    )


def _held(number: int) -> int:
    return number_of(month_text(*of_number(number)))


def _day(turn: Turn, year: int, month: int, day: int, here: Page) -> Button:
    date = f"{month_text(year, month)}-{day:02}"
    if not day or not is_possible(turn, date):
        return Button(_EMPTY, here)
    return Button(Said(str(day)), PickDate(date))


def _shown_month(turn: Turn) -> int:
    """The month of the calendar: the page asked for, the start of the period, the present one."""
    nearest = number_of(turn.view("start") or today_of(turn).isoformat())
    year, month = of_number(page_number(turn, nearest))
    return number_of(month_text(year, month))


def _months(turn: Turn) -> tuple[Row, ...]:
    now = number_of(today_of(turn).isoformat())
    page = min(page_number(turn), (now - FIRST_YEAR * 12) // MONTHS)
    numbers = [now - page * MONTHS - place for place in range(MONTHS)]
    buttons = [_month(*of_number(number)) for number in numbers if number >= FIRST_YEAR * 12]
    turning = _turning(page, last=numbers[-1] <= FIRST_YEAR * 12)
    return (*in_rows(buttons, 2), turning, (button("flow.date.other_year", Page(YEARS_PAGE)),))


def _month(year: int, month: int) -> Button:
    return Button(month_phrase(year, month), PickDate(month_text(year, month)))


def _months_of(turn: Turn, year: int, unit: str) -> tuple[Row, ...]:
    """The months of a year: each a date, or the way to its calendar."""
    now = number_of(today_of(turn).isoformat())
    numbers = [number for number in range(year * 12, year * 12 + 12) if _is_shown(turn, number, now, unit)]
    if unit == "calendar":
        buttons = [Button(month_phrase(*of_number(number)), Page(number)) for number in numbers]
    else:
        buttons = [_month(*of_number(number)) for number in numbers]
    page = max(0, today_of(turn).year - year) // YEARS
    head = Button(date_phrase(str(year)), Page(YEARS_PAGE + page))
    before = (button("flow.page.before", Page(year - 1)),) if year > FIRST_YEAR else ()
    later = year < LAST_YEAR and any(
        _is_shown(turn, (year + 1) * 12 + place, now, unit) for place in range(12)
    )
    after = (button("flow.page.after", Page(year + 1)),) if later else ()
    return (*before, head, *after), *in_rows(buttons, 2)


def _is_shown(turn: Turn, number: int, now: int, unit: str) -> bool:
    """Whether a month can be chosen: one to come only for a day of it that the form allows."""
    return number <= now or (unit == "calendar" and is_possible(turn, month_text(*of_number(number))))


def _years(turn: Turn) -> tuple[Row, ...]:
    page = min(page_number(turn), _oldest_page(turn))
    buttons = [Button(date_phrase(str(year)), PickDate(str(year))) for year in _years_on(turn, page)]
    return (*in_rows(buttons, 3), _turning(page, last=page == _oldest_page(turn)))


def _years_before(turn: Turn, page: int) -> tuple[Row, ...]:
    """Years to choose a month of."""
    buttons = [Button(date_phrase(str(year)), Page(year)) for year in _years_on(turn, page)]
    return (*in_rows(buttons, 3), _turning(page, page == _oldest_page(turn), YEARS_PAGE))


def _years_on(turn: Turn, page: int) -> list[int]:
    latest = today_of(turn).year - page * YEARS
    return [year for year in range(latest, latest - YEARS, -1) if year >= FIRST_YEAR]


def _oldest_page(turn: Turn) -> int:
    return (today_of(turn).year - FIRST_YEAR) // YEARS


def _turning(page: int, last: bool, first: int = 0) -> Row:
    earlier = () if last else (button("flow.date.earlier", Page(first + page + 1)),)
    later = (button("flow.date.later", Page(first + page - 1)),) if page else ()
    return (*earlier, *later)
