"""Alarms: an unread urgent report is passed on to all who may read it, then to administrators.

The report holds how far. Only the watching process's memory holds since when, so that the database has no
minute of a report.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import IntEnum

from sqlalchemy import select, text

from bot.services import audit
from bot.services.reports.announcements import ALARM
from bot.services.reports.states import Status
from bot.services.reports.talk import words
from bot.services.unit import Unit
from db.models import HAS_ALARM, Report

MOST_AT_ONCE = 100


class Alarm(IntEnum):
    NONE = 0
    """No alarm, or all were told."""
    SOME = ALARM
    """Members outside their quiet hours."""
    ALL = 2
    """All members who may read it."""


async def standing(unit: Unit) -> Mapping[str, Alarm]:
    """Alarm of each unread urgent report by id."""
    query = select(Report.id, Report.alarm).where(text(HAS_ALARM)).limit(MOST_AT_ONCE)
    return {report_id: Alarm(min(alarm, Alarm.ALL)) for report_id, alarm in await unit.session.execute(query)}


async def take(unit: Unit, report_ids: Collection[str]) -> Sequence[tuple[Report, Alarm]]:
    """Reports still unread, each with the members to tell in this transaction: ALL, or NONE for
    administrators."""
    await audit.begin(unit)
    found = select(Report).where(Report.id.in_(report_ids), text(HAS_ALARM))
    taken = []
    reports = (await unit.session.scalars(found.with_for_update())).all()
    pressing = await words.pressing(unit, [one for one in reports if one.status == Status.CLAIMED])
    for report in sorted(reports, key=lambda one: one.id):
        waits = report.status == Status.NEW or report.id in pressing
        report.alarm = Alarm.ALL if waits and report.alarm == Alarm.SOME else Alarm.NONE
        if waits:
            taken.append((report, Alarm(report.alarm)))
    codes = {Alarm.ALL: "all", Alarm.NONE: "admins"}
    await audit.record_all(
        unit, audit.SYSTEM, "alarm", [(report.ref, codes[alarm]) for report, alarm in taken]
    )
    return taken
