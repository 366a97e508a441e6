"""The place in a list from which it is walked on, as a button holds it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.screens.callback import Act, encode
from bot.services.desk.lists.filters import Filter, Scope
from bot.services.desk.lists.walking import Place


@given(st.builds(Place, st.booleans(), st.integers(0, 99_999_999), st.from_regex(r"\A[0-9A-Z]{1,16}\Z")))
def test_a_place_is_one_word_of_a_button(place: Place) -> None:
    """It is read again as it was; there is room for it beside the longest filter."""
    assert Place.read(str(place)) == place
    longest = Filter(Scope.ALL, "x" * 64, "y" * 64, True, True, 999, date.max, date.max)
    assert len(encode(Act("mlist", str(longest), f"b{place}"))) <= 64


@pytest.mark.parametrize(
    "typed", ["", "8", "1-2", "2-5-R7K3QV", "1--5-R7K3QV", "1-999999999-R7K3QV", "1-5-", "1-5-r", "0-٣-R"]
)
def test_what_no_button_ever_held_is_no_place(typed: str) -> None:
    """An older version's offset neither."""
    assert Place.read(typed) is None
