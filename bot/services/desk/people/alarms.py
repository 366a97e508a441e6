"""Alarms: an urgent report that nobody opens, or of which nobody reads what its reporter told since, is passed on to all who may read it,
then to administrators.

How far it was passed on stands with the report; since when it waits is remembered by whoever watches, in memory alone, so that the
database holds no minute of a report. A bot that starts anew begins to count anew."""

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
    """Who was told of an urgent report that nobody has opened yet, or of which nobody has read all."""

    NONE = 0
    """It is not urgent, was opened and read, or everybody was told."""
    SOME = ALARM
    """Whoever might be disturbed when it came."""
    ALL = 2
    """All who may read it."""


async def standing(unit: Unit) -> Mapping[str, Alarm]:
    """How far the urgent reports that nobody has opened were passed on, by their ids. An index holds no others."""
    query = select(Report.id, Report.alarm).where(text(HAS_ALARM)).limit(MOST_AT_ONCE)
    return {report_id: Alarm(min(alarm, Alarm.ALL)) for report_id, alarm in await unit.session.execute(query)}


async def take(unit: Unit, report_ids: Collection[str]) -> Sequence[tuple[Report, Alarm]]:
    """Those of them that still nobody has opened or read, each with whom to tell now, with this transaction: ALL, or, when all were told,
    NONE, which is for administrators."""
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
