"""JSON of others: nothing that it holds takes the rest with it."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.json_text import DEEPEST, readable, shallow

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_json_is_read_as_it_is(value: Any) -> None:
    """Also where brackets and quotes stand within its texts."""
    text = json.dumps(value)
    assert readable(text) == value
    assert shallow(text) == text


@given(VALUES, st.integers(DEEPEST + 1, 300), st.sampled_from(["[]", "{}"]))
def test_what_lies_too_deep_is_null_and_the_rest_is_read(value: Any, depth: int, kind: str) -> None:
    """Whether lists or objects are nested."""
    opening = "[" if kind == "[]" else '{"a":'
    deep = opening * depth + "0" + kind[1] * depth
    text = f'{{"before": {json.dumps(value)}, "deep": {deep}, "after": {json.dumps(value)}}}'
    found = json.loads(shallow(text))
    assert (found["before"], found["after"]) == (value, value)


def test_of_a_text_that_python_refuses_all_but_that_is_read() -> None:
    """It gives up at some thousand levels, and at some thousand digits."""
    deep, digits = "[" * 5000 + "]" * 5000, "7" * 5000
    assert readable(f'[1, {deep}, {digits}, "[[{{", 2]')[2:] == [0, "[[{", 2]
    assert readable("[" * 5000) is None


def test_half_a_surrogate_pair_is_a_question_mark() -> None:
    """Else what somebody wrote beside it could neither be kept nor sent."""
    assert readable(r'{"a": ["Алматы \ud83d", "\udc00x"], "b\ud83d": "\ud83d\ude00"}') == {
        "a": ["Алматы ?", "?x"],
        "b?": "😀",
    }


@given(st.text(alphabet='[]{}",:\\ a1', max_size=60))
def test_what_is_no_json_is_nothing(text: str) -> None:
    """Whatever is written, nothing is raised."""
    readable(text)
    readable("[" * (DEEPEST + 1) + text)
