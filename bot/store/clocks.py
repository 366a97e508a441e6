"""Trust in this machine's clock before any destruction. It must agree with Telegram, or be within a day of
the last hour that Telegram or the operator confirmed."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select

from bot.store import audit
from bot.store.unit import SECONDS_AN_HOUR, UnitOfWork
from db.models import AuditEntry, DraftRow, Mark, Report

TOLERANCE = 3600.0
"""Allowed difference to Telegram's clock, in seconds."""
LONGEST_SILENCE = 24
"""Hours that the clock may be ahead of the last confirmed hour without Telegram's time, as after a restart
while Telegram is unreachable. More is a long silence or a step. Drafts and reports are kept longer by
default, so a step within a day destroys nothing recent."""
MOST_BACK = 1
"""Hours that it may be behind that hour."""
_HOUR, _STATE = "hour", "clock"
"""Marks of the state and the hour, which only Telegram moves, so that small steps do not add up."""


class TelegramTime:
    """Telegram's time, in seconds since 1970-01-01 UTC. No change of the clock affects `monotonic`."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._answered: tuple[float, float] | None = None
        self._latest_message: tuple[float, float] | None = None

    def note_answer(self, seconds: float) -> None:
        """Note the date of an answer just received."""
        self._answered = seconds, self._monotonic()

    def note_message(self, seconds: float) -> None:
        """Note the date of a message, which may be late, but never early."""
        if self._latest_message is None or seconds > self._since(self._latest_message):
            self._latest_message = seconds, self._monotonic()

    def bears_out(self, own: float) -> bool | None:
        """Whether this machine's time agrees with Telegram's. None if unknown."""
        if self._answered is not None:
            return abs(own - self._since(self._answered)) <= TOLERANCE
        if self._latest_message is None:
            return None
        ahead = own - self._since(self._latest_message)
        if ahead > TOLERANCE:
            return None  # the clock is ahead, or the message late
        return ahead >= -TOLERANCE

    def corrected(self, own: float) -> float:
        told = self._answered or self._latest_message
        return self._since(told) if told is not None and self.bears_out(own) is False else own

    def _since(self, reading: tuple[float, float]) -> float:
        told, at = reading
        return told + self._monotonic() - at


class ClockState(StrEnum):
    GOING = "going"
    STOPPED = "stopped"
    """The clock was wrong: no data is destroyed."""
    TOLD = "told"
    """The clock was wrong twice, and administrators were told."""
    CONFIRMED = "confirmed"
    """The operator confirmed the clock against Telegram."""


_WAITING = {ClockState.STOPPED, ClockState.TOLD}


class ClockNews(StrEnum):
    STOPPED = "moderator.clock.stopped"
    RIGHT = "moderator.clock.right"


@dataclass(frozen=True, slots=True)
class ClockCheck:
    """Result of a check. `right_hour` is the last confirmed hour."""

    may_destroy: bool
    state: ClockState
    right_hour: int
    news: ClockNews | None = None


async def look(unit: UnitOfWork, own: float, agrees: bool | None) -> ClockCheck:
    """Check and store this machine's time, in seconds. `agrees` is of `TelegramTime.bears_out`."""
    hour = int(own) // SECONDS_AN_HOUR
    before, right_hour = await stored(unit)
    if right_hour is None:
        right_hour = hour
    if _is_right(hour, right_hour, before, agrees):
        state = ClockState.CONFIRMED if before is ClockState.CONFIRMED and not agrees else ClockState.GOING
        confirmed = hour if agrees else right_hour
        await _note(unit, state, confirmed)
        return ClockCheck(True, state, confirmed, ClockNews.RIGHT if before is ClockState.TOLD else None)
    state = ClockState.TOLD if before in _WAITING else ClockState.STOPPED
    await _note(unit, state, right_hour)
    return ClockCheck(False, state, right_hour, ClockNews.STOPPED if before is ClockState.STOPPED else None)


def _is_right(hour: int, right_hour: int, state: ClockState, agrees: bool | None) -> bool:
    if agrees:
        return True
    if state in _WAITING or (agrees is False and state is not ClockState.CONFIRMED):
        return False
    return -MOST_BACK <= hour - right_hour <= LONGEST_SILENCE


async def stored(unit: UnitOfWork) -> tuple[ClockState, int | None]:
    """State of the last check and last confirmed hour, at first the hour of the newest row."""
    query = select(Mark).where(Mark.name.in_((_HOUR, _STATE)))
    marks = {mark.name: mark.value for mark in await unit.session.scalars(query)}
    state = ClockState(marks.get(_STATE, ClockState.GOING))
    if _HOUR in marks:
        return state, int(marks[_HOUR])
    columns = (Report.submitted_hour, DraftRow.touched_hour, AuditEntry.hour)
    hours = [await unit.session.scalar(select(func.max(column))) for column in columns]
    return state, max((hour for hour in hours if hour is not None), default=None)


async def confirm(unit: UnitOfWork, own: float) -> None:
    """Accept the operator's word for this machine's time, in seconds, as if Telegram agreed."""
    await _note(unit, ClockState.CONFIRMED, int(own) // SECONDS_AN_HOUR)
    await audit.record(unit, audit.SYSTEM, "clock", "", "confirmed")


async def _note(unit: UnitOfWork, state: ClockState, hour: int) -> None:
    for name, value in ((_HOUR, str(hour)), (_STATE, state)):
        await unit.session.merge(Mark(name=name, value=value))


async def probe_database(unit: UnitOfWork) -> None:
    """Write and delete a probe, so that the commit reaches the disk."""
    mark = Mark(name="probe", value="")
    unit.session.add(mark)
    await unit.session.flush()
    await unit.session.delete(mark)
