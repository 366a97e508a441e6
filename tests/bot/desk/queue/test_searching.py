"""Searching stories and public versions: what is asked for, and what it costs."""

import pytest

from bot.desk.queue import searching
from bot.desk.queue.searching import NOTHING, Sought, read
from bot.desk.queue.service import Filter, ReportScope
from bot.form.answers import Chosen
from bot.store.unit import REVIEW_FORM
from tests.bench import Bench, approve_proposal, text
from tests.plans import growing, planned


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Площадь у акимата", Sought(("площадь", "у", "акимата"))),
        ("#Қаңтар_2022 r1", Sought((), frozenset({"кантар_2022"}), frozenset({"R1"}))),
        ("у с2", Sought(("у",), frozenset(), frozenset({"C2"}))),
        ("R9 это", Sought(("r9", "это"))),
        ("# ab", NOTHING),
        ("", NOTHING),
        ("x" * 101 + " #late", Sought(("x" * 100,))),
    ],
)
async def test_what_is_typed_is_words_tags_and_grades(bench: Bench, typed: str, expected: Sought) -> None:
    """In any case, in letters that everybody has, and with Cyrillic letters for those of codes that look alike."""
    async with bench.read() as unit:
        assert read(unit.forms[REVIEW_FORM], typed) == expected


async def test_a_step_costs_what_it_opens_and_passes_over_what_is_destroyed(bench: Bench) -> None:
    """Whatever list it goes along; a public version stands although nothing else of the report is left."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        refs = []
        for _ in range(3):
            report = (await bench.submit(unit)).report
            await bench.propose(
                unit, moderator, report, None, tags=text("floods"), reliability=Chosen(("R2",))
            )
            await approve_proposal(unit, moderator, report)
            refs.append(report.id)
        unheard = (await bench.submit(unit)).report.id
        report.data_key_id = None
    sought = {Sought(tags=frozenset({"floods"})): 3, Sought(("held",), grades=frozenset({"R2"})): 2}
    async with planned(bench.database) as plans, bench.read() as unit:
        await searching.require_allowed(unit, moderator)
        for scope in ReportScope:
            for asked, number in sought.items():
                found = await searching.step(unit, Filter(scope), moderator, asked, None)
                expected = number if scope in {ReportScope.APPROVED, ReportScope.ALL} else 0
                assert (len(found.found), found.opened) == (expected, expected), (scope, asked)
                assert unheard not in dict(found.found)
    assert growing(plans) == [], "\n\n".join(growing(plans))
