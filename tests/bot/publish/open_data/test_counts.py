"""What is counted: each public event of a year once, whatever its reporter lets leave beside the number."""

from bot.desk.decisions import incidents
from bot.form.answers import Chosen, Precision, When
from bot.publish.open_data import UNDATED, tally
from bot.reports import claims, withdrawal
from bot.store.unit import UnitOfWork
from db.models import Moderator, Report
from tests.bench import Bench, approve_proposal

DAY = When(Precision.DAY, "2024-03-08", "2024-03-08")


async def approve(
    bench: Bench, unit: UnitOfWork, moderator: Moderator, when: When = DAY, consent: str = "publish_no_names"
) -> Report:
    """A report about a mass arrest, approved with this date."""
    report = (await bench.submit(unit, consent_use=Chosen((consent,)))).report
    await bench.propose(unit, moderator, report, when=when)
    await approve_proposal(unit, moderator, report)
    return report


async def test_each_consent_counts_and_what_was_withdrawn_does_not(bench: Bench) -> None:
    """By the month of the public version, the region and the group of the main violation."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for consent in ("publish_no_names", "share_trusted", "statistics_only"):
            await approve(bench, unit, moderator, consent=consent)
        await withdrawal.withdraw(unit, await approve(bench, unit, moderator))
        await bench.submit(unit)
        found = await tally(unit, 2024)
    assert (found.total, dict(found.months)) == (3, {"03": 3})
    assert (dict(found.regions), dict(found.categories)) == ({"KZ-75": 3}, {"detention": 3})


async def test_an_event_is_of_the_year_in_which_it_began(bench: Bench) -> None:
    """Its end, where no beginning is known; its month is unknown where only the year is told; without a year it is in none."""
    told = (
        When(Precision.RANGE, "2023-12", "2024-02"),
        When(Precision.RANGE, end="2024-04"),
        When(Precision.YEAR, "2024"),
        When(Precision.UNKNOWN),
    )
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for when in told:
            await approve(bench, unit, moderator, when)
        before, year = await tally(unit, 2023), await tally(unit, 2024)
    assert (dict(before.months), dict(year.months)) == ({"12": 1}, {"04": 1, UNDATED: 1})


async def test_reports_of_one_event_are_counted_once(bench: Bench) -> None:
    """Whichever of them may leave."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        first = await approve(bench, unit, moderator, consent="statistics_only")
        second = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, second)
        await incidents.join(unit, moderator, second, first.ref)
        await bench.propose(unit, moderator, second)
        await approve_proposal(unit, moderator, second)
        found = await tally(unit, 2024)
    assert found.total == 1
