"""Dates as exactly as they are known, times, and what a form records of the moment it is filled in.

With `bot:partial` a month, a year, a period or "not known" are answers too. Times are written as JavaRosa writes
them, with milliseconds and the offset of the configured time zone: `14:30:00.000+05:00`,
`2024-03-01T14:30:00.000+05:00`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import ClassVar

from bot.form.answers import Answer, Fields, Precision, When, Written, from_json, tag_of
from bot.form.draft import ScreenState
from bot.form.events import Back, DateMode, Event, PickDate, Wrote
from bot.form.expressions.coercion import Scalar, to_date, to_text
from bot.form.kinds.calendar import date_phrase, pages, spelled_phrase, when_phrase, years
from bot.form.kinds.kind import AnswerResult, Fact, FactType, Kind, QuestionContext
from bot.form.kinds.text import HiddenQuestion, TextQuestion
from bot.form.model import Question
from bot.form.screen import Button, ButtonRow, Joined, Key, Phrase, Said, button
from bot.form.typed.dates import NoSuchDay, one_end, parse, parse_begun, readings
from bot.form.typed.intervals import (
    OPEN,
    between,
    exactly,
    first_of,
    interval,
    is_date,
    last_day,
    month_text,
    of_interval,
    since,
    text_of,
    until,
)

_DAY, _MONTH, _YEAR = 10, 7, 4
"""Characters of a day, a month and a year."""
_NEEDED = {_DAY: "flow.date.day_only", _MONTH: "flow.date.month_needed", _YEAR: "flow.date.year_needed"}

_CLOCK = r"(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?:[:.][0-5]\d)?"
_TYPED = re.compile(_CLOCK, re.ASCII)
_TYPED_LAST = re.compile(rf"(?P<day>.+?)[\s,T]+{_CLOCK}", re.ASCII | re.DOTALL)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)
_CHOOSING_TIME = "time"


def _offered_button(when: When) -> Button:
    """A period with one known end is shown by that end, which is shorter. Names in buttons are unique."""
    name = str(when.start or when.end)
    has_one_end = when.precision is Precision.RANGE and None in {when.start, when.end}
    label = spelled_phrase(name) if has_one_end else when_phrase(when, in_words=when.start == when.end)
    return Button(label, PickDate(name))


def _ways(asked: QuestionContext) -> tuple[ButtonRow, ...]:
    if not asked.question.has_own_columns:
        # It may be a date of birth, or in the future.
        day = exactly(text_of(asked.now.date()))
        today = ((_way("today"),),) if asked.refusal(asked.path, day) is None else ()
        return () if "no-calendar" in asked.question.appearance else (*today, (_way("calendar"),))
    first = (_way("today"), _way("yesterday"))
    if not _is_partial(asked):
        return first, (_way("calendar"),)
    return first, (_way("calendar"), _way("month")), (_way("range"), _way("ongoing")), (_way("unknown"),)


def _length(asked: QuestionContext) -> int:
    words = asked.question.appearance.split()
    return _MONTH if "month-year" in words else _YEAR if "year" in words else _DAY


def _as_asked(asked: QuestionContext, when: When) -> When | None:
    if _is_partial(asked):
        return when
    text, length = when.start or "", _length(asked)
    is_exact = len(text) >= length and when == exactly(text)
    return exactly(text[:length]) if is_exact else None


def _way(mode: str, key: str = "") -> Button:
    return button(f"flow.date.{key or mode}", DateMode(mode))


def _other_units(view: ScreenState) -> tuple[ButtonRow, ...]:
    if not _is_in_period(view):
        return ((_way("year"),),) if view.picker == "month" else ()
    unit = _way("calendar", "exact_day") if view.unit == "month" else _way("month", "exact_month")
    if view.picker == "ongoing":
        return (unit,), (_way("unknown"),)
    if not view.start:
        return (unit,), (_way("unknown", "start_unknown"),)
    unknown = (_way("unknown", "end_unknown"),) if view.start != OPEN else ()
    return (unit,), (*unknown, _way("ongoing"))


def _is_partial(asked: QuestionContext) -> bool:
    return asked.question.bot.get("partial") == "yes"


def _is_in_period(view: ScreenState) -> bool:
    return view.picker in {"range", "ongoing"}


def _offered(view: ScreenState) -> list[When]:
    return [when for text in view.offered if (when := of_interval(text)) is not None]


class DateQuestion(Kind):
    name = "date"
    tells_words = False
    answered_with: ClassVar[type[Answer] | None] = When
    reads_words = True
    fact_type = FactType.DATE

    def answer_of(self, value: Scalar) -> Answer | None:
        day = to_date(value)
        return exactly(text_of(day)) if day else None

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        if asked.view.offered:
            return (Key("flow.date.which"),)
        match asked.view.picker:
            case "range" if asked.view.start == OPEN:
                return (Key("flow.date.ask_end_alone"),)
            case "range" if asked.view.start:
                return (Key("flow.date.ask_end", {"start": date_phrase(asked.view.start)}),)
            case "range":
                return (Key("flow.date.ask_start"),)
            case "ongoing":
                return (Key("flow.date.ask_since"),)
            case "":
                day = "flow.date.typing" if _is_partial(asked) else "flow.date.typing_day"
                return (Key(day if _length(asked) == _DAY else _NEEDED[_length(asked)]),)
        return ()

    def rows(self, asked: QuestionContext) -> tuple[ButtonRow, ...]:
        if asked.view.offered:
            found = [(_offered_button(when),) for when in _offered(asked.view)]
            return (*found, (button("flow.date.back", Back()),))
        unit = asked.view.unit or asked.view.picker
        match unit:
            case "" if _length(asked) < _DAY:
                return years(asked) if _length(asked) == _YEAR else pages(asked, "month")
            case "calendar" | "month":
                rows = pages(asked, unit)
            case "year":
                rows = years(asked)
            case _:
                return _ways(asked)
        return (*rows, *_other_units(asked.view), (button("flow.date.back", Back()),))

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        match event:
            case DateMode(mode):
                return _mode(asked, mode)
            case PickDate(date) if is_date(date):
                return _picked(asked, date)
            case Wrote():
                return _typed(asked, event)
        return None

    def back(self, view: ScreenState) -> ScreenState | None:
        if view.offered:
            return view.changed(offered=())
        if view.start:
            return view.changed(start="", page=None)
        return view.changed(picker="", unit="", page=None) if view.picker else None

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        if not isinstance(answer, When):
            raise TypeError(answer)
        return when_phrase(answer)

    def fact(self, fields: Fields) -> Fact:
        answer = from_json({tag_of(When): fields})
        return interval(answer) if isinstance(answer, When) else None

    def adopted(self, question: Question, answer: Answer) -> Answer | None:
        return answer if isinstance(answer, When) else None


def _mode(asked: QuestionContext, mode: str) -> AnswerResult | None:
    view, in_period = asked.view, _is_in_period(asked.view)
    if mode in {"today", "yesterday"}:
        return _picked(asked, text_of(asked.now.date() - timedelta(mode == "yesterday")))
    if mode == "calendar" and not in_period:
        return AnswerResult(view=view.changed(picker="calendar", unit="", start="", page=None))
    if not _is_partial(asked):
        return AnswerResult(notice=Key(_NEEDED[_length(asked)]))
    match mode:
        case "unknown":
            return _unknown(asked, view)
        case "ongoing" if view.picker == "range":
            return _answer(asked, _still(view))
        case "range" | "ongoing":
            return AnswerResult(view=view.changed(picker=mode, unit="month", start="", page=None))
        case "calendar" | "month" if in_period:
            return AnswerResult(view=view.changed(unit=mode, page=None))
        case "month" | "year" if not in_period:
            return AnswerResult(view=view.changed(picker=mode, unit="", start="", page=None))
    return None


def _unknown(asked: QuestionContext, view: ScreenState) -> AnswerResult:
    match view:
        case ScreenState(picker="ongoing"):
            return _answer(asked, _still(view))
        case ScreenState(picker="range", start=""):
            return AnswerResult(view=view.changed(start=OPEN, page=None))
        case ScreenState(picker="range") if view.start != OPEN:
            return _answer(asked, since(view.start, ongoing=False))
    return _answer(asked, When(Precision.UNKNOWN))


def _still(view: ScreenState) -> When:
    return When(Precision.RANGE, ongoing=True) if view.start in {"", OPEN} else since(view.start)


def _picked(asked: QuestionContext, date: str) -> AnswerResult:
    meant = next((when for when in _offered(asked.view) if date == (when.start or when.end)), None)
    if meant is not None:
        return _understood(asked, asked.view.changed(offered=()), meant)
    if _is_in_period(asked.view):
        return _end_of_period(asked, asked.view, date)
    when = _as_asked(asked, exactly(date))
    if when is None:
        return AnswerResult(notice=Key(_NEEDED[_length(asked)]))
    return _answer(asked, when)


def _typed(asked: QuestionContext, event: Wrote) -> AnswerResult:
    asked = replace(asked, view=asked.view.changed(offered=()))
    found = readings(event.text, asked.now.date())
    if not isinstance(found, tuple):
        return asked.refused(event, _not_understood(asked, found))
    found = tuple(when for one in found if (when := _as_asked(asked, one)) is not None)
    if not found:
        return asked.refused(event, _NEEDED[_length(asked)])
    possible = _possible(asked, event.text, found)
    view = asked.view.keeping(event.text, event.source)
    if len(possible) > 1:
        intervals = (interval(when) for when in possible)
        return AnswerResult(view=view.changed(offered=tuple(filter(None, intervals))), shifted=True)
    end = one_end(event.text, asked.now.date(), bool(view.start)) if _is_in_period(view) else None
    return _understood(asked, view, exactly(end) if end else (*possible, *found)[0])


def _not_understood(asked: QuestionContext, found: NoSuchDay | None) -> Phrase:
    if found is None:
        return Key("flow.date.not_understood" if _is_partial(asked) else "flow.date.which_day")
    month = date_phrase(month_text(found.year or asked.now.date().year, found.month))
    return Key("flow.date.no_such_day", {"day": found.day, "month": month})


def _possible(asked: QuestionContext, text: str, found: tuple[When, ...]) -> tuple[When, ...]:
    if asked.view.start not in {"", OPEN}:
        return _possible_ends(asked.view.start, text, found)
    if taken := tuple(when for when in found if asked.refusal(asked.path, when) is None):
        return taken
    # A date without a year may also be in the future, e.g. of a planned assembly.
    others = (parse(text, asked.now.date(), ahead=True), parse_begun(text, asked.now.date()))
    dates = (when for when in others if isinstance(when, When))
    return tuple(when for when in dates if asked.refusal(asked.path, when) is None)


def _possible_ends(start: str, text: str, found: tuple[When, ...]) -> tuple[When, ...]:
    following = parse(text, last_day(start), ahead=True)
    if isinstance(following, When) and following.start and str(found[0].start)[4:] == following.start[4:]:
        found = (following, *found)
    ends = (when for when in found if when.start is not None and between(start, when.end or when.start))
    return tuple(dict.fromkeys(ends))


def _understood(asked: QuestionContext, view: ScreenState, when: When) -> AnswerResult:
    if end := _end_in(view, when):
        taken = _end_of_period(asked, view, end)
    elif when.precision is Precision.UNKNOWN:
        taken = _unknown(asked, view)
    else:
        taken = _answer(asked, _still(view) if when.ongoing and when.start is None else when)
    if not taken.done:
        kept = taken.view or view
        return replace(taken, view=kept if taken.notice is not None else kept.keeping("", ""))
    whole = taken.answers[asked.path]
    said = when_phrase(whole if isinstance(whole, When) else when, in_words=True)
    return replace(taken, otherwise=view, notice=Key("flow.date.understood", {"date": said}))


def _end_in(view: ScreenState, when: When) -> str | None:
    if not _is_in_period(view):
        return None
    if when.precision is Precision.RANGE:
        return when.end if when.start is None and view.start else None
    return when.start


def _end_of_period(asked: QuestionContext, view: ScreenState, end: str) -> AnswerResult:
    if view.picker == "ongoing":
        return _answer(asked, since(end))
    if not view.start:
        return AnswerResult(view=view.changed(start=first_of(end), page=None))
    period = until(end, asked.now.date()) if view.start == OPEN else between(view.start, end)
    return _answer(asked, period) if period else AnswerResult(notice=Key("flow.date.end_before_start"))


def _answer(asked: QuestionContext, when: When) -> AnswerResult:
    return AnswerResult({asked.path: when}, done=True)


def _timed(asked: QuestionContext, day: str, clock: re.Match[str], after: str = "") -> AnswerResult:
    typed = time(int(clock["hour"]), int(clock["minute"]))
    moment = datetime.combine(datetime.fromisoformat(day), typed, asked.now.tzinfo)
    text = moment.isoformat(timespec="milliseconds")
    answer = Written.of(text.partition(after)[2] if after else text)
    return AnswerResult({asked.path: answer}, done=True, view=asked.view.keeping("", ""))


class TimeQuestion(TextQuestion):
    name = "time"
    spellings = ()
    tells_words = takes_text = starts_from_column = False
    reads_words = True

    def fits(self, answer: Answer) -> bool:
        return isinstance(answer, Written) and _TIME.fullmatch(answer.text) is not None

    def answer_of(self, value: Scalar) -> Answer | None:
        clock = to_text(value).strip().rpartition("T")[2]
        return Written.of(clock) if _TIME.fullmatch(clock) else None

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        return (Key("flow.time.how"),)

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        typed = _TYPED.fullmatch(event.text.strip()) if isinstance(event, Wrote) else None
        if typed is not None:
            return _timed(asked, asked.now.date().isoformat(), typed, after="T")
        return asked.refused(event, "flow.time.not_understood") if isinstance(event, Wrote) else None

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        return Said(answer.text[:5] if isinstance(answer, Written) else "")


class DateTimeQuestion(DateQuestion):
    """A date, given as at a `date`, then a time. Both may be typed at once."""

    name = "dateTime"
    spellings = ("datetime", "date time")
    answered_with = Written
    fact_type = FactType.TEXT

    def fits(self, answer: Answer) -> bool:
        return isinstance(answer, Written) and self.answer_of(answer.text) is not None

    def answer_of(self, value: Scalar) -> Answer | None:
        day, _, clock = to_text(value).strip().partition("T")
        is_moment = to_date(day) is not None and (not clock or _TIME.fullmatch(clock))
        return Written.of(f"{day}T{clock or '00:00:00.000'}") if is_moment else None

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        if asked.view.picker == _CHOOSING_TIME:
            return Key("flow.time.day", {"date": date_phrase(asked.view.start)}), Key("flow.time.how")
        return super().prompt(asked)

    def rows(self, asked: QuestionContext) -> tuple[ButtonRow, ...]:
        if asked.view.picker == _CHOOSING_TIME:
            return ((button("flow.date.back", Back()),),)
        return super().rows(asked)

    def back(self, view: ScreenState) -> ScreenState | None:
        return ScreenState() if view.picker == _CHOOSING_TIME else super().back(view)

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        text = event.text.strip() if isinstance(event, Wrote) else ""
        is_second = asked.view.picker == _CHOOSING_TIME
        if is_second and (clock := _TYPED.fullmatch(text)):
            return _timed(asked, asked.view.start, clock)
        both = _TYPED_LAST.fullmatch(text)
        if both and (day := self._day(asked, Wrote(both["day"]))):
            return _timed(asked, day, both)
        if (day := self._day(asked, event)) and not (is_second and day == asked.view.start):
            return AnswerResult(view=ScreenState(picker=_CHOOSING_TIME, start=day))
        if is_second and isinstance(event, Wrote):
            return asked.refused(event, "flow.time.not_understood")
        return super().take(asked, event)

    def _day(self, asked: QuestionContext, event: Event) -> str:
        taken = super().take(asked, event)
        day = taken.answers.get(asked.path) if taken is not None else None
        return day.start or "" if isinstance(day, When) else ""

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        day, _, clock = answer.text.partition("T") if isinstance(answer, Written) else ("", "", "")
        return Joined((date_phrase(day), Said(clock[:5])), " ")

    def fact(self, fields: Fields) -> Fact:
        return fields["parts"][0]["text"] if fields["parts"] else None


class StartMetadata(HiddenQuestion):
    """A moment to the full hour, since nothing finer may be stored about a reporter."""

    name = "start"
    starts_from_column = False
    is_of_beginning = True

    def by_time(self, now: datetime) -> Answer | None:
        return Written.of(now.replace(minute=0, second=0, microsecond=0).isoformat(timespec="milliseconds"))


class EndMetadata(StartMetadata):
    name = "end"
    is_of_beginning = False


class TodayMetadata(StartMetadata):
    name = "today"

    def by_time(self, now: datetime) -> Answer | None:
        return Written.of(now.date().isoformat())


class BlankMetadata(HiddenQuestion):
    """Facts of the phone or its owner, never kept."""

    name = "deviceid"
    spellings: ClassVar[Sequence[str]] = (
        *("username", "email", "phonenumber", "simserial", "subscriberid", "uri:deviceid", "uri:username"),
        *("uri:email", "uri:phonenumber", "uri:simserial", "uri:subscriberid"),
        *("start-geopoint", "background-geopoint", "background-audio"),
    )
    is_always_blank = True

    def fits(self, answer: Answer) -> bool:
        return False
