"""Cells that can be read back and that no spreadsheet runs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.publish.export import cells
from tests.bot.publish.export.published import unguard

WORDS = st.text(st.sampled_from(list("ab\\,;| =+-@\t\r\n'\"＝7")), max_size=8)


@given(st.lists(st.lists(WORDS.filter(bool), min_size=1), min_size=1))
def test_a_list_of_lists_is_read_back(parts: list[list[str]]) -> None:
    """Whatever stands in the values, separators too."""
    assert cells.split(cells.instances(cells.many(part) for part in parts)) == parts


@given(WORDS, st.sampled_from([cells.OF_COMMAS, cells.OF_SEMICOLONS]))
def test_a_guarded_cell_is_read_back_and_does_not_begin_a_formula(words: str, at: str) -> None:
    """Nothing is lost; the first sign is never one that a spreadsheet calculates with."""
    guarded = cells.guard(words, at)
    assert unguard(guarded, at) == words
    number = guarded.lstrip("+-").isdecimal()
    assert number or not guarded.lstrip().startswith(("=", "+", "-", "@", "＝"))
    assert not guarded.startswith(("\t", "\r"))


@pytest.mark.parametrize(
    "words", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\ta", "\ra", "  =1", "＝1", "＠x"]
)
def test_a_formula_gets_an_apostrophe(words: str) -> None:
    """The beginnings that OWASP names, and their full-width forms."""
    assert cells.guard(words) == f"'{words}"


@pytest.mark.parametrize("separator", [";", "\t", "\n", "\r\n"])
@pytest.mark.parametrize("formula", ["=1+1", " +1", '"=1"', "＠x", "'-1", "\"' =1"])
def test_a_part_that_becomes_a_cell_of_its_own_is_no_formula(separator: str, formula: str) -> None:
    """Excel in Kazakh and Russian splits at `;`, others at a tab; quotation marks go with the splitting."""
    guarded = cells.guard(f"held{separator}{formula}")
    for part in re.split("[;\t\r\n]", guarded):
        assert not re.match(r'[\s"]*[=+\-@＝＋－＠]', part)
    assert unguard(guarded) == f"held{separator}{formula}"


@given(WORDS)
def test_no_part_of_a_guarded_cell_begins_a_formula(words: str) -> None:
    """Wherever a separator stands; plain numbers alone excepted. A file with semicolons falls apart at commas too."""
    for at, separators in ((cells.OF_COMMAS, "[;\t\r\n]"), (cells.OF_SEMICOLONS, "[,;\t\r\n]")):
        _, *others = re.split(separators, cells.guard(words, at))
        assert not [part for part in others if re.match(r'[\s"]*[=+\-@＝＋－＠]', part)]


@pytest.mark.parametrize("words", ["a; b; c", "1; 2", "A-1;B=2", "«a»; 'b'", "https://a.example/?x=1; b"])
def test_lists_of_plain_values_stay_readable(words: str) -> None:
    """Nothing is put into what no spreadsheet runs."""
    assert cells.guard(words) == words


@pytest.mark.parametrize("words", ["", "3", "-5", "2024-04", "Almaty", "a=b", "'quoted'"])
def test_numbers_dates_and_words_stay_as_they_are(words: str) -> None:
    """What no spreadsheet runs is not changed."""
    assert cells.guard(words) == words


def test_blank_parts_keep_their_place() -> None:
    """The second instance stays the second when the first said nothing."""
    assert cells.split(" | ACME") == [[], ["ACME"]]
    assert cells.split("a; b | c") == [["a", "b"], ["c"]]
