"""Counts of lists: no further than they are told, and from an index alone."""

from dataclasses import replace

import pytest

from bot.desk.queue import service as queue_service
from bot.desk.queue.service import ASKED, HELD, QUEUE, Filter, claim_next, numbers, walk_of
from tests.bench import Bench
from tests.plans import planned


async def test_no_more_are_counted_than_it_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are held apart from those that wait."""
    monkeypatch.setattr(queue_service, "MOST_COUNTED", 3)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for waiting, held in (("2", "0"), ("2+", "0"), ("2+", "1"), ("2+", "2"), ("2+", "2+")):
            for _ in range(2):
                await bench.submit(unit)
            if held != "0":
                assert await claim_next(unit, moderator)
            assert [str(one) for one in await numbers(unit, [QUEUE, HELD], moderator)] == [waiting, held]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (QUEUE, "queue"),
        (Filter(category="detention"), "queue_category"),
        (Filter(region="KZ-75", urgent=True), "queue_region"),
        (Filter(category="detention", region="KZ-75", older=3), "queue_both"),
        (ASKED, "asked"),
        (replace(ASKED, category="detention"), "asked_category"),
        (replace(ASKED, region="KZ-75", urgent=True), "asked_region"),
        (replace(ASKED, category="detention", region="KZ-75", older=3), "asked_both"),
    ],
)
async def test_the_queue_is_counted_by_an_index_of_its_own(bench: Bench, wanted: Filter, index: str) -> None:
    """It tells all that is asked: SQLite looks up no row."""
    async with planned(bench.database) as plans, bench.read() as unit:
        await numbers(unit, [wanted], None)
        assert walk_of(unit, wanted, None).besides == ()
    ((_, plan),) = plans
    if bench.database.is_sqlite:
        assert f"USING COVERING INDEX ix_reports_{index} " in f"{plan} ".replace("\n", " ")
    else:  # it chooses by what it knows of the rows, of which there are none here
        assert f" ix_reports_{index.partition('_')[0]}" in plan
