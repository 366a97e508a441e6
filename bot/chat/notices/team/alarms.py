"""An urgent report that nobody has opened for some minutes: all who may read it are told, whatever they wish, then administrators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.chat.notices.team import to_group
from bot.chat.notices.unasked import say
from bot.chat.screens.renderer import Renderer, act_button
from bot.chat.transport.sending.outbox import Outbox
from bot.form.screen import ButtonRole, Key
from bot.services.desk.people import alarms, team
from bot.services.desk.people.alarms import Alarm
from bot.services.unit import Unit


@dataclass(slots=True)
class Waits:
    """Since when this process has seen each alarm stand as it does."""

    _since: dict[tuple[str, Alarm], datetime] = field(default_factory=dict)

    def over(self, standing: Mapping[str, Alarm], now: datetime, minutes: int) -> Sequence[str]:
        """The reports whose alarms have stood for so many minutes. What stands no more is forgotten; a clock that was put back begins
        anew."""
        before = self._since
        self._since = {one: min(before.get(one, now), now) for one in standing.items()}
        long = timedelta(minutes=minutes)
        return [report_id for (report_id, _), since in self._since.items() if now - since >= long]


async def owe(renderer: Renderer, unit: Unit, outbox: Outbox, report_ids: Sequence[str]) -> None:
    """Owe what is to be told of these reports, if still nobody has opened them. It comes with a sound at any hour."""
    taken = await alarms.take(unit, report_ids)
    await to_group.notify(renderer, unit, outbox, [report for report, _ in taken])
    for report, alarm in taken:
        to_all = alarm is Alarm.ALL
        members = await (team.reviewers(unit) if to_all else team.admins(unit))
        minutes = unit.settings.urgent_minutes * (1 if to_all else 2)
        key = "moderator.notice.unopened" if to_all else "moderator.notice.still_unopened"
        said = Key(key, {"ref": report.ref, "minutes": minutes})
        rows = [[act_button("moderator.open", "mopen", report.ref, role=ButtonRole.ONWARD)]]
        for member in members:
            say(renderer, unit, outbox, member, said, rows=rows, report_id=report.id, aloud=True)
