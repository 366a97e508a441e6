"""Whether this machine's clock may be trusted with destruction: it must agree with Telegram, or stand within a day of the last
hour that Telegram, or the operator, confirmed."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select

from bot.services import audit
from bot.services.unit import SECONDS_AN_HOUR, Unit
from db.models import AuditEntry, DraftRow, Mark, Report

TOLERANCE = 3600.0
"""Seconds by which this machine's clock and Telegram's may differ."""
LONGEST_SILENCE = 24
"""Hours by which the clock may be ahead of the last confirmed hour, where Telegram has told no time: a restart while Telegram is
away. A quartz clock drifts by seconds a day, so more than that is a long silence or a step, which look the same from here. A
day is less than any draft or report is kept by default, so a clock stepped within it destroys nothing that is new."""
MOST_BACK = 1
"""Hours by which it may be behind that hour."""
_HOUR, _STATE = "hour", "clock"
"""The marks that are kept: the last confirmed hour, and the state. No look moves that hour but one with which Telegram agrees, so
that small steps do not add up."""


class TelegramTime:
    """The time as Telegram tells it. `monotonic` gives seconds that no change of the clock touches; all others are seconds
    since 1970-01-01 UTC."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._answered: tuple[float, float] | None = None
        self._latest_message: tuple[float, float] | None = None

    def note_answer(self, seconds: float) -> None:
        """Telegram has just answered, and dated its answer."""
        self._answered = seconds, self._monotonic()

    def note_message(self, seconds: float) -> None:
        """A message was sent at that time. It may come late, but never from the future."""
        if self._latest_message is None or seconds > self._since(self._latest_message):
            self._latest_message = seconds, self._monotonic()

    def bears_out(self, own: float) -> bool | None:
        """Whether this machine's time agrees with Telegram's; None where that is not known."""
        if self._answered is not None:
            return abs(own - self._since(self._answered)) <= TOLERANCE
        if self._latest_message is None:
            return None
        ahead = own - self._since(self._latest_message)
        if ahead > TOLERANCE:
            return None  # the clock is ahead, or the message came late
        return ahead >= -TOLERANCE

    def corrected(self, own: float) -> float:
        """This machine's time, or Telegram's where they do not agree."""
        told = self._answered or self._latest_message
        return self._since(told) if told is not None and self.bears_out(own) is False else own

    def _since(self, reading: tuple[float, float]) -> float:
        told, at = reading
        return told + self._monotonic() - at


class ClockState(StrEnum):
    """What became of the last look at the clock."""

    GOING = "going"
    STOPPED = "stopped"
    """It was wrong at the last look: nothing is destroyed."""
    TOLD = "told"
    """It was wrong twice, and the administrators were told."""
    CONFIRMED = "confirmed"
    """The operator said that it is right, whatever Telegram says."""


_WAITING = {ClockState.STOPPED, ClockState.TOLD}


class News(StrEnum):
    """What administrators are told, by the key of the text."""

    STOPPED = "moderator.clock.stopped"
    RIGHT = "moderator.clock.right"


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the clock found. `may_destroy` is false as long as it is wrong; `right_hour` is the last confirmed hour;
    `news` is to be told."""

    may_destroy: bool
    state: ClockState
    right_hour: int
    news: News | None = None


async def look(unit: Unit, own: float, agrees: bool | None) -> Look:
    """Judge this machine's time, in seconds, and note what was found. `agrees`: see `TelegramTime.bears_out`."""
    hour = int(own) // SECONDS_AN_HOUR
    before, right_hour = await stored(unit)
    if right_hour is None:
        right_hour = hour
    if _is_right(hour, right_hour, before, agrees):
        state = ClockState.CONFIRMED if before is ClockState.CONFIRMED and not agrees else ClockState.GOING
        confirmed = hour if agrees else right_hour
        await _note(unit, state, confirmed)
        return Look(True, state, confirmed, News.RIGHT if before is ClockState.TOLD else None)
    state = ClockState.TOLD if before in _WAITING else ClockState.STOPPED
    await _note(unit, state, right_hour)
    return Look(False, state, right_hour, News.STOPPED if before is ClockState.STOPPED else None)


def _is_right(hour: int, right_hour: int, state: ClockState, agrees: bool | None) -> bool:
    if agrees:
        return True
    if state in _WAITING or (agrees is False and state is not ClockState.CONFIRMED):
        return False
    return -MOST_BACK <= hour - right_hour <= LONGEST_SILENCE


async def stored(unit: Unit) -> tuple[ClockState, int | None]:
    """The state of the last look, and the last confirmed hour; before the first look the hour of the newest row."""
    query = select(Mark).where(Mark.name.in_((_HOUR, _STATE)))
    marks = {mark.name: mark.value for mark in await unit.session.scalars(query)}
    hour = int(marks[_HOUR]) if _HOUR in marks else await _newest_hour(unit)
    return ClockState(marks.get(_STATE, ClockState.GOING)), hour


async def _newest_hour(unit: Unit) -> int | None:
    columns = (Report.submitted_hour, DraftRow.touched_hour, AuditEntry.hour)
    hours = [await unit.session.scalar(select(func.max(column))) for column in columns]
    return max((hour for hour in hours if hour is not None), default=None)


async def confirm(unit: Unit, own: float) -> None:
    """Take the operator's word that this machine's time, in seconds, is right. It counts as Telegram's would at this hour."""
    await _note(unit, ClockState.CONFIRMED, int(own) // SECONDS_AN_HOUR)
    await audit.record(unit, audit.SYSTEM, "clock", "", "confirmed")


async def _note(unit: Unit, state: ClockState, hour: int) -> None:
    for name, value in ((_HOUR, str(hour)), (_STATE, state)):
        mark = await unit.session.get(Mark, name)
        if mark is None:
            unit.session.add(Mark(name=name, value=value))
        elif mark.value != value:
            mark.value = value


_NAME = "probe"


async def write(unit: Unit) -> None:
    """Write, and leave nothing written: the commit has to reach the disk all the same. Raises what the database raises."""
    mark = Mark(name=_NAME, value="")
    unit.session.add(mark)
    await unit.session.flush()
    await unit.session.delete(mark)
