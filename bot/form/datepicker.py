"""The buttons of a date question: ways to give it, a month's calendar, lists of months and years."""

from bot.form.dating import PERIODS, is_partial, today_of
from bot.form.events import Back, DateMode, Page, PickDate
from bot.form.months import FIRST_YEAR, month_text, number_of, of_number, weeks
from bot.form.pages import Row, button, in_rows, page_number
from bot.form.screen import Button, Key, Phrase, Said
from bot.form.turn import Turn
from bot.form.wording import date_phrase, month_phrase

MONTHS = 12
"""Months on a page."""
YEARS = 12
"""Years on a page."""

_EMPTY = Said("·")


def date_rows(turn: Turn) -> tuple[Row, ...]:
    """The buttons for the date at hand."""
    match turn.view("unit") or turn.view("date"):
        case "calendar":
            rows = _calendar(turn)
        case "month":
            rows = _months(turn)
        case "year":
            rows = _years(turn)
        case _:
            return _ways(turn)
    return (*rows, *_other_units(turn), (button("flow.date.back", Back()),))


def date_prompt(turn: Turn) -> tuple[Phrase, ...]:
    """What the picker asks for at this moment."""
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


def _calendar(turn: Turn) -> tuple[Row, ...]:
    shown = _shown_month(turn)
    year, month = of_number(shown)
    here = Page(shown)
    head = (
        Button(Key("flow.page.before"), Page(number_of(month_text(*of_number(shown - 1))))),
        Button(month_phrase(year, month), here),
        Button(Key("flow.page.after"), Page(number_of(month_text(*of_number(shown + 1))))),
    )
    names = tuple(Button(Key(f"flow.weekday.{day}"), here) for day in range(1, 8))
    return head, names, *(tuple(_day(year, month, day, here) for day in week) for week in weeks(year, month))


def _day(year: int, month: int, day: int, here: Page) -> Button:
    if not day:
        return Button(_EMPTY, here)
    return Button(Said(str(day)), PickDate(f"{month_text(year, month)}-{day:02}"))


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
    return (*in_rows(buttons, 2), _turning(page, last=numbers[-1] <= FIRST_YEAR * 12))


def _month(year: int, month: int) -> Button:
    return Button(month_phrase(year, month), PickDate(month_text(year, month)))


def _years(turn: Turn) -> tuple[Row, ...]:
    page = min(page_number(turn), (today_of(turn).year - FIRST_YEAR) // YEARS)
    years = [today_of(turn).year - page * YEARS - place for place in range(YEARS)]
    buttons = [Button(date_phrase(str(year)), PickDate(str(year))) for year in years if year >= FIRST_YEAR]
    return (*in_rows(buttons, 3), _turning(page, last=years[-1] <= FIRST_YEAR))


def _turning(page: int, last: bool) -> Row:
    earlier = () if last else (button("flow.date.earlier", Page(page + 1)),)
    later = (button("flow.date.later", Page(page - 1)),) if page else ()
    return (*earlier, *later)
