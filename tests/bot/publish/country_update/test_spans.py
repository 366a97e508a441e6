"""From when to when something was, and whether that touches a period: written out by hand."""

from datetime import date

import pytest

from bot.publish.country_update.request import Months, months_of, span_of, touches

PERIOD = Months("2024-02", "2024-04")


@pytest.mark.parametrize(
    ("text", "first", "last", "belongs"),
    [
        ("2024-03-08", "2024-03-08", "2024-03-08", True),
        ("2024-02-01", "2024-02-01", "2024-02-01", True),
        ("2024-01-31", "2024-01-31", "2024-01-31", False),
        ("2024-04-30", "2024-04-30", "2024-04-30", True),
        ("2024-05-01", "2024-05-01", "2024-05-01", False),
        ("2024-02", "2024-02-01", "2024-02-29", True),
        ("2024-05", "2024-05-01", "2024-05-31", False),
        ("2024", "2024-01-01", "2024-12-31", True),
        ("2023", "2023-01-01", "2023-12-31", False),
        ("2023-11/2024-02", "2023-11-01", "2024-02-29", True),
        ("2024-01-05/2024-01-31", "2024-01-05", "2024-01-31", False),
        ("2023-01/2025-12", "2023-01-01", "2025-12-31", True),
        ("2020-05/..", "2020-05-01", "9999-12-31", True),
        ("2024-05/..", "2024-05-01", "9999-12-31", False),
        ("../2024-04", "2024-04-01", "2024-04-30", True),
        ("../2024-06", "2024-06-01", "2024-06-30", False),  # when it began nobody knows
        ("2024-04/", "2024-04-01", "2024-04-30", True),
        ("2023-04/", "2023-04-01", "2023-04-30", False),  # how long it lasted nobody knows
    ],
)
def test_a_date_is_as_long_as_it_is_inexact(text: str, first: str, last: str, belongs: bool) -> None:
    """And belongs to a period once a day of it does."""
    assert span_of(text) == (date.fromisoformat(first), date.fromisoformat(last))
    assert touches(span_of(text), PERIOD) is belongs


def test_a_span_is_in_each_month_that_it_has_a_day_in() -> None:
    """Of the period alone."""
    assert list(months_of(span_of("2024-03-31/2024-04-01"), PERIOD)) == ["2024-03", "2024-04"]
    assert list(months_of(span_of("2020-05/.."), PERIOD)) == ["2024-02", "2024-03", "2024-04"]
    assert list(months_of(span_of("2024-05"), PERIOD)) == []
    assert (PERIOD.since, PERIOD.until) == (date(2024, 2, 1), date(2024, 4, 30))
