"""Whoever changes what several work on takes the log first and rows after it, so that PostgreSQL has no deadlock to end."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.app import retention
from bot.desk.decisions import service as decisions_service
from bot.desk.people import service as people_service
from bot.desk.sharing import service as sharing_service
from bot.errors import Refusal
from bot.reports import claims
from bot.reports.states import Status
from bot.reports.talk import service as talk_service
from bot.reports.talk.messages import Sign
from bot.store import audit
from bot.store.unit import HOURS_A_DAY, UnitOfWork
from db.models import Moderator, Report
from tests.bench import Bench

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
Step = Callable[[UnitOfWork], Awaitable[object]]


async def crossing(bench: Bench, begun: Step, then: Step) -> None:
    """A transaction has the log when another copy of the bot does `begun`, and once that waits it does `then`."""
    async with bench.write() as unit:
        await audit.begin(unit)
        other = asyncio.create_task(bench.beside(begun))
        async with asyncio.timeout(30):
            while not await bench.waiting():  # noqa: ASYNC110 - a lock has no event
                await asyncio.sleep(0.01)
        await then(unit)
    await other


async def claimed(bench: Bench) -> tuple[Moderator, Report]:
    """A report that somebody holds."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
    return moderator, report


async def test_a_sweep_ends_claims_while_one_is_prolonged(bench: Bench) -> None:
    """The report is held on, and nothing of the claim is ended."""
    moderator, report = await claimed(bench)
    bench.later(bench.settings.claim_hours)
    await crossing(
        bench,
        lambda unit: retention.STEPS["claims"].act(unit, [report.id]),
        lambda unit: claims.take(unit, moderator, report.ref),
    )
    async with bench.read() as unit:
        assert claims.holds(unit, moderator, await claims.look_up(unit, report.ref))


async def test_a_sweep_destroys_what_was_rejected_while_it_is_reopened(bench: Bench) -> None:
    """Then it is not destroyed."""
    moderator, report = await claimed(bench)
    async with bench.write() as unit:
        await decisions_service.reject(unit, moderator, await claims.find(unit, report.ref), "spam")
    bench.later(HOURS_A_DAY * bench.settings.rejected_days + 1)

    async def reopen(unit: UnitOfWork) -> None:
        await claims.reopen(unit, moderator, await claims.find(unit, report.ref))

    await crossing(bench, lambda unit: retention.STEPS["rejected"].act(unit, [report.id]), reopen)
    async with bench.read() as unit:
        found = await claims.look_up(unit, report.ref)
        assert (found.status, found.data_key_id) == (Status.CLAIMED, report.data_key_id)


async def test_a_reporter_tells_more_while_the_report_is_opened(bench: Bench) -> None:
    """Neither waits for the other for ever: it is held, and urgent."""
    moderator, report = await claimed(bench)

    async def tell(unit: UnitOfWork) -> None:
        await talk_service.sign(unit, await unit.session.get_one(Report, report.id), Sign.URGENT)

    await crossing(bench, tell, lambda unit: claims.take(unit, moderator, report.ref))
    async with bench.read() as unit:
        found = await claims.look_up(unit, report.ref)
        assert (found.urgent, found.unread, claims.holds(unit, moderator, found)) == (True, True, True)


async def test_a_request_to_share_is_confirmed_while_its_administrator_is_revoked(bench: Bench) -> None:
    """It is void, which whoever confirms it is told."""
    async with bench.write() as unit:
        asker, other = [
            await bench.moderator(unit, alias, people_service.ADMIN) for alias in ("Aspan", "Bota")
        ]
        row = await sharing_service.begin(unit, asker, "trusted:csv::")
        await sharing_service.ask(unit, asker, row, "A court asks for it")

    async def confirm(unit: UnitOfWork) -> None:
        with pytest.raises(Refusal, match=r"sharing\.gone"):
            await sharing_service.confirm(unit, other, row.id)

    await crossing(bench, confirm, lambda unit: people_service.revoke(unit, "Aspan", "Bota"))
