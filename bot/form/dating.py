"""Answers to a date question: by its buttons, from the calendar, typed.

The state of the picker is in the view: `date` is how the date is given (calendar, month, year, range,
ongoing), `unit` what an end of a period is picked from (calendar or month), `start` its first end.
"""

from datetime import date, timedelta

from bot.form.answers import Precision, When
from bot.form.dates import NoSuchDay, between, parse
from bot.form.events import DateMode, PickDate, Wrote
from bot.form.model import Kind
from bot.form.months import is_date, last_day, text_of
from bot.form.objections import objection
from bot.form.route import forward
from bot.form.turn import Turn
from bot.form.wording import month_phrase, when_phrase

PERIODS = frozenset({"range", "ongoing"})
"""The ways of giving a date that ask for one or both ends of a period."""

_PRECISIONS = {4: Precision.YEAR, 7: Precision.MONTH, 10: Precision.DAY}


def is_partial(turn: Turn) -> bool:
    """Whether the date at hand may be a month, a period or unknown."""
    return turn.question is not None and turn.question.bot.get("partial") == "yes"


def today_of(turn: Turn) -> date:
    """The day of the event."""
    return turn.draft.now.date()


def is_possible(turn: Turn, text: str) -> bool:
    """Whether a day or month is not one to come, or one that the form allows, a month by its last day. The
    end of a period is always possible: a form says nothing of it."""
    if text <= text_of(today_of(turn))[: len(text)] or turn.view("start"):
        return True
    day = text_of(last_day(text))
    return objection(turn, turn.position, When(Precision.DAY, day, day)) is None


def choose_mode(turn: Turn, event: DateMode) -> Turn:
    """A way of giving the date."""
    if turn.question is None or turn.question.kind is not Kind.DATE:
        return turn.say("flow.gone")
    if event.mode in {"today", "yesterday"}:
        return pick_date(turn, PickDate(text_of(today_of(turn) - timedelta(event.mode == "yesterday"))))
    if event.mode == "calendar" and not _in_period(turn):
        return turn.look(date="calendar", unit=None, start=None, page=None)
    if not is_partial(turn):
        return turn.say("flow.date.day_only")
    return _partial_mode(turn, event.mode)


def _partial_mode(turn: Turn, mode: str) -> Turn:
    match mode:
        case "unknown":
            ongoing = turn.view("date") == "ongoing"
            return _take(turn, When(Precision.RANGE, ongoing=True) if ongoing else When(Precision.UNKNOWN))
        case "range" | "ongoing":
            return turn.look(date=mode, unit="month", start=None, page=None)
        case "calendar" | "month" if _in_period(turn):
            return turn.look(unit=mode, page=None)
        case "month" | "year" if not _in_period(turn):
            return turn.look(date=mode, unit=None, start=None, page=None)
    return turn.say("flow.gone")


def pick_date(turn: Turn, event: PickDate) -> Turn:
    """A day, month or year from the picker: the date itself or an end of a period."""
    if turn.question is None or turn.question.kind is not Kind.DATE or not is_date(event.date):
        return turn.say("flow.gone")
    if _in_period(turn):
        return _end_of_period(turn, event.date)
    precision = _PRECISIONS[len(event.date)]
    if precision is not Precision.DAY and not is_partial(turn):
        return turn.say("flow.date.day_only")
    return _take(turn, When(precision, event.date, event.date if precision is Precision.DAY else None))


def type_date(turn: Turn, event: Wrote) -> Turn:
    """A date in a person's own words; what was understood is said with the next screen."""
    found = parse(event.text, today_of(turn))
    if isinstance(found, When) and objection(turn, turn.position, found) is not None:
        # A date without a year may also be one to come, such as that of a planned assembly.
        other = parse(event.text, today_of(turn), ahead=True)
        if isinstance(other, When) and objection(turn, turn.position, other) is None:
            found = other
    if not isinstance(found, When):
        return _not_understood(turn.keep(event.text, event.source), found)
    if not is_partial(turn) and found.precision is not Precision.DAY:
        return turn.keep(event.text, event.source).say("flow.date.day_only")
    if _in_period(turn) and found.start is not None and found.precision is not Precision.RANGE:
        return _end_of_period(turn.unkept(), found.start)
    taken = _take(turn, found)
    if taken.position == turn.position:
        return taken.keep(event.text, event.source)
    return taken.say("flow.date.understood", date=when_phrase(found))


def leave_picker(turn: Turn) -> Turn | None:
    """The picker one step back: to the start of the period, to the buttons; None if none is open."""
    if turn.view("start"):
        return turn.look(start=None, page=None)
    return turn.look(date=None, unit=None, page=None) if turn.view("date") else None


def _in_period(turn: Turn) -> bool:
    return turn.view("date") in PERIODS


def _end_of_period(turn: Turn, end: str) -> Turn:
    if turn.view("date") == "ongoing":
        return _take(turn, When(Precision.RANGE, _month_or_day(end), ongoing=True))
    if not turn.view("start"):
        return turn.look(start=_month_or_day(end), page=None)
    period = between(turn.view("start"), end)
    return turn.say("flow.date.end_before_start") if period is None else _take(turn, period)


def _month_or_day(text: str) -> str:
    return f"{text}-01" if len(text) == 4 else text


def _take(turn: Turn, when: When) -> Turn:
    reason = objection(turn, turn.position, when)
    return forward(turn.put(turn.position, when)) if reason is None else turn.say(reason)


def _not_understood(turn: Turn, found: NoSuchDay | None) -> Turn:
    if found is None:
        return turn.say("flow.date.not_understood" if is_partial(turn) else "flow.date.which_day")
    year = found.year or today_of(turn).year
    return turn.say("flow.date.no_such_day", day=found.day, month=month_phrase(year, found.month))
