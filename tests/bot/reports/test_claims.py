"""Claims: who holds a report and for how long, how it is found, and who gives it back."""

import asyncio

import pytest
from sqlalchemy import select

from bot.app import retention
from bot.desk.decisions import service as decisions_service
from bot.desk.publishing import service as publishing_service
from bot.desk.queue.service import QUEUE, Count, numbers
from bot.errors import Refusal
from bot.reports import claims, reading, withdrawal
from bot.reports.states import Status
from bot.store import drafting
from bot.store.unit import UnitOfWork
from db.models import AuditEntry, Moderator, Report
from tests.bench import Bench, approve_proposal, opens


async def test_of_two_moderators_who_claim_at_once_one_wins(bench: Bench) -> None:
    """The other is told who holds the report."""
    async with bench.write() as unit:
        both = [await bench.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        ref = (await bench.submit(unit)).report.ref
    begun = asyncio.Barrier(2) if not bench.database.is_sqlite else None

    async def claim(moderator: Moderator) -> str:
        async with bench.write() as unit:
            await claims.held_by(unit, moderator)
            if begun is not None:  # both transactions are under way before either looks for the report
                await begun.wait()
            report = await claims.find(unit, ref)
            try:
                await claims.claim(unit, moderator, report)
            except Refusal as refusal:
                return f"{refusal.key} {refusal.arguments['alias']}"
            return "won"

    if begun is not None:
        bench.database._lock = _NoLock()  # type: ignore[assignment] # as if two copies of the bot ran
    results = await asyncio.gather(*(claim(moderator) for moderator in both))
    winner = both[results.index("won")]
    assert sorted(results) == [f"moderator.held {winner.alias}", "won"]
    async with bench.read() as unit:
        assert (await claims.look_up(unit, ref)).moderator_id == winner.id


class _NoLock:
    async def __aenter__(self) -> None:
        """Let everybody in."""

    async def __aexit__(self, *_: object) -> None:
        """Let everybody out."""


async def test_a_claim_ends_after_its_hours(bench: Bench) -> None:
    """It counts as waiting, another may claim it, and the edit of who held it is destroyed."""
    async with bench.write() as unit:
        first, second = [await bench.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        report = (await bench.submit(unit)).report
        await claims.claim(unit, first, report)
        edit = await publishing_service.begin(unit, first, report, None)
        drafting.save(unit, edit)
        key_id = edit.row.data_key_id
    bench.later(bench.settings.claim_hours - 1)
    async with bench.write() as unit:
        with pytest.raises(Refusal, match=r"moderator\.held"):
            await claims.take(unit, second, report.ref)
        assert await numbers(unit, [QUEUE], None) == [Count(0)]
    bench.later(1)
    async with bench.write() as unit:
        assert await numbers(unit, [QUEUE], None) == [Count(1)]
        taken = await claims.take(unit, second, report.ref)
        assert taken.moderator_id == second.id
        assert await opens(unit, key_id) == [False]
        with pytest.raises(Refusal, match=r"moderator\.held"):
            await claims.take(unit, first, report.ref)


async def test_holding_on_makes_a_claim_longer(bench: Bench) -> None:
    """Who holds a report may claim it again; the audit log has one claim."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        bench.later(5)
        unit.now = bench.now
        await claims.claim(unit, moderator, report)
        assert report.claimed_until_hour == unit.hour + bench.settings.claim_hours
        acts = (await unit.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id))).all()
        assert acts.count("claim") == 1


async def test_only_the_holder_or_an_administrator_releases(bench: Bench) -> None:
    """Another moderator is told who holds it."""
    async with bench.write() as unit:
        first, second = [await bench.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        report = (await bench.submit(unit)).report
        await claims.claim(unit, first, report)
        with pytest.raises(Refusal, match=r"moderator\.held"):
            await claims.release(unit, second, report)
        assert report.status == Status.CLAIMED
        await claims.release(unit, second, report, any_holder=True)
        assert report.status == Status.NEW


async def test_a_reference_is_found_as_people_type_it(bench: Bench) -> None:
    """In any case; an unknown one is refused with what was typed."""
    async with bench.write() as unit:
        report = (await bench.submit(unit)).report
        report.ref = "R01ABC"
        await unit.session.flush()
        for typed in ("r01abc", " ROIABC ", "rolabc"):
            assert (await claims.find(unit, typed)).id == report.id
        with pytest.raises(Refusal, match=r"moderator\.unknown_ref"):
            await claims.find(unit, "R00000")


async def test_a_report_whose_time_is_over_is_not_reopened_for_nothing(bench: Bench) -> None:
    """Nothing of it is left to be read or edited."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        await decisions_service.reject(unit, moderator, report, "spam")
        await withdrawal.erase(unit, [report], public_too=True)
        assert await reading.content_of(unit, report) is None
        with pytest.raises(Refusal, match=r"content\.gone"):
            await claims.reopen(unit, moderator, report)


async def test_a_report_that_was_approved_goes_back_to_where_it_stood(bench: Bench) -> None:
    """Released or after the end of the claim: it is approved since the same hour, and waits for nobody."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = await _approved(bench, unit, moderator)
        since = report.closed_hour
    bench.later(5)
    async with bench.write() as unit:
        report = await claims.find(unit, report.ref)
        await claims.correct(unit, moderator, report)
        await claims.release(unit, moderator, report)
        assert (report.status, report.closed_hour, report.moderator_id) == (Status.APPROVED, since, None)
        await claims.correct(unit, moderator, report)
    bench.later(bench.settings.claim_hours)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["claims"] == 1
        report = await claims.find(unit, report.ref)
        assert (report.status, report.closed_hour, report.moderator_id) == (Status.APPROVED, since, None)
        assert await numbers(unit, [QUEUE], None) == [Count(0)]


async def test_what_an_older_bot_took_up_is_decided_now_once_it_goes_back(bench: Bench) -> None:
    """It did not keep when that was; without an hour the report would stand in no list, and its content for too long."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        reports = [await _approved(bench, unit, moderator) for _ in range(2)]
        for report in reports:
            await claims.correct(unit, moderator, report)
            report.closed_hour = None
        await claims.release(unit, moderator, reports[0])
        assert reports[0].closed_hour == unit.hour
    bench.later(bench.settings.claim_hours)
    async with bench.write() as unit:
        await retention.sweep(unit)
        found = await claims.find(unit, reports[1].ref)
        assert (found.status, found.closed_hour) == (Status.APPROVED, unit.hour)


@pytest.mark.parametrize("left", ["a version", "words", "an edit"])
async def test_an_approved_report_waits_while_something_of_it_is_left_to_do(bench: Bench, left: str) -> None:
    """A version that nobody has approved, what its reporter told and nobody read, or an edit that can still be sent."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = await _approved(bench, unit, moderator)
        await claims.correct(unit, moderator, report)
        if left == "a version":
            await bench.propose(unit, moderator, report)
        elif left == "words":
            report.unread = True
        else:
            drafting.save(unit, await publishing_service.begin(unit, moderator, report, None))
    bench.later(bench.settings.claim_hours)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["claims"] == 1
        report = await claims.find(unit, report.ref)
        assert report.status == Status.NEW
        await claims.claim(unit, moderator, report)
        await claims.release(unit, moderator, report)
        assert report.status == (Status.APPROVED if left == "an edit" else Status.NEW)


async def _approved(bench: Bench, unit: UnitOfWork, moderator: Moderator) -> Report:
    report = (await bench.submit(unit)).report
    await bench.propose(unit, moderator, report)
    await approve_proposal(unit, moderator, report)
    return report
