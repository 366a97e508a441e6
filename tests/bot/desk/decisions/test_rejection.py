"""Rejection, with a reason, by whoever holds the report."""

import pytest

from bot.desk.decisions import service as decisions_service
from bot.errors import Refusal
from bot.reports import claims
from tests.bench import Bench, approve_proposal, opens, public


async def test_a_rejected_report_is_public_no_more(bench: Bench) -> None:
    """With its reason; an unknown reason is refused, and so is who does not hold it."""
    async with bench.write() as unit:
        moderator, other = [await bench.moderator(unit, alias) for alias in ("Aspan", "Teniz")]
        report = (await bench.submit(unit)).report
        version = await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        key_id = version.data_key_id
        await claims.correct(unit, moderator, report)
        with pytest.raises(Refusal, match=r"reject\.reason"):
            await decisions_service.reject(unit, moderator, report, "boring")
        with pytest.raises(Refusal, match=r"not_held"):
            await decisions_service.reject(unit, other, report, "duplicate")
        await decisions_service.reject(unit, moderator, report, "duplicate")
        assert (report.reject_reason, await public(unit, report)) == ("duplicate", None)
        assert await opens(unit, key_id, report.data_key_id) == [False, True]
