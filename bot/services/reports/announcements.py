"""Announcements still due to moderators: new reports, later words of reporters, and returned reports."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, text

from bot.services import vault
from bot.services.reports.states import UNDECIDED, Status
from bot.services.reports.talk import words
from bot.services.unit import Unit
from db.models import Report

MOST_AT_ONCE = 100
ALARM = 1
"""Alarm of an urgent report announced once. See `desk.people.alarms`."""
UNREAD = {Status.NEW, Status.CLAIMED}
"""States in which a reporter's words may be unread. A holder can be asleep too."""


async def waiting(unit: Unit) -> Sequence[str]:
    query = select(Report.id).where(~Report.announced).limit(MOST_AT_ONCE)
    return (await unit.session.scalars(query)).all()


async def told(unit: Unit) -> Sequence[str]:
    """Ids of reports with unannounced later words."""
    query = select(Report.id).where(text("untold")).limit(MOST_AT_ONCE)
    return (await unit.session.scalars(query)).all()


async def take_told(unit: Unit, report_ids: Collection[str]) -> list[Report]:
    """Reports among these with unannounced words, in any state, to announce in this transaction. Empties the
    write-ahead log like `take`."""
    vault.note_erasure(unit)
    found = select(Report).where(Report.id.in_(report_ids), text("untold")).order_by(Report.id)
    reports = list(await unit.session.scalars(found.with_for_update()))
    pressing = await words.pressing(unit, [report for report in reports if report.urgent])
    for report in reports:
        report.untold = False
        if report.id in pressing and report.status in UNREAD:
            _raise(report)
    return reports


def came_back(unit: Unit, report: Report) -> None:
    """Have a report announced that waits again, but not for words of its reporter."""
    report.returned = unit.reported = True


async def returned(unit: Unit) -> Sequence[str]:
    query = select(Report.id).where(text("returned")).limit(MOST_AT_ONCE)
    return (await unit.session.scalars(query)).all()


async def take_returned(unit: Unit, report_ids: Collection[str]) -> list[Report]:
    """Reports among these that still wait, to announce in this transaction."""
    found = select(Report).where(Report.id.in_(report_ids), text("returned")).order_by(Report.id)
    reports = list(await unit.session.scalars(found.with_for_update()))
    for report in reports:
        report.returned = False
        # An approver has opened it.
        if report.status == Status.NEW and not report.approvals:
            _raise(report)
    return [report for report in reports if report.status == Status.NEW]


def _raise(report: Report) -> None:
    if report.urgent:
        report.alarm = report.alarm or ALARM


async def take(unit: Unit, report_ids: Collection[str]) -> list[Report]:
    """Reports among these that are undecided, to announce in this transaction. Empties the write-ahead log,
    which tells of the reporters' chats."""
    vault.note_erasure(unit)
    found = select(Report).where(Report.id.in_(report_ids)).order_by(Report.id)
    reports = list(await unit.session.scalars(found.with_for_update()))
    for report in reports:
        report.announced = True
        if report.status == Status.NEW:
            _raise(report)
    return [report for report in reports if report.status in UNDECIDED]
