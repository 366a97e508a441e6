"""Public versions: what is public stays so until another takes its place."""

from bot.reports import claims
from tests.bench import Bench, approve_proposal, opens, public


async def test_what_is_public_stays_until_a_new_version_takes_its_place(bench: Bench) -> None:
    """Reopening and proposing change nothing in public; approval destroys the older version."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        report = (await bench.submit(unit)).report
        first = await bench.propose(unit, moderator, report)
        await approve_proposal(unit, moderator, report)
        key_id = first.data_key_id
        await claims.correct(unit, moderator, report)
        second = await bench.propose(unit, moderator, report)
        assert await public(unit, report) is first
        await approve_proposal(unit, moderator, report)
        assert await public(unit, report) is second
        assert await opens(unit, key_id, second.data_key_id) == [False, True]
