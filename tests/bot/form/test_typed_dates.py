"""Dates as people mean them: a table of what is typed in Kazakh, Russian and English."""

from datetime import date
from pathlib import Path

import pytest

from bot.form.answers import Precision, When
from bot.form.dates import NoSuchDay, readings

TODAY = date(2026, 11, 25)
"""A Wednesday."""

TABLE = Path(__file__).parents[2] / "data" / "typed_dates.txt"
LINES = [line for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
MEANINGS = dict(line.rsplit(" = ", 1) for line in LINES)


def meaning(text: str) -> str:
    """What a text means, as the table writes it."""
    found = readings(text, TODAY)
    if isinstance(found, tuple):
        return " or ".join(written(one) for one in found)
    return "no such day" if isinstance(found, NoSuchDay) else "-"


def written(when: When) -> str:
    """One date as the table writes it."""
    if when.precision is Precision.RANGE:
        return f"{when.start or ''}..{when.end or ''}"
    return "?" if when.precision is Precision.UNKNOWN else str(when.start)


def test_the_table_says_each_thing_once() -> None:
    """A phrase that stood twice could mean two things."""
    assert len(MEANINGS) == len(LINES) > 600


@pytest.mark.parametrize("text", MEANINGS)
def test_a_typed_date_means_what_the_table_says(text: str) -> None:
    """In capitals and with a full stop too."""
    for way in (text, f" {text.upper()}", f"{text}."):
        assert meaning(way) == MEANINGS[text], way
