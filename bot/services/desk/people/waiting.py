"""Digests and reminders of waiting reports. A reminder counts only reports since a member's last act in the
chat."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select, text

from bot.services.desk import claims
from bot.services.desk.people import preferences, team
from bot.services.unit import HOURS_A_DAY, Unit
from db.models import IN_QUEUE, Moderator, Report

MOST_COUNTED = 100


class Reason(StrEnum):
    DIGEST = "digest"
    QUIET = "quiet"
    """The end of quiet hours in which notices were held back."""
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Unheld waiting reports, and urgent ones among them, up to MOST_COUNTED."""

    number: int
    urgent: int


def reason(unit: Unit, member: Moderator) -> Reason | None:
    wished = preferences.of(unit, member)
    if wished.is_quiet(unit.now.hour):
        return None
    if wished.digest is not None and member.told_hour < _last(unit, wished.digest):
        return Reason.DIGEST
    if member.held_back:
        return Reason.QUIET
    silent = unit.hour - max(member.seen_hour, member.told_hour)
    return Reason.UNSEEN if silent >= unit.settings.reminder_hours else None


def _last(unit: Unit, hour: int) -> int:
    return unit.hour - (unit.now.hour - hour) % HOURS_A_DAY


async def due(unit: Unit) -> list[str]:
    """Ids of members to tell now. One query."""
    return [one.id for one in await team.reviewers(unit) if reason(unit, one) is not None]


async def take(unit: Unit, member: Moderator) -> tuple[Reason, Waiting] | None:
    why = reason(unit, member)
    if why is None or not member.active:
        return None
    since = member.seen_hour if why is Reason.UNSEEN else 0
    member.told_hour, member.held_back = unit.hour, False
    found = await waiting(unit, since)
    return (why, found) if found.number else None


async def waiting(unit: Unit, since_hour: int = 0) -> Waiting:
    counted = [await _number(unit, urgent, since_hour) for urgent in (True, False)]
    return Waiting(min(sum(counted), MOST_COUNTED), counted[0])


async def _number(unit: Unit, urgent: bool, since_hour: int) -> int:
    since = Report.urgent == urgent, Report.submitted_hour >= since_hour
    some = select(Report.ref).where(text(IN_QUEUE), *since, claims.unheld(unit)).limit(MOST_COUNTED)
    return await unit.session.scalar(select(func.count()).select_from(some.subquery())) or 0
