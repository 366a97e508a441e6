"""What the register of exports forgets."""

from bot.app import retention
from bot.publish.export import exports
from bot.reports import links
from bot.store.unit import HOURS_A_DAY
from db.models import Export, ExportRow
from tests.bench import Bench, count
from tests.bot.publish.export.registered import begin, made, reports


async def test_the_register_forgets_by_age_and_uses_no_number_twice(bench: Bench) -> None:
    """Rows first, some at a time, then the export; what is younger stays, and the newest number."""
    (one,) = await reports(bench, 1)
    await made(bench)
    bench.later(HOURS_A_DAY)
    await made(bench)
    bench.later(exports.KEPT_DAYS * HOURS_A_DAY - 1)
    async with bench.write() as unit:
        assert await exports.rows_over(unit, 500) == [(1, one.id)]
        done = [await step.act(unit, await step.find(unit, 500)) for step in _steps()]
        assert done == [1, 1]
        assert (await count(unit, Export), await count(unit, ExportRow)) == (1, 1)
    bench.later(HOURS_A_DAY)
    async with bench.write() as unit:
        assert [await step.act(unit, await step.find(unit, 500)) for step in _steps()] == [1, 0]
        assert await links.holding(unit, one.id) is None
    assert (await begin(bench)).number == 3


def _steps() -> list[retention.RetentionStep]:
    return [retention.STEPS["export_rows"], retention.STEPS["exports"]]
