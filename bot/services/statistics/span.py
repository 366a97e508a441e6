"""The weeks or months that figures are of: the last twelve, today's among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.services.unit import SECONDS_AN_HOUR

PERIODS = 12
_MONTHS = 12


class Step(StrEnum):
    """How long one of the periods is."""

    WEEKS = "weeks"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Span:
    """Periods by their first days, the oldest first; the last goes on until `today`. Days and midnights are those of `zone`."""

    step: Step
    days: Sequence[date]
    today: date
    zone: ZoneInfo

    @classmethod
    def until(cls, now: datetime, step: Step, zone: ZoneInfo) -> "Span":
        """The last PERIODS weeks, which begin on Mondays, or months."""
        today = now.astimezone(zone).date()
        if step is Step.WEEKS:
            monday = today - timedelta(days=today.weekday())
            days = [monday - timedelta(weeks=back) for back in range(PERIODS)]
        else:
            number = today.year * _MONTHS + today.month - 1
            days = [
                date((number - back) // _MONTHS, (number - back) % _MONTHS + 1, 1) for back in range(PERIODS)
            ]
        return cls(step, days[::-1], today, zone)

    @property
    def hours(self) -> Sequence[int]:
        """The hour in which each period begins, as hours are stored. A midnight within an hour belongs to the day before."""
        return [
            -(-int(datetime.combine(day, time(), self.zone).timestamp()) // SECONDS_AN_HOUR)
            for day in self.days
        ]
