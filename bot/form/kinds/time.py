"""Times, dates with a time, and what a form records of the moment it is filled in.

Values are written as JavaRosa writes them, with milliseconds and the offset of the configured time zone:
`14:30:00.000+05:00`, `2024-03-01T14:30:00.000+05:00`.
"""

import re
from dataclasses import replace
from datetime import datetime, time
from typing import ClassVar

from bot.form.answers import Answer, Fields, TextPart, When, Written
from bot.form.draft import ScreenState
from bot.form.events import Back, Event, Wrote
from bot.form.expressions.coercion import Scalar, to_date, to_text
from bot.form.kinds.calendar import date_phrase
from bot.form.kinds.date import DateQuestion
from bot.form.kinds.kind import AnswerResult, Fact, FactType, Kind, QuestionContext
from bot.form.kinds.text import text_of
from bot.form.model import Question
from bot.form.screen import ButtonRow, Joined, Key, Phrase, Said, button
from bot.form.typed.dates.intervals import is_date

_CLOCK = r"([01]?\d|2[0-3])[:.]([0-5]\d)(?:[:.][0-5]\d)?"
_TYPED = re.compile(_CLOCK, re.ASCII)
_TYPED_LAST = re.compile(rf"(.+?)[\s,T]+{_CLOCK}", re.ASCII | re.DOTALL)
_TIME = re.compile(r"(\d\d:\d\d)(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)
_CHOOSING_TIME = "time"


def _with_offset(text: str, day: str, now: datetime) -> str:
    """A time of a day as JavaRosa writes it."""
    moment = datetime.combine(datetime.fromisoformat(day), time.fromisoformat(text), now.tzinfo)
    return moment.isoformat(timespec="milliseconds")


def _written(text: str) -> Written:
    return Written((TextPart(text),))


def _shown(text: str) -> Phrase:
    day, _, clock = text.rpartition("T")
    return Joined((date_phrase(day), Said(clock[:5])), " ") if day else Said(clock[:5])


class TimeQuestion(Kind):
    name = "time"
    tells_words = False
    answered_with = Written
    reads_words = True
    fact_type = FactType.TEXT

    def fits(self, answer: Answer) -> bool:
        return isinstance(answer, Written) and _TIME.fullmatch(answer.text) is not None

    def answer_of(self, value: Scalar) -> Answer | None:
        clock = to_text(value).strip().rpartition("T")[2]
        return _written(clock) if _TIME.fullmatch(clock) else None

    def prompt(self, asked: QuestionContext) -> tuple[Phrase, ...]:
        return (Key("flow.time.how"),)

    def take(self, asked: QuestionContext, event: Event) -> AnswerResult | None:
        if not isinstance(event, Wrote):
            return None
        typed = _TYPED.fullmatch(event.text.strip())
        if typed is None:
            return asked.refused(event, "flow.time.not_understood")
        moment = _with_offset(f"{int(typed[1]):02}:{typed[2]}", asked.now.date().isoformat(), asked.now)
        return AnswerResult({asked.path: _written(moment.partition("T")[2])}, done=True)

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        return _shown(answer.text if isinstance(answer, Written) else "")

    def fact(self, fields: Fields) -> Fact:
        return text_of(fields) or None


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
        is_moment = is_date(day) and len(day) == 10 and (not clock or _TIME.fullmatch(clock))
        return _written(f"{day}T{clock or '00:00:00.000'}") if is_moment and to_date(day) else None

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
        if not isinstance(event, Wrote):
            return self._dated(asked, super().take(asked, event))
        if asked.view.picker == _CHOOSING_TIME and (typed := _TYPED.fullmatch(event.text.strip())):
            return _timed(asked, asked.view.start, typed[1], typed[2])
        if (both := _TYPED_LAST.fullmatch(event.text.strip())) is not None:
            dated = super().take(asked, replace(event, text=both[1]))
            day = dated.answers.get(asked.path) if dated is not None else None
            if isinstance(day, When) and day.start:
                return _timed(asked, day.start, both[2], both[3])
        if asked.view.picker == _CHOOSING_TIME:
            return asked.refused(event, "flow.time.not_understood")
        return self._dated(asked, super().take(asked, event))

    def _dated(self, asked: QuestionContext, taken: AnswerResult | None) -> AnswerResult | None:
        """Ask for the time of the day that was given."""
        day = taken.answers.get(asked.path) if taken is not None else None
        if not isinstance(day, When) or not day.start:
            return taken
        return AnswerResult(view=ScreenState(picker=_CHOOSING_TIME, start=day.start))

    def phrase(self, question: Question, answer: Answer, most: int | None = None) -> Phrase:
        return _shown(answer.text if isinstance(answer, Written) else "")

    def fact(self, fields: Fields) -> Fact:
        return text_of(fields) or None

    def adopted(self, question: Question, answer: Answer) -> Answer | None:
        return answer if self.fits(answer) else None


def _timed(asked: QuestionContext, day: str, hour: str, minute: str) -> AnswerResult:
    moment = _written(_with_offset(f"{int(hour):02}:{minute}", day, asked.now))
    return AnswerResult({asked.path: moment}, done=True, view=asked.view.keeping("", ""))


class Metadata(Kind):
    """A moment to the full hour, since nothing finer may be stored about a reporter."""

    tells_words = False
    is_asked = False

    def fits(self, answer: Answer) -> bool:
        return isinstance(answer, Written)

    def answer_of(self, value: Scalar) -> Answer | None:
        return None

    def by_time(self, now: datetime) -> Answer | None:
        return _written(now.replace(minute=0, second=0, microsecond=0).isoformat(timespec="milliseconds"))


class StartMetadata(Metadata):
    name = "start"
    spellings = ("start time", "get start time")
    is_of_beginning = True


class EndMetadata(Metadata):
    name = "end"
    spellings = ("end time", "get end time")


class TodayMetadata(Metadata):
    name = "today"
    spellings = ("get today",)
    is_of_beginning = True

    def by_time(self, now: datetime) -> Answer | None:
        return _written(now.date().isoformat())


class BlankMetadata(Metadata):
    """Metadata of the phone and its owner."""

    name = "deviceid"
    spellings: ClassVar[tuple[str, ...]] = (
        *("device id", "get device id", "imei", "uri:deviceid"),
        *("username", "uri:username", "email", "uri:email"),
        *("phonenumber", "get phone number", "uri:phonenumber"),
        *("simserial", "get sim id", "sim id", "uri:simserial"),
        *("subscriberid", "subscriber id", "get subscriber id", "uri:subscriberid"),
        *("start-geopoint", "background-geopoint", "background-audio"),
    )
    is_always_blank = True

    def fits(self, answer: Answer) -> bool:
        return False

    def by_time(self, now: datetime) -> Answer | None:
        return None
