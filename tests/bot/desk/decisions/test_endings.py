"""Reports that are set aside, repeat another or are withdrawn by a moderator: nothing is lost on the way."""

import pytest
from sqlalchemy import select

from bot.app import retention
from bot.desk.asking import service as asking_service
from bot.desk.decisions import service as decisions_service
from bot.desk.decisions.service import candidates
from bot.desk.queue.service import claim_next
from bot.errors import Refusal
from bot.reports import claims, links, withdrawal
from bot.reports.states import Status
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import Sign
from bot.store.unit import HOURS_A_DAY
from db.models import AuditEntry
from tests.bench import Bench, approve_proposal, opens


async def test_what_needs_information_waits_outside_the_queue_and_comes_back(bench: Bench) -> None:
    """By whatever the reporter says, and after its days where nothing is said; anybody can take it up before. Without a question there
    is nothing to wait for."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        with pytest.raises(Refusal, match=r"aside\.ask_first"):
            await decisions_service.set_aside(unit, moderator, report)
        await asking_service.ask_ready(unit, moderator, report, "when")
        await decisions_service.set_aside(unit, moderator, report)
        assert await claim_next(unit, moderator) is None
        await claims.claim(unit, moderator, report)
        await decisions_service.set_aside(unit, moderator, report)
        await talk_service.sign(unit, report, Sign.SKIPPED)
        assert await claim_next(unit, moderator) is report
        report.waits = True
        await decisions_service.set_aside(unit, moderator, report)
    bench.later(bench.settings.talk_days * HOURS_A_DAY - 1)
    async with bench.write() as unit:
        await retention.sweep(unit)
        assert await claim_next(unit, moderator) is None
    bench.later(1)
    async with bench.write() as unit:
        assert (await retention.sweep(unit))["set_aside"] == 1
        taken = await claim_next(unit, moderator)
        assert taken is not None
        assert taken.ref == report.ref


async def test_a_duplicate_is_kept_for_as_long_as_it_may_be_all_that_is_left(bench: Bench) -> None:
    """Candidates are those of the same region and day, and what one holds. Nothing repeats itself or what is closed. When the other
    is withdrawn, what is not destroyed yet is in the queue again."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        original, repeated, erased = [(await bench.submit(unit)).report for _ in range(3)]
        far = (await bench.submit(unit, region=None)).report
        for report in (original, repeated, erased):
            await claims.claim(unit, moderator, report)
        found = {one.ref for one in await candidates(unit, moderator, repeated)}
        assert found == {original.ref, erased.ref}
        await claims.claim(unit, moderator, far)
        assert far.ref in {one.ref for one in await candidates(unit, moderator, repeated)}
        version = await bench.propose(unit, moderator, repeated)
        await approve_proposal(unit, moderator, repeated)
        await claims.correct(unit, moderator, repeated)
        with pytest.raises(Refusal, match=r"duplicate\.itself"):
            await decisions_service.close_as_duplicate(unit, moderator, repeated, repeated.ref)
        for one in (repeated, erased):
            await decisions_service.close_as_duplicate(unit, moderator, one, original.ref.lower())
        assert (version.current, repeated.status, repeated.reject_reason) == (False, "rejected", "duplicate")
        assert (await links.of_report(unit, original)).duplicates == tuple(sorted([repeated.ref, erased.ref]))
        with pytest.raises(Refusal, match=r"duplicate\.gone"):
            await decisions_service.close_as_duplicate(unit, moderator, far, repeated.ref)
        await withdrawal.erase(unit, [erased], public_too=True)
        await withdrawal.withdraw(unit, original)
        await unit.session.flush()
        assert [one.status for one in (original, repeated, erased)] == ["withdrawn", "new", "rejected"]
        assert (repeated.duplicate_of, repeated.reject_reason, repeated.closed_hour) == (None, None, None)
        assert await opens(unit, repeated.data_key_id) == [True]


async def test_a_moderator_withdraws_what_they_hold_and_few_on_a_day(bench: Bench) -> None:
    """All of it is destroyed, with who did it and why in the log; the fourth of a day is refused, until the day is over."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        reports = [(await bench.submit(unit)).report for _ in range(decisions_service.MOST_A_DAY + 1)]
        key_id = reports[0].data_key_id
        with pytest.raises(Refusal, match=r"is_new"):
            await decisions_service.withdraw(unit, moderator, reports[0], "asked")
        for report in reports:
            await claims.claim(unit, moderator, report)
        with pytest.raises(Refusal, match=r"tap\.stale"):
            await decisions_service.withdraw(unit, moderator, reports[0], "boring")
        for report in reports[:-1]:
            await decisions_service.withdraw(unit, moderator, report, "danger")
        assert await opens(unit, key_id) == [False]
        with pytest.raises(Refusal, match=r"withdraw\.enough"):
            await decisions_service.withdraw(unit, moderator, reports[-1], "asked")
        assert reports[-1].status == Status.CLAIMED
        unit.now = bench.now = bench.now.replace(day=bench.now.day + 1)
        await claims.claim(unit, moderator, reports[-1])
        await decisions_service.withdraw(unit, moderator, reports[-1], "asked")
        told = select(AuditEntry.actor, AuditEntry.detail).where(AuditEntry.act == "withdraw")
        rows = [tuple(row) for row in await unit.session.execute(told.order_by(AuditEntry.id))]
    assert rows == [("Aspan", "danger")] * decisions_service.MOST_A_DAY + [("Aspan", "asked")]
