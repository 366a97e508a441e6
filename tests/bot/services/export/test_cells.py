"""Cells that can be read back and that no spreadsheet runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.export import cells

WORDS = st.text(st.sampled_from(list("ab\\;| =+-@\t\r\n'＝7")), max_size=8)


@given(st.lists(st.lists(WORDS.filter(bool), min_size=1), min_size=1))
def test_a_list_of_lists_is_read_back(parts: list[list[str]]) -> None:
    """Whatever stands in the values, separators too."""
    assert cells.split(cells.instances(cells.many(part) for part in parts)) == parts


@given(WORDS)
def test_a_guarded_cell_is_read_back_and_does_not_begin_a_formula(words: str) -> None:
    """Nothing is lost; the first sign is never one that a spreadsheet calculates with."""
    guarded = cells.guard(words)
    assert cells.unguard(guarded) == words
    number = guarded.lstrip("+-").isdecimal()
    assert number or not guarded.lstrip().startswith(("=", "+", "-", "@", "＝"))
    assert not guarded.startswith(("\t", "\r"))


@pytest.mark.parametrize(
    "words", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "＠x"]
)
def test_a_formula_gets_an_apostrophe(words: str) -> None:
    """The beginnings that OWASP names, and their full-width forms."""
    assert cells.guard(words) == f"'{words}"


@pytest.mark.parametrize("words", ["", "3", "-5", "2024-04", "Almaty", "a=b", "'quoted'"])
def test_numbers_dates_and_words_stay_as_they_are(words: str) -> None:
    """What no spreadsheet runs is not changed."""
    assert cells.guard(words) == words


def test_blank_parts_keep_their_place() -> None:
    """The second instance stays the second when the first said nothing."""
    assert cells.split(" | ACME") == [[], ["ACME"]]
    assert cells.split("a; b | c") == [["a", "b"], ["c"]]
