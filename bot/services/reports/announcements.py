"""Announcements: of which reports, of which later words of reporters, and of which reports that came back into the queue the moderators
have not been told yet."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, text

from bot.services import vault
from bot.services.reports.states import UNDECIDED, Status
from bot.services.reports.talk import words
from bot.services.unit import Unit
from db.models import Report

MOST_AT_ONCE = 100
ALARM = 1
"""The alarm of an urgent report of which moderators were told once; see `desk.people.alarms`."""
UNREAD = {Status.NEW, Status.CLAIMED}
"""The states in which what a reporter told may be unread: a holder can be asleep too."""


async def waiting(unit: Unit) -> Sequence[str]:
    """The ids of reports that nobody was told of."""
    query = select(Report.id).where(~Report.announced).limit(MOST_AT_ONCE)
    return (await unit.session.scalars(query)).all()


async def told(unit: Unit) -> Sequence[str]:
    """The ids of reports whose reporters have told more, which nobody has seen or was told of."""
    query = select(Report.id).where(text("untold")).limit(MOST_AT_ONCE)
    return (await unit.session.scalars(query)).all()


async def take_told(unit: Unit, report_ids: Collection[str]) -> list[Report]:
    """Those of them of which that is still so, whatever was decided, to be told with this transaction; as for `take`."""
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
    """A report waits again, and not because its reporter told more: whoever can take it is told."""
    report.returned = unit.reported = True


async def returned(unit: Unit) -> Sequence[str]:
    """The ids of reports that came back, which nobody has taken or was told of."""
    query = select(Report.id).where(text("returned")).limit(MOST_AT_ONCE)
    return (await unit.session.scalars(query)).all()


async def take_returned(unit: Unit, report_ids: Collection[str]) -> list[Report]:
    """Those of them that still wait, to be told with this transaction."""
    found = select(Report).where(Report.id.in_(report_ids), text("returned")).order_by(Report.id)
    reports = list(await unit.session.scalars(found.with_for_update()))
    for report in reports:
        report.returned = False
        # Who approves it has opened it.
        if report.status == Status.NEW and not report.approvals:
            _raise(report)
    return [report for report in reports if report.status == Status.NEW]


def _raise(report: Report) -> None:
    """An urgent report that nobody has opened, or of which nobody has read what its reporter told, is passed on until somebody does. An
    alarm that stands goes on as it was."""
    if report.urgent:
        report.alarm = report.alarm or ALARM


async def take(unit: Unit, report_ids: Collection[str]) -> list[Report]:
    """Those of them that are still undecided, to be announced with this transaction. The write-ahead log is emptied after
    it: there what was written of their chats since stands before it."""
    vault.note_erasure(unit)
    found = select(Report).where(Report.id.in_(report_ids)).order_by(Report.id)
    reports = list(await unit.session.scalars(found.with_for_update()))
    for report in reports:
        report.announced = True
        if report.status == Status.NEW:
            _raise(report)
    return [report for report in reports if report.status in UNDECIDED]
