"""The queue: its order, its pages, its counts, and that it reads no more than it shows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.screens.callback import Act, encode
from bot.form.answers import Chosen
from bot.services.desk import claims
from bot.services.desk.lists import queue as queues
from bot.services.desk.lists.queue import Place, claim_next, counts, queue
from bot.services.reports.states import Status
from tests.bench import Bench, statements
from tests.plans import growing, planned


async def test_the_queue_is_urgent_first_then_oldest(bench: Bench) -> None:
    """With how many there are in each state."""
    refs = []
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for urgent in ("no", "no", "yes", "no"):
            refs.append((await bench.submit(unit, urgent=Chosen((urgent,)))).report.ref)
            bench.later(2)
            unit.now = bench.now
        await claims.take(unit, moderator, refs[3])
    async with bench.read() as unit:
        page = await queue(unit, limit=2)
        rest = await queue(unit, 2, Place.of(page.reports[-1]))
    assert [report.ref for report in page.reports] == [refs[2], refs[0]]
    assert [report.ref for report in rest.reports] == [refs[1]]
    assert (page.before, page.after, rest.before, rest.after) == (False, True, True, False)
    assert (page.waiting, page.counts[Status.CLAIMED]) == (3, 1)


async def test_the_queue_is_walked_through_page_by_page_and_back(bench: Bench) -> None:
    """Each report once, in one order, whichever way; a page begins at a place, so that nothing is passed over when what was
    shown before is taken meanwhile."""
    async with bench.write() as unit:
        for number in range(9):
            await bench.submit(unit, urgent=Chosen(("yes" if number % 3 == 0 else "no",)))
            bench.later(number % 2)
            unit.now = bench.now
        everything = [report.ref for report in (await queue(unit)).reports]
        assert len(set(everything)) == 9
        pages = [await queue(unit, limit=2)]
        while pages[-1].after:
            pages.append(await queue(unit, 2, Place.of(pages[-1].reports[-1])))
        assert [report.ref for page in pages for report in page.reports] == everything
        back = [pages[-1]]
        while back[-1].before:
            back.append(await queue(unit, 2, Place.of(back[-1].reports[0]), back=True))
        assert [report.ref for report in back[1].reports] == everything[6:8]
        assert [report.ref for report in back[-1].reports] == everything[:2]
        moderator = await bench.moderator(unit)
        for ref in everything[:2]:
            await claims.take(unit, moderator, ref)
        following = await queue(unit, 2, Place.of(pages[0].reports[-1]))
        assert [report.ref for report in following.reports] == everything[2:4]
        first = await queue(unit, 2, Place.of(following.reports[1]), back=True)
        assert ([report.ref for report in first.reports], first.moved) == (everything[2:4], False)
        beyond = await queue(unit, 2, Place(urgent=False, hour=9_999_999, ref="Z" * 16))
        assert ([report.ref for report in beyond.reports], beyond.moved) == (everything[2:4], True)


async def test_no_more_are_counted_than_it_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are held apart from those that wait."""
    monkeypatch.setattr(queues, "MOST_COUNTED", 3)
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for waiting, held in ((2, 0), (3, 0), (3, 1), (3, 2), (3, 3), (3, 3)):
            for _ in range(2):
                await bench.submit(unit)
            if held:
                assert await claim_next(unit, moderator)
            found, _ = await counts(unit)
            assert (found[Status.NEW], found[Status.CLAIMED]) == (waiting, held)


@given(st.builds(Place, st.booleans(), st.integers(0, 9_999_999), st.from_regex(r"\A[0-9A-Z]{1,16}\Z")))
def test_a_place_is_one_word_of_a_button(place: Place) -> None:
    """It is read again as it was; there is room for it."""
    assert Place.read(str(place)) == place
    assert len(encode(Act("mqueue", str(place), "back"))) <= 64


@pytest.mark.parametrize(
    "typed", ["", "8", "1-2", "2-5-R7K3QV", "1--5-R7K3QV", "1-99999999-R7K3QV", "1-5-", "1-5-r", "0-٣-R"]
)
def test_what_no_button_ever_held_is_no_place(typed: str) -> None:
    """An older version's offset neither."""
    assert Place.read(typed) is None


async def test_a_claim_that_is_over_counts_as_new(bench: Bench) -> None:
    """Before the sweep has tidied up; both are counted by one statement."""
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
        for _ in range(3):
            report = (await bench.submit(unit)).report
        await claims.claim(unit, moderator, report)
        found = (await queue(unit)).counts
        assert (found[Status.NEW], found[Status.CLAIMED]) == (2, 1)
    bench.later(bench.settings.claim_hours)
    async with bench.read() as unit, statements(unit) as seen:
        found, _ = await counts(unit)
    assert (found[Status.NEW], found[Status.CLAIMED]) == (3, 0)
    assert len(seen) == 1


async def test_neither_a_page_nor_the_counts_nor_the_next_report_read_all_that_waits(bench: Bench) -> None:
    """Whatever the place and the direction: the database walks an index and sorts nothing."""
    place = Place(urgent=True, hour=400_000, ref="R7K3QV")
    async with bench.write() as unit:
        moderator = await bench.moderator(unit)
    async with planned(bench.database) as plans, bench.write() as unit:
        for where in (None, place, replace(place, urgent=False)):
            for back in (False, True):
                await queue(unit, 2, where, back=back)
        assert await claim_next(unit, moderator) is None
        await claims.held_by(unit, moderator)
    asked = [statement for statement, _ in plans if "FROM reports" in statement]
    assert len(asked) > 8
    assert growing(plans) == []
    assert all(
        "ix_reports_queue" in plan for statement, plan in plans if "submitted_hour, reports.ref" in statement
    )
