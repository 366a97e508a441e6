"""JSON by pydantic's core: what the standard library reads of it, and it of the standard library's."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import json_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_again_by_either_library(value: Any) -> None:
    """To the last digit."""
    written = json_text.dumped(value)
    assert json_text.loaded(written) == value
    assert json.loads(written) == value


@given(VALUES)
def test_what_earlier_versions_wrote_is_read(value: Any) -> None:
    """With the standard library, with and without letters beyond ASCII."""
    for in_ascii in (True, False):
        assert json_text.loaded(json.dumps(value, ensure_ascii=in_ascii).encode()) == value


@pytest.mark.parametrize("value", ["\ud800", object()])
def test_what_cannot_be_said_raises_a_value_error(value: object) -> None:
    """Half a surrogate pair, which no UTF-8 has; an object."""
    with pytest.raises(ValueError, match=r"rror|nable"):
        json_text.dumped(value)
