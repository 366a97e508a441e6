"""Dates as exactly as they are known. With `bot:partial` a month, a year, a period or "not known" are
answers too."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.form.answers import Answer, Precision, When
from bot.form.draft import View
from bot.form.events import DateMode, Event, PickDate, Wrote
from bot.form.expressions.coercion import Scalar, to_date
from bot.form.kinds.dates.calendar import today_of
from bot.form.kinds.dates.phrases import month_phrase, when_phrase
from bot.form.kinds.dates.picker import date_prompt, date_rows, is_in_period, is_partial, name_of, offered
from bot.form.kinds.kind import Asked, Fact, FactType, Kind, Taken
from bot.form.model import Choice, Question
from bot.form.screen import ButtonRow, Key, Phrase
from bot.form.typed.dates.intervals import (
    OPEN,
    between,
    exactly,
    first_of,
    interval,
    is_date,
    last_day,
    of_unknown_end,
    since,
    text_of,
    until,
)
from bot.form.typed.dates.parsing import NoSuchDay, parse
from bot.form.typed.dates.readings import one_end, parse_begun, readings


class DateQuestion(Kind):
    name = "date"
    tells_words = False
    spellings = ("date",)
    answered_with = When
    reads_words = True
    fact_type = FactType.DATE

    def suits(self, cell: str, choices: Sequence[Choice]) -> bool:
        return to_date(cell) is not None

    def answer_of(self, value: Scalar) -> Answer | None:
        day = to_date(value)
        return exactly(text_of(day)) if day else None

    def prompt(self, asked: Asked) -> tuple[Phrase, ...]:
        return date_prompt(asked)

    def rows(self, asked: Asked) -> tuple[ButtonRow, ...]:
        return date_rows(asked)

    def take(self, asked: Asked, event: Event) -> Taken | None:
        match event:
            case DateMode(mode):
                return _mode(asked, mode)
            case PickDate(date) if is_date(date):
                return _picked(asked, date)
            case Wrote():
                return _typed(asked, event)
        return None

    def back(self, view: View) -> View | None:
        if view.offered:
            return view.changed(offered=())
        if view.start:
            return view.changed(start="", page=None)
        return view.changed(picker="", unit="", page=None) if view.picker else None

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        if not isinstance(answer, When):
            raise TypeError(answer)
        return when_phrase(answer)

    def fact(self, answer: Answer | None) -> Fact:
        return interval(answer) if isinstance(answer, When) else None

    def adopted(self, question: Question, answer: Answer) -> Answer | None:
        return answer if isinstance(answer, When) else None


def _mode(asked: Asked, mode: str) -> Taken | None:
    view, in_period = asked.view, is_in_period(asked.view)
    if mode in {"today", "yesterday"}:
        return _picked(asked, text_of(today_of(asked) - timedelta(mode == "yesterday")))
    if mode == "calendar" and not in_period:
        return Taken(view=view.changed(picker="calendar", unit="", start="", page=None))
    if not is_partial(asked):
        return Taken(notice=Key("flow.date.day_only"))
    match mode:
        case "unknown":
            return _unknown(asked, view)
        case "ongoing" if view.picker == "range":
            return _answer(asked, _still(view))
        case "range" | "ongoing":
            return Taken(view=view.changed(picker=mode, unit="month", start="", page=None))
        case "calendar" | "month" if in_period:
            return Taken(view=view.changed(unit=mode, page=None))
        case "month" | "year" if not in_period:
            return Taken(view=view.changed(picker=mode, unit="", start="", page=None))
    return None


def _unknown(asked: Asked, view: View) -> Taken:
    match view:
        case View(picker="ongoing"):
            return _answer(asked, _still(view))
        case View(picker="range", start=""):
            return Taken(view=view.changed(start=OPEN, page=None))
        case View(picker="range") if view.start != OPEN:
            return _answer(asked, of_unknown_end(view.start))
    return _answer(asked, When(Precision.UNKNOWN))


def _still(view: View) -> When:
    return When(Precision.RANGE, ongoing=True) if view.start in {"", OPEN} else since(view.start)


def _picked(asked: Asked, date: str) -> Taken:
    meant = next((when for when in offered(asked.view) if name_of(when) == date), None)
    if meant is not None:
        return _understood(asked, asked.view.changed(offered=()), meant)
    if is_in_period(asked.view):
        return _end_of_period(asked, asked.view, date)
    when = exactly(date)
    if when.precision is not Precision.DAY and not is_partial(asked):
        return Taken(notice=Key("flow.date.day_only"))
    return _answer(asked, when)


def _typed(asked: Asked, event: Wrote) -> Taken:
    asked = replace(asked, view=asked.view.changed(offered=()))
    found = readings(event.text, today_of(asked))
    if not isinstance(found, tuple):
        return asked.refused(event, _not_understood(asked, found))
    if not is_partial(asked) and found[0].precision is not Precision.DAY:
        return asked.refused(event, "flow.date.day_only")
    possible = _possible(asked, event.text, found)
    view = asked.view.keeping(event.text, event.source)
    if len(possible) > 1:
        intervals = (interval(when) for when in possible)
        return Taken(view=view.changed(offered=tuple(filter(None, intervals))), shifted=True)
    return _understood(asked, view, _one_end(asked, event.text) or (*possible, *found)[0])


def _one_end(asked: Asked, text: str) -> When | None:
    end = one_end(text, today_of(asked), bool(asked.view.start)) if is_in_period(asked.view) else None
    return exactly(end) if end is not None else None


def _not_understood(asked: Asked, found: NoSuchDay | None) -> Phrase:
    if found is None:
        return Key("flow.date.not_understood" if is_partial(asked) else "flow.date.which_day")
    month = month_phrase(found.year or today_of(asked).year, found.month)
    return Key("flow.date.no_such_day", {"day": found.day, "month": month})


def _possible(asked: Asked, text: str, found: tuple[When, ...]) -> tuple[When, ...]:
    if asked.view.start not in {"", OPEN}:
        return _possible_ends(asked.view.start, text, found)
    taken = tuple(when for when in found if asked.refusal(asked.path, when) is None)
    # A date without a year may also be in the future, e.g. of a planned assembly.
    today = today_of(asked)
    others = () if taken else (parse(text, today, ahead=True), parse_begun(text, today))
    return taken or tuple(
        when for when in others if isinstance(when, When) and asked.refusal(asked.path, when) is None
    )


def _possible_ends(start: str, text: str, found: tuple[When, ...]) -> tuple[When, ...]:
    """Ends after the start. Without a year, the first such date after it counts too."""
    following = parse(text, last_day(start), ahead=True)
    if isinstance(following, When) and following.start and str(found[0].start)[4:] == following.start[4:]:
        found = (following, *found)
    ends = (when for when in found if when.start is not None and between(start, when.end or when.start))
    return tuple(dict.fromkeys(ends))


def _understood(asked: Asked, view: View, when: When) -> Taken:
    taken = _end_of_period(asked, view, end) if (end := _end_in(view, when)) else _whole(asked, view, when)
    if not taken.done:
        kept = taken.view or view
        return replace(taken, view=kept if taken.notice is not None else kept.keeping("", ""))
    whole = taken.answers[asked.path]
    said = when_phrase(whole if isinstance(whole, When) else when, in_words=True)
    return replace(taken, otherwise=view, notice=Key("flow.date.understood", {"date": said}))


def _end_in(view: View, when: When) -> str | None:
    if not is_in_period(view):
        return None
    if when.precision is Precision.RANGE:
        return when.end if when.start is None and view.start else None
    return when.start


def _whole(asked: Asked, view: View, when: When) -> Taken:
    if when.precision is Precision.UNKNOWN:
        return _unknown(asked, view)
    return _answer(asked, _still(view) if when.ongoing and when.start is None else when)


def _end_of_period(asked: Asked, view: View, end: str) -> Taken:
    if view.picker == "ongoing":
        return _answer(asked, since(end))
    if not view.start:
        return Taken(view=view.changed(start=first_of(end), page=None))
    period = until(end, today_of(asked)) if view.start == OPEN else between(view.start, end)
    return Taken(notice=Key("flow.date.end_before_start")) if period is None else _answer(asked, period)


def _answer(asked: Asked, when: When) -> Taken:
    return Taken({asked.path: when}, done=True)
