"""The place in a list from which it is walked on, as a button holds it, and how PostgreSQL does that."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, text

from bot.chat.buttons import Act, encode
from bot.desk.queue import service as queue_service
from bot.desk.queue.service import QUEUE, Filter, ListCursor, ReportScope, numbers
from db.models import Report
from tests.bench import Bench, as_written
from tests.plans import growing, planned


@given(st.builds(ListCursor, st.booleans(), st.integers(0, 99_999_999), st.from_regex(r"\A[0-9A-Z]{1,16}\Z")))
def test_a_place_is_one_word_of_a_button(place: ListCursor) -> None:
    """It is read again as it was; there is room for it beside the longest filter."""
    assert ListCursor.read(str(place)) == place
    longest = Filter(ReportScope.ALL, "x" * 64, "y" * 64, True, True, 999, date.max, date.max)
    assert len(encode(Act("mlist", str(longest), f"b{place}"))) <= 64


@pytest.mark.parametrize(
    "typed", ["", "8", "1-2", "2-5-R7K3QV", "1--5-R7K3QV", "1-999999999-R7K3QV", "1-5-", "1-5-r", "0-٣-R"]
)
def test_what_no_button_ever_held_is_no_place(typed: str) -> None:
    """An older version's offset neither."""
    assert ListCursor.read(typed) is None


async def test_of_many_reports_a_page_is_read_along_its_index(bench: Bench) -> None:
    """Also by a database that knows how many there are: it would collect and sort, if it took those that wait for few."""
    waits = {"status": "new", "announced": True, "waits": False, "unread": False, "untold": False}
    made = [
        {
            **(waits | ({} if number % 10 == 0 else {"status": "rejected", "closed_hour": number})),
            "id": f"{number:032x}",
            "ref": f"R{number:05}",
            "urgent": number % 100 == 0,
            "form": "incident",
            "form_version": "1",
            "language": "ru",
            "submitted_hour": number,
            "approvals": 0,
            "alarm": 0,
            "closed_hour": number,
        }
        for number in range(10_000)
    ]
    async with bench.write() as unit:
        await unit.session.execute(insert(Report), made)
        await as_written(unit)
        await unit.session.execute(text("ANALYZE reports"))
    async with planned(bench.database, is_filled=True) as plans, bench.read() as unit:
        first = await queue_service.page(unit, QUEUE, None, 8)
        second = await queue_service.page(unit, QUEUE, None, 8, first.after)
        assert [report.ref for report in second.reports] == [
            f"R{number:05}" for number in range(800, 1600, 100)
        ]
        await numbers(unit, [QUEUE], None)
    assert growing(plans) == [], "\n\n".join(growing(plans))
