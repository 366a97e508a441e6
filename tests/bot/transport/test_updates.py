"""Updates, whose shape nobody vouches for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.transport.polling import UnusableUpdates
from bot.transport.updates import (
    MOST_ID,
    by_chat,
    chat_of,
    date_of,
    id_of,
    message_of,
    private_chat_of,
    shape_of,
    tap_of,
)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("chat", "id", "from", "date", "x")), inner, max_size=3)
    ),
    max_leaves=10,
)
NAMES = st.sampled_from(("update_id", "message", "edited_message", "callback_query", "my_chat_member"))


@given(st.lists(st.dictionaries(NAMES, ANYTHING, max_size=4), max_size=6))
def test_whatever_an_update_holds_it_is_looked_at_without_an_error(raws: list[dict[str, Any]]) -> None:
    """And groups by chats have each update once, in the order of its chat."""
    for raw in raws:
        shape_of(raw), date_of(raw), message_of(raw), private_chat_of(raw), tap_of(raw)
    groups = by_chat(raws)
    assert sorted(id(raw) for group in groups for raw in group) == sorted(map(id, raws))
    assert all([raw for raw in raws if chat_of(raw) == chat_of(group[0])] == group for group in groups)


@pytest.mark.parametrize("number", [True, -1, MOST_ID + 1, 2**70, 1.0, "5", None, [], {}])
def test_what_can_be_no_offset_is_no_id(number: object) -> None:
    """An offset that is too high would acknowledge what was never fetched."""
    assert id_of({"update_id": number}) is None
    assert id_of({"update_id": MOST_ID}) == MOST_ID


def test_a_shape_ends_where_it_is_too_deep() -> None:
    """Else it could not be kept."""
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    assert "int" not in str(shape_of({"a": deep}))


def test_an_update_without_an_id_is_known_again() -> None:
    """By what it holds; one that has an id is never taken for it, and the memory is bounded."""
    known = UnusableUpdates()
    strange, other = {"update_id": "5", "message": {"text": "x"}}, {"update_id": "5"}
    known.note(strange)
    known.note({"update_id": 5})
    assert known.without_known([strange, other, {"update_id": 5}]) == [other, {"update_id": 5}]
    for number in range(1000):
        known.note({"x": number})
    assert known.without_known([strange]) == [strange]
