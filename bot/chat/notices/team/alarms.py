"""Alarms for urgent reports that stay unopened for minutes, or whose additions their holder has not read:
first to all reviewers, despite their preferences, then to administrators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.chat.notices.team import to_group
from bot.chat.notices.unasked import say
from bot.chat.screens.renderer import ActButtons, Renderer, act_button
from bot.chat.transport.sending.outbox import Outbox
from bot.form.screen import ButtonRole, Key
from bot.services.desk import claims
from bot.services.desk.people import alarms, team
from bot.services.desk.people.alarms import Alarm
from bot.services.unit import Unit
from db.models import Moderator, Report


@dataclass(slots=True)
class Waits:
    """Times at which this process first saw each alarm in its present state."""

    _since: dict[tuple[str, Alarm], datetime] = field(default_factory=dict)

    def over(self, standing: Mapping[str, Alarm], now: datetime, minutes: int) -> Sequence[str]:
        """Ids of reports with alarms that have stood for `minutes`. A clock that is set back restarts the
        count."""
        before = self._since
        self._since = {one: min(before.get(one, now), now) for one in standing.items()}
        long = timedelta(minutes=minutes)
        return [report_id for (report_id, _), since in self._since.items() if now - since >= long]


async def owe(renderer: Renderer, unit: Unit, outbox: Outbox, report_ids: Sequence[str]) -> None:
    """Enqueue due alarms, with a sound at any hour."""
    taken = await alarms.take(unit, report_ids)
    await to_group.notify(renderer, unit, outbox, [report for report, _ in taken])
    reviewers = await team.reviewers(unit) if taken else ()
    for report, alarm in taken:
        holder = next((one for one in reviewers if claims.holds(unit, one, report)), None)
        said = _said(unit, report, alarm, holder)
        for member in reviewers if alarm is Alarm.ALL else await team.admins(unit):
            rows = _rows(report, member, holder)
            say(renderer, unit, outbox, member, said, rows=rows, report_id=report.id, aloud=True)


def _said(unit: Unit, report: Report, alarm: Alarm, holder: Moderator | None) -> Key:
    state = "unopened" if holder is None else "unread"
    to_all = alarm is Alarm.ALL
    minutes = unit.settings.urgent_minutes * (1 if to_all else 2)
    held = {} if holder is None else {"alias": holder.alias}
    key = f"moderator.notice.{state}" if to_all else f"moderator.notice.still_{state}"
    return Key(key, {"ref": report.ref, "minutes": minutes, **held})


def _rows(report: Report, member: Moderator, holder: Moderator | None) -> ActButtons:
    """Buttons for a member: only the holder can open a report, and only administrators can release it."""
    if holder is None or member is holder:
        return [[act_button("moderator.open", "mopen", report.ref, role=ButtonRole.ONWARD)]]
    return (
        [[act_button("moderator.release", "mrelease", report.ref, holder.id[:8])]]
        if member.role == team.ADMIN
        else []
    )
