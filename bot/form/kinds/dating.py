"""Answers to a date question: by its buttons, from the calendar, typed.

The state of the picker is in the view: `date` is how the date is given (calendar, month, year, range,
ongoing), `unit` what an end of a period is picked from (calendar or month), `start` its first end, `either`
the dates that typed words may mean (`offered_dates`).
"""

from datetime import date, timedelta

from bot.form.answers import Precision, When
from bot.form.events import DateMode, PickDate, Wrote
from bot.form.flow.objections import objection
from bot.form.flow.route import forward
from bot.form.flow.turn import Turn
from bot.form.kinds.offered_dates import offer, offered, withdraw
from bot.form.kinds.wording import month_phrase, when_phrase
from bot.form.model import Kind
from bot.form.typed.dates import NoSuchDay, between, parse, readings
from bot.form.typed.months import is_date, last_day, text_of

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
    meant = next((when for when in offered(turn) if when.start == event.date), None)
    if meant is not None:
        return _understood(withdraw(turn), meant)
    if _in_period(turn):
        return _end_of_period(turn, event.date)
    precision = _PRECISIONS[len(event.date)]
    if precision is not Precision.DAY and not is_partial(turn):
        return turn.say("flow.date.day_only")
    return _take(turn, When(precision, event.date, event.date if precision is Precision.DAY else None))


def type_date(turn: Turn, event: Wrote) -> Turn:
    """A date in a person's own words; what was understood is said with the next screen, or it is asked which
    date is meant."""
    turn = withdraw(turn)
    kept = turn.keep(event.text, event.source)
    found = readings(event.text, today_of(turn))
    if not isinstance(found, tuple):
        return _not_understood(kept, found)
    if not is_partial(turn) and found[0].precision is not Precision.DAY:
        return kept.say("flow.date.day_only")
    possible = _possible(turn, event.text, found)
    return offer(kept, possible) if len(possible) > 1 else _understood(kept, (*possible, *found)[0])


def _possible(turn: Turn, text: str, found: tuple[When, ...]) -> tuple[When, ...]:
    """Those of the readings that the question takes; none if it takes none."""
    if turn.view("start"):
        return _possible_ends(turn.view("start"), text, found)
    taken = tuple(when for when in found if objection(turn, turn.position, when) is None)
    # A date without a year may also be one to come, such as that of a planned assembly.
    coming = None if taken else parse(text, today_of(turn), ahead=True)
    if isinstance(coming, When) and objection(turn, turn.position, coming) is None:
        return (coming,)
    return taken


def _possible_ends(start: str, text: str, found: tuple[When, ...]) -> tuple[When, ...]:
    """The ends that come after the start; without a year the first such date may be meant too."""
    following = parse(text, last_day(start), ahead=True)
    last = found[0]
    if isinstance(following, When) and following.start and str(last.start)[4:] == following.start[4:]:
        found = (following, *found)
    ends = (when for when in found if when.start is not None and between(start, when.end or when.start))
    return tuple(dict.fromkeys(ends))


def _understood(turn: Turn, when: When) -> Turn:
    """This turn with the date that was typed, whose words are kept if it cannot be taken."""
    start = turn.view("start")
    if start and when.ongoing and when.start is None:
        when = When(Precision.RANGE, start, ongoing=True)
    is_end = _in_period(turn) and when.start is not None and when.precision is not Precision.RANGE
    taken = _end_of_period(turn, str(when.start)) if is_end else _take(turn, when)
    if taken.position == turn.position:
        return taken if taken.notice is not None else taken.unkept()
    answer = taken.draft.answers[turn.position]
    whole = answer if isinstance(answer, When) else when
    return taken.say("flow.date.understood", date=when_phrase(whole, in_words=True))


def leave_picker(turn: Turn) -> Turn | None:
    """The picker one step back: to the start of the period, to the buttons; None if none is open."""
    if offered(turn):
        return withdraw(turn)
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
