"""The figures of the last weeks and months, on both databases."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.desk.decisions import service as decisions_service
from bot.desk.queue.service import QUEUE, numbers
from bot.form.answers import Chosen
from bot.publish.statistics import STANDINGS, Delays, PeriodLength, Span, Standing, figures
from bot.reports import claims, withdrawal
from bot.reports.states import Status
from db.models import Moderator, Report
from tests.bench import Bench, approve_proposal
from tests.plans import planned

ALMATY = ZoneInfo("Asia/Almaty")
APPROVED, WAITING, REJECTED, OVER = (
    Standing.APPROVED,
    Standing.WAITING,
    Standing.REJECTED,
    Standing.OVER,
)


def test_weeks_begin_on_mondays_and_the_last_is_todays() -> None:
    """Wednesday the 25th of November; twelve weeks of it, and twelve months across the turn of the year."""
    now = datetime(2026, 11, 25, 10, 20, tzinfo=ALMATY)
    weeks, months = Span.until(now, PeriodLength.WEEKS, ALMATY), Span.until(now, PeriodLength.MONTHS, ALMATY)
    assert (weeks.days[0], weeks.days[-2:], len(weeks.days)) == (
        date(2026, 9, 7),
        [date(2026, 11, 16), date(2026, 11, 23)],
        12,
    )
    assert (months.days[0], months.days[1], months.days[-1]) == (
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 11, 1),
    )
    assert months.hours[-1] * 3600 == datetime(2026, 11, 1, tzinfo=ALMATY).timestamp()


def test_a_zone_off_by_half_an_hour_gives_the_hour_of_midnight_to_the_day_before() -> None:
    """India's midnights are at half past six in the evening (UTC)."""
    zone = ZoneInfo("Asia/Kolkata")
    span = Span.until(datetime(2026, 11, 25, tzinfo=zone), PeriodLength.MONTHS, zone)
    assert span.hours[-1] * 3600 == datetime(2026, 11, 1, 0, 30, tzinfo=zone).timestamp()


def test_delays_by_rank_and_band() -> None:
    """Ten reports: half within 5 hours, nine in ten within 100, and the ends of bands belong to the next."""
    delays = Delays({1: 2, 5: 3, 24: 1, 100: 3, 720: 1})
    assert (delays.number, delays.longest, delays.within(5), delays.within(9)) == (10, 720, 5, 100)
    assert list(delays.bands) == [5, 1, 3, 0, 0, 1]
    assert (Delays().within(5), Delays().longest, sum(Delays().bands)) == (0, 0, 0)
    assert (Delays({1: 2}) + Delays({1: 1, 9: 1})).counts == {1: 3, 9: 1}


def test_every_state_is_counted_somewhere() -> None:
    """A state that is added has to be given a place."""
    assert set(STANDINGS) == set(Status)


async def sent(bench: Bench, number: int = 1, **told: str) -> Sequence[Report]:
    """Reports with these answers, by role."""
    async with bench.write() as unit:
        answers = {role: Chosen((code,)) for role, code in told.items()}
        return [(await bench.submit(unit, **answers)).report for _ in range(number)]


async def test_figures_count_what_was_sent_in_the_span(bench: Bench) -> None:
    """By the week in which it was sent and where it stands now, by category and region without what was rejected or withdrawn,
    and how long decisions took."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
    await sent(bench, category="violence")  # before the span
    bench.later(13 * 7 * 24)
    approved, rejected = await sent(bench, 2, region="KZ-71")
    bench.later(7 * 24)
    (withdrawn,) = await sent(bench)
    await sent(bench, 2, urgent="yes", category="violence")
    bench.later(3)
    await decide(bench, moderator, approved, rejected, withdrawn)
    async with bench.read() as unit:
        found = await figures(unit, PeriodLength.WEEKS)
    assert list(found.periods[-2:]) == [{APPROVED: 1, REJECTED: 1}, {OVER: 1, WAITING: 2}]
    assert found.total == {WAITING: 2, APPROVED: 1, REJECTED: 1, OVER: 1}
    assert found.categories == {"detention": {APPROVED: 1}, "violence": {WAITING: 2}}
    assert found.regions == {"KZ-71": {APPROVED: 1}, "KZ-75": {WAITING: 2}}
    assert (found.approved_after.counts, found.rejected_after.counts) == ({171: 1}, {171: 1})
    assert (found.undecided.urgent.counts, found.undecided.others.counts) == ({3: 2}, {14 * 7 * 24 + 3: 1})
    assert (found.undecided.number, found.undecided.oldest) == (3, 14 * 7 * 24 + 3)


async def test_reports_without_a_decision_are_told_apart_by_where_they_stand(bench: Bench) -> None:
    """In the queue, as /queue counts it, in somebody's hands, and set aside; they add up to all that are undecided. A claim whose
    hours are over is in the queue."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
    over, held, aside, _ = await sent(bench, 4)
    await hold(bench, moderator, over)
    bench.later(bench.settings.claim_hours)
    await hold(bench, moderator, held, aside)
    async with bench.write() as unit:
        asked = await claims.find(unit, aside.ref)
        asked.waits = True
        await decisions_service.set_aside(unit, await unit.session.merge(moderator), asked)
    async with bench.read() as unit:
        found = (await figures(unit, PeriodLength.WEEKS)).undecided
        (queued,) = await numbers(unit, [QUEUE], moderator)
    assert (found.queued, found.held, found.aside, found.number) == (2, 1, 1, 4)
    assert str(queued) == str(found.queued)


async def hold(bench: Bench, moderator: Moderator, *reports: Report) -> None:
    """Have the moderator claim these."""
    async with bench.write() as unit:
        for one in reports:
            await claims.claim(unit, await unit.session.merge(moderator), await claims.find(unit, one.ref))


async def decide(bench: Bench, moderator: Moderator, *reports: Report) -> None:
    """Approve the first, reject the second, have the third withdrawn."""
    async with bench.write() as unit:
        mine = await unit.session.merge(moderator)
        approved, rejected, withdrawn = [await claims.find(unit, report.ref) for report in reports]
        await bench.propose(unit, mine, approved)
        await approve_proposal(unit, mine, approved)
        await claims.claim(unit, mine, rejected)
        await decisions_service.reject(unit, mine, rejected, "spam")
        await withdrawal.withdraw(unit, withdrawn)


@pytest.mark.parametrize("step", list(PeriodLength))
async def test_figures_are_read_from_ranges_of_indexes(bench: Bench, step: PeriodLength) -> None:
    """Six queries: what was sent is counted from an index, on SQLite without a look at any report, what is undecided from those of the queue and of what is set aside."""
    async with planned(bench.database) as plans, bench.read() as unit:
        found = await figures(unit, step)
    assert found.total == dict.fromkeys(Standing, 0)
    assert len(plans) == 6
    counted = [plan for _, plan in plans if not re.search("ix_reports_(queue|set_aside)", plan)]
    assert len(counted) == 4
    if bench.database.is_sqlite:
        within = "COVERING INDEX ix_reports_statistics (submitted_hour>?)"
        assert [plan for plan in counted if within not in plan] == []
    else:  # which of those that stand in that order it takes is its own choice
        ranges = re.compile(r"on ix_reports_|using ix_reports_")
        assert [plan for plan in counted if not ranges.search(plan) or "Index Cond" not in plan] == []
    assert "Seq Scan" not in str(plans)
