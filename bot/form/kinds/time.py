"""Times, dates with a time, and what a form records of the moment it is filled in.

Values are written as JavaRosa writes them, with milliseconds and the offset of the configured time zone:
`14:30:00.000+05:00`, `2024-03-01T14:30:00.000+05:00`.
"""

import re
from collections.abc import Sequence
from datetime import datetime, time
from typing import ClassVar

from bot.form.answers import Answer, Fields, When, Written
from bot.form.draft import ScreenState
from bot.form.events import Back, Event, Wrote
from bot.form.expressions.coercion import Scalar, to_date, to_text
from bot.form.kinds.calendar import date_phrase, today_of
from bot.form.kinds.date import DateQuestion
from bot.form.kinds.kind import AnswerResult, Fact, FactType, QuestionContext
from bot.form.kinds.text import HiddenQuestion, TextQuestion
from bot.form.model import Question
from bot.form.screen import ButtonRow, Joined, Key, Phrase, Said, button

_CLOCK = r"(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?:[:.][0-5]\d)?"
_TYPED = re.compile(_CLOCK, re.ASCII)
_TYPED_LAST = re.compile(rf"(?P<day>.+?)[\s,T]+{_CLOCK}", re.ASCII | re.DOTALL)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)
_CHOOSING_TIME = "time"


def _taken(asked: QuestionContext, day: str, clock: re.Match[str], after: str = "") -> AnswerResult:
    """A typed time of a day as JavaRosa writes it, perhaps only the part `after` a mark."""
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
            return _taken(asked, today_of(asked).isoformat(), typed, after="T")
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
            return _taken(asked, asked.view.start, clock)
        both = _TYPED_LAST.fullmatch(text)
        if both and (day := self._day(asked, Wrote(both["day"]))):
            return _taken(asked, day, both)
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
