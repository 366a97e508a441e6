"""Lots: each outcome is as likely as any other, and none is lost."""

from collections import Counter
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from bot.safety import pseudonym


@given(st.lists(st.integers()))
def test_what_is_shuffled_is_all_there(values: list[int]) -> None:
    """Also values that are equal; what was given stays as it is."""
    before = list(values)
    assert Counter(pseudonym.shuffled(values)) == Counter(values)
    assert values == before


def test_every_order_comes_about() -> None:
    """Of three values one of the six would be missing from so many once in 10^46 times."""
    assert {tuple(pseudonym.shuffled("abc")) for _ in range(600)} == set(permutations("abc"))


def test_numbers_are_as_many_as_asked_for_and_no_two_alike() -> None:
    """None for none."""
    assert pseudonym.numbers(0) == ()
    assert len(set(pseudonym.numbers(1000))) == 1000
