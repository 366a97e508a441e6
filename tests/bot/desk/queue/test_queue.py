"""Lists: their order, their pages, their counts, what they are narrowed down to, and that they read no more than they show."""

from dataclasses import replace
from datetime import date

import pytest

from bot.desk.decisions import service as decisions_service
from bot.desk.queue import service as queue_service
from bot.desk.queue.service import (
    HELD,
    QUEUE,
    Count,
    Filter,
    ListCursor,
    ReportScope,
    claim_next,
    file_counts,
    mark,
    numbers,
    page,
    read_filter,
)
from bot.form.answers import Answer, Chosen, FileKind, Precision, When
from bot.reports import claims
from bot.reports.states import Status
from bot.store import files
from bot.store.unit import UnitOfWork
from db.models import File, Moderator, Report
from tests.bench import Bench, approve_proposal, statements
from tests.plans import growing, planned

CATEGORIES, REGIONS = ("detention", "assembly", "violence"), ("KZ-75", "KZ-71")


def refs(reports: object) -> list[str]:
    """Their references."""
    return [one.ref for one in reports]  # type: ignore[attr-defined] # a page's, or a list of reports


async def test_the_queue_is_urgent_first_then_oldest(bench: Bench) -> None:
    """With how many there are in each state."""
    made = []
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for urgent in ("no", "no", "yes", "no"):
            made.append((await bench.submit(unit, urgent=Chosen((urgent,)))).report.ref)
            bench.later(2)
            unit.now = bench.now
        await claims.take(unit, moderator, made[3])
    async with bench.read() as unit:
        first = await page(unit, QUEUE, None, 2)
        rest = await page(unit, QUEUE, None, 2, first.after)
        assert await numbers(unit, [QUEUE, HELD], None) == [Count(3), Count(1)]
    assert refs(first.reports) == [made[2], made[0]]
    assert refs(rest.reports) == [made[1]]
    assert [first.before, rest.after] == [None, None]
    assert None not in {first.after, rest.before}


async def test_the_queue_is_walked_through_page_by_page_and_back(bench: Bench) -> None:
    """Each report once, in one order, whichever way; a page begins at a place, so that nothing is passed over when what was
    shown before is taken meanwhile."""
    async with bench.write() as unit:
        for number in range(9):
            await bench.submit(unit, urgent=Chosen(("yes" if number % 3 == 0 else "no",)))
            bench.later(number % 2)
            unit.now = bench.now
        everything = refs((await page(unit, QUEUE, None, 10)).reports)
        assert len(set(everything)) == 9
        pages = [await page(unit, QUEUE, None, 2)]
        while pages[-1].after:
            pages.append(await page(unit, QUEUE, None, 2, pages[-1].after))
        assert [ref for one in pages for ref in refs(one.reports)] == everything
        back = [pages[-1]]
        while back[-1].before:
            back.append(await page(unit, QUEUE, None, 2, back[-1].before, back=True))
        assert refs(back[1].reports) == everything[6:8]
        assert refs(back[-1].reports) == everything[:2]
        moderator = await bench.moderator(unit)
        for ref in everything[:2]:
            await claims.take(unit, moderator, ref)
        following = await page(unit, QUEUE, None, 2, pages[0].after)
        assert refs(following.reports) == everything[2:4]
        first = await page(unit, QUEUE, None, 2, pages[2].before, back=True)
        assert (refs(first.reports), first.moved) == (everything[2:4], False)
        beyond = await page(unit, QUEUE, None, 2, ListCursor(urgent=False, at=9_999_999, ref="Z" * 16))
        assert (refs(beyond.reports), beyond.moved) == (everything[2:4], True)


async def various(bench: Bench, unit: UnitOfWork) -> tuple[Moderator, list[Report]]:
    """A moderator, and two dozen reports of three categories, two regions and four months, a third of them urgent, a few asked,
    held, approved or rejected."""
    moderator, reports = await bench.moderator(unit), list[Report]()
    for number in range(24):
        day = f"2026-{number % 4 + 1:02}-08"
        told: dict[str, Answer] = {
            "category": Chosen((CATEGORIES[number % 3],)),
            "region": Chosen((REGIONS[number % 2],)),
            "urgent": Chosen(("yes" if number % 5 == 0 else "no",)),
            "when": When(Precision.MONTH, day[:7]) if number % 6 == 3 else When(Precision.DAY, day, day),
        }
        report = (await bench.submit(unit, **told)).report
        report.waits = number % 7 == 2
        reports.append(report)
        bench.later(11)
        unit.now = bench.now
    for report in reports[3:22:5]:
        await claims.claim(unit, moderator, report)
    for report in (reports[2], reports[9]):
        report.status = Status.NEEDS_INFO
    for report in (reports[4], reports[11]):
        await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
    await claims.claim(unit, moderator, reports[16])
    await decisions_service.reject(unit, moderator, reports[16], "spam")
    await unit.session.flush()
    return moderator, reports


FILTERS = [
    Filter(scope, category, region, urgent, asked, older, since, until)
    for scope in ReportScope
    for category in ("", "detention")
    for region in ("", "KZ-71")
    for urgent in (False, True)
    for asked in (False, True)
    for older, since, until in ((0, None, None), (5, None, None), (0, date(2026, 2, 1), date(2026, 3, 15)))
]


def _is_wanted(unit: UnitOfWork, wanted: Filter, one: Report, moderator: Moderator) -> bool:
    """The same said by a report's own values."""
    states = {
        ReportScope.WAITING: one.status == "new",
        ReportScope.HELD: one.status == "claimed",
        ReportScope.MINE: one.status == "claimed" and one.moderator_id == moderator.id,
        ReportScope.OPEN: one.status in {"new", "claimed"} or (wanted.asked and one.status == "needs_info"),
        ReportScope.ASIDE: one.status == "needs_info",
        ReportScope.APPROVED: one.status == "approved",
        ReportScope.REJECTED: one.status == "rejected",
        ReportScope.ALL: True,
    }
    begun = f"{one.date_start}-01"[:10]
    return (
        states[wanted.scope]
        and wanted.category in {"", one.category}
        and wanted.region in {"", one.region}
        and (one.urgent or not wanted.urgent)
        and (one.waits or not wanted.asked)
        and unit.hour - one.submitted_hour >= 24 * wanted.older
        and (wanted.since is None or begun >= wanted.since.isoformat())
        and (wanted.until is None or begun <= wanted.until.isoformat())
    )


async def test_every_filter_finds_what_it_says_and_counts_it(bench: Bench) -> None:
    """Page by page, there and back, each report once; and no statement reads or sorts more than is shown."""
    async with bench.write() as unit:
        moderator, reports = await various(bench, unit)
    seen = set[int]()
    async with planned(bench.database) as plans, bench.read() as unit:
        for wanted in FILTERS:
            expected = {one.ref for one in reports if _is_wanted(unit, wanted, one, moderator)}
            assert await numbers(unit, [wanted], moderator) == [Count(len(expected))], wanted
            found = [await page(unit, wanted, moderator, 3)]
            while found[-1].after is not None:
                found.append(await page(unit, wanted, moderator, 3, found[-1].after))
            walked = [ref for one in found for ref in refs(one.reports)]
            assert (sorted(walked), len(walked)) == (sorted(expected), len(expected)), wanted
            for at in range(len(found) - 1, 0, -1):
                before = await page(unit, wanted, moderator, 3, found[at].before, back=True)
                assert refs(before.reports) == refs(found[at - 1].reports), wanted
            seen.add(len(expected))
    assert len(seen) > 8
    assert growing(plans) == [], "\n\n".join(growing(plans))


async def test_the_newest_stand_first_where_nothing_waits(bench: Bench) -> None:
    """What was decided by when it was decided, all by when they were sent, and those of a time by when it happened."""
    async with bench.write() as unit:
        moderator, reports = await various(bench, unit)
        approved = await page(unit, Filter(ReportScope.APPROVED), moderator, 9)
        assert refs(approved.reports) == [reports[11].ref, reports[4].ref] or {
            one.closed_hour for one in approved.reports
        } == {unit.hour}
        all_ = await page(unit, Filter(ReportScope.ALL), moderator, 30)
        assert refs(all_.reports) == refs(reversed(reports))
        by_day = await page(unit, Filter(ReportScope.ALL, since=date(2026, 1, 1)), moderator, 30)
        days = [str(one.date_start) for one in by_day.reports]
        assert days == sorted(days, reverse=True)
        assert len(days) == 24


async def test_what_an_index_does_not_tell_is_looked_up_a_few_rows_at_a_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wants more looks further, from where the page stopped; of how many it is said only how many there are at least."""
    for module in (queue_service, queue_service):
        monkeypatch.setattr(module, "MOST_READ", 5)
    async with bench.write() as unit:
        moderator, reports = await various(bench, unit)
        wanted = Filter(ReportScope.ALL, region="KZ-71", urgent=True)
        expected = refs(one for one in reversed(reports) if one.region == "KZ-71" and one.urgent)
        found = [await page(unit, wanted, moderator, 3)]
        while found[-1].after is not None and len(found) < 9:
            found.append(await page(unit, wanted, moderator, 3, found[-1].after))
        assert [ref for one in found for ref in refs(one.reports)] == expected
        assert found[0].unread
        assert (refs(found[-1].reports), found[-1].unread, found[-1].moved) == ([], False, False)
        (number,) = await numbers(unit, [wanted], moderator)
        assert number.more
        assert 0 < number.least < len(expected)


async def test_a_filter_is_one_word_of_a_button(bench: Bench) -> None:
    """It is read again as it was, by the codes of the form; what no button ever held, or names a choice that is gone, is none."""
    async with bench.read() as unit:
        for wanted in FILTERS:
            assert read_filter(unit, str(wanted)) == wanted
        for forged in (
            "",
            "q",
            "W",
            "wZ",
            "wC",
            "wCabcd",
            "wO",
            "wOzzzzz",
            "wS٣",
            "w-1",
            "wO1.",
            f"wC{mark('KZ-75')}",
        ):
            assert read_filter(unit, forged) is None, forged


async def test_no_two_choices_of_a_form_have_one_mark(bench: Bench) -> None:
    """Of those by which lists are narrowed down."""
    for role in ("category", "region"):
        choices = bench.forms["report"].by_role[role].choices
        assert len({mark(one.name) for one in choices}) == len(choices) > 5


async def test_a_claim_that_is_over_counts_as_new(bench: Bench) -> None:
    """Before the sweep has tidied up; both are counted by one statement."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for _ in range(3):
            report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        assert await numbers(unit, [QUEUE, HELD], moderator) == [Count(2), Count(1)]
    bench.later(bench.settings.claim_hours)
    async with bench.read() as unit, statements(unit) as seen:
        assert await numbers(unit, [QUEUE, HELD], moderator) == [Count(3), Count(0)]
    assert len(seen) == 1


async def test_files_are_counted_for_a_page_by_one_statement(bench: Bench) -> None:
    """By the keys of the reports, whose files share them."""
    async with bench.write() as unit:
        reports = [(await bench.submit(unit)).report for _ in range(3)]
        for number, report in ((1, reports[0]), (2, reports[0]), (3, reports[2])):
            facts = {"attempts": 0, "hour": 1, "kind": FileKind.PHOTO, "meta": b"", "status": files.PENDING}
            unit.session.add(File(id=f"{number:032}", data_key_id=report.data_key_id, **facts))
        await unit.session.flush()
        async with statements(unit) as seen:
            assert await file_counts(unit, reports) == {reports[0].id: 2, reports[2].id: 1}
    assert len(seen) == 1


async def test_neither_a_page_nor_the_counts_nor_the_next_report_read_all_that_waits(bench: Bench) -> None:
    """Whatever the place and the direction: the database walks an index and sorts nothing. What can be chosen is counted from the
    index alone."""
    place = ListCursor(urgent=True, at=400_000, ref="R7K3QV")
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
    async with planned(bench.database) as plans, bench.write() as unit:
        for where in (None, place, replace(place, urgent=False)):
            for back in (False, True):
                await page(unit, QUEUE, moderator, 2, where, back=back)
        assert await claim_next(unit, moderator) is None
        await claims.held_by(unit, moderator)
    asked = [statement for statement, _ in plans if "FROM reports" in statement]
    assert len(asked) > 8
    assert growing(plans) == [], "\n\n".join(growing(plans))
    assert all(
        "ix_reports_queue" in plan for statement, plan in plans if "submitted_hour, reports.ref" in statement
    )


async def test_next_claims_the_first_of_the_queue_until_it_is_empty(bench: Bench) -> None:
    """Each moderator gets another report."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        refs = [(await bench.submit(unit)).report.ref for _ in range(2)]
        taken = [await claim_next(unit, moderator) for _ in range(3)]
    assert {report.ref for report in taken if report is not None} == set(refs)
    assert taken[2] is None
