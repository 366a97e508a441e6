"""A demo opens with a desk on which there is something to do, and something of everything that a team does."""

import csv
import io
from collections import Counter
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from bot.app.work import Work
from bot.demo.backfill import STOCK, stock
from bot.demo.people import COLLEAGUE, MODERATOR
from bot.desk.card import service as card_service
from bot.desk.decisions import incidents
from bot.desk.people import service as people_service
from bot.desk.publishing import service as publishing_service
from bot.publish.export import exports
from bot.publish.export.request import ExportRequest
from bot.reports import approvals
from bot.reports.states import Status
from bot.store import audit
from bot.store.unit import UnitOfWork
from db.models import AuditEntry, Report


async def reports_of(unit: UnitOfWork) -> Sequence[Report]:
    """All reports, in the order in which they came."""
    return (await unit.session.scalars(select(Report).order_by(Report.submitted_hour))).all()


async def test_each_list_has_something(work: Work) -> None:
    """What waits is of several categories and regions, urgent and not; each of two people holds one, with a note; one waits for its
    reporter, one has an answer; others are approved under every consent, and one is rejected."""
    await stock(work, "ru")
    async with work.read() as unit:
        reports = await reports_of(unit)
        assert Counter(report.status for report in reports) == {
            Status.NEW: 7, Status.CLAIMED: 2, Status.NEEDS_INFO: 1, Status.APPROVED: 5, Status.REJECTED: 1,
        }  # fmt: skip
        waiting = [report for report in reports if report.status == Status.NEW]
        assert len({report.category for report in waiting}) >= 4
        assert len({report.region for report in waiting}) >= 4
        assert [report.urgent for report in waiting].count(True) == 1
        assert [report.unread for report in waiting].count(True) == 1
        held = [report for report in reports if report.status == Status.CLAIMED]
        hashes = [unit.safe.pseudonyms.chat(user_id) for user_id in (MODERATOR, COLLEAGUE)]
        assert {report.moderator_id for report in held} == {
            one.id for one in (await people_service.of_chats(unit, hashes)).values()
        }
        noted = [await card_service.notes_of(unit, report) for report in held]
        assert sorted((len(one.notes), len(one.checks)) for one in noted) == [(0, 0), (1, 1)]
        approved = {report.consent_use for report in reports if report.status == Status.APPROVED}
        assert approved == {"publish_no_names", "share_trusted", "statistics_only"}
        assert await audit.broken_at(unit) is None


async def test_two_are_of_one_event_and_an_urgent_one_of_the_same_day_and_place(work: Work) -> None:
    """So that one can look for what is alike, and join the third."""
    await stock(work, "ru")
    async with work.read() as unit:
        [(incident, number)], _ = await incidents.newest(unit, 5)
        joined = await incidents.reports_of(unit, incident)
        assert len(joined) == number == 2
        urgent = next(report for report in await reports_of(unit) if report.urgent)
        assert {(one.region, one.date_start) for one in (*joined, urgent)} == {
            (urgent.region, urgent.date_start)
        }
        assert urgent.incident_id is None


async def test_names_take_two_approvals(work: Work) -> None:
    """One waits for the second; where somebody is named in what is approved, two have approved it."""
    await stock(work, "ru")
    async with work.read() as unit:
        [waiting] = [report for report in await reports_of(unit) if report.approvals]
        assert (waiting.status, waiting.approvals) == (Status.NEW, 1)
        votes = await approvals.votes(unit, [waiting])
        assert [one.alias for one in votes[waiting.id].given] == ["Aspan"]
        acts = (
            await unit.session.execute(
                select(AuditEntry.act, AuditEntry.actor, AuditEntry.subject).order_by(AuditEntry.id)
            )
        ).all()
        endorsed = {ref: actor for act, actor, ref in acts if act == "endorse" and ref != waiting.ref}
        approved = {ref: actor for act, actor, ref in acts if act == "approve"}
        assert len(endorsed) >= 2
        assert all(approved[ref] != actor for ref, actor in endorsed.items())


async def test_the_export_has_what_may_leave(work: Work) -> None:
    """Three records for the public: the others may be counted, or shared encrypted."""
    await stock(work, "ru")
    content = b"".join([piece async for piece in exports.stream(work.read, ExportRequest.read("csv"))])
    async with work.read() as unit:
        reports = await reports_of(unit)
    leaving = {
        report.ref
        for report in reports
        if report.status == Status.APPROVED and report.consent_use == "publish_no_names"
    }
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert {row["id"] for row in rows} == leaving
    assert len(leaving) == 3


async def test_translators_find_what_lacks_kazakh(work: Work) -> None:
    """The public records stand in Russian and English already."""
    await stock(work, "ru")
    async with work.read() as unit:
        found = await publishing_service.untranslated(unit, 9)
    assert [(bool(one.title), bool(one.summary), one.languages) for one in found] == [
        (True, True, ["kk"])
    ] * 3


async def test_it_is_made_once(work: Work) -> None:
    """A folder that has reports keeps what it has."""
    await stock(work, "ru")
    await stock(work, "ru")
    async with work.read() as unit:
        assert len(await reports_of(unit)) == len(STOCK)


async def test_it_needs_two_who_may_approve(work: Work) -> None:
    """And leaves nothing behind where they are not there."""
    async with work.write() as unit:
        await people_service.revoke(unit, "Aspan")
    with pytest.raises(LookupError):
        await stock(work, "ru")
    async with work.read() as unit:
        assert await reports_of(unit) == []
